/**
 * The tensors of a model file and the engine's: the same but for biases, of which PyTorch has two a gate (model-file.ts), and for
 * the shared weight of a tied model, which stands under two names.
 */

import type { FloatArray, SamplingEngine, TensorInfo } from "../core/engine.ts";
import type { ParsedModel } from "./parsed-model.ts";
import { FormatError, readFloats, type SafetensorsFile } from "./safetensors.ts";

/** Roles that a file holds; gradients and the sampler's state are not part of a model. */
export const SAVED_ROLES = new Set(["parameter", "optimizer-slot", "state"]);
/** Prefixes of tensors to go on from where the model's are those of the best, and to go back to when training diverges. */
export const LAST = "last.";
export const GOOD = "good.";

/** The engine's tensors of a moment, by name. */
export type TensorValues = ReadonlyMap<string, FloatArray>;

/** Fills an engine from a model file. Throws a FormatError where a tensor is missing, too many, or of another shape. */
export function fillModel(engine: SamplingEngine, { file, name }: ParsedModel): void {
  loadTensors(engine, file, name, SAVED_ROLES);
}

/** The tensors of another moment of a checkpoint. Throws a FormatError where one is missing or of another shape. */
export function readMoment(engine: SamplingEngine, { file, name }: ParsedModel, prefix: string): TensorValues {
  const saved = engine.tensors.filter(({ role }) => SAVED_ROLES.has(role));
  const moment = new Map<string, FloatArray>();
  for (const { name: tensor, role, shape } of saved) {
    const values = needed(readShaped(file, prefix + tensor, shape, name), prefix + tensor, name);
    if (role === "parameter") checkFinite(values, prefix + tensor, name);
    moment.set(tensor, values);
  }
  return moment;
}

/** Throws a FormatError unless the file has all that training goes on from, and not the weights alone. */
export function checkComplete(engine: SamplingEngine, { file, name }: ParsedModel): void {
  for (const { name: tensor, role } of engine.tensors) {
    if (role === "optimizer-slot" || role === "state") needed(file.tensors.get(tensor), tensor, name);
  }
}

/** Tensors of training, which an engine that only samples has no room for. */
const OF_TRAINING = /^(last\.|good\.)?(optimizer|state)\./;

/** Fills the parameters of an engine that only samples. Throws as `fillModel` does. */
export function fillParameters(engine: SamplingEngine, { file, name }: ParsedModel): void {
  const tensors = new Map([...file.tensors].filter(([tensor]) => !OF_TRAINING.test(tensor)));
  loadTensors(engine, { ...file, tensors }, name, new Set(["parameter"]));
}

/** Fills an engine's tensors of some roles. Throws as `fillModel` does. */
export function loadTensors(
  engine: SamplingEngine,
  file: SafetensorsFile,
  name: string,
  roles: ReadonlySet<string>,
): void {
  const wanted = engine.tensors.filter((tensor) => roles.has(tensor.role));
  const known = new Set(engine.tensors.flatMap(({ name }) => [name, secondBias(engine, name) ?? name]));
  if (engine.config.tied) known.add("decoder.weight");
  // of a checkpoint, whatever wrote it: its model is a model
  const moments = file.metadata.has("training") ? [LAST, GOOD] : [];
  for (const prefix of moments) for (const { name } of engine.tensors) known.add(prefix + name);
  for (const tensor of file.tensors.keys()) {
    if (!known.has(tensor))
      throw new FormatError(`${name}: tensor "${tensor}" is not part of this model (${list(wanted)})`);
  }
  for (const info of wanted) {
    const values = isCandidateBias(info.name)
      ? readCandidateBias(file, info, name)
      : readShaped(file, info.name, info.shape, name);
    if (values === undefined) {
      if (info.role !== "parameter") continue; // a file may hold the weights alone
      throw missing(info.name, name);
    }
    const second = secondBias(engine, info.name);
    const added = second === undefined ? undefined : readShaped(file, second, info.shape, name);
    if (added !== undefined) {
      // a GRU's b_hn, the last block, does not merge: it stands inside the reset gate's product
      const merged = values.length - (candidateBias(engine, info.name)?.shape[0] ?? 0);
      // -0 + 0 would be 0: what was written comes back to the bit
      for (let i = 0; i < merged; i++) if (added[i] !== 0) values[i] = values[i]! + added[i]!;
    }
    if (info.role === "parameter") checkFinite(values, info.name, name);
    engine.writeTensor(info.name, values);
  }
  checkTied(engine, file, name, wanted);
}

/** Whether a tensor is a GRU's b_hn, which on disk is the last third of PyTorch's bias_hh. */
export function isCandidateBias(name: string): boolean {
  return /^rnn\.bias_hn_l\d+$/.test(name);
}

/** bias_hh of a layer: zeros, and for a GRU b_hn in the last block. */
export function secondBiasValues(
  engine: SamplingEngine,
  firstBias: string,
  first: FloatArray,
  valuesOf: (name: string) => FloatArray,
): FloatArray {
  const values = first.slice().fill(0);
  const candidate = candidateBias(engine, firstBias);
  if (candidate !== undefined) {
    const bias = valuesOf(candidate.name);
    values.set(bias, values.length - bias.length);
  }
  return values;
}

/** A GRU's b_hn beside a first bias. */
function candidateBias(engine: SamplingEngine, firstBias: string): TensorInfo | undefined {
  return engine.tensors.find(({ name }) => name === firstBias.replace(".bias_ih_", ".bias_hn_"));
}

function readCandidateBias(file: SafetensorsFile, { name: tensor, shape }: TensorInfo, name: string) {
  const size = shape[0] as number;
  return readShaped(file, tensor.replace(".bias_hn_", ".bias_hh_"), [3 * size], name)?.slice(2 * size);
}

/** Where decoder and embedding share a weight, a file with two different ones is not of this model. */
function checkTied(engine: SamplingEngine, file: SafetensorsFile, name: string, wanted: readonly TensorInfo[]): void {
  const table = wanted.find((tensor) => tensor.name === "embedding.weight");
  if (!engine.config.tied || table === undefined) return;
  const decoder = readShaped(file, "decoder.weight", table.shape, name);
  const embedding = engine.readTensor(table.name);
  if (decoder?.some((value, i) => Math.fround(value) !== Math.fround(embedding[i]!))) {
    throw new FormatError(`${name}: tensors "decoder.weight" and "embedding.weight" differ; a tied model shares one`);
  }
}

function readShaped(file: SafetensorsFile, tensorName: string, shape: readonly number[], name: string) {
  const tensor = file.tensors.get(tensorName);
  if (tensor === undefined) return undefined;
  if (tensor.shape.join() !== shape.join()) {
    throw new FormatError(
      `${name}: tensor "${tensorName}" has shape [${tensor.shape.join(", ")}]; this model needs [${shape.join(", ")}]`,
    );
  }
  return readFloats(tensor, `${name}: tensor "${tensorName}"`);
}

/** Weights that are no numbers make a model of nothing; what an optimizer remembers may well be infinite. */
export function checkFinite(values: FloatArray, tensorName: string, name: string): void {
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong < 0) return;
  throw new FormatError(`${name}: tensor "${tensorName}": expected finite numbers, got ${values[wrong]} at ${wrong}`);
}

/** PyTorch's recurrent layers have two biases a gate: the second's name beside the first's, if there is one. */
export function secondBias(engine: SamplingEngine, name: string): string | undefined {
  if (!name.startsWith("rnn.bias_ih_")) return undefined;
  const recurrentWeight = name.replace("bias_ih", "weight_hh");
  return engine.tensors.some((tensor) => tensor.name === recurrentWeight) ? name.replace("ih", "hh") : undefined;
}

function needed<T>(value: T | undefined, tensor: string, name: string): T {
  if (value === undefined) throw missing(tensor, name);
  return value;
}

function missing(tensor: string, name: string): FormatError {
  return new FormatError(`${name}: expected a tensor "${tensor}", got none of that name`);
}

function list(tensors: readonly TensorInfo[]): string {
  return tensors.map((tensor) => tensor.name).join(", ");
}
