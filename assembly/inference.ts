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
  canDescribe,
  cellCount,
  cellName,
  describeTensor,
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

/**
 * Bytes that a model for the configuration at `config` needs, or a Status; Infinity if memory has no room even to reckon. Takes some
 * ten KB a layer itself, for good.
 */
export function modelBytes(config: usize): f64 {
  const status = checkConfig(config);
  if (status != 0) return status;
  return canDescribe(config) ? new RecurrentModel(new ModelOptions(config, false), false).arena.bytes : Infinity;
}

/** A model for the configuration at `config`, all zeros; 0 if it is wrong or memory cannot hold it. Memory may grow. */
export function createModel(config: usize): usize {
  if (checkConfig(config) != 0 || !canDescribe(config)) return 0;
  return keepModel(new RecurrentModel(new ModelOptions(config, false), false));
}
