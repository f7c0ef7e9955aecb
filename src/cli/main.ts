#!/usr/bin/env node
/**
 * The command line: parses, runs one command, and turns every error into one line and an exit code: 0 done, 1 failed,
 * 2 wrong usage, 130 interrupted.
 */

import { CommanderError } from "commander";
import { UsageError } from "./arguments.ts";
import { createProgram } from "./program.ts";

/** Errors that a user can mend; their message is the whole story. Everything else is a fault of ours. */
const EXPECTED = new Set([
  "FileError",
  "FormatError",
  "RangeError",
  "TypeError",
  "UnknownCharacterError",
  "DivergenceError",
]);

try {
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

function report(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0; // help and version were asked for and have been printed
    if (error.code !== "commander.help") process.stderr.write(`${commanderMessage(error.message)}\n`);
    return 2;
  }
  const { name, message } = error as Error;
  process.stderr.write(`${message}\n`);
  if (process.env.CHARLOOM_DEBUG !== undefined) process.stderr.write(`${(error as Error).stack}\n`);
  else if (!EXPECTED.has(name) && !(error instanceof UsageError)) {
    process.stderr.write("This is a fault of charloom: please report it, with what CHARLOOM_DEBUG=1 adds.\n");
  }
  return error instanceof UsageError ? 2 : 1;
}

/** "error: unknown option '--x'\n(Did you mean --y?)" as one line that names the option first. */
function commanderMessage(message: string): string {
  const [first = "", suggestion = ""] = message.replace(/^error: /, "").split("\n");
  const unknown = /^unknown (option|command) '(.*)'$/.exec(first);
  const what = unknown === null ? first : `${unknown[2]}: unknown ${unknown[1]}`;
  const hint = /\(Did you mean (.*)\?\)/.exec(suggestion)?.[1];
  return `${what}; ${hint === undefined ? "" : `did you mean ${hint}? `}see charloom --help`;
}
