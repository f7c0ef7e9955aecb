/** Runs the built command line in a folder of its own, as a user does. */

import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll } from "vitest";

const MAIN = resolve("dist/cli/main.js");
// a plain shell's environment: not that of the npx or npm that runs the tests
const { npm_lifecycle_event: _, ...shell } = process.env;
// where scripts/coverage.mjs looks for what these processes ran
const env = process.env.COVERAGE === "on" ? { ...shell, NODE_V8_COVERAGE: resolve("build/coverage/processes") } : shell;
const root = mkdtempSync(join(tmpdir(), "charloom-cli-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The objects of a text with one a line. */
export function parseJsonLines(text: string) {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

export class WorkFolder {
  readonly path = mkdtempSync(join(root, "folder-"));

  write(name: string, content: string | Uint8Array): string {
    writeFileSync(join(this.path, name), content);
    return name;
  }

  read(name: string): Buffer {
    return readFileSync(join(this.path, name));
  }

  /** The objects of a file with one a line. */
  readJsonLines(name: string) {
    return parseJsonLines(this.read(name).toString());
  }

  /** The names of its files. */
  names(): string[] {
    const entries = readdirSync(this.path, { withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  }

  /** Every file with its content, to see that nothing changed. Not while a run writes there: its temporary files come and go. */
  snapshot(): Map<string, string> {
    return new Map(this.names().map((name) => [name, this.read(name).toString("latin1")]));
  }

  run(...args: string[]): Outcome {
    const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
      cwd: this.path,
      env,
      encoding: "utf8",
    });
    return { code: status, stdout, stderr };
  }

  /** Runs a shell's command line, in which `charloom` is the command. */
  shell(line: string): Outcome {
    const { status, stdout, stderr } = spawnSync(
      "bash",
      ["-c", `charloom() { "${process.execPath}" "${MAIN}" "$@"; }; ${line}`],
      {
        cwd: this.path,
        env,
        encoding: "utf8",
      },
    );
    return { code: status, stdout, stderr };
  }

  start(...args: string[]) {
    return spawn(process.execPath, [MAIN, ...args], { cwd: this.path, env, stdio: ["ignore", "pipe", "pipe"] });
  }
}
