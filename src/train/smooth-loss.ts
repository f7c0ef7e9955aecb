import { naturalLogarithm } from "../../assembly/kernels/portable-math.ts";

/**
 * The running mean of the loss that min-char-rnn prints, in nats per token: it starts at the loss of a uniform guess, log V,
 * and moves by a thousandth of the way to each step's loss.
 */
export class SmoothLoss {
  value: number;

  constructor(vocabularySize: number) {
    this.value = naturalLogarithm(vocabularySize);
  }

  /** Takes in one step's mean loss and returns the new value. */
  update(loss: number): number {
    this.value = 0.999 * this.value + 0.001 * loss;
    return this.value;
  }
}
