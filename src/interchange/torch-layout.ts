/**
 * Finds a language model among the tensors of a PyTorch state dict: one nn.RNN, nn.GRU or nn.LSTM (or one of the cells that our
 * own export writes out), an nn.Linear over its hidden state, and an nn.Embedding if its input is not one-hot. Modules may have
 * any names and any common prefix: the recurrent layer is known by PyTorch's own suffixes, weight_ih_l0 and so on, the others
 * by their shapes, and only where these leave a doubt by whether they have a bias, and by their names.
 *
 * V vocabulary size, D width of the embedding, H hidden size, G blocks of a cell.
 */

import { FormatError } from "../formats/safetensors.ts";
import { TORCH_CELLS } from "./torch-cells.ts";

/** Names and shapes of what a file holds. */
export type TensorShapes = ReadonlyMap<string, { readonly shape: readonly number[] }>;

export interface TorchLayout {
  readonly cell: string;
  readonly vocabularySize: number;
  readonly hiddenSize: number;
  readonly layers: number;
  /** Width of the embedding, 0 for one-hot input. */
  readonly embeddingSize: number;
  /** What stands before weight_ih_l0. */
  readonly recurrentPrefix: string;
  /** Names of tensors; undefined where there is none. */
  readonly embedding: string | undefined;
  /** The embedding's own, where a file holds the shared weight once. */
  readonly decoderWeight: string;
  readonly decoderBias: string | undefined;
}

const RECURRENT = /^(.*?)(weight_ih|weight_hh|bias_ih|bias_hh)_l(\d+)$/s;
const EMBEDDING_NAME = /emb|encoder|wte|lookup/i;
const DECODER_NAME = /dec|fc|out|lin|head|proj|dense/i;

/**
 * The layout of a state dict; `cell` is what the user says it is, if anything. Throws a FormatError that names the tensor for
 * whatever charloom has no place for.
 */
export function torchLayout(tensors: TensorShapes, name: string, cell: string | undefined): TorchLayout {
  const fail = (message: string): never => {
    throw new FormatError(`${name}: ${message}`);
  };
  refuseVariants(tensors, fail);
  const prefixes = new Set<string>();
  const rest = new Map(tensors);
  for (const tensor of tensors.keys()) {
    const match = RECURRENT.exec(tensor);
    if (match === null) continue;
    prefixes.add(match[1]!);
    rest.delete(tensor);
  }
  if (prefixes.size !== 1) {
    const got = prefixes.size === 0 ? `none among ${list(tensors.keys())}` : `several: ${list(prefixes)}`;
    fail(`expected the tensors of one nn.RNN, nn.GRU or nn.LSTM (…weight_ih_l0), got ${got}`);
  }
  const [prefix] = prefixes as Iterable<string> as [string];
  const shapeOf = (tensor: string) => tensors.get(prefix + tensor)?.shape;

  const first = shapeOf("weight_ih_l0");
  if (first?.length !== 2) fail(`expected a tensor "${prefix}weight_ih_l0" of two dimensions, got ${shown(first)}`);
  const [rows, inputWidth] = first as [number, number];
  const recurrent = shapeOf("weight_hh_l0");
  const matrices = [...rest].filter(([, { shape }]) => shape.length === 2).map(([tensor]) => tensor);
  const width = (tensor: string) => tensors.get(tensor)!.shape[1]!;
  // without W_hh only the decoder tells the hidden size
  const hiddenSize = recurrent?.[1] ?? hiddenSizeOf(matrices.map(width), inputWidth, rows, fail);
  if (hiddenSize < 1) fail(`tensor "${prefix}weight_hh_l0": expected a hidden size of at least 1, got 0`);
  const found = cellOf(rows / hiddenSize, recurrent !== undefined, cell, `${prefix}weight_ih_l0`, first!, fail);
  const layers = checkLayers(tensors, prefix, found, hiddenSize, inputWidth, fail);

  const { embedding, decoder } = roles(matrices, tensors, inputWidth, hiddenSize, fail);
  const vocabularySize = tensors.get(decoder)!.shape[0]!;
  for (const tensor of matrices) rest.delete(tensor);
  const ownBias = decoder.replace(/weight$/, "bias");
  // a weight that is stored once, as the embedding's, leaves the decoder's bias under a name of its own
  const decoderBias = rest.has(ownBias) || embedding !== decoder ? ownBias : [...rest.keys()][0];
  const bias = decoderBias === undefined ? undefined : rest.get(decoderBias)?.shape;
  if (bias !== undefined && bias.join() !== String(vocabularySize)) {
    fail(
      `tensor "${decoderBias}" has shape ${shown(bias)}; a decoder of ${vocabularySize} tokens needs [${vocabularySize}]`,
    );
  }
  if (decoderBias !== undefined) rest.delete(decoderBias);
  for (const tensor of rest.keys()) {
    fail(`tensor "${tensor}" has no place in a model of embedding, recurrent layers and linear decoder; leave it out`);
  }
  return {
    cell: found,
    vocabularySize,
    hiddenSize,
    layers,
    embeddingSize: embedding === undefined ? 0 : inputWidth,
    recurrentPrefix: prefix,
    embedding,
    decoderWeight: decoder,
    decoderBias: bias === undefined ? undefined : decoderBias,
  };
}

function refuseVariants(tensors: TensorShapes, fail: (message: string) => never): void {
  for (const tensor of tensors.keys()) {
    if (/_l\d+_reverse$/.test(tensor)) {
      fail(`tensor "${tensor}" is of a bidirectional layer; charloom reads text in one direction, from left to right`);
    }
    if (/weight_hr_l\d+$/.test(tensor)) {
      fail(`tensor "${tensor}" is of a layer with a projection (proj_size), which charloom does not have`);
    }
  }
}

/** The one width at which the sums are so many rows of a cell without W_hh. */
function hiddenSizeOf(
  widths: readonly number[],
  inputWidth: number,
  rows: number,
  fail: (message: string) => never,
): number {
  const blocks = Object.values(TORCH_CELLS).filter(({ recurrent }) => !recurrent);
  const fitting = widths.filter((width) => blocks.some(({ gates }) => gates * width === rows));
  if (fitting.length > 0) return fitting[0]!;
  return fail(
    `expected a weight_hh_l0, or a cell without; got weight_ih_l0 of shape ${shown([rows, inputWidth])} alone`,
  );
}

/** The cell by its blocks; where several have as many, the user must say which. */
function cellOf(
  blocks: number,
  recurrent: boolean,
  wanted: string | undefined,
  tensor: string,
  shape: readonly number[],
  fail: (message: string) => never,
): string {
  const fitting = Object.entries(TORCH_CELLS).filter(([, c]) => c.gates === blocks && c.recurrent === recurrent);
  const names = fitting.map(([cell]) => cell);
  if (names.length === 0) {
    const known = Object.entries(TORCH_CELLS).map(([cell, { gates }]) => `${gates} for ${cell}`);
    fail(
      `tensor "${tensor}": expected blocks of hidden size (${known.join(", ")}), got ${blocks} in shape ${shown(shape)}`,
    );
  }
  if (wanted !== undefined && !names.includes(wanted))
    fail(`its shapes are those of ${names.join(" or ")}, not ${wanted}`);
  if (wanted === undefined && names.length > 1) fail(`its shapes fit ${names.join(" and ")}; say which with --cell`);
  return wanted ?? names[0]!;
}

/** The number of layers, every tensor of which has its shape. */
function checkLayers(
  tensors: TensorShapes,
  prefix: string,
  cell: string,
  hiddenSize: number,
  inputWidth: number,
  fail: (message: string) => never,
): number {
  const { gates, recurrent } = TORCH_CELLS[cell]!;
  let layers = 0;
  while (tensors.has(`${prefix}weight_ih_l${layers}`)) layers++;
  for (const [tensor, { shape }] of tensors) {
    const [, , kind, digits] = RECURRENT.exec(tensor) ?? [];
    if (kind === undefined) continue;
    const layer = Number(digits);
    if (layer >= layers || String(layer) !== digits)
      fail(`tensor "${tensor}": expected layers 0 to ${layers - 1} alone`);
    if (kind.endsWith("hh") && !recurrent) fail(`tensor "${tensor}": expected none in a ${cell}`);
    const width = kind === "weight_hh" || layer > 0 ? hiddenSize : inputWidth;
    const expected = kind.startsWith("bias") ? [gates * hiddenSize] : [gates * hiddenSize, width];
    if (shape.join() !== expected.join()) {
      fail(
        `tensor "${tensor}" has shape ${shown(shape)}; ${cell} of ${hiddenSize} hidden units needs ${shown(expected)}`,
      );
    }
  }
  for (let layer = 0; recurrent && layer < layers; layer++) {
    if (!tensors.has(`${prefix}weight_hh_l${layer}`))
      fail(`expected a tensor "${prefix}weight_hh_l${layer}", got none`);
  }
  return layers;
}

/** Which of the other matrices is the decoder, and which the embedding, if there is one. */
function roles(
  matrices: readonly string[],
  tensors: TensorShapes,
  inputWidth: number,
  hiddenSize: number,
  fail: (message: string) => never,
): { embedding: string | undefined; decoder: string } {
  const shape = (tensor: string) => tensors.get(tensor)!.shape;
  const [a, b, ...more] = matrices;
  if (a === undefined || more.length > 0) {
    const got = matrices.length === 0 ? "none" : list(matrices);
    fail(`beside the recurrent layer: expected an nn.Linear and at most an nn.Embedding, got ${got}`);
  }
  const reads = (tensor: string) => shape(tensor)[1] === hiddenSize;
  if (b === undefined) {
    const only = a as string;
    const [size] = shape(only);
    if (reads(only) && size === inputWidth && !(EMBEDDING_NAME.test(only) && size === hiddenSize)) {
      return { embedding: undefined, decoder: only };
    }
    if (reads(only) && inputWidth === hiddenSize) return { embedding: only, decoder: only }; // shared, stored once
    return fail(
      `tensor "${only}" of shape ${shown(shape(only))}: expected a decoder of ${hiddenSize} hidden units to as many tokens as the input is wide, ${inputWidth}, or an embedding beside it`,
    );
  }
  const pairs = [
    { embedding: a as string, decoder: b },
    { embedding: b, decoder: a as string },
  ].filter(({ embedding, decoder }) => shape(embedding)[1] === inputWidth && reads(decoder));
  const doubt = pairs.length > 1;
  const byBias = pairs.filter(({ embedding, decoder }) => hasBias(decoder, tensors) && !hasBias(embedding, tensors));
  const byName = pairs.filter(
    ({ embedding, decoder }) =>
      EMBEDDING_NAME.test(embedding) || (DECODER_NAME.test(decoder) && !DECODER_NAME.test(embedding)),
  );
  const [pair] = !doubt ? pairs : byBias.length === 1 ? byBias : byName.length === 1 ? byName : [];
  if (pair === undefined) {
    const what = `"${a}" ${shown(shape(a as string))} and "${b}" ${shown(shape(b))}`;
    if (doubt) fail(`tensors ${what}: either may be the embedding; name it "embedding.weight"`);
    fail(`tensors ${what}: expected an embedding of width ${inputWidth} and a decoder of ${hiddenSize} hidden units`);
  }
  const { embedding, decoder } = pair!;
  if (shape(embedding)[0] !== shape(decoder)[0]) {
    fail(
      `embedding of ${shape(embedding)[0]} tokens and decoder of ${shape(decoder)[0]}: expected one vocabulary for both`,
    );
  }
  return { embedding, decoder };
}

function hasBias(weight: string, tensors: TensorShapes): boolean {
  return tensors.has(weight.replace(/weight$/, "bias"));
}

function shown(shape: readonly number[] | undefined): string {
  return shape === undefined ? "none" : `[${shape.join(", ")}]`;
}

function list(names: Iterable<string>): string {
  const all = [...names].map((name) => (name.length > 80 ? `${name.slice(0, 80)}…` : name) || '""');
  if (all.length === 0) return "no tensors";
  return all.length > 8 ? `${all.slice(0, 8).join(", ")} and ${all.length - 8} more` : all.join(", ");
}
