/**
 * The module's ABI: every export, nothing else. A model is a handle (its address); records and enumerations are those of
 * abi/constants.ts; names are UTF-8. No export traps on arguments that keep their stated range, unless a
 * member of the team is lost, and none allocates but
 * `allocate`, `createModel` and `createTeam`.
 */

import {
  ABI_VERSION,
  Initialization,
  STEP_GRADIENT_SQUARED_NORM,
  STEP_LOSS,
  STEP_TIME_STEPS,
  TEAM_MODEL,
  TEAM_STEP,
  TEAM_TIME_STEPS,
  TEAM_WORK,
  TENSOR_ADDRESS,
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
import { LanguageModel } from "./model/language-model.ts";
import { ModelOptions } from "./model/model-options.ts";
import { nameOfOptimizer, numberOfOptimizers } from "./optimizers/registry.ts";
import { allocateTeam, awaitJob, barrier, beginJob, endJob, joinTeam, tellTeam } from "./threads/team.ts";

export function abiVersion(): i32 {
  return ABI_VERSION;
}

/** c + a·b as this build's products make it: rounded once it is the `fused` numerics class, rounded twice the `strict` one. */
export function probeMultiplyAdd(a: f32, b: f32, c: f32): f32 {
  return f32x4.extract_lane(multiplyAdd(f32x4.splat(a), f32x4.splat(b), f32x4.splat(c)), 0);
}

/** Room for a record, aligned to 16 bytes, kept for the life of the instance. */
export function allocate(bytes: usize): usize {
  return heap.alloc(bytes);
}

export function cellCount(): i32 {
  return numberOfCells();
}

/** Writes the name of a cell to `buffer` (NAME_BYTES of room) and returns its length in bytes. */
export function cellName(index: i32, buffer: usize): i32 {
  return writeName(nameOfCell(index)!, buffer);
}

export function optimizerCount(): i32 {
  return numberOfOptimizers();
}

/** Writes the name of an optimizer to `buffer` (NAME_BYTES of room) and returns its length in bytes. */
export function optimizerName(index: i32, buffer: usize): i32 {
  return writeName(nameOfOptimizer(index)!, buffer);
}

/** Bytes that a model for the configuration at `config` (CONFIG_…) needs; takes no memory worth the name itself. */
export function modelBytes(config: usize): f64 {
  return new LanguageModel(new ModelOptions(config)).arena.bytes;
}

/** A model for the configuration at `config` (CONFIG_…), all zeros; 0 if memory cannot hold it. Memory may grow. */
export function createModel(config: usize): usize {
  const model = new LanguageModel(new ModelOptions(config));
  return model.arena.place() ? changetype<usize>(model) : 0;
}

export function tensorCount(model: usize): i32 {
  return changetype<LanguageModel>(model).arena.tensors.length;
}

/** Writes the name of a tensor to `buffer` (NAME_BYTES of room) and returns its length in bytes. */
export function tensorName(model: usize, index: i32, buffer: usize): i32 {
  return writeName(changetype<LanguageModel>(model).arena.tensors[index].name, buffer);
}

/** Writes the description of a tensor (TENSOR_…). */
export function describeTensor(model: usize, index: i32, record: usize): void {
  const tensor = changetype<LanguageModel>(model).arena.tensors[index];
  store<i32>(record, tensor.kind, TENSOR_KIND);
  store<usize>(record, tensor.address, TENSOR_ADDRESS);
  store<i32>(record, tensor.rank, TENSOR_RANK);
  store<i32>(record, tensor.rows, TENSOR_ROWS);
  store<i32>(record, tensor.columns, TENSOR_COLUMNS);
  store<i32>(record, tensor.rowStride, TENSOR_ROW_STRIDE);
  store<i32>(record, tensor.columnStride, TENSOR_COLUMN_STRIDE);
}

/** Weights from the seed's random streams (`initialization` is one of Initialization), biases 0. */
export function initializeParameters(model: usize, initialization: i32, scale: f64, seedLow: u32, seedHigh: u32): void {
  changetype<LanguageModel>(model).initializeParameters(<Initialization>initialization, scale, seedLow, seedHigh);
}

/** To be called after writing to a tensor of kind Parameter. */
export function parametersChanged(model: usize): void {
  changetype<LanguageModel>(model).parametersChanged();
}

/** Sets the trainer's carried state to zero. */
export function resetState(model: usize): void {
  changetype<LanguageModel>(model).resetState();
}

/**
 * Loss and gradients of the chunk in `tokens` and `targets`, without an update; fills the out fields of STEP_…. `threads` members
 * of the team share the work, here as below: 1 without a team.
 */
export function lossAndGradients(model: usize, step: usize, threads: i32): void {
  runWork(Work.LossAndGradients, model, step, load<i32>(step, STEP_TIME_STEPS), threads);
}

/** One training step: loss, gradients, clipping, update, carried state. */
export function trainStep(model: usize, step: usize, threads: i32): void {
  runWork(Work.TrainStep, model, step, load<i32>(step, STEP_TIME_STEPS), threads);
  changetype<LanguageModel>(model).parametersChanged();
}

/** Loss of the chunk in `tokens` and `targets` in nats, without dropout, gradients or update; the state is carried on. */
export function evaluate(model: usize, timeSteps: i32, threads: i32): f64 {
  return runWork(Work.Evaluate, model, 0, timeSteps, threads);
}

/**
 * A team with this instance as its leader, in a shared memory: its record (TEAM_…), to be filled in by the host; 0 in a build
 * without threads.
 */
export function createTeam(): usize {
  if (!ASC_FEATURE_THREADS) return 0;
  const team = allocateTeam();
  joinTeam(team, 0);
  return team;
}

/**
 * What another instance over the same memory does for as long as it lives, on a thread of its own: its shares of the leader's
 * work, as member `index`, 1 or more. Never returns; traps when another member has failed.
 */
export function serve(team: usize, index: i32): void {
  if (!ASC_FEATURE_THREADS) return;
  joinTeam(team, index);
  let job = 0;
  while (true) {
    job = awaitJob(job);
    const work = <Work>load<i32>(team, TEAM_WORK);
    doShare(work, load<usize>(team, TEAM_MODEL), load<usize>(team, TEAM_STEP), load<i32>(team, TEAM_TIME_STEPS));
    barrier();
  }
}

/** Returns the loss in nats. */
function runWork(work: Work, model: usize, step: usize, timeSteps: i32, threads: i32): f64 {
  const languageModel = changetype<LanguageModel>(model);
  if (step != 0) languageModel.readStep(step);
  share(work, model, step, timeSteps, threads);
  const loss = languageModel.endForward(timeSteps);
  if (step != 0) {
    store<f64>(step, loss, STEP_LOSS);
    store<f64>(step, languageModel.gradientSquaredNorm(), STEP_GRADIENT_SQUARED_NORM);
  }
  return loss;
}

/** Has all members do their shares, this one included. */
function share(work: Work, model: usize, step: usize, timeSteps: i32, threads: i32): void {
  if (threads > 1) tellTeam(work, model, step, timeSteps);
  beginJob(threads);
  doShare(work, model, step, timeSteps);
  endJob();
}

function doShare(work: Work, model: usize, step: usize, timeSteps: i32): void {
  const languageModel = changetype<LanguageModel>(model);
  if (work == Work.SamplerStep) {
    languageModel.samplerShare();
  } else if (work == Work.Evaluate) {
    languageModel.evaluateShare(timeSteps);
  } else {
    languageModel.gradientShare(step, timeSteps);
    if (work == Work.TrainStep) languageModel.updateShare(step, timeSteps);
  }
}

/** Sets the sampler's state to zero. */
export function resetSampler(model: usize): void {
  changetype<LanguageModel>(model).resetSampler();
}

/** Gives the sampler the trainer's carried state (of batch row 0). */
export function copyStateToSampler(model: usize): void {
  changetype<LanguageModel>(model).copyStateToSampler();
}

/** Feeds a token below the vocabulary size to the sampler; the logits of the next one stand in "sampler.logits". */
export function samplerStep(model: usize, token: u32, threads: i32): void {
  const languageModel = changetype<LanguageModel>(model);
  languageModel.setSamplerToken(token);
  share(Work.SamplerStep, model, 0, 1, threads);
  languageModel.endSamplerStep();
}

/** `samplerStep`, `samplerSoftmax` and a draw by 0 < unit < 1, in one call: returns the next token. */
export function samplerDraw(model: usize, token: u32, inverseTemperature: f32, unit: f64, threads: i32): u32 {
  samplerStep(model, token, threads);
  samplerSoftmax(model, inverseTemperature);
  return changetype<LanguageModel>(model).samplerDraw(unit);
}

/** Turns "sampler.logits" into "sampler.probabilities" at 1 / inverseTemperature; inverseTemperature > 0. */
export function samplerSoftmax(model: usize, inverseTemperature: f32): void {
  changetype<LanguageModel>(model).samplerSoftmax(inverseTemperature);
}

function writeName(name: string, buffer: usize): i32 {
  return <i32>String.UTF8.encodeUnsafe(changetype<usize>(name), name.length, buffer);
}
