/**
 * The exports that core.wasm and inference.wasm have in common: memory, names, tensors and the sampler. `index.ts` and
 * `inference.ts` say what each exports and of what class its models are; docs/abi.md says it to hosts.
 */

import {
  ABI_VERSION,
  CONFIG_LAYERS,
  NAME_BYTES,
  Status,
  TENSOR_ADDRESS,
  TENSOR_BYTES,
  TENSOR_COLUMN_STRIDE,
  TENSOR_COLUMNS,
  TENSOR_KIND,
  TENSOR_RANK,
  TENSOR_ROW_STRIDE,
  TENSOR_ROWS,
  Work,
} from "./abi/constants.ts";
import { nameOfCell, numberOfCells } from "./cells/registry.ts";
import { multiplyAdd } from "./kernels/simd.ts";
import { BLOCK_OVERHEAD, growFor, LARGEST_BLOCK } from "./memory/growth.ts";
import { inMemory, isRecord } from "./model/argument-checks.ts";
import { RecurrentModel } from "./model/recurrent-model.ts";
import { beginJob, endJob, hasTeam, tellTeam } from "./threads/team.ts";

/** Twice what the objects of a model and of each of its layers were found to take, names included. */
const DESCRIPTION_BYTES: u64 = 24_000;
const LAYER_DESCRIPTION_BYTES: u64 = 14_000;

export function abiVersion(): i32 {
  return ABI_VERSION;
}

/** c + a·b as this build's products make it: rounded once it is the `fused` numerics class, rounded twice the `strict` one. */
export function probeMultiplyAdd(a: f32, b: f32, c: f32): f32 {
  return f32x4.extract_lane(multiplyAdd(f32x4.splat(a), f32x4.splat(b), f32x4.splat(c)), 0);
}

/**
 * Room for a record or a buffer, aligned to 16 bytes, not cleared, kept for the life of the instance; 0 if memory cannot hold it.
 * Memory may grow.
 */
export function allocate(bytes: usize): usize {
  return <u64>bytes <= LARGEST_BLOCK && growFor(BLOCK_OVERHEAD + bytes) ? heap.alloc(bytes) : 0;
}

export function cellCount(): i32 {
  return numberOfCells();
}

/** Writes the name of a cell to `buffer` (NAME_BYTES of room) and returns its length in bytes, or a Status. */
export function cellName(index: i32, buffer: usize): i32 {
  return writeName(nameOfCell(index), buffer);
}

/** How many tensors the model has, or a Status. */
export function tensorCount(model: usize): i32 {
  return isModel(model) ? changetype<RecurrentModel>(model).arena.tensors.length : Status.BadModel;
}

/** Writes the name of a tensor to `buffer` (NAME_BYTES of room) and returns its length in bytes, or a Status. */
export function tensorName(model: usize, index: i32, buffer: usize): i32 {
  if (!isModel(model)) return Status.BadModel;
  const tensors = changetype<RecurrentModel>(model).arena.tensors;
  return writeName(<u32>index < <u32>tensors.length ? tensors[index].name : null, buffer);
}

/** Writes the description of a tensor (TENSOR_…). */
export function describeTensor(model: usize, index: i32, record: usize): Status {
  if (!isModel(model)) return Status.BadModel;
  if (!isRecord(record, TENSOR_BYTES)) return Status.BadAddress;
  const tensors = changetype<RecurrentModel>(model).arena.tensors;
  if (<u32>index >= <u32>tensors.length) return Status.BadIndex;
  const tensor = tensors[index];
  store<i32>(record, tensor.kind, TENSOR_KIND);
  store<usize>(record, tensor.address, TENSOR_ADDRESS);
  store<i32>(record, tensor.rank, TENSOR_RANK);
  store<i32>(record, tensor.rows, TENSOR_ROWS);
  store<i32>(record, tensor.columns, TENSOR_COLUMNS);
  store<i32>(record, tensor.rowStride, TENSOR_ROW_STRIDE);
  store<i32>(record, tensor.columnStride, TENSOR_COLUMN_STRIDE);
  return Status.Done;
}

/** To be called after writing to a tensor of kind Parameter. */
export function parametersChanged(model: usize): Status {
  if (!isModel(model)) return Status.BadModel;
  changetype<RecurrentModel>(model).parametersChanged();
  return Status.Done;
}

/** Sets the sampler's state to zero. */
export function resetSampler(model: usize): Status {
  if (!isModel(model)) return Status.BadModel;
  changetype<RecurrentModel>(model).resetSampler();
  return Status.Done;
}

/**
 * Feeds a token below the vocabulary size to the sampler; the logits of the next one stand in "sampler.logits". `threads` members
 * of the team share the work: 1 without a team.
 */
export function samplerStep(model: usize, token: u32, threads: i32): Status {
  if (!isModel(model)) return Status.BadModel;
  const recurrentModel = changetype<RecurrentModel>(model);
  if (token >= <u32>recurrentModel.options.vocabularySize) return Status.BadToken;
  if (!hasThreads(recurrentModel, threads)) return Status.BadThreads;
  recurrentModel.setSamplerToken(token);
  if (threads > 1) tellTeam(Work.SamplerStep, model, 0, 1);
  beginJob(threads);
  recurrentModel.samplerShare();
  endJob();
  recurrentModel.endSamplerStep();
  return Status.Done;
}

/** Turns "sampler.logits" into "sampler.probabilities" at 1 / inverseTemperature; inverseTemperature > 0. */
export function samplerSoftmax(model: usize, inverseTemperature: f32): Status {
  if (!isModel(model)) return Status.BadModel;
  if (!(inverseTemperature > 0)) return Status.BadTemperature;
  changetype<RecurrentModel>(model).samplerSoftmax(inverseTemperature);
  return Status.Done;
}

/** `samplerStep`, `samplerSoftmax` and a draw by 0 < unit < 1, in one call: returns the next token, or a Status. */
export function samplerDraw(model: usize, token: u32, inverseTemperature: f32, unit: f64, threads: i32): i32 {
  if (!(inverseTemperature > 0)) return Status.BadTemperature;
  if (!(unit > 0 && unit < 1)) return Status.BadUnit;
  const status = samplerStep(model, token, threads);
  if (status != Status.Done) return status;
  changetype<RecurrentModel>(model).samplerSoftmax(inverseTemperature);
  return changetype<RecurrentModel>(model).samplerDraw(unit);
}

/**
 * Nats that `target` costs as the token after those fed to the sampler, or a Status, which alone is negative. Leaves the
 * probabilities at temperature 1 in "sampler.probabilities".
 */
export function samplerLoss(model: usize, target: u32): f64 {
  if (!isModel(model)) return Status.BadModel;
  const recurrentModel = changetype<RecurrentModel>(model);
  if (target >= <u32>recurrentModel.options.vocabularySize) return Status.BadTarget;
  return recurrentModel.samplerLoss(target);
}

/** Handle of the model that this instance made last, which knows the one before; 0 if there is none. */
let newestModel: usize = 0;

/** Places a model in memory and makes it known; its handle, or 0 if memory cannot hold it. */
export function keepModel(model: RecurrentModel): usize {
  if (!model.arena.place()) return 0;
  model.older = newestModel;
  newestModel = changetype<usize>(model);
  return newestModel;
}

/** Whether `createModel` of this instance gave the handle. */
export function isModel(handle: usize): bool {
  for (let model = newestModel; model != 0; model = changetype<RecurrentModel>(model).older) {
    if (model == handle) return true;
  }
  return false;
}

/** Whether there is room for what describes the model of a configuration that was found right; its numbers come later. */
export function canDescribe(config: usize): bool {
  return growFor(DESCRIPTION_BYTES + <u64>load<i32>(config, CONFIG_LAYERS) * LAYER_DESCRIPTION_BYTES);
}

/** Whether so many threads may work on the model. */
export function hasThreads(model: RecurrentModel, threads: i32): bool {
  return threads == 1 || (threads > 1 && threads <= model.options.threads && hasTeam());
}

/** Null for a name that there is not. */
export function writeName(name: string | null, buffer: usize): i32 {
  if (!name) return Status.BadIndex;
  if (!inMemory(buffer, NAME_BYTES)) return Status.BadAddress;
  return <i32>String.UTF8.encodeUnsafe(changetype<usize>(name), name.length, buffer);
}
