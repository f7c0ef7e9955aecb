/**
 * What survives a closed tab: the run's checkpoint, its text and what was shown of it. Whenever a tab or a browser ends, what was
 * last saved is whole: the text is written before the run that names it, and what the run no longer names is removed after it.
 */

import { decodeUtf8, resumeTrainer, trainerToBytes } from "../../src/index.ts";
import type { KeptRun } from "../protocol/keep.ts";
import { CORPORA } from "../protocol/run.ts";
import { packRun, unpackRecord, unpackRun } from "./kept-run.ts";
import { claimedPlaces, claimPlace, places, RUN_FILE } from "./places.ts";
import { namesIn, openFolder, readFile, removeFiles, whyNoFile, writeFile } from "./private-files.ts";
import { Run } from "./run.ts";
import type { Text } from "./texts.ts";

export class Vault {
  /** Why the last copy could not be written, if so. */
  whyClosed: string | undefined;
  /** The run that was saved last, and its step. */
  private saved: { readonly run: Run; readonly step: number } | undefined;
  /** The text's file that this tab has written or read whole: one that it finds there may be damaged. */
  private textFile: string | undefined;
  private place: Promise<string> | undefined;

  /** The step of the copy of a run; undefined if there is none. */
  savedStep(run: Run): number | undefined {
    return this.saved?.run === run ? this.saved.step : undefined;
  }

  /** Never rejects: a browser that keeps nothing must not cost the run. See `whyClosed`. */
  async save(run: Run): Promise<void> {
    try {
      // all of the same step, before the first wait
      const { steps: step, dataHash } = run.trainer;
      const checkpoint = trainerToBytes(run.trainer);
      const { name, builtin, content } = run.text;
      const textFile = `${dataHash}.txt`;
      const text = { name, file: textFile, ...(builtin === undefined ? {} : { builtin }) };
      const file = packRun({ step, text, ...run.record }, checkpoint);
      const folder = await this.folder();
      // it may be gone as well, if the visitor cleared the site's data meanwhile
      if (this.textFile !== textFile || (await readFile(folder, textFile)) === undefined) {
        await writeFile(folder, textFile, new Blob([content]));
        this.textFile = textFile;
      }
      await writeFile(folder, RUN_FILE, file);
      this.saved = { run, step };
      this.whyClosed = undefined;
      const names = await namesIn(folder);
      await removeFiles(
        folder,
        names.filter((other) => other !== RUN_FILE && other !== textFile),
      );
    } catch (error) {
      this.whyClosed = whyNoFile(error);
    }
  }

  /** The run of an earlier visit, at its last checkpoint; undefined if there is none. Throws an Error for a damaged one. */
  async load(): Promise<Run | undefined> {
    let folder: FileSystemDirectoryHandle;
    try {
      folder = await this.folder();
    } catch (error) {
      this.whyClosed = whyNoFile(error);
      return undefined;
    }
    const file = await readFile(folder, RUN_FILE);
    if (file === undefined) return undefined;
    try {
      const run = await read(folder, file);
      this.textFile = `${run.trainer.dataHash}.txt`;
      this.saved = { run, step: run.trainer.steps };
      return run;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(
        `The run of an earlier visit cannot be read: ${reason}. The next run takes its place; Keep lets you forget it.`,
        { cause: error },
      );
    }
  }

  /** All that is kept here by this tab and others, the latest first. */
  async list(): Promise<KeptRun[]> {
    const kept: KeptRun[] = [];
    try {
      const own = await this.place;
      const claimed = await claimedPlaces();
      for (const { name, time } of await places()) {
        const folder = await openFolder(name);
        const files = await Promise.all((await namesIn(folder)).map((file) => readFile(folder, file)));
        const run = await readFile(folder, RUN_FILE);
        if (run === undefined) continue;
        const record = await unpackRecord(run).catch(() => undefined);
        kept.push({
          place: name,
          time,
          bytes: files.reduce((sum, file) => sum + (file?.size ?? 0), 0),
          whose: name === own ? "this" : claimed.has(name) ? "other" : "none",
          ...(record === undefined ? {} : { text: record.text.name, step: record.step }),
        });
      }
    } catch (error) {
      this.whyClosed = whyNoFile(error);
    }
    return kept;
  }

  /** Forgets what is kept in a place; in this tab's own if none is given. */
  async empty(place?: string): Promise<void> {
    const own = await this.place?.catch(() => undefined);
    const emptied = place ?? own;
    if (emptied === own) this.saved = undefined;
    if (emptied === undefined) return;
    try {
      const folder = await openFolder(emptied);
      // the run first: without it the rest is nobody's
      await removeFiles(folder, [RUN_FILE, ...(await namesIn(folder))]);
    } catch {
      // nothing was there, or nothing can be
    }
  }

  private async folder(): Promise<FileSystemDirectoryHandle> {
    this.place ??= claimPlace().catch((error: unknown) => {
      this.place = undefined;
      throw error;
    });
    return openFolder(await this.place);
  }
}

async function read(folder: FileSystemDirectoryHandle, file: File): Promise<Run> {
  const { record, checkpoint } = await unpackRun(file);
  const { name, file: textFile, builtin } = record.text;
  const content = await readFile(folder, textFile);
  if (content === undefined) throw new Error("its text is gone");
  const text: Text = { name, ...builtinOf(builtin), content: decodeUtf8(await bytesOf(content), name) };
  const host = { threads: "auto" } as const;
  const trainer = await resumeTrainer(checkpoint, text.content, { name: "its checkpoint", host });
  try {
    return new Run(trainer, text, record);
  } catch (error) {
    trainer.model.engine.dispose();
    throw error;
  }
}

async function bytesOf(file: File): Promise<Uint8Array> {
  return new Uint8Array(await file.arrayBuffer());
}

function builtinOf(name: string | undefined): Pick<Text, "builtin"> {
  const builtin = CORPORA.find((corpus) => corpus === name);
  return builtin === undefined ? {} : { builtin };
}
