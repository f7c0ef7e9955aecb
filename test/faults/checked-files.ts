/** What must hold of a folder whatever happened to the runs that wrote there. */

import { modelFromBytes } from "../../src/formats/model-file.ts";
import { openCheckpoint } from "../../src/train/checkpoint.ts";
import type { WorkFolder } from "../cli/command-line.ts";

/** Reads every model of a folder as a whole checkpoint; returns how many there are. Throws for one that is not. */
export async function checkModels(folder: WorkFolder): Promise<number> {
  const names = folder.names().filter((name) => name.endsWith(".safetensors"));
  for (const name of names) {
    const bytes = folder.read(name);
    openCheckpoint(bytes, name);
    (await modelFromBytes(bytes, name)).engine.dispose();
  }
  return names.length;
}

/** The step that a checkpoint goes on from; 0 where there is none. */
export function stepOf(folder: WorkFolder, name: string): number {
  return folder.names().includes(name) ? openCheckpoint(folder.read(name), name).training.state.steps : 0;
}

/** Temporary files that are left. */
export function orphans(folder: WorkFolder): string[] {
  return folder.names().filter((name) => name.endsWith(".tmp"));
}
