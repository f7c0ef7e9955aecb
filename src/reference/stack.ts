/** The recurrent stack: tokens → (embedding) → layer 0 → (dropout) → layer 1 → …, as in assembly/model/stack-pass.ts. */

import type { EngineConfig, FloatArray } from "../core/engine.ts";
import { philox, splitSeed } from "../core/random.ts";
import type { ReferenceCell, ReferenceCellPass } from "./cells/cell.ts";
import { addVector } from "./matrix.ts";
import { REFERENCE_CELLS } from "./registry.ts";
import type { ReferenceParameter, TensorStore } from "./tensor-store.ts";

/** What names the dropout masks of a step. */
export interface Masks {
  readonly dropout: number;
  readonly step: number;
  readonly seed: number;
}

const NO_MASKS: Masks = { dropout: 0, step: 0, seed: 0 };

/** The parameters of embedding and cells. */
export class ReferenceStack {
  /** (V, D), or undefined for one-hot input. */
  readonly embedding: ReferenceParameter | undefined;
  readonly cells: ReferenceCell[];

  constructor(
    readonly store: TensorStore,
    readonly config: EngineConfig,
  ) {
    const { vocabularySize, embeddingSize, hiddenSize, layers } = config;
    const oneHot = embeddingSize === 0;
    this.embedding = oneHot ? undefined : store.declareParameter("embedding.weight", [vocabularySize, embeddingSize]);
    const Cell = REFERENCE_CELLS[config.cell]!;
    this.cells = Array.from({ length: layers }, (_, l) => {
      const inputSize = l > 0 ? hiddenSize : oneHot ? vocabularySize : embeddingSize;
      return new Cell({ store, suffix: `_l${l}`, inputSize, oneHot: oneHot && l === 0, config });
    });
  }
}

/** One run over a chunk. */
export class ReferenceStackPass {
  /** Of each layer (T, N, G·H): after `forward` as the cell leaves them, after `backward` their gradients. */
  readonly gates: FloatArray[];
  private readonly passes: ReferenceCellPass[];
  /** What each layer reads, after dropout; empty for a layer that reads tokens. */
  private readonly inputs: FloatArray[];
  private readonly gradInputs: FloatArray[];

  constructor(
    private readonly stack: ReferenceStack,
    timeSteps: number,
    private readonly rows: number,
    training: boolean,
  ) {
    const { cells, store } = stack;
    const count = timeSteps * rows;
    const widths = cells.map((_, l) => this.inputWidth(l));
    this.passes = cells.map((cell) => cell.createPass(timeSteps, rows, training));
    this.gates = cells.map((cell) => store.allocate(count * cell.input.gateSize));
    this.inputs = widths.map((width) => store.allocate(count * width));
    this.gradInputs = widths.map((width) => store.allocate(training ? count * width : 0));
  }

  /** h (T+1, N, H) of the last layer, its first N rows the state before the chunk. */
  get hidden(): FloatArray {
    return this.passes.at(-1)!.hidden;
  }

  /** ∂loss/∂h (T, N, H) of the last layer. */
  get gradHidden(): FloatArray {
    return this.passes.at(-1)!.gradHidden;
  }

  forward(tokens: ArrayLike<number>, timeSteps: number, masks: Masks = NO_MASKS): void {
    const { cells, embedding, config } = this.stack;
    const count = timeSteps * this.rows;
    let input: ArrayLike<number> = tokens;
    if (embedding !== undefined) {
      const embedded = this.inputs[0]!;
      const size = config.embeddingSize;
      embedded.fill(0);
      for (let row = 0; row < count; row++) addVector(embedded, row * size, embedding.value, tokens[row]! * size, size);
      input = embedded;
    }
    for (const [l, cell] of cells.entries()) {
      if (l > 0) {
        const values = this.inputs[l]!;
        const size = config.hiddenSize;
        values.set(this.passes[l - 1]!.hidden.subarray(this.rows * size, (this.rows + count) * size));
        drop(values, count * size, l, masks);
        input = values;
      }
      cell.input.forward(this.gates[l]!, input, count);
      this.passes[l]!.forward(this.gates[l]!, timeSteps);
    }
  }

  /** `tied`: the decoder has written its part of the embedding's gradient already. */
  backward(tokens: ArrayLike<number>, timeSteps: number, masks: Masks, tied: boolean): void {
    const { cells, embedding, config } = this.stack;
    const count = timeSteps * this.rows;
    for (let l = cells.length - 1; l >= 0; l--) {
      this.passes[l]!.backward(this.gates[l]!, timeSteps);
      const dense = this.inputWidth(l) > 0;
      const gradInput = this.gradInputs[l]!;
      cells[l]!.input.backward(dense ? gradInput : undefined, this.gates[l]!, dense ? this.inputs[l]! : tokens, count);
      if (l > 0) {
        drop(gradInput, count * config.hiddenSize, l, masks);
        this.passes[l - 1]!.gradHidden.set(gradInput.subarray(0, count * config.hiddenSize));
      } else if (embedding !== undefined) {
        const size = config.embeddingSize;
        if (!tied) embedding.gradient.fill(0);
        for (let row = 0; row < count; row++) {
          addVector(embedding.gradient, tokens[row]! * size, gradInput, row * size, size);
        }
      }
    }
  }

  carryState(timeSteps: number): void {
    for (const pass of this.passes) pass.carryState(timeSteps);
  }

  resetState(): void {
    for (const pass of this.passes) pass.resetState();
  }

  copyStateFrom(other: ReferenceStackPass): void {
    for (const [l, pass] of this.passes.entries()) pass.copyStateFrom(other.passes[l]!);
  }

  /** Floats a row that layer l reads; 0 where it reads tokens. */
  private inputWidth(l: number): number {
    const { config } = this.stack;
    return l > 0 ? config.hiddenSize : config.embeddingSize;
  }
}

/** The masks of assembly/kernels/dropout.ts, to the bit. */
function drop(x: FloatArray, count: number, layer: number, { dropout, step, seed }: Masks): void {
  if (dropout === 0) return;
  const words = new Uint32Array(4);
  const key = splitSeed(seed);
  const number = splitSeed(step);
  const probability = Math.fround(dropout);
  const threshold = Math.floor(probability * 4294967296);
  const kept = Math.fround(1 / Math.fround(1 - probability));
  for (let i = 0; i < count; i++) {
    if (i % 4 === 0) philox(words, i / 4, number.low, (0x40000000 | layer) >>> 0, number.high, key.low, key.high);
    x[i] = words[i % 4]! < threshold ? 0 : x[i]! * kept;
  }
}
