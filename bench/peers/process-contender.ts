/**
 * A contender in a process of its own, in whatever language. The program
 *
 * - is given the folder of a task (task.ts) as its last argument,
 * - writes a line of evidence, numbers with spaces between: the losses of the first training steps, in nats, or a
 *   sampler's probabilities;
 * - then answers each line of standard input, a number of seconds, with a line: characters per second, over a round
 *   about as long; and ends when standard input does.
 */

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface, type Interface } from "node:readline";
import type { Contender } from "../contender.ts";
import { removeTask, type Task, writeTask } from "./task.ts";

export interface Program {
  readonly command: string;
  /** What comes before the folder. */
  readonly arguments: readonly string[];
  /** Set over this process's own environment. */
  readonly environment?: Readonly<Record<string, string>>;
}

export class ProcessContender implements Contender {
  private process: ChildProcessWithoutNullStreams | undefined;
  private lines: Interface | undefined;
  private ended: Promise<never> | undefined;

  constructor(
    readonly name: string,
    private readonly program: Program,
    private readonly task: Task,
  ) {}

  async start(): Promise<readonly number[]> {
    const folder = await writeTask(this.task);
    try {
      this.spawn(folder);
      return (await this.answer()).split(" ").map(Number);
    } finally {
      // a program that has given its evidence has read all of it
      await removeTask(folder);
    }
  }

  async round(seconds: number): Promise<number> {
    if (this.process === undefined) throw new Error(`${this.name}: expected start() before round()`);
    const answer = this.answer();
    this.process.stdin.write(`${seconds}\n`);
    return Number(await answer);
  }

  async close(): Promise<void> {
    this.process?.stdin.end();
  }

  private spawn(folder: string): void {
    const { command, arguments: before, environment } = this.program;
    const child = spawn(command, [...before, folder], { env: { ...process.env, ...environment } });
    let errors = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      errors += text;
    });
    this.ended = new Promise((_, reject) => {
      child.once("error", reject);
      child.once("close", () => reject(new Error(`${this.name}: ${command} ended early\n${errors}`)));
    });
    // its end is no error once nobody asks; a write that comes too late fails, and `answer` says why
    this.ended.catch(() => {});
    child.stdin.on("error", () => {});
    this.process = child;
    this.lines = createInterface(child.stdout);
  }

  /** The next line that the program writes. */
  private async answer(): Promise<string> {
    const [line] = await Promise.race([once(this.lines!, "line"), this.ended!]);
    return line;
  }
}
