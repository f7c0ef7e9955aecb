/**
 * A charloom model from the tensors of a PyTorch model. The engine has one bias where PyTorch adds two: they are summed in
 * float64, wherever the equations only ever add them; a GRU's b_hn stays by itself. float64 is rounded to float32, unless the
 * recipe that came along keeps float64.
 */

import type { ActivationName, FloatArray } from "../core/engine.ts";
import { InvalidTypeError } from "../core/errors.ts";
import { type Unit, unitNoun } from "../data/unit.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import { FormatError } from "../formats/safetensors.ts";
import { createModel, type LanguageModel } from "../model/language-model.ts";
import { completeRecipe, type Recipe } from "../model/recipe.ts";
import { TORCH_CELLS } from "./torch-cells.ts";
import { type TorchLayout, torchLayout } from "./torch-layout.ts";
import { parseVocabulary } from "./vocabulary-file.ts";
import { stepOf } from "./weights.ts";

/** Tensors by name, whose values are read when they are asked for, and what a file says of them. */
export interface TensorSource {
  readonly tensors: ReadonlyMap<string, { readonly shape: readonly number[]; read(): FloatArray }>;
  readonly metadata: ReadonlyMap<string, string>;
}

export interface ImportOptions {
  /** The tokens, for a file that does not name them. Given with the unit that the file's recipe, or the user, says. */
  readonly vocabulary?: ((unit: Unit) => Promise<Vocabulary>) | undefined;
  readonly cell?: string | undefined;
  /** Of an nn.RNN, whose tensors do not tell; tanh if left out. */
  readonly activation?: ActivationName | undefined;
  readonly unit?: Unit | undefined;
}

export interface ImportedModel {
  readonly model: LanguageModel;
  /** Training steps that the file tells of. */
  readonly step: number;
}

/** Throws a FormatError, naming the file, for tensors that are no such model, or have no vocabulary. */
export async function importTorchModel(
  { tensors, metadata }: TensorSource,
  name: string,
  options: ImportOptions,
): Promise<ImportedModel> {
  const layout = torchLayout(tensors, name, options.cell);
  const read = (tensor: string): FloatArray | undefined => {
    const values = tensors.get(tensor)?.read();
    const wrong = values?.findIndex((value) => !Number.isFinite(value)) ?? -1;
    if (wrong < 0) return values;
    throw new FormatError(`${name}: tensor "${tensor}": expected finite numbers, got ${values![wrong]} at ${wrong}`);
  };
  const recipe = recipeOf(layout, tensors, metadata, name, options, isTied(layout, read));
  const vocabulary = await vocabularyOf(layout, metadata, name, recipe.unit, options);
  let model: LanguageModel;
  try {
    model = await createModel(recipe, vocabulary);
  } catch (error) {
    throw new FormatError(`${name}: ${(error as Error).message}`, { cause: error });
  }
  writeParameters(model, layout, read);
  return { model, step: stepOf(metadata) };
}

/** Whether embedding and decoder are one weight, to the bit. */
function isTied(
  { embedding, decoderWeight, embeddingSize, hiddenSize }: TorchLayout,
  read: (tensor: string) => FloatArray | undefined,
): boolean {
  if (embedding === undefined || embeddingSize !== hiddenSize) return false;
  if (embedding === decoderWeight) return true;
  const [a, b] = [read(embedding)!, read(decoderWeight)!];
  return a.every((value, i) => value === b[i]);
}

/** What the file says of its training, if it came from charloom, and what its tensors say of the model. */
function recipeOf(
  layout: TorchLayout,
  tensors: TensorSource["tensors"],
  metadata: TensorSource["metadata"],
  name: string,
  { activation, unit }: ImportOptions,
  tied: boolean,
): Recipe {
  const { cell, hiddenSize, layers, embeddingSize, recurrentPrefix, decoderBias } = layout;
  const bias = decoderBias !== undefined || tensors.has(`${recurrentPrefix}bias_ih_l0`);
  try {
    return completeRecipe({
      ...recipeFields(metadata),
      ...(activation === undefined ? {} : { activation }),
      ...(unit === undefined ? {} : { unit }),
      ...{ cell, hiddenSize, layers, embeddingSize, tied, bias },
    });
  } catch (error) {
    throw new FormatError(`${name}: recipe: ${(error as Error).message}`, { cause: error });
  }
}

/** The fields of a recipe in JSON, where null stands for a bound of none. */
function recipeFields(metadata: TensorSource["metadata"]): Partial<Recipe> {
  const fields: unknown = JSON.parse(metadata.get("recipe") ?? "{}");
  if (typeof fields !== "object" || fields === null || Array.isArray(fields))
    throw new InvalidTypeError("expected an object");
  return Object.fromEntries(
    Object.entries(fields).map(([field, value]) => [field, value === null ? Number.POSITIVE_INFINITY : value]),
  );
}

async function vocabularyOf(
  { vocabularySize }: TorchLayout,
  metadata: TensorSource["metadata"],
  name: string,
  unit: Unit,
  { vocabulary: given }: ImportOptions,
): Promise<Vocabulary> {
  const own = metadata.get("vocabulary");
  if (given === undefined && own === undefined) {
    throw new FormatError(
      `${name}: has no vocabulary; give its ${vocabularySize} ${unitNoun(unit)}s with --vocabulary FILE, or the text it was trained on with --text FILE`,
    );
  }
  const vocabulary = given === undefined ? parseVocabulary(own!, `${name}: vocabulary`, unit) : await given(unit);
  if (vocabulary.size !== vocabularySize) {
    throw new FormatError(
      `${name}: expected a vocabulary of ${vocabularySize} ${unitNoun(unit)}s, got ${vocabulary.size}`,
    );
  }
  return vocabulary;
}

function writeParameters(
  { engine, recipe }: LanguageModel,
  layout: TorchLayout,
  read: (tensor: string) => FloatArray | undefined,
): void {
  const { gates, summedBlocks } = TORCH_CELLS[recipe.cell]!;
  const { hiddenSize } = recipe;
  for (const { name, role, shape } of engine.tensors) {
    if (role !== "parameter") continue;
    const [, kind, layer] = /^rnn\.(.+)_l(\d+)$/.exec(name) ?? [];
    const recurrent = (tensor: string) => read(`${layout.recurrentPrefix}${tensor}_l${layer}`);
    let values: FloatArray | undefined;
    if (name === "embedding.weight") values = read(layout.embedding!);
    else if (name === "decoder.weight") values = read(layout.decoderWeight);
    else if (name === "decoder.bias") values = layout.decoderBias === undefined ? undefined : read(layout.decoderBias);
    else if (kind === "bias_ih")
      values = sumOfBiases(recurrent("bias_ih"), recurrent("bias_hh"), summedBlocks * hiddenSize);
    else if (kind === "bias_hn") values = recurrent("bias_hh")?.subarray((gates - 1) * hiddenSize);
    else values = recurrent(kind!);
    // a model with one bias has them all; those that PyTorch's lacks are zeros
    engine.writeTensor(name, values ?? new Float32Array(shape.reduce((product, size) => product * size, 1)));
  }
}

/** b_ih + b_hh of the first so many elements, b_ih alone of the others; a zero leaves the other as it is, to the bit. */
function sumOfBiases(
  first: FloatArray | undefined,
  second: FloatArray | undefined,
  summed: number,
): FloatArray | undefined {
  if (first === undefined) return undefined;
  return Float64Array.from(first, (value, i) => (i < summed && second?.[i] ? value + second[i] : value));
}
