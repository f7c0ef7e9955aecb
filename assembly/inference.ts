/**
 * The ABI of inference.wasm: what a host needs to load a model and sample from it or score a text, and nothing of training. An
 * export that core.wasm has too is the same there, to the bit; of the configuration, the fields of training are not read.
 */

import { checkArchitecture } from "./model/argument-checks.ts";
import { ModelOptions } from "./model/model-options.ts";
import { RecurrentModel } from "./model/recurrent-model.ts";
import {
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
} from "./shared-exports.ts";

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

/** Status.Done, or what is wrong with the configuration at `config` (CONFIG_…). */
export function checkConfig(config: usize): i32 {
  return checkArchitecture(config);
}

/** Bytes that a model for the configuration at `config` needs, or a Status; takes no memory worth the name itself. */
export function modelBytes(config: usize): f64 {
  const status = checkConfig(config);
  return status == 0 ? new RecurrentModel(new ModelOptions(config, false), false).arena.bytes : status;
}

/** A model for the configuration at `config`, all zeros; 0 if it is wrong or memory cannot hold it. Memory may grow. */
export function createModel(config: usize): usize {
  if (checkConfig(config) != 0) return 0;
  const model = new RecurrentModel(new ModelOptions(config, false), false);
  return model.arena.place() ? changetype<usize>(model) : 0;
}
