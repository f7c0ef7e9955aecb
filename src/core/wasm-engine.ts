/**
 * The engine in WebAssembly: one memory, one model, nothing allocated after creation; one instance, or one a thread over a memory
 * that they share.
 */

import * as abi from "../../assembly/abi/constants.ts";
import { wholePower } from "../../assembly/kernels/portable-math.ts";
import {
  ACTIVATIONS,
  checkChunk,
  checkEngineConfig,
  checkToken,
  DEFAULT_STEP_SETTINGS,
  type Engine,
  type EngineConfig,
  EngineTrapError,
  type Initialization,
  type StepResult,
  type StepSettings,
  type TensorInfo,
  type WorkspaceTensor,
} from "./engine.ts";
import { InvalidValueError } from "./errors.ts";
import type { WasmMemory, WasmModule } from "./host-types.ts";
import { checkMemory } from "./memory.ts";
import { allocate, ModuleTensors } from "./module-tensors.ts";
import { splitSeed } from "./random.ts";
import { accepted } from "./status.ts";
import { ThreadChoice } from "./thread-choice.ts";
import { type CoreExports, instantiateCore, type Numerics, readRegistries } from "./wasm-module.ts";
import { availableThreads, MOST_THREADS, WorkerTeam, whyNoThreads } from "./worker-team.ts";

/** Where and how an engine in WebAssembly runs. */
export interface WasmEngineOptions {
  /** "strict" if left out. */
  readonly numerics?: Numerics;
  /**
   * Threads that share the work of a step, with the same bits whatever their number: 1 if left out. "auto" takes as many as make
   * the first steps fastest, and 1 where a step is too small to share or the host has no threads.
   */
  readonly threads?: number | "auto";
  /**
   * The compiled core.wasm or core-fused.wasm, as the numerics say, where a host has it from elsewhere (`charloom/url`): the one
   * inside the package is then not loaded. For one thread.
   */
  readonly module?: WasmModule;
}

/**
 * Creates an engine with all parameters zero. Throws a RangeError for a configuration outside the limits or larger than a
 * WebAssembly memory, or for numerics or threads that this JavaScript engine has not.
 */
export async function createWasmEngine(config: EngineConfig, options: WasmEngineOptions = {}): Promise<WasmEngine> {
  const { numerics = "strict", threads = 1, module } = options;
  checkThreads(threads);
  if (module !== undefined) {
    if (threads === "auto" || threads === 1) return new WasmEngine(await instantiateCore(numerics, { module }), config);
    throw new InvalidValueError(
      `threads: expected 1 for a module of the host's own, got ${threads}; leave one of them out`,
    );
  }
  const team = await createTeam(numerics, threads, threadsToTry(config, threads));
  if (team === undefined) return new WasmEngine(await instantiateCore(numerics), config);
  try {
    return new WasmEngine(team.core, config, team, threads === "auto");
  } catch (error) {
    team.stop();
    throw error;
  }
}

/** Throws a RangeError for what is neither "auto" nor a number of threads. */
export function checkThreads(threads: number | "auto"): void {
  if (threads === "auto" || (Number.isInteger(threads) && threads >= 1 && threads <= MOST_THREADS)) return;
  const got = typeof threads === "string" ? `"${threads}"` : String(threads);
  throw new InvalidValueError(`threads: expected "auto", or a whole number from 1 to ${MOST_THREADS}, got ${got}`);
}

/** Undefined for one thread, and for "auto" where the host, for whatever reason, starts no workers. */
async function createTeam(
  numerics: Numerics,
  wanted: number | "auto",
  threads: number,
): Promise<WorkerTeam | undefined> {
  if (threads === 1) return undefined;
  try {
    return await WorkerTeam.create(numerics, threads);
  } catch (error) {
    if (wanted === "auto") return undefined;
    throw error;
  }
}

/** Below so many multiplications a step, about half a millisecond's, threads are not even tried. */
const LEAST_WORK = 1e7;
/** As many as "auto" starts at most: barriers and the smallest share then eat up what more would gain. */
const MOST_TRIED = 16;
/** Below so many weights, those of some 20 µs, a drawn token is not worth waking anybody for. */
const LEAST_SAMPLER_WEIGHTS = 400_000;

/** How many threads an engine is given: those asked for or, for "auto", as many as its steps might use. */
export function threadsToTry(config: EngineConfig, threads: number | "auto"): number {
  if (threads !== "auto") return threads;
  if (whyNoThreads() !== undefined || roughWork(config) < LEAST_WORK) return 1;
  return Math.min(availableThreads(), MOST_TRIED);
}

/** Multiplications of a step, near enough: thrice as many as weights, for each token. */
function roughWork(config: EngineConfig): number {
  return 3 * roughWeights(config) * config.batchSize * config.sequenceLength;
}

/** Weights that a token is multiplied with, as if the cell had as many sums as an LSTM. */
function roughWeights({ hiddenSize, layers, vocabularySize }: EngineConfig): number {
  return 4 * (2 * layers - 1) * hiddenSize * hiddenSize + hiddenSize * vocabularySize;
}

/** Ends the threads of an engine that was dropped without `dispose`. */
const dropped = new FinalizationRegistry<WorkerTeam>((team) => team.stop());

/** The engine in WebAssembly. `createWasmEngine` makes one. */
export class WasmEngine implements Engine {
  /** The module. */
  readonly backend = "wasm";
  /** What it was created with. */
  readonly config: EngineConfig;
  readonly tensors: readonly TensorInfo[];
  /**
   * What the last training step ("train.…", rows for up to T·N tokens, time-major) and the last sampler step ("sampler.…") left in
   * memory besides `tensors`: gates, states over time, logits, gradients on their way. For looking inside: each cell has its own
   * (its file in assembly/cells says what stays), and nothing can be written.
   */
  readonly workspace: readonly WorkspaceTensor[];
  /** The module's memory; it does not grow after the engine's creation. */
  readonly memory: WasmMemory;

  private readonly core: CoreExports;
  private readonly team: WorkerTeam | undefined;
  private readonly choice: ThreadChoice;
  private readonly samplerChoice: ThreadChoice;
  private readonly model: number;
  private readonly held: ModuleTensors;
  private readonly step: DataView;
  private readonly stepAddress: number;
  private readonly tokens: Int32Array;
  private readonly targets: Int32Array;
  private readonly logits: Float32Array;
  private readonly probabilities: Float32Array;

  /** `team` leads by `core`; without one there is one thread. `measures` for as many of the team as prove the fastest. */
  constructor(core: CoreExports, config: EngineConfig, team?: WorkerTeam, measures = false) {
    const { cells, optimizers } = readRegistries(core);
    checkEngineConfig(config, cells, optimizers);
    const threads = team?.size ?? 1;
    this.core = core;
    this.team = team;
    this.choice = new ThreadChoice(threads, !measures);
    this.samplerChoice = new ThreadChoice(roughWeights(config) < LEAST_SAMPLER_WEIGHTS ? 1 : threads, !measures);
    this.memory = core.memory;
    this.config = { ...config };
    this.stepAddress = allocate(core, abi.STEP_BYTES);
    this.model = createModel(core, config, cells.indexOf(config.cell), optimizers.indexOf(config.optimizer), threads);
    this.held = new ModuleTensors(core, this.model);
    this.tensors = this.held.infos;
    this.workspace = this.held.workspace;
    // many times what a step of one thread takes, so that no slow machine passes for a lost thread; up to two minutes, since this
    // thread does nothing else meanwhile
    if (team !== undefined) team.patience = Math.min(120, 10 + roughWork(config) / 1e8);
    if (team !== undefined) dropped.register(this, team);
    // memory is at its final size: these views stay valid for the life of the engine
    this.step = new DataView(core.memory.buffer, this.stepAddress, abi.STEP_BYTES);
    this.tokens = new Int32Array(core.memory.buffer, ...this.held.span("tokens"));
    this.targets = new Int32Array(core.memory.buffer, ...this.held.span("targets"));
    this.logits = new Float32Array(core.memory.buffer, ...this.held.span("sampler.logits"));
    this.probabilities = new Float32Array(core.memory.buffer, ...this.held.span("sampler.probabilities"));
  }

  get threads(): number {
    return this.choice.threads;
  }

  get memoryBytes(): number {
    return this.memory.buffer.byteLength;
  }

  readTensor(name: string): Float32Array {
    return this.held.read(name);
  }

  /** A copy of a tensor of `workspace`, row-major. Throws a RangeError for an unknown name. */
  readWorkspace(name: string): Float32Array {
    return this.held.readWorkspace(name);
  }

  writeTensor(name: string, values: ArrayLike<number>): void {
    this.held.write(name, values);
  }

  initializeParameters(initialization: Initialization, seed: number): void {
    const { low, high } = splitSeed(seed);
    const kind = initialization.kind === "normal" ? abi.Initialization.Normal : abi.Initialization.Uniform;
    accepted(this.core.initializeParameters(this.model, kind, initialization.scale, low, high));
  }

  resetState(): void {
    this.core.resetState(this.model);
  }

  evaluate(tokens: ArrayLike<number>, targets: ArrayLike<number>): number {
    this.step.setInt32(abi.STEP_TIME_STEPS, this.writeChunk(tokens, targets), true);
    this.shared(() => this.core.evaluate(this.model, this.stepAddress, this.threads));
    return this.step.getFloat64(abi.STEP_LOSS, true);
  }

  lossAndGradients(
    tokens: ArrayLike<number>,
    targets: ArrayLike<number>,
    settings: Partial<StepSettings> = {},
  ): StepResult {
    this.writeStep(tokens, targets, settings);
    this.shared(() => this.core.lossAndGradients(this.model, this.stepAddress, this.threads));
    return this.readResult();
  }

  trainStep(tokens: ArrayLike<number>, targets: ArrayLike<number>, settings: Partial<StepSettings>): StepResult {
    this.writeStep(tokens, targets, settings);
    if (this.choice.measuring) this.measureStep(tokens.length);
    else this.shared(() => this.core.trainStep(this.model, this.stepAddress, this.threads));
    return this.readResult();
  }

  private measureStep(tokens: number): void {
    const start = performance.now();
    this.shared(() => this.core.trainStep(this.model, this.stepAddress, this.threads));
    this.choice.measured((performance.now() - start) / tokens);
  }

  /** A call that the whole team works on, and that answers a Status. */
  private shared(call: () => number): void {
    accepted(this.team === undefined ? this.alone(call) : this.team.run(call));
  }

  private alone(call: () => number): number {
    try {
      return call();
    } catch (error) {
      if (!(error instanceof WebAssembly.RuntimeError)) throw error;
      throw new EngineTrapError(error);
    }
  }

  dispose(): void {
    this.team?.stop();
  }

  /** `dispose`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  resetSampler(): void {
    this.core.resetSampler(this.model);
  }

  copyStateToSampler(): void {
    this.core.copyStateToSampler(this.model);
  }

  samplerStep(token: number): void {
    checkToken(token, this.config.vocabularySize);
    if (this.team === undefined) accepted(this.core.samplerStep(this.model, token, 1));
    else this.drawn(this.team, (threads) => this.core.samplerStep(this.model, token, threads));
  }

  samplerLogits(): Float32Array {
    return this.logits;
  }

  samplerProbabilities(temperature: number): Float32Array {
    accepted(this.core.samplerSoftmax(this.model, 1 / temperature));
    return this.probabilities;
  }

  samplerDraw(token: number, temperature: number, unit: number): number {
    const { core, model, team } = this;
    checkToken(token, this.config.vocabularySize);
    if (team === undefined) return accepted(core.samplerDraw(model, token, 1 / temperature, unit, 1));
    return this.drawn(team, (threads) => core.samplerDraw(model, token, 1 / temperature, unit, threads));
  }

  /** A step of the sampler, which the team works on if that is faster. */
  private drawn(team: WorkerTeam, step: (threads: number) => number): number {
    const { samplerChoice } = this;
    const start = performance.now();
    const result = accepted(team.run(() => step(samplerChoice.threads)));
    samplerChoice.measured(performance.now() - start);
    return result;
  }

  /** Returns the number of time steps. */
  private writeChunk(tokens: ArrayLike<number>, targets: ArrayLike<number>): number {
    const timeSteps = checkChunk(this.config, tokens, targets);
    this.tokens.set(tokens);
    this.targets.set(targets);
    return timeSteps;
  }

  private writeStep(tokens: ArrayLike<number>, targets: ArrayLike<number>, settings: Partial<StepSettings>): void {
    const { step } = this;
    // field by field: spreading a caller's larger object would cost more than all the rest
    const setting = <K extends keyof StepSettings>(name: K): StepSettings[K] =>
      settings[name] ?? DEFAULT_STEP_SETTINGS[name];
    const seed = splitSeed(setting("seed"));
    const number = splitSeed(setting("step"));
    step.setInt32(abi.STEP_TIME_STEPS, this.writeChunk(tokens, targets), true);
    step.setFloat32(abi.STEP_LEARNING_RATE, setting("learningRate"), true);
    step.setFloat32(abi.STEP_CLIP_VALUE, setting("clipValue"), true);
    step.setFloat32(abi.STEP_CLIP_NORM, setting("clipNorm"), true);
    step.setFloat32(abi.STEP_LOSS_SCALE, setting("lossScale"), true);
    step.setFloat32(abi.STEP_WEIGHT_DECAY, setting("weightDecay"), true);
    step.setFloat32(abi.STEP_MOMENTUM, setting("momentum"), true);
    step.setFloat64(abi.STEP_BETA1, setting("beta1"), true);
    step.setFloat64(abi.STEP_BETA2, setting("beta2"), true);
    step.setFloat32(abi.STEP_EPSILON, setting("epsilon"), true);
    step.setInt32(abi.STEP_NESTEROV, setting("nesterov") ? 1 : 0, true);
    step.setInt32(abi.STEP_EPSILON_IN_ROOT, setting("epsilonInRoot") ? 1 : 0, true);
    step.setFloat64(abi.STEP_BIAS_CORRECTION1, 1 - wholePower(setting("beta1"), setting("step")), true);
    step.setFloat64(abi.STEP_BIAS_CORRECTION2, 1 - wholePower(setting("beta2"), setting("step")), true);
    step.setFloat32(abi.STEP_DROPOUT, setting("dropout"), true);
    step.setUint32(abi.STEP_SEED_LOW, seed.low, true);
    step.setUint32(abi.STEP_SEED_HIGH, seed.high, true);
    step.setUint32(abi.STEP_NUMBER_LOW, number.low, true);
    step.setUint32(abi.STEP_NUMBER_HIGH, number.high, true);
  }

  private readResult(): StepResult {
    return {
      loss: this.step.getFloat64(abi.STEP_LOSS, true),
      gradientNorm: Math.sqrt(this.step.getFloat64(abi.STEP_GRADIENT_SQUARED_NORM, true)),
    };
  }
}

/** What 32-bit addresses reach. */
const MOST_BYTES = 2 ** 32;

function createModel(
  core: CoreExports,
  config: EngineConfig,
  cell: number,
  optimizer: number,
  threads: number,
): number {
  const address = allocate(core, abi.CONFIG_BYTES);
  const record = new DataView(core.memory.buffer, address, abi.CONFIG_BYTES);
  record.setInt32(abi.CONFIG_VOCABULARY_SIZE, config.vocabularySize, true);
  record.setInt32(abi.CONFIG_HIDDEN_SIZE, config.hiddenSize, true);
  record.setInt32(abi.CONFIG_BATCH_SIZE, config.batchSize, true);
  record.setInt32(abi.CONFIG_SEQUENCE_LENGTH, config.sequenceLength, true);
  record.setInt32(abi.CONFIG_CELL, cell, true);
  record.setInt32(abi.CONFIG_OPTIMIZER, optimizer, true);
  record.setInt32(abi.CONFIG_LAYERS, config.layers, true);
  record.setInt32(abi.CONFIG_EMBEDDING_SIZE, config.embeddingSize, true);
  record.setInt32(abi.CONFIG_ACTIVATION, ACTIVATIONS.indexOf(config.activation), true);
  record.setInt32(abi.CONFIG_BIAS, config.bias ? 1 : 0, true);
  record.setInt32(abi.CONFIG_TIED, config.tied ? 1 : 0, true);
  record.setInt32(abi.CONFIG_THREADS, threads, true);
  const { hiddenSize, vocabularySize, batchSize, sequenceLength } = config;
  const sizes = `hidden size ${hiddenSize}, vocabulary ${vocabularySize} and ${sequenceLength} × ${batchSize} tokens a step`;
  checkMemory(core.modelBytes(address), sizes, MOST_BYTES, "a WebAssembly memory");
  const model = core.createModel(address);
  if (model === 0) {
    throw new InvalidValueError(
      `model: ${sizes} need more than this machine has free, or more than 1 GiB in one piece; choose smaller ones`,
    );
  }
  return model;
}
