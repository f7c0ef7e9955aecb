/**
 * What both sides of the module's boundary must agree on: this one file is compiled by asc (into the module) and by tsc
 * (into the host), so it holds nothing but whole numbers and enumerations.
 *
 * Offsets are in bytes from the start of a record. Every record is aligned to 8 bytes.
 */

/** Raised whenever an export, a record or an enumeration changes. The host compares it at load. */
export const ABI_VERSION = 5;

/** What a tensor is for. The arena places each kind in one contiguous region, in this order. */
export enum TensorKind {
  /** Trained; written to model files under its name. */
  Parameter = 0,
  /** Of the summed loss of the last chunk, before clipping; one for each parameter, at the same offset in its region. */
  Gradient = 1,
  /** What the optimizer remembers of a parameter. */
  OptimizerSlot = 2,
  /** The recurrent state that one chunk hands to the next. */
  State = 3,
  /** The recurrent state of the sampler, apart from the trainer's. */
  SamplerState = 4,
  /** Token indices that the host writes before a step. */
  Tokens = 5,
  /** Everything else: activations of the last chunk. */
  Workspace = 6,
}

/**
 * What an export answers when it refuses a call, and has done nothing. All are negative, so that an export may answer a count or a
 * token as well. docs/abi.md tells which export answers which.
 */
export enum Status {
  Done = 0,
  /** The handle is of no model that this instance made. */
  BadModel = -1,
  /** A record or buffer is not in memory as a whole, or a record's address is no multiple of 8. */
  BadAddress = -2,
  /** Threads are fewer than 1 or more than CONFIG_THREADS said, or more than 1 without a team. */
  BadThreads = -3,
  /** There is no cell, optimizer or tensor of this index. */
  BadIndex = -4,
  /** A token is not below the vocabulary size. */
  BadToken = -5,
  /** A target is neither below the vocabulary size nor NO_TARGET. */
  BadTarget = -6,
  /** No kind of Initialization, or a scale that is negative or not finite. */
  BadInitialization = -7,
  /** An inverse temperature that is not above 0. */
  BadTemperature = -8,
  /** A number to draw by that is not between 0 and 1, both excluded. */
  BadUnit = -9,
  /** This minus the offset of the field of the configuration that is wrong. */
  BadConfig = -1000,
  /** This minus the offset of the field of the step record that is wrong. */
  BadStep = -2000,
}

/** The largest sizes of a configuration; they keep every index and byte count a safe whole number. */
export const MOST_VOCABULARY = 1_114_112;
export const MOST_HIDDEN = 8192;
export const MOST_BATCH = 65_536;
export const MOST_TIME_STEPS = 100_000;
export const MOST_LAYERS = 64;

/** In the place of a target: nothing is asked of this token, which adds neither loss nor gradient. */
export const NO_TARGET = 0xffffffff;

/** How `initializeParameters` fills the weights; biases always start at 0. */
export enum Initialization {
  /** Normal with mean 0 and the given standard deviation. */
  Normal = 0,
  /** Uniform in [-scale, scale). */
  Uniform = 1,
}

/** What a vanilla cell applies to its sum. */
export enum Activation {
  Tanh = 0,
  Relu = 1,
  Linear = 2,
}

/** Model configuration, written by the host, read once by `createModel`: twelve i32. */
export const CONFIG_VOCABULARY_SIZE = 0;
export const CONFIG_HIDDEN_SIZE = 4;
export const CONFIG_BATCH_SIZE = 8;
/** Longest chunk in time steps; a step may use fewer. */
export const CONFIG_SEQUENCE_LENGTH = 12;
/** Index into the module's list of cells (`cellCount`, `cellName`). */
export const CONFIG_CELL = 16;
/** Index into the module's list of optimizers (`optimizerCount`, `optimizerName`). */
export const CONFIG_OPTIMIZER = 20;
export const CONFIG_LAYERS = 24;
/** Width of the embedding; 0 for one-hot input. */
export const CONFIG_EMBEDDING_SIZE = 28;
/** One of Activation; of vanilla cells alone. */
export const CONFIG_ACTIVATION = 32;
/** 1 if cells and decoder have biases, else 0. */
export const CONFIG_BIAS = 36;
/** 1 if the decoder's weight is the embedding's, else 0. */
export const CONFIG_TIED = 40;
/** The most threads that will work on the model; each has some room of its own. */
export const CONFIG_THREADS = 44;
export const CONFIG_BYTES = 48;

/** One training step: what the schedule and the recipe decided, then what the step found. */
export const STEP_TIME_STEPS = 0; // i32, 1 to CONFIG_SEQUENCE_LENGTH
export const STEP_LEARNING_RATE = 4; // f32
export const STEP_CLIP_VALUE = 8; // f32, bound on each gradient element; Infinity for none
export const STEP_CLIP_NORM = 12; // f32, bound on the norm of all gradients, applied before the other; Infinity for none
export const STEP_LOSS = 16; // f64, out: nats, summed over time steps and rows
export const STEP_GRADIENT_SQUARED_NORM = 24; // f64, out: over all parameters, before clipping
export const STEP_LOSS_SCALE = 32; // f32, gradients are of this times the summed loss: 1, or 1 / tokens for the mean
export const STEP_WEIGHT_DECAY = 36; // f32
export const STEP_MOMENTUM = 40; // f32
export const STEP_EPSILON = 44; // f32
export const STEP_NESTEROV = 48; // i32, 0 or 1
export const STEP_EPSILON_IN_ROOT = 52; // i32, 1 for Adagrad as min-char-rnn has it, 0 as PyTorch has it
export const STEP_BETA1 = 56; // f64, decay of the first moment: as a float, 1 - 0.999 would be off by 1e-5
export const STEP_BETA2 = 64; // f64, decay of the second moment
export const STEP_BIAS_CORRECTION1 = 72; // f64, 1 - beta1^t of step t, counted from 1
export const STEP_BIAS_CORRECTION2 = 80; // f64, 1 - beta2^t
export const STEP_DROPOUT = 88; // f32, probability that an element between two layers is dropped; 0 for none
export const STEP_SEED_LOW = 92; // u32, seed of the dropout masks
export const STEP_SEED_HIGH = 96; // u32
export const STEP_NUMBER_LOW = 100; // u32, number of the step, which names its masks
export const STEP_NUMBER_HIGH = 104; // u32
export const STEP_BYTES = 112;

/** One tensor as `describeTensor` writes it: i32 but for the address. Strides are in elements, so a transposed tensor needs no copy. */
export const TENSOR_KIND = 0;
export const TENSOR_ADDRESS = 4; // u32, bytes from the start of memory
export const TENSOR_RANK = 8; // 1 or 2
export const TENSOR_ROWS = 12; // rank 1: the number of elements
export const TENSOR_COLUMNS = 16; // rank 1: 1
export const TENSOR_ROW_STRIDE = 20;
export const TENSOR_COLUMN_STRIDE = 24;
export const TENSOR_BYTES = 32;

/** The longest tensor name in bytes of UTF-8; the buffer given to a `…Name` export holds at least this many. */
export const NAME_BYTES = 128;

/** What a member of a team is asked to do (TEAM_WORK). */
export enum Work {
  TrainStep = 0,
  LossAndGradients = 1,
  Evaluate = 2,
  SamplerStep = 3,
}

/**
 * The record that the members of a team share: i32 each, those that are written while others wait for them on cache lines of
 * their own.
 */
export const TEAM_JOB = 0; // 256 · number of the job + its members; members sleep here between jobs
export const TEAM_PHASE = 64; // number of the barriers passed; members sleep here within a job
export const TEAM_ARRIVED = 128; // members at the barrier
export const TEAM_SLEEPERS = 132; // members that sleep, or are about to
export const TEAM_CLAIMS = 136; // parts of the work at hand that members have taken on since the last barrier
export const TEAM_FAILED = 192; // 1 once a member cannot go on: the others then trap instead of waiting
export const TEAM_PATIENCE = 196; // seconds after which a member that does not come counts as lost
export const TEAM_TURNS = 200; // looks at a word before a member sleeps
export const TEAM_LEADER_SLEEPS = 204; // 0 where the leader's thread must not sleep: a page's own
export const TEAM_WORK = 208; // one of Work
export const TEAM_MODEL = 212;
export const TEAM_STEP = 216; // address of the step record
export const TEAM_TIME_STEPS = 220;
export const TEAM_BYTES = 256;
/** The most members of a team. */
export const TEAM_MEMBERS = 64;
