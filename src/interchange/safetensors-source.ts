/** The tensors of a safetensors file, whoever wrote it, for an import; what charloom trains on from is left out. */

import { dequantized } from "../formats/quantized.ts";
import { parseSafetensors, readFloats } from "../formats/safetensors.ts";
import type { TensorSource } from "./torch-import.ts";
import { TRAINING_STATE } from "./weights.ts";

/** Throws a FormatError, naming the file, for one that is not what the format says. */
export function safetensorsSource(bytes: Uint8Array, name: string): TensorSource {
  const { tensors, metadata } = dequantized(parseSafetensors(bytes, name), name);
  const own = metadata.get("format") === "charloom";
  return {
    metadata,
    tensors: new Map(
      [...tensors]
        .filter(([tensor]) => !(own && TRAINING_STATE.test(tensor)))
        .map(([tensor, content]) => [
          tensor,
          { shape: content.shape, read: () => readFloats(content, `${name}: tensor "${tensor}"`) },
        ]),
    ),
  };
}
