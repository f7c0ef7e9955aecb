/**
 * The ABI of core.wasm: every export, nothing else. A model is a handle (its address); records and enumerations are those of
 * abi/constants.ts; names are UTF-8. An export that is given something wrong does nothing and answers a Status, which is negative;
 * none traps, unless a member of the team is lost, and none allocates but `allocate`, `createModel` and `createTeam`.
 */

import {
  Initialization,
  STEP_BYTES,
  STEP_GRADIENT_SQUARED_NORM,
  STEP_LOSS,
  STEP_TIME_STEPS,
  Status,
  TEAM_MODEL,
  TEAM_STEP,
  TEAM_TIME_STEPS,
  TEAM_WORK,
  Work,
} from "./abi/constants.ts";
import {
  checkArchitecture,
  checkGradientSettings,
  checkSettings,
  checkTraining,
  isRecord,
} from "./model/argument-checks.ts";
import { LanguageModel } from "./model/language-model.ts";
import { ModelOptions } from "./model/model-options.ts";
import { nameOfOptimizer, numberOfOptimizers } from "./optimizers/registry.ts";
import {
  abiVersion,
  allocate,
  canDescribe,
  cellCount,
  cellName,
  describeTensor,
  hasThreads,
  isModel,
  keepModel,
  parametersChanged,
  probeMultiplyAdd,
  resetSampler,
  samplerDraw,
  samplerLoss,
  samplerSoftmax,
  samplerStep,
  tensorCount,
  tensorName,
  writeName,
} from "./shared-exports.ts";
import { allocateTeam, awaitJob, barrier, beginJob, endJob, joinTeam, tellTeam } from "./threads/team.ts";

export {
  abiVersion,
  allocate,
  cellCount,
  cellName,
  describeTensor,
  parametersChanged,
  probeMultiplyAdd,
  resetSampler,
  samplerDraw,
  samplerLoss,
  samplerSoftmax,
  samplerStep,
  tensorCount,
  tensorName,
};

export function optimizerCount(): i32 {
  return numberOfOptimizers();
}

/** Writes the name of an optimizer to `buffer` (NAME_BYTES of room) and returns its length in bytes, or a Status. */
export function optimizerName(index: i32, buffer: usize): i32 {
  return writeName(nameOfOptimizer(index), buffer);
}

/** Status.Done, or what is wrong with the configuration at `config` (CONFIG_…). */
export function checkConfig(config: usize): i32 {
  const status = checkArchitecture(config);
  return status == Status.Done ? checkTraining(config, numberOfOptimizers()) : status;
}

/**
 * Bytes that a model for the configuration at `config` needs, or a Status; Infinity if memory has no room even to reckon. Takes some
 * ten KB a layer itself, for good.
 */
export function modelBytes(config: usize): f64 {
  const status = checkConfig(config);
  if (status != 0) return status;
  return canDescribe(config) ? new LanguageModel(new ModelOptions(config, true)).arena.bytes : Infinity;
}

/** A model for the configuration at `config`, all zeros; 0 if it is wrong or memory cannot hold it. Memory may grow. */
export function createModel(config: usize): usize {
  if (checkConfig(config) != 0 || !canDescribe(config)) return 0;
  return keepModel(new LanguageModel(new ModelOptions(config, true)));
}

/** Weights from the seed's random streams (`initialization` is one of Initialization), biases 0. */
export function initializeParameters(
  model: usize,
  initialization: i32,
  scale: f64,
  seedLow: u32,
  seedHigh: u32,
): Status {
  if (!isModel(model)) return Status.BadModel;
  const known = initialization == Initialization.Normal || initialization == Initialization.Uniform;
  if (!known || !(scale >= 0 && isFinite(scale))) return Status.BadInitialization;
  changetype<LanguageModel>(model).initializeParameters(<Initialization>initialization, scale, seedLow, seedHigh);
  return Status.Done;
}

/** Sets the trainer's carried state to zero. */
export function resetState(model: usize): Status {
  if (!isModel(model)) return Status.BadModel;
  changetype<LanguageModel>(model).resetState();
  return Status.Done;
}

/** Gives the sampler the trainer's carried state (of batch row 0). */
export function copyStateToSampler(model: usize): Status {
  if (!isModel(model)) return Status.BadModel;
  changetype<LanguageModel>(model).copyStateToSampler();
  return Status.Done;
}

/**
 * Loss and gradients of the chunk in `tokens` and `targets`, without an update; fills the out fields of STEP_…. `threads` members
 * of the team share the work, here as below: 1 without a team.
 */
export function lossAndGradients(model: usize, step: usize, threads: i32): Status {
  return runWork(Work.LossAndGradients, model, step, threads);
}

/** One training step: loss, gradients, clipping, update, carried state. */
export function trainStep(model: usize, step: usize, threads: i32): Status {
  const status = runWork(Work.TrainStep, model, step, threads);
  if (status == Status.Done) changetype<LanguageModel>(model).parametersChanged();
  return status;
}

/**
 * Loss of the chunk in `tokens` and `targets`, without dropout, gradients or update; the state is carried on. Of the step record it
 * reads STEP_TIME_STEPS and fills in STEP_LOSS.
 */
export function evaluate(model: usize, step: usize, threads: i32): Status {
  return runWork(Work.Evaluate, model, step, threads);
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

function runWork(work: Work, model: usize, step: usize, threads: i32): Status {
  const status = checkWork(work, model, step, threads);
  if (status != Status.Done) return status;
  const languageModel = changetype<LanguageModel>(model);
  const timeSteps = load<i32>(step, STEP_TIME_STEPS);
  languageModel.readStep(step);
  if (threads > 1) tellTeam(work, model, step, timeSteps);
  beginJob(threads);
  doShare(work, model, step, timeSteps);
  endJob();
  store<f64>(step, languageModel.endForward(timeSteps), STEP_LOSS);
  if (work != Work.Evaluate) store<f64>(step, languageModel.gradientSquaredNorm(), STEP_GRADIENT_SQUARED_NORM);
  return Status.Done;
}

/** What is wrong with the arguments of some work, the chunk in memory included. */
function checkWork(work: Work, model: usize, step: usize, threads: i32): Status {
  if (!isModel(model)) return Status.BadModel;
  if (!isRecord(step, STEP_BYTES)) return Status.BadAddress;
  const languageModel = changetype<LanguageModel>(model);
  if (!hasThreads(languageModel, threads)) return Status.BadThreads;
  const timeSteps = load<i32>(step, STEP_TIME_STEPS);
  if (timeSteps < 1 || timeSteps > languageModel.options.sequenceLength) return Status.BadStep;
  if (work != Work.Evaluate) {
    const status = checkGradientSettings(step);
    if (status != Status.Done) return status;
  }
  if (work == Work.TrainStep) {
    const status = checkSettings(step);
    if (status != Status.Done) return status;
  }
  return languageModel.checkChunk(timeSteps);
}

/** This member's share of some work. */
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
