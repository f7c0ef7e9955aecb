/** A model as JSON that people read: recipe, vocabulary, and every tensor as nested lists, a row a line. */

import type { ModelWeights, WeightTensor } from "./weights.ts";

/**
 * The text, in pieces, since that of a large model is longer than a string may be. float32 has as few digits as tell it from
 * its neighbours; read as float32 it is the same, to the bit.
 */
export function* modelJson({ model, tensors, metadata, step }: ModelWeights): Generator<string, void, void> {
  const head = {
    format: "charloom-json",
    formatVersion: 1,
    step,
    recipe: JSON.parse(metadata.recipe!),
    vocabulary: model.vocabulary.tokens,
  };
  yield `${JSON.stringify(head, null, 2).slice(0, -2)},\n  "tensors": {\n`;
  for (const [i, tensor] of tensors.entries()) {
    yield `    ${JSON.stringify(tensor.name)}: {\n      "shape": ${JSON.stringify(tensor.shape)},\n      "values": [`;
    yield* rows(tensor);
    yield `]\n    }${i + 1 < tensors.length ? "," : ""}\n`;
  }
  yield "  }\n}\n";
}

function* rows({ shape, values }: WeightTensor): Generator<string, void, void> {
  const shortestOf = values instanceof Float32Array ? shortest : String;
  const write = (value: number) => (Object.is(value, -0) ? "-0" : shortestOf(value)); // which String forgets
  const list = (begin: number, end: number) => Array.from(values.subarray(begin, end), write).join(", ");
  if (shape.length === 1) {
    yield list(0, values.length);
    return;
  }
  const width = shape[1]!;
  for (let row = 0; row < shape[0]!; row++) {
    yield `${row === 0 ? "" : ","}\n        [${list(row * width, (row + 1) * width)}]`;
  }
  yield "\n      ";
}

/** The shortest decimal that is nearest to a float32. */
function shortest(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(Number(value.toPrecision(9)));
}
