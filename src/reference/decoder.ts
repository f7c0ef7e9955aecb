import type { FloatArray } from "../core/engine.ts";
import { addOuterProduct, addProduct, addTransposedProduct, addVector } from "./matrix.ts";
import type { ReferenceParameter, TensorStore } from "./tensor-store.ts";

/** The output projection y = W h + b, W (V, H), b (V) or none; W may be the embedding's table. */
export class Decoder {
  private readonly weight: ReferenceParameter;
  private readonly bias: ReferenceParameter | undefined;

  constructor(
    store: TensorStore,
    private readonly vocabularySize: number,
    private readonly hiddenSize: number,
    bias: boolean,
    shared: ReferenceParameter | undefined,
  ) {
    this.weight = shared ?? store.declareParameter("decoder.weight", [vocabularySize, hiddenSize]);
    this.bias = bias ? store.declareParameter("decoder.bias", [vocabularySize]) : undefined;
  }

  /** `count` rows of logits from h, whose first row is row `firstRow` of `hidden`. */
  forward(logits: FloatArray, hidden: FloatArray, firstRow: number, count: number): void {
    const { weight, bias, vocabularySize, hiddenSize } = this;
    logits.fill(0, 0, count * vocabularySize);
    for (let row = 0; row < count; row++) {
      const y = row * vocabularySize;
      if (bias !== undefined) addVector(logits, y, bias.value, 0, vocabularySize);
      addProduct(logits, y, weight.value, vocabularySize, hiddenSize, hidden, (firstRow + row) * hiddenSize);
    }
  }

  /** Overwrites the gradients of W, b and, row after row from its start, h. */
  backward(gradHidden: FloatArray, gradLogits: FloatArray, hidden: FloatArray, firstRow: number, count: number): void {
    const { weight, bias, vocabularySize, hiddenSize } = this;
    weight.gradient.fill(0);
    bias?.gradient.fill(0);
    gradHidden.fill(0, 0, count * hiddenSize);
    for (let row = 0; row < count; row++) {
      const y = row * vocabularySize;
      // y = W h + b  →  ∂b += ∂y, ∂W += ∂y hᵀ, ∂h += Wᵀ ∂y
      if (bias !== undefined) addVector(bias.gradient, 0, gradLogits, y, vocabularySize);
      const h = (firstRow + row) * hiddenSize;
      addOuterProduct(weight.gradient, vocabularySize, hiddenSize, gradLogits, y, hidden, h);
      addTransposedProduct(gradHidden, row * hiddenSize, weight.value, vocabularySize, hiddenSize, gradLogits, y);
    }
  }
}
