/** The engine that only samples: inference.wasm, a third of the size of the other, with the same bits. */

import * as abi from "../../assembly/abi/constants.ts";
import { compileSource } from "./compile.ts";
import {
  ACTIVATIONS,
  type Architecture,
  checkArchitecture,
  checkToken,
  type SamplingEngine,
  type TensorInfo,
  type WorkspaceTensor,
} from "./engine.ts";
import { InvalidValueError } from "./errors.ts";
import type { InferenceExports } from "./generated/inference-exports.ts";
import type { WasmModule } from "./host-types.ts";
import { allocate, ModuleTensors, readNames } from "./module-tensors.ts";
import { accepted } from "./status.ts";

let compiled: Promise<WebAssembly.Module> | undefined;

/**
 * Creates an engine with all parameters zero; `module` is the compiled inference.wasm where the host has it from elsewhere. Throws a
 * RangeError for an architecture outside the limits, or larger than memory, or for another module.
 */
export async function createInferenceEngine(architecture: Architecture, module?: WasmModule): Promise<InferenceEngine> {
  if (module === undefined) {
    compiled ??= import("#inference-wasm").then(({ default: source }) => compileSource(source, "SIMD"));
  } else if (!WebAssembly.Module.exports(module).some(({ name }) => name === "samplerDraw")) {
    throw new InvalidValueError("module: expected charloom/inference.wasm, got another module");
  }
  const { exports } = await WebAssembly.instantiate(module ?? (await (compiled as Promise<WebAssembly.Module>)), {});
  const core = exports as unknown as InferenceExports;
  const version = core.abiVersion();
  if (version !== abi.ABI_VERSION) {
    throw new InvalidValueError(
      `inference.wasm: expected ABI version ${abi.ABI_VERSION}, got ${version}; take the file of this version of charloom`,
    );
  }
  return new InferenceEngine(core, architecture);
}

/** What refusals name. */
const MODULE = "inference.wasm";

export class InferenceEngine implements SamplingEngine {
  readonly config: Architecture;
  readonly tensors: readonly TensorInfo[];
  readonly workspace: readonly WorkspaceTensor[];
  private readonly held: ModuleTensors;
  private readonly model: number;
  private readonly logits: Float32Array;
  private readonly probabilities: Float32Array;

  constructor(
    private readonly core: InferenceExports,
    config: Architecture,
  ) {
    const cells = readNames(core, core.cellCount(), core.cellName);
    checkArchitecture(config, cells);
    this.config = { ...config };
    this.model = createModel(core, config, cells.indexOf(config.cell));
    this.held = new ModuleTensors(core, this.model);
    this.tensors = this.held.infos;
    this.workspace = this.held.workspace;
    // memory is at its final size: these views stay valid for the life of the engine
    this.logits = new Float32Array(core.memory.buffer, ...this.held.span("sampler.logits"));
    this.probabilities = new Float32Array(core.memory.buffer, ...this.held.span("sampler.probabilities"));
  }

  get memoryBytes(): number {
    return this.core.memory.buffer.byteLength;
  }

  readTensor(name: string): Float32Array {
    return this.held.read(name);
  }

  readWorkspace(name: string): Float32Array {
    return this.held.readWorkspace(name);
  }

  writeTensor(name: string, values: ArrayLike<number>): void {
    this.held.write(name, values);
  }

  resetSampler(): void {
    this.core.resetSampler(this.model);
  }

  samplerStep(token: number): void {
    checkToken(token, this.config.vocabularySize);
    this.core.samplerStep(this.model, token, 1);
  }

  samplerLogits(): Float32Array {
    return this.logits;
  }

  samplerProbabilities(temperature: number): Float32Array {
    accepted(this.core.samplerSoftmax(this.model, 1 / temperature), MODULE);
    return this.probabilities;
  }

  samplerDraw(token: number, temperature: number, unit: number): number {
    checkToken(token, this.config.vocabularySize);
    return accepted(this.core.samplerDraw(this.model, token, 1 / temperature, unit, 1), MODULE);
  }

  dispose(): void {}

  [Symbol.dispose](): void {}
}

function createModel(core: InferenceExports, config: Architecture, cell: number): number {
  const address = allocate(core, abi.CONFIG_BYTES);
  const record = new DataView(core.memory.buffer, address, abi.CONFIG_BYTES);
  record.setInt32(abi.CONFIG_VOCABULARY_SIZE, config.vocabularySize, true);
  record.setInt32(abi.CONFIG_HIDDEN_SIZE, config.hiddenSize, true);
  record.setInt32(abi.CONFIG_CELL, cell, true);
  record.setInt32(abi.CONFIG_LAYERS, config.layers, true);
  record.setInt32(abi.CONFIG_EMBEDDING_SIZE, config.embeddingSize, true);
  record.setInt32(abi.CONFIG_ACTIVATION, ACTIVATIONS.indexOf(config.activation), true);
  record.setInt32(abi.CONFIG_BIAS, config.bias ? 1 : 0, true);
  record.setInt32(abi.CONFIG_TIED, config.tied ? 1 : 0, true);
  const model = core.createModel(address);
  if (model !== 0) return model;
  throw new InvalidValueError(
    `model: hidden size ${config.hiddenSize} and vocabulary ${config.vocabularySize} need more than this machine has free`,
  );
}
