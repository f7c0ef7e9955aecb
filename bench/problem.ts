/**
 * The problem that every contender solves: one training step of min-char-rnn on one stretch of text.
 *
 *   V 65 · H 100 · T 25 · N 1 · Adagrad with learning rate 0.1 · gradients clipped to ±5 · 23,165 parameters
 *
 * The text is the built-in sonnets. They have 61 different characters, and the cost of a step depends on V and not on
 * the text, so the indices are taken modulo 65 (which leaves these as they are) in a vocabulary of 65, four of which
 * never occur: the sizes are exactly those of min-char-rnn on tiny Shakespeare.
 */

import { type EngineConfig, PLAIN_MODEL } from "../src/core/engine.ts";
import { createWasmEngine } from "../src/core/wasm-engine.ts";
import { builtinCorpus } from "../src/data/builtin-corpora.ts";
import { ChunkStream } from "../src/data/chunk-stream.ts";
import { TokenList } from "../src/data/token-list.ts";
import { Vocabulary } from "../src/data/vocabulary.ts";
import { MIN_CHAR_RNN } from "../src/model/recipe.ts";

export const ENGINE_CONFIG: EngineConfig = {
  ...PLAIN_MODEL,
  cell: MIN_CHAR_RNN.cell,
  optimizer: MIN_CHAR_RNN.optimizer,
  vocabularySize: 65,
  hiddenSize: MIN_CHAR_RNN.hiddenSize,
  batchSize: 1,
  sequenceLength: MIN_CHAR_RNN.sequenceLength,
};

/**
 * Steps of training that give the samplers their parameters: enough for a distribution with likely and unlikely tokens.
 */
const SAMPLER_TRAINING_STEPS = 1000;

export interface Problem {
  readonly tokens: Uint32Array;
  /** What every trainer starts from, by PyTorch's names, row-major. */
  readonly initialParameters: Readonly<Record<string, Float32Array>>;
  /** What every sampler draws from. */
  readonly trainedParameters: Readonly<Record<string, Float32Array>>;
}

/**
 * Floating-point operations of one training step, the multiplications and additions of the products alone:
 *
 *   forward    W_hh h           T products of H·H        backward   ∂h_{t-1} = W_hhᵀ ∂z   T - 1 of H·H
 *              W_out h          T products of V·H                   ∂W_hh = Σ ∂z hᵀ       T of H·H
 *                                                                   ∂W_out = Σ ∂y hᵀ      T of V·H
 *                                                                   ∂h = W_outᵀ ∂y        T of V·H
 *
 *   2 · ((3T - 1)·H² + 3T·V·H) = 2,455,000 at T 25, H 100, V 65
 *
 * W_ih x is a look-up. tanh, softmax and Adagrad are left out, as usual; so is what a contender does beyond this count
 * (numpy's form by step makes a T-th ∂h_{t-1}, which nothing uses).
 */
export function trainingStepFlops({ vocabularySize, hiddenSize, sequenceLength }: EngineConfig): number {
  const squares = (3 * sequenceLength - 1) * hiddenSize * hiddenSize;
  const projections = 3 * sequenceLength * vocabularySize * hiddenSize;
  return 2 * (squares + projections);
}

export async function createProblem(): Promise<Problem> {
  const text = await builtinCorpus("sonnets");
  const tokens = Vocabulary.fromText(text)
    .encode(text)
    .map((token) => token % ENGINE_CONFIG.vocabularySize);
  const engine = await createWasmEngine(ENGINE_CONFIG);
  engine.initializeParameters({ kind: "normal", scale: 0.01 }, MIN_CHAR_RNN.seed);
  const readParameters = () =>
    Object.fromEntries(
      engine.tensors.filter(({ role }) => role === "parameter").map(({ name }) => [name, engine.readTensor(name)]),
    );
  const initialParameters = readParameters();
  const stream = new ChunkStream(TokenList.from(tokens), ENGINE_CONFIG.sequenceLength);
  for (let step = 0; step < SAMPLER_TRAINING_STEPS; step++) {
    const chunk = stream.next();
    engine.trainStep(chunk.tokens, chunk.targets, MIN_CHAR_RNN);
  }
  return { tokens, initialParameters, trainedParameters: readParameters() };
}
