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

guardStreams();
try {
  await createProgram().parseAsync();
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

/** "error: unknown option '--x'\n(Did you mean --y?)" as one line that names the option first. */
function commanderMessage(message: string): string {
  const [first = "", suggestion = ""] = message.replace(/^error: /, "").split("\n");
  const unknown = /^unknown (option|command) '(.*)'$/.exec(first);
  const what = unknown === null ? first : `${unknown[2]}: unknown ${unknown[1]}`;
  const hint = /\(Did you mean (.*)\?\)/.exec(suggestion)?.[1];
  return `${what}; ${hint === undefined ? "" : `did you mean ${hint}? `}see charloom --help`;
}
