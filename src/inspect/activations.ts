/** Reading a text through a model and keeping what every unit did at every token. */

import { checkChoice, type Engine } from "../core/engine.ts";
import type { AbortSignalLike } from "../core/host-types.ts";
import { checkMemory } from "../core/memory.ts";
import { Turns } from "../core/turns.ts";
import type { LanguageModel } from "../model/language-model.ts";
import { claimSampler, endOfLine } from "../sample/sampler.ts";
import { type CellQuantity, quantitiesOf } from "./cell-quantities.ts";
import { type PositionedTokens, positionedTokens } from "./positioned-tokens.ts";

/** What a model's units did while it read a text; plain data, which can be sent to another thread. */
export interface Activations {
  /** The text as the model read it: in lower case if its recipe says so. */
  readonly text: string;
  /** The tokens of the text, as `Vocabulary.tokenText` has them; those left out are missing. */
  readonly tokens: readonly string[];
  /** Where each token stands: the code point of `text` that it is, is a byte of, or, of a word, ends with. */
  readonly positions: Uint32Array;
  /** Units of each layer, H. */
  readonly units: number;
  /** What was kept of each layer. */
  readonly quantities: readonly CellQuantity[];
  /** Layer by layer, the values (tokens, H) of each quantity by its name, row-major: after each token has been read. */
  readonly layers: readonly Readonly<Record<string, Float32Array>>[];
}

/** What is kept while a text is read. */
export interface ReadActivationsOptions {
  /** The quantities to keep, by name; all that the cell has (`quantitiesOf`) if left out. */
  readonly quantities?: readonly string[];
  /** What to do with tokens that the model does not know; "error" if left out. */
  readonly unknown?: "error" | "skip";
}

/**
 * What every unit does while a model reads a text. The model starts from a zero state; one of lines starts anew at each line,
 * after a line break, as in training. Uses the model's one sampler: a model in training may be looked at between two steps, and
 * its training is not changed by it. Throws an UnknownTokenError, or a RangeError for an empty text, an unknown quantity, or more
 * values than this machine has memory for.
 */
export function readActivations(model: LanguageModel, text: string, options: ReadActivationsOptions = {}): Activations {
  const reading = read(model, text, options);
  for (;;) {
    const { done, value } = reading.next();
    if (done) return value;
  }
}

/**
 * `readActivations` for threads that have other work: the thread is free again every few milliseconds. An aborted signal ends it
 * with the signal's reason. Parameters that change meanwhile show from there on.
 */
export async function readActivationsAsync(
  model: LanguageModel,
  text: string,
  options: ReadActivationsOptions & { readonly signal?: AbortSignalLike } = {},
): Promise<Activations> {
  const turns = new Turns(options.signal);
  const reading = read(model, text, options);
  for (;;) {
    const { done, value } = reading.next();
    if (done) return value;
    if (turns.over) await turns.next();
    turns.check();
  }
}

/** Reads token by token. */
function* read(
  model: LanguageModel,
  source: string,
  { quantities: wanted, unknown = "error" }: ReadActivationsOptions,
): Generator<void, Activations, void> {
  const { engine, vocabulary } = model;
  const { hiddenSize, layers: layerCount } = engine.config;
  const quantities = chosen(quantitiesOf(engine.config), wanted);
  const positioned = positionedTokens(model, source, unknown);
  const count = positioned.tokens.length;
  checkMemory(4 * count * hiddenSize * layerCount * quantities.length, `the activations of ${count} tokens`);
  const layers = Array.from({ length: layerCount }, () =>
    Object.fromEntries(quantities.map(({ name }) => [name, new Float32Array(count * hiddenSize)])),
  );
  for (const token of feed(model, positioned)) {
    for (const [layer, values] of layers.entries()) keepStep(engine, layer, quantities, values, token * hiddenSize);
    yield;
  }
  return {
    text: positioned.text,
    tokens: Array.from(positioned.tokens, (token) => vocabulary.tokenText(token)),
    positions: positioned.positions,
    units: hiddenSize,
    quantities,
    layers,
  };
}

/** Feeds a text's tokens to the sampler; yields the number of each, from 0, when it has been read. */
function* feed(model: LanguageModel, { tokens, lines }: PositionedTokens): Generator<number, void, void> {
  const { engine, recipe } = model;
  const newline = endOfLine(model);
  const owns = claimSampler(engine);
  engine.resetSampler();
  if (newline !== undefined) engine.samplerStep(newline);
  let line = 0;
  for (const [i, token] of tokens.entries()) {
    owns();
    if (recipe.examples === "lines" && lines[i] !== line) {
      line = lines[i]!;
      engine.resetSampler();
    }
    engine.samplerStep(token);
    yield i;
  }
}

/** Copies a layer's quantities, as the sampler's last step left them, to where a token's row begins. */
function keepStep(
  engine: Engine,
  layer: number,
  quantities: readonly CellQuantity[],
  values: Readonly<Record<string, Float32Array>>,
  start: number,
): void {
  const size = engine.config.hiddenSize;
  const hasGates = quantities.some(({ block }) => block !== undefined);
  const gates = hasGates ? engine.readWorkspace(`sampler.gates_l${layer}`) : undefined;
  for (const { name, block } of quantities) {
    const row =
      block === undefined
        ? engine.readTensor(`sampler.${name}_l${layer}`)
        : gates!.subarray(block * size, (block + 1) * size);
    values[name]!.set(row, start);
  }
}

function chosen(all: readonly CellQuantity[], names: readonly string[] | undefined): readonly CellQuantity[] {
  if (names === undefined) return all;
  const known = all.map(({ name }) => name);
  for (const name of names) checkChoice("quantity", name, known);
  return all.filter(({ name }) => names.includes(name));
}
