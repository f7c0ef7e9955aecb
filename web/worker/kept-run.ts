/**
 * A run as one file, so that checkpoint and what was shown of it are always of the same step:
 *
 *     length of the record, u32 little-endian │ the record, JSON │ the checkpoint, safetensors
 */

import type { RunRecord } from "./run.ts";

/** Goes up when files of earlier pages can no longer be read. */
const VERSION = 1;
const LENGTH_BYTES = 4;
/** A record is some hundred kilobytes. */
const LONGEST_RECORD = 50e6;

export interface KeptRecord extends RunRecord {
  readonly version: number;
  readonly step: number;
  /** What it is trained on; the text itself lies in a file of its own, since it does not change. */
  readonly text: { readonly name: string; readonly builtin?: string; readonly file: string };
}

export function packRun(record: Omit<KeptRecord, "version">, checkpoint: Uint8Array): Blob {
  const json = new TextEncoder().encode(JSON.stringify({ version: VERSION, ...record }));
  const length = new DataView(new ArrayBuffer(LENGTH_BYTES));
  length.setUint32(0, json.length, true);
  return new Blob([length, json, checkpoint as Uint8Array<ArrayBuffer>]);
}

/** The record alone. Throws an Error for what is none of this version. */
export async function unpackRecord(file: Blob): Promise<KeptRecord> {
  return (await unpack(file)).record;
}

/** Throws an Error for what is none of this version; the checkpoint is not looked into. */
export async function unpackRun(file: Blob): Promise<{ record: KeptRecord; checkpoint: Uint8Array }> {
  const { record, end } = await unpack(file);
  return { record, checkpoint: new Uint8Array(await file.slice(end).arrayBuffer()) };
}

async function unpack(file: Blob): Promise<{ record: KeptRecord; end: number }> {
  const head = new DataView(await file.slice(0, LENGTH_BYTES).arrayBuffer());
  const length = head.byteLength === LENGTH_BYTES ? head.getUint32(0, true) : 0;
  const end = LENGTH_BYTES + length;
  if (length === 0 || length > LONGEST_RECORD || end > file.size) throw new Error("it is damaged");
  let record: KeptRecord;
  try {
    record = JSON.parse(await file.slice(LENGTH_BYTES, end).text());
  } catch {
    throw new Error("it is damaged");
  }
  if (record?.version !== VERSION) throw new Error("another version of this page saved it");
  return { record, end };
}
