import type { EngineConfig, FloatArray } from "../../core/engine.ts";
import type { TensorStore } from "../tensor-store.ts";
import type { ReferenceInput } from "./input.ts";

/** What a cell is told about its layer. */
export interface ReferenceLayer {
  readonly store: TensorStore;
  /** Ends the names of the layer's tensors: "_l0". */
  readonly suffix: string;
  /** D, or V for one-hot input. */
  readonly inputSize: number;
  readonly oneHot: boolean;
  readonly config: EngineConfig;
}

/** The naive form of a recurrent cell: its parameters. Shapes and equations as in assembly/cells. */
export interface ReferenceCell {
  readonly input: ReferenceInput;
  createPass(timeSteps: number, rows: number, training: boolean): ReferenceCellPass;
}

/** One run of a cell over a chunk, token row after token row. */
export interface ReferenceCellPass {
  /** h (T+1, N, H): its first N rows are the state the chunk started from. */
  readonly hidden: FloatArray;
  /** ∂loss/∂h (T, N, H), filled by what reads h before `backward`. */
  readonly gradHidden: FloatArray;
  /** `gates` (T, N, G·H) holds W_ih x + b. */
  forward(gates: FloatArray, timeSteps: number): void;
  /** Overwrites `gates` with ∂loss/∂(W_ih x + b), and the gradients of the cell's own parameters. */
  backward(gates: FloatArray, timeSteps: number): void;
  carryState(timeSteps: number): void;
  resetState(): void;
  /** Takes over row 0 of another pass's carried state. */
  copyStateFrom(other: ReferenceCellPass): void;
}

export interface ReferenceCellConstructor {
  new (layer: ReferenceLayer): ReferenceCell;
  /** Which of its G blocks of H rows are gates, squashed by a sigmoid: what a recipe's `gateMean` is added to. */
  readonly sigmoidGates: readonly number[];
  /** What a layer of it costs, in the WebAssembly engine (model/cost.ts). */
  readonly shape: CellShape;
}

/** What a cell computes and keeps, counted in vectors of H. */
export interface CellShape {
  /** Sums over the input. */
  readonly inputGates: number;
  /** Sums over the state, a product of each time step. */
  readonly recurrentGates: number;
  /** Of exp, tanh or σ, forward. */
  readonly nonlinearities: number;
  /** Vectors that go from step to step. */
  readonly states: number;
  /** Biases beside those of the sums over the input. */
  readonly extraBiases: number;
  /** What a row keeps for the backward pass beside gates and states. */
  readonly kept: number;
  /** What the backward pass carries for each batch row, beside the gradient at h. */
  readonly carriedGradients: number;
}
