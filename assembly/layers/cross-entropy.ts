/**
 * Softmax cross-entropy of rows of logits: loss = Σ log Σⱼ exp(yⱼ - max y) - (y_target - max y), in nats.
 *
 * logits (R, V) become the gradient of `lossScale` times the loss at them, lossScale · (softmax(y) - onehot(target)), in
 * place. Each row's loss is kept as two floats; `total` adds them up in float64, row after row. A row whose target is NO_TARGET
 * has no loss and a gradient of zeros: it pads a short example of a batch.
 */

import { NO_TARGET, TensorKind } from "../abi/constants.ts";
import { log } from "../kernels/log.ts";
import { expRow, maximum, scale } from "../kernels/softmax.ts";
import { Arena } from "../memory/arena.ts";
import { Tensor } from "../memory/tensor.ts";

export class CrossEntropy {
  /** (R): log Σ exp of each row, shifted by the row's largest logit. */
  private readonly logSums: Tensor;
  /** (R): the target's logit, shifted likewise. */
  private readonly targetLogits: Tensor;

  constructor(arena: Arena, rows: i32) {
    this.logSums = arena.declareVector(TensorKind.Workspace, "loss.log_sums", rows);
    this.targetLogits = arena.declareVector(TensorKind.Workspace, "loss.target_logits", rows);
  }

  /**
   * The losses and gradients of `rows` rows from number `first` on; `logits` and `targets` (indices below `vocabularySize`, or
   * NO_TARGET) are those of row 0.
   */
  lossesAndGradients(logits: usize, targets: usize, first: i32, rows: i32, vocabularySize: i32, lossScale: f32): void {
    const rowBytes = (<usize>vocabularySize) << 2;
    const offset = (<usize>first) << 2;
    const sums = this.logSums.address + offset;
    const targetLogits = this.targetLogits.address + offset;
    targets += offset;
    let row = logits + <usize>first * rowBytes;
    for (let i: usize = 0; i < <usize>rows; i++, row += rowBytes) {
      const index = load<u32>(targets + (i << 2));
      if (index == NO_TARGET) {
        memory.fill(row, 0, rowBytes);
        store<f32>(targetLogits + (i << 2), 0);
        store<f32>(sums + (i << 2), 1); // whose logarithm is 0
        continue;
      }
      const target = row + ((<usize>index) << 2);
      const max = maximum(row, vocabularySize);
      store<f32>(targetLogits + (i << 2), load<f32>(target) - max);
      const sum = expRow(row, row, vocabularySize, max, 1);
      store<f32>(sums + (i << 2), sum);
      scale(row, lossScale / sum, vocabularySize);
      store<f32>(target, load<f32>(target) - lossScale);
    }
    log(sums, sums, rows);
  }

  /** The loss of the first `rows` rows, in nats. */
  total(rows: i32): f64 {
    const sums = this.logSums.address;
    const targetLogits = this.targetLogits.address;
    let loss: f64 = 0;
    for (let i: usize = 0; i < <usize>rows; i++) {
      loss += <f64>load<f32>(sums + (i << 2)) - <f64>load<f32>(targetLogits + (i << 2));
    }
    return loss;
  }
}
