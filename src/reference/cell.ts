import type { FloatArray } from "../core/engine.ts";
import type { TensorStore } from "./tensor-store.ts";

/** The naive form of a recurrent cell: parameters and one pass over a chunk. Shapes as in assembly/cells/cell.ts. */
export interface ReferenceCell {
  createPass(timeSteps: number, rows: number, training: boolean): ReferenceCellPass;
}

export interface ReferenceCellPass {
  /** h (T+1, N, H): h[0] is the state the chunk started from. */
  readonly hidden: FloatArray;
  /** ∂loss/∂h (T, N, H), filled by the decoder before `backward`. */
  readonly gradHidden: FloatArray;
  forward(tokens: ArrayLike<number>, timeSteps: number): void;
  backward(tokens: ArrayLike<number>, timeSteps: number): void;
  carryState(timeSteps: number): void;
  resetState(): void;
  copyStateFrom(other: ReferenceCellPass): void;
}

export type ReferenceCellConstructor = new (
  store: TensorStore,
  vocabularySize: number,
  hiddenSize: number,
) => ReferenceCell;
