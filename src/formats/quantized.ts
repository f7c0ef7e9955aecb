/**
 * Weights in 8 bits: each row of a matrix as whole numbers from -127 to 127 and one scale,
 *
 *     w ≈ q · scale,  scale = largest |w| of the row / 127
 *
 * so that 0 stays 0, no row's outlier costs another row its precision, and nothing is off by more than half a scale. In a file
 * a matrix NAME is I8, and NAME.scale beside it F32, one for each row. Biases stay as they are.
 */

import type { FloatArray } from "../core/engine.ts";
import { FormatError, readFloats, type SafeTensor, type SafetensorsFile } from "./safetensors.ts";

const LARGEST = 127;
const SCALE = ".scale";

export interface QuantizedRows {
  readonly values: Int8Array;
  readonly scales: Float32Array;
}

/** A matrix of so many rows, row-major, each element rounded to the nearest. */
export function quantizeRows(values: FloatArray, rows: number): QuantizedRows {
  const width = values.length / rows;
  const quantized = { values: new Int8Array(values.length), scales: new Float32Array(rows) };
  for (let row = 0; row < rows; row++) {
    const part = values.subarray(row * width, (row + 1) * width);
    let largest = 0;
    for (const value of part) largest = Math.max(largest, Math.abs(value));
    const scale = Math.fround(largest / LARGEST);
    quantized.scales[row] = scale;
    if (scale === 0) continue; // a row of zeros, or of what float32 hardly holds
    for (const [i, value] of part.entries()) {
      const nearest = Math.round(value / scale);
      quantized.values[row * width + i] = Math.max(-LARGEST, Math.min(LARGEST, nearest));
    }
  }
  return quantized;
}

/** The name of the scales of a matrix. */
export function scaleName(tensor: string): string {
  return tensor + SCALE;
}

/**
 * A file with every I8 matrix that has scales as the F32 matrix it stands for, and without those scales. Throws a FormatError,
 * naming the file, where they do not fit.
 */
export function dequantized(file: SafetensorsFile, name: string): SafetensorsFile {
  const tensors = new Map<string, SafeTensor>();
  const used = new Set<string>();
  for (const [tensor, content] of file.tensors) {
    const scales = file.tensors.get(scaleName(tensor));
    if (content.dtype !== "I8" || scales === undefined) {
      tensors.set(tensor, content);
      continue;
    }
    used.add(scaleName(tensor));
    const [rows = 0] = content.shape;
    if (content.shape.length !== 2 || scales.dtype !== "F32" || scales.shape.join() !== String(rows)) {
      throw new FormatError(
        `${name}: tensor "${tensor}${SCALE}": expected F32 of shape [${rows}] for an I8 matrix, got ${scales.dtype} of [${scales.shape.join(", ")}] for [${content.shape.join(", ")}]`,
      );
    }
    tensors.set(tensor, widened(content, readFloats(scales, tensor)));
  }
  for (const tensor of used) tensors.delete(tensor);
  return { metadata: file.metadata, tensors };
}

function widened({ shape, bytes }: SafeTensor, scales: FloatArray): SafeTensor {
  const width = shape[1]!;
  const view = new DataView(new ArrayBuffer(4 * bytes.length));
  const values = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  for (const [i, value] of values.entries()) view.setFloat32(4 * i, value * scales[Math.floor(i / width)]!, true);
  return { dtype: "F32", shape, bytes: new Uint8Array(view.buffer) };
}
