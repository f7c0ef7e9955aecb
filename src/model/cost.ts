/**
 * What one training step costs, from the sizes alone: operations, elements and memory exactly, seconds by a model that was fitted
 * to measurements (docs/scaling.md).
 *
 *   seconds = FLOP of few rows / their rate + FLOP of many rows / theirs + nonlinearities / rate + elements / rate + overhead
 *
 * T time steps, N batch rows, R = T·N, H hidden size, V vocabulary size, D input width, P parameters.
 */

import { checkChoice, type EngineConfig } from "../core/engine.ts";
import type { Numerics } from "../core/wasm-module.ts";
import { REFERENCE_CELLS, REFERENCE_OPTIMIZERS } from "../reference/registry.ts";

/** What a training step takes. */
export interface StepCost {
  /** Floating-point operations of the products: a multiplication and an addition each. */
  readonly flops: number;
  /** Of these, those of the forward pass. */
  readonly forwardFlops: number;
  /** Elements that all other loops go over: gates, look-ups, softmax, norm, optimizer, panels. */
  readonly elements: number;
  /** What the WebAssembly engine's memory takes, for training and sampling. */
  readonly bytes: number;
}

/** What the seconds of a step are made of; all rates are per second and thread. */
export interface MachineSpeed {
  /** FLOP of products of one to three rows: weights are read once for each. */
  readonly fewRowsFlops: Readonly<Record<Numerics, number>>;
  /** FLOP of products of many rows, which keep what they read in registers and caches. */
  readonly manyRowsFlops: Readonly<Record<Numerics, number>>;
  /** Elements of exp, tanh, σ. */
  readonly nonlinearities: number;
  /** Elements of all loops, each time that one goes over them. */
  readonly elements: number;
  /** Of a step, whatever its size. */
  readonly overheadSeconds: number;
  /** What a thread beyond the first adds, of what the first does. */
  readonly threadShare: number;
}

/** As `charloom bench --scaling` found them on a 2-core AMD EPYC virtual machine (Zen 3) with Node 20. */
export const TYPICAL: MachineSpeed = {
  fewRowsFlops: { strict: 24e9, fused: 28e9 },
  manyRowsFlops: { strict: 25e9, fused: 32e9 },
  nonlinearities: 2.2e9,
  elements: 2.4e9,
  overheadSeconds: 5e-6,
  // two threads made 1.6 to 1.99 times one's speed on LSTMs of 2 × 128 and 2 × 512, as far as the second processor was free
  threadShare: 0.8,
};

/** Rows from which a product goes by copies of four rows side by side. */
const MANY_ROWS = 4;

/** The cost of a step whose work `threads` share: each has some memory of its own. */
export function estimateStep(config: EngineConfig, threads = 1): StepCost {
  return {
    flops: products(config).reduce((sum, { flops }) => sum + flops, 0),
    forwardFlops: weights(config).reduce(
      (sum, { outputs, inputs, rows, calls }) => sum + 2 * outputs * inputs * rows * calls,
      0,
    ),
    elements: elements(config),
    bytes: memoryBytes(config, threads),
  };
}

/** The work of a step by what it is worth in seconds. */
export interface StepWork {
  /** Operations of products of one to three rows. */
  readonly fewRowsFlops: number;
  /** Operations of products of four rows and more. */
  readonly manyRowsFlops: number;
  /** Elements that an exponential is made of: gates, softmax. */
  readonly nonlinearities: number;
  /** Elements that all loops go over, each time. */
  readonly elements: number;
}

export function stepWork(config: EngineConfig): StepWork {
  let [fewRowsFlops, manyRowsFlops] = [0, 0];
  for (const { flops, rows } of products(config)) {
    if (rows < MANY_ROWS) fewRowsFlops += flops;
    else manyRowsFlops += flops;
  }
  return { fewRowsFlops, manyRowsFlops, nonlinearities: nonlinearities(config), elements: elements(config) };
}

/** Seconds of one training step. */
export function estimateSeconds(
  config: EngineConfig,
  { numerics, threads }: { readonly numerics: Numerics; readonly threads: number },
  machine: MachineSpeed = TYPICAL,
): number {
  const work = stepWork(config);
  const shared =
    work.fewRowsFlops / machine.fewRowsFlops[numerics] +
    work.manyRowsFlops / machine.manyRowsFlops[numerics] +
    work.nonlinearities / machine.nonlinearities +
    work.elements / machine.elements;
  return shared / (1 + machine.threadShare * (threads - 1)) + machine.overheadSeconds;
}

/** A weight (outputs, inputs) that products read: all but a table of one-hot columns. */
interface Weight {
  readonly outputs: number;
  readonly inputs: number;
  /** Rows of one product with it. */
  readonly rows: number;
  /** Products of a step: one for the whole chunk, or one for each time step. */
  readonly calls: number;
  /** How many of these pass a gradient on. */
  readonly backwardCalls: number;
}

/** The products of a step: y = x Wᵀ and ∂x = ∂y W by call, ∂W = ∂yᵀ x once, over all rows. */
function products(config: EngineConfig): { flops: number; rows: number }[] {
  const chunkRows = config.sequenceLength * config.batchSize;
  return weights(config).flatMap(({ outputs, inputs, rows, calls, backwardCalls }) => [
    { flops: 2 * outputs * inputs * rows * (calls + backwardCalls), rows },
    // its rows are W's, however short the chunk
    { flops: 2 * outputs * inputs * chunkRows, rows: outputs },
  ]);
}

function weights(config: EngineConfig): Weight[] {
  const { vocabularySize, hiddenSize, batchSize, sequenceLength, layers, embeddingSize } = config;
  const { inputGates, recurrentGates } = shapeOf(config);
  const chunk = { rows: sequenceLength * batchSize, calls: 1, backwardCalls: 1 };
  const found: Weight[] = [];
  for (let layer = 0; layer < layers; layer++) {
    const inputs = layer > 0 ? hiddenSize : embeddingSize;
    if (inputs > 0) found.push({ outputs: inputGates * hiddenSize, inputs, ...chunk });
    // the first step's gradient would leave the chunk
    const steps = { rows: batchSize, calls: sequenceLength, backwardCalls: sequenceLength - 1 };
    if (recurrentGates > 0) found.push({ outputs: recurrentGates * hiddenSize, inputs: hiddenSize, ...steps });
  }
  found.push({ outputs: vocabularySize, inputs: hiddenSize, ...chunk });
  return found;
}

function nonlinearities(config: EngineConfig): number {
  const { vocabularySize, hiddenSize, batchSize, sequenceLength, layers } = config;
  return sequenceLength * batchSize * (layers * shapeOf(config).nonlinearities * hiddenSize + vocabularySize);
}

function elements(config: EngineConfig): number {
  const { vocabularySize, hiddenSize, batchSize, sequenceLength, layers, embeddingSize } = config;
  const { inputGates, recurrentGates, states } = shapeOf(config);
  const rows = sequenceLength * batchSize;
  const gates = Math.max(inputGates, recurrentGates) * hiddenSize;
  // look-up or bias, cell forward and backward, Σ for the bias, scattered gradient
  const inCells = layers * rows * (5 * gates + 2 * states * hiddenSize);
  // dense inputs: a copy, and panels of it for the weight's gradient
  const inInputs = 2 * rows * ((layers - 1) * hiddenSize + embeddingSize);
  // bias, largest, exp, scale, and Σ for the bias's gradient
  const inLoss = 5 * rows * vocabularySize;
  const count = parameterSizes(config).reduce((sum, size) => sum + size, 0);
  const inPanels = 2 * weights(config).reduce((sum, { outputs, inputs }) => sum + outputs * inputs, 0);
  return inCells + inInputs + inLoss + inPanels + count * (3 + slotsOf(config));
}

/** Elements of each parameter, in the engine's order. */
function parameterSizes(config: EngineConfig): number[] {
  const { vocabularySize, hiddenSize, layers, embeddingSize, bias, tied } = config;
  const { inputGates, recurrentGates, extraBiases } = shapeOf(config);
  const sizes: number[] = [];
  if (embeddingSize > 0) sizes.push(vocabularySize * embeddingSize);
  for (let layer = 0; layer < layers; layer++) {
    const inputs = layer > 0 ? hiddenSize : embeddingSize > 0 ? embeddingSize : vocabularySize;
    sizes.push(inputGates * hiddenSize * inputs);
    if (recurrentGates > 0) sizes.push(recurrentGates * hiddenSize * hiddenSize);
    if (bias) sizes.push(inputGates * hiddenSize);
    if (bias && extraBiases > 0) sizes.push(extraBiases * hiddenSize);
  }
  if (!tied) sizes.push(vocabularySize * hiddenSize);
  if (bias) sizes.push(vocabularySize);
  return sizes;
}

// what assembly/memory and assembly/kernels/panels.ts have, said again; a test compares with the memory of engines
const PAGE_BYTES = 65_536;
/** Code's static data, and the objects that describe a model. */
const MODULE_BYTES = PAGE_BYTES;
const REGIONS = 7;
/** Around each region: room to align it and to read past its end, and the allocator's own. */
const REGION_OVERHEAD_BYTES = 64 + 16 + 32;
const PANEL_WIDTH = 20;
/** Floats that matmulPanels copies rows into, of each thread. */
const TILE_FLOATS = 256 * 48;
/** Random words of a thread, with a cache line for each. */
const RANDOM_FLOATS = 16;
/** Floats whose squares are summed as one block. */
const NORM_BLOCK = 1024;
/** Floats above which a weight is copied into panels for the backward pass too. */
const LARGE_WEIGHT = 16_384;

function memoryBytes(config: EngineConfig, threads: number): number {
  const parameters = tensors(parameterSizes(config));
  const bytes =
    parameters * (2 + slotsOf(config)) +
    tensors(chunkSizes(config, threads)) +
    tensors([Math.ceil(parameters / (4 * NORM_BLOCK))]) +
    tensors(passSizes(config, config.sequenceLength, config.batchSize, threads, true)) +
    tensors(passSizes(config, 1, 1, 1, false));
  return MODULE_BYTES + PAGE_BYTES * Math.ceil((bytes + REGIONS * REGION_OVERHEAD_BYTES) / PAGE_BYTES);
}

/** Tokens, logits, loss, panels: what a model has once. */
function chunkSizes(config: EngineConfig, threads: number): number[] {
  const { vocabularySize, hiddenSize, batchSize, sequenceLength, embeddingSize } = config;
  const rows = sequenceLength * batchSize;
  const panels = weights(config).flatMap((weight) => {
    const forward = weight.inputs * panelWidth(weight.outputs);
    const large = weight.rows < MANY_ROWS || weight.inputs * weight.outputs > LARGE_WEIGHT;
    return large ? [forward, weight.outputs * panelWidth(weight.inputs)] : [forward];
  });
  const activationPanels = rows * panelWidth(Math.max(hiddenSize, embeddingSize));
  const scratch = [...new Array(Math.min(threads, 2)).fill(activationPanels), threads * TILE_FLOATS];
  const sampler = [1, vocabularySize, vocabularySize];
  return [rows, rows, rows * vocabularySize, rows, rows, ...scratch, ...panels, ...sampler, 4];
}

/** One run of the stack over a chunk, with the state that is carried into it. */
function passSizes(
  config: EngineConfig,
  timeSteps: number,
  batchRows: number,
  threads: number,
  training: boolean,
): number[] {
  const { hiddenSize, layers, embeddingSize } = config;
  const { inputGates, states, kept, carriedGradients } = shapeOf(config);
  const rows = timeSteps * batchRows;
  const sizes = [threads * RANDOM_FLOATS];
  for (let layer = 0; layer < layers; layer++) {
    sizes.push(rows * (layer > 0 ? hiddenSize : embeddingSize), rows * inputGates * hiddenSize);
    for (let state = 0; state < states; state++) {
      sizes.push(batchRows * hiddenSize, (timeSteps + 1) * batchRows * hiddenSize);
    }
    sizes.push(kept * rows * hiddenSize);
    if (training) sizes.push(rows * hiddenSize, carriedGradients * batchRows * hiddenSize);
  }
  if (training) sizes.push(rows * embeddingSize);
  return sizes;
}

/** Bytes of tensors of so many elements each, every one aligned to 16 bytes. */
function tensors(sizes: readonly number[]): number {
  return sizes.reduce((sum, size) => sum + 16 * Math.ceil(size / 4), 0);
}

function panelWidth(columns: number): number {
  return PANEL_WIDTH * Math.ceil(columns / PANEL_WIDTH);
}

function shapeOf({ cell }: EngineConfig) {
  checkChoice("cell", cell, Object.keys(REFERENCE_CELLS));
  return REFERENCE_CELLS[cell]!.shape;
}

/** Copies of every parameter that the optimizer keeps. */
function slotsOf({ optimizer }: EngineConfig): number {
  checkChoice("optimizer", optimizer, Object.keys(REFERENCE_OPTIMIZERS));
  return REFERENCE_OPTIMIZERS[optimizer]!.slots.length;
}
