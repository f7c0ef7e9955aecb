/** A model's weights in fewer bits, as a model file that charloom reads as any other. */

import { InvalidValueError } from "../core/errors.ts";
import { halfBits, LARGEST_HALF } from "../formats/half-float.ts";
import { quantizeRows, scaleName } from "../formats/quantized.ts";
import type { TensorToWrite } from "../formats/safetensors.ts";
import type { WeightTensor } from "./weights.ts";

/** Every tensor as float16, rounded to the nearest, to even in the middle. Throws a RangeError for what float16 cannot hold. */
export function halfTensors(tensors: readonly WeightTensor[]): TensorToWrite[] {
  return tensors.map(({ name, shape, values }) => {
    const bits = Uint16Array.from(values, halfBits);
    const wrong = bits.findIndex((each) => (each & 0x7fff) >= 0x7c00);
    if (wrong >= 0) {
      throw new InvalidValueError(
        `tensor "${name}": ${values[wrong]} at ${wrong} is beyond float16's ${LARGEST_HALF}; leave out --half`,
      );
    }
    return { name, shape, values: bits };
  });
}

/** Every matrix in whole numbers of 8 bits with a scale for each row; biases as they are. */
export function eightBitTensors(tensors: readonly WeightTensor[]): TensorToWrite[] {
  return tensors.flatMap((tensor): TensorToWrite[] => {
    const { name, shape, values } = tensor;
    if (shape.length !== 2) return [tensor];
    const rows = shape[0]!;
    const quantized = quantizeRows(values, rows);
    return [
      { name, shape, values: quantized.values },
      { name: scaleName(name), shape: [rows], values: quantized.scales },
    ];
  });
}
