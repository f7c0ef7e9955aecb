#!/usr/bin/env node
/**
 * The command line: parses, runs one command, and turns every error into one line and an exit code: 0 done, 1 failed,
 * 2 wrong usage, 130 interrupted.
 */

import { setImmediate as nextTurn } from "node:timers/promises";
import { CommanderError } from "commander";
import { UsageError } from "./arguments.ts";
import { createProgram } from "./program.ts";
import { guardStreams, streamFailure } from "./streams.ts";

/** Errors that a user can mend; their message is the whole story. Everything else is a fault of ours. */
const EXPECTED = new Set([
  "EngineTrapError",
  "FileError",
  "FormatError",
  "RangeError",
  "ThreadLostError",
  "UnknownTokenError",
  "UnsupportedError",
]);

/** What commander says, in the words of our own errors: what is wrong, what is expected, what it got. */
const COMMANDER_MESSAGES: readonly [RegExp, (...groups: string[]) => string][] = [
  [/^unknown (option|command) '(.*)'$/, (kind, name) => `${name}: unknown ${kind}`],
  [/^option '(.*)' argument missing$/, (option) => `${option}: expected a value, got none`],
  [/^missing required argument '(.*)'$/, (argument) => `${argument}: expected one, got none`],
  [
    /^too many arguments for '(.*)'\. Expected (\d+) arguments? but got (\d+)\.$/,
    (command, most, got) =>
      `${command}: expected ${most === "0" ? "nothing" : `no more than ${most}`} after it, got ${got}`,
  ],
];

guardStreams();
const program = createProgram();
try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}
// streams report what they could not write only on a later turn
await nextTurn();
const failure = streamFailure();
if (failure !== undefined) process.exitCode = report(failure);

function report(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0; // help and version were asked for and have been printed
    if (error.code !== "commander.help") process.stderr.write(`${commanderMessage(error.message)}\n`);
    return 2;
  }
  const { name, message } = error as Error;
  process.stderr.write(`${printable(message)}\n`);
  if (process.env.CHARLOOM_DEBUG !== undefined) process.stderr.write(`${(error as Error).stack}\n`);
  else if (!EXPECTED.has(name) && !(error instanceof UsageError)) {
    process.stderr.write("This is a fault of charloom: please report it, with what CHARLOOM_DEBUG=1 adds.\n");
  }
  return error instanceof UsageError ? 2 : 1;
}

/** One line without control characters: a name from a file must not steer the terminal. */
function printable(message: string): string {
  return message.replace(
    /\p{Cc}/gu,
    (character) => `\\x${(character.codePointAt(0) ?? 0).toString(16).padStart(2, "0")}`,
  );
}

/** "train " where that is the command, whose help lists what it takes. */
function commandWord(): string {
  const [word] = process.argv.slice(2);
  return program.commands.some((command) => command.name() === word) ? `${word} ` : "";
}

/** "error: unknown option '--x'\n(Did you mean --y?)" as one line that names the option first. */
function commanderMessage(message: string): string {
  const [first = "", suggestion = ""] = message.replace(/^error: /, "").split("\n");
  let what = first;
  for (const [pattern, say] of COMMANDER_MESSAGES) {
    const groups = pattern.exec(first)?.slice(1);
    if (groups !== undefined) what = say(...groups);
  }
  const hint = /\(Did you mean (.*)\?\)/.exec(suggestion)?.[1];
  return `${what}; ${hint === undefined ? "" : `did you mean ${hint}? `}see charloom ${commandWord()}--help`;
}
