/**
 * What the module refuses: a host in C, which nobody keeps from passing what it likes, must get a code rather than a trap or numbers
 * that are quietly wrong. Each function answers Status.Done or the code of the first thing that is wrong.
 *
 * The host of this project checks more, and says it better, before it calls: for it these are a second net.
 */

import {
  Activation,
  CONFIG_ACTIVATION,
  CONFIG_BATCH_SIZE,
  CONFIG_BIAS,
  CONFIG_BYTES,
  CONFIG_CELL,
  CONFIG_EMBEDDING_SIZE,
  CONFIG_HIDDEN_SIZE,
  CONFIG_LAYERS,
  CONFIG_OPTIMIZER,
  CONFIG_SEQUENCE_LENGTH,
  CONFIG_THREADS,
  CONFIG_TIED,
  CONFIG_VOCABULARY_SIZE,
  MOST_BATCH,
  MOST_HIDDEN,
  MOST_LAYERS,
  MOST_TIME_STEPS,
  MOST_VOCABULARY,
  NO_TARGET,
  STEP_BETA1,
  STEP_BETA2,
  STEP_BIAS_CORRECTION1,
  STEP_BIAS_CORRECTION2,
  STEP_CLIP_NORM,
  STEP_CLIP_VALUE,
  STEP_DROPOUT,
  STEP_EPSILON,
  STEP_EPSILON_IN_ROOT,
  STEP_LEARNING_RATE,
  STEP_LOSS_SCALE,
  STEP_MOMENTUM,
  STEP_NESTEROV,
  STEP_WEIGHT_DECAY,
  Status,
  TEAM_MEMBERS,
} from "../abi/constants.ts";
import { numberOfCells } from "../cells/registry.ts";

const RECORD_ALIGNMENT: usize = 8;

/** Whether `bytes` bytes from `address` on are memory, and not its first byte, which stands for no address. */
export function inMemory(address: usize, bytes: usize): bool {
  return address != 0 && <u64>address + <u64>bytes <= (<u64>memory.size()) << 16;
}

/** Whether a record of `bytes` bytes may be at `address`. */
export function isRecord(address: usize, bytes: usize): bool {
  return (address & (RECORD_ALIGNMENT - 1)) == 0 && inMemory(address, bytes);
}

/** Of the fields that any model has. */
export function checkArchitecture(config: usize): Status {
  if (!isRecord(config, CONFIG_BYTES)) return Status.BadAddress;
  const vocabularySize = checkRange(config, CONFIG_VOCABULARY_SIZE, 1, MOST_VOCABULARY);
  if (vocabularySize != Status.Done) return vocabularySize;
  const hiddenSize = checkRange(config, CONFIG_HIDDEN_SIZE, 1, MOST_HIDDEN);
  if (hiddenSize != Status.Done) return hiddenSize;
  const cell = checkRange(config, CONFIG_CELL, 0, numberOfCells() - 1);
  if (cell != Status.Done) return cell;
  const layers = checkRange(config, CONFIG_LAYERS, 1, MOST_LAYERS);
  if (layers != Status.Done) return layers;
  const embeddingSize = checkRange(config, CONFIG_EMBEDDING_SIZE, 0, MOST_HIDDEN);
  if (embeddingSize != Status.Done) return embeddingSize;
  const activation = checkRange(config, CONFIG_ACTIVATION, Activation.Tanh, Activation.Linear);
  if (activation != Status.Done) return activation;
  const bias = checkRange(config, CONFIG_BIAS, 0, 1);
  if (bias != Status.Done) return bias;
  // the decoder's weight is (V, H), the embedding's (V, D): one table can be both where D is H
  const widthsAgree = load<i32>(config, CONFIG_EMBEDDING_SIZE) == load<i32>(config, CONFIG_HIDDEN_SIZE);
  return checkRange(config, CONFIG_TIED, 0, widthsAgree ? 1 : 0);
}

/** Of the fields that training reads besides; `optimizers` is how many there are. */
export function checkTraining(config: usize, optimizers: i32): Status {
  const batchSize = checkRange(config, CONFIG_BATCH_SIZE, 1, MOST_BATCH);
  if (batchSize != Status.Done) return batchSize;
  const sequenceLength = checkRange(config, CONFIG_SEQUENCE_LENGTH, 1, MOST_TIME_STEPS);
  if (sequenceLength != Status.Done) return sequenceLength;
  const optimizer = checkRange(config, CONFIG_OPTIMIZER, 0, optimizers - 1);
  if (optimizer != Status.Done) return optimizer;
  return checkRange(config, CONFIG_THREADS, 1, TEAM_MEMBERS);
}

function checkRange(config: usize, field: i32, least: i32, most: i32): Status {
  const value = load<i32>(config + field);
  return value >= least && value <= most ? Status.Done : <Status>(Status.BadConfig - field);
}

/**
 * Of the settings of a training step, all of them, whether this optimizer reads them or not: a record that was not filled in is
 * refused, where its zeros would mean that nothing is learned.
 */
export function checkSettings(step: usize): Status {
  if (!isFinite(load<f32>(step, STEP_LEARNING_RATE))) return refuse(STEP_LEARNING_RATE);
  if (!(load<f32>(step, STEP_CLIP_VALUE) > 0)) return refuse(STEP_CLIP_VALUE);
  if (!(load<f32>(step, STEP_CLIP_NORM) > 0)) return refuse(STEP_CLIP_NORM);
  if (!isFinite(load<f32>(step, STEP_WEIGHT_DECAY))) return refuse(STEP_WEIGHT_DECAY);
  if (!isFinite(load<f32>(step, STEP_MOMENTUM))) return refuse(STEP_MOMENTUM);
  const epsilon = load<f32>(step, STEP_EPSILON);
  if (!(epsilon >= 0 && isFinite(epsilon))) return refuse(STEP_EPSILON);
  if (load<u32>(step, STEP_NESTEROV) > 1) return refuse(STEP_NESTEROV);
  if (load<u32>(step, STEP_EPSILON_IN_ROOT) > 1) return refuse(STEP_EPSILON_IN_ROOT);
  if (!isShare(load<f64>(step, STEP_BETA1))) return refuse(STEP_BETA1);
  if (!isShare(load<f64>(step, STEP_BETA2))) return refuse(STEP_BETA2);
  if (!isCorrection(load<f64>(step, STEP_BIAS_CORRECTION1))) return refuse(STEP_BIAS_CORRECTION1);
  if (!isCorrection(load<f64>(step, STEP_BIAS_CORRECTION2))) return refuse(STEP_BIAS_CORRECTION2);
  return Status.Done;
}

/** Of what the gradients depend on besides the chunk. */
export function checkGradientSettings(step: usize): Status {
  const lossScale = load<f32>(step, STEP_LOSS_SCALE);
  if (!(lossScale > 0 && isFinite(lossScale))) return refuse(STEP_LOSS_SCALE);
  return isShare(<f64>load<f32>(step, STEP_DROPOUT)) ? Status.Done : refuse(STEP_DROPOUT);
}

function refuse(field: i32): Status {
  return <Status>(Status.BadStep - field);
}

function isShare(value: f64): bool {
  return value >= 0 && value < 1;
}

/** 1 - βᵗ, which is divided by. */
function isCorrection(value: f64): bool {
  return value > 0 && value <= 1;
}

/** Of `count` token indices from `tokens` on, and as many targets from `targets` on. */
export function checkTokens(tokens: usize, targets: usize, count: i32, vocabularySize: u32): Status {
  for (let i: usize = 0; i < (<usize>count) << 2; i += 4) {
    if (load<u32>(tokens + i) >= vocabularySize) return Status.BadToken;
    const target = load<u32>(targets + i);
    if (target >= vocabularySize && target != NO_TARGET) return Status.BadTarget;
  }
  return Status.Done;
}
