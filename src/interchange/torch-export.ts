/** A model as PyTorch takes it up: its weights as safetensors, and a module of Python that loads, samples and trains them on. */

import { writeSafetensors } from "../formats/safetensors.ts";
import { MODULE_FILE, torchModule, WEIGHTS_FILE } from "./torch-module.ts";
import type { ModelWeights } from "./weights.ts";

/** The files of the export's folder, by name. */
export function torchFiles({ model, tensors, metadata }: ModelWeights): ReadonlyMap<string, Uint8Array> {
  return new Map([
    [WEIGHTS_FILE, writeSafetensors(tensors, metadata)],
    [MODULE_FILE, new TextEncoder().encode(torchModule(model))],
  ]);
}
