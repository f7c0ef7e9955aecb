/**
 * What survives a closed tab: the run's checkpoint, its text and what was shown of it, in the origin-private file system. A file
 * there takes its new content in one step, when the writing of it is closed; the checkpoint alone decides where training goes on,
 * and it is refused with another text than its own.
 */

import { resumeTrainer, trainerToBytes } from "../../src/index.ts";
import { CORPORA } from "../protocol/run.ts";
import { Run, type RunRecord } from "./run.ts";
import type { Text } from "./texts.ts";

const FOLDER = "charloom";
const CHECKPOINT = "run.safetensors";
const TEXT = "text.txt";
const RECORD = "run.json";

/** Goes up when records of earlier pages can no longer be read. */
const VERSION = 1;

interface StoredRecord extends RunRecord {
  readonly version: number;
  readonly text: { readonly name: string; readonly builtin?: string };
}

export class Vault {
  /** Why nothing is kept, if so. */
  whyClosed: string | undefined;
  savedStep: number | undefined;
  /** The run whose text lies there. */
  private textOf: Run | undefined;

  /** Never rejects: a browser that keeps nothing must not cost the run. See `whyClosed`. */
  async save(run: Run): Promise<void> {
    try {
      const folder = await open();
      // all at the same step, before the first wait
      const step = run.trainer.steps;
      const checkpoint = trainerToBytes(run.trainer);
      const { name, builtin, content } = run.text;
      const text = builtin === undefined ? { name } : { name, builtin };
      const record: StoredRecord = { version: VERSION, text, ...run.record };
      const json = JSON.stringify(record);
      if (this.textOf !== run) await write(folder, TEXT, content);
      this.textOf = run;
      await write(folder, RECORD, json);
      await write(folder, CHECKPOINT, checkpoint);
      this.savedStep = step;
      this.whyClosed = undefined;
    } catch (error) {
      this.whyClosed = `this browser keeps no files for the page (${error instanceof Error ? error.message : error})`;
    }
  }

  /** The run of an earlier visit, at its last checkpoint; undefined if there is none. Throws an Error for a damaged one. */
  async load(): Promise<Run | undefined> {
    const [checkpoint, content, json] = await this.read();
    if (checkpoint === undefined || content === undefined || json === undefined) return undefined;
    const record = JSON.parse(await json.text()) as StoredRecord;
    if (record.version !== VERSION) return undefined;
    const { name, builtin } = record.text;
    const text: Text = { name, ...builtinOf(builtin), content: await content.text() };
    const bytes = new Uint8Array(await checkpoint.arrayBuffer());
    const trainer = await resumeTrainer(bytes, text.content, { name: "the saved run", host: { threads: "auto" } });
    const run = new Run(trainer, text, record);
    this.textOf = run;
    this.savedStep = trainer.steps;
    return run;
  }

  async empty(): Promise<void> {
    this.savedStep = undefined;
    this.textOf = undefined;
    try {
      await (await navigator.storage.getDirectory()).removeEntry(FOLDER, { recursive: true });
    } catch {
      // nothing was there, or nothing can be
    }
  }

  private async read(): Promise<(File | undefined)[]> {
    try {
      const folder = await open();
      return await Promise.all([CHECKPOINT, TEXT, RECORD].map((name) => file(folder, name)));
    } catch (error) {
      this.whyClosed = `this browser keeps no files for the page (${error instanceof Error ? error.message : error})`;
      return [];
    }
  }
}

function builtinOf(name: string | undefined): Pick<Text, "builtin"> {
  const builtin = CORPORA.find((corpus) => corpus === name);
  return builtin === undefined ? {} : { builtin };
}

async function open(): Promise<FileSystemDirectoryHandle> {
  const root = await navigator.storage.getDirectory();
  return root.getDirectoryHandle(FOLDER, { create: true });
}

async function file(folder: FileSystemDirectoryHandle, name: string): Promise<File | undefined> {
  try {
    return await (await folder.getFileHandle(name)).getFile();
  } catch {
    return undefined;
  }
}

async function write(folder: FileSystemDirectoryHandle, name: string, content: string | Uint8Array): Promise<void> {
  const handle = await folder.getFileHandle(name, { create: true });
  const writable = await handle.createWritable();
  await writable.write(content as FileSystemWriteChunkType);
  await writable.close();
}
