/** core.wasm and inference.wasm as a foreign host sees them: exports, addresses and records. */

import { readFileSync } from "node:fs";
import type { TensorKind } from "../../assembly/abi/constants.ts";
import * as abi from "../../assembly/abi/constants.ts";
import type { CoreExports } from "../../src/core/generated/core-exports.ts";
import type { InferenceExports } from "../../src/core/generated/inference-exports.ts";

export type ModuleName = "core" | "inference";

const compiled = new Map<string, WebAssembly.Module>();

export function compileModule(name: ModuleName): WebAssembly.Module {
  const module = compiled.get(name) ?? new WebAssembly.Module(readFileSync(`build/${name}.wasm`));
  compiled.set(name, module);
  return module;
}

export interface RawTensor {
  readonly name: string;
  readonly kind: TensorKind;
  readonly address: number;
  readonly rows: number;
  readonly columns: number;
  readonly rowStride: number;
  readonly columnStride: number;
}

/** The fields of the configuration in the order of the record. */
export type RawConfig = readonly number[];

/** A small model of a cell and an optimizer, by their indices. */
export function smallConfig(changes: Readonly<Record<number, number>> = {}): RawConfig {
  const fields: number[] = [];
  const values: Readonly<Record<number, number>> = {
    [abi.CONFIG_VOCABULARY_SIZE]: 11,
    [abi.CONFIG_HIDDEN_SIZE]: 9,
    [abi.CONFIG_BATCH_SIZE]: 2,
    [abi.CONFIG_SEQUENCE_LENGTH]: 5,
    [abi.CONFIG_CELL]: 0,
    [abi.CONFIG_OPTIMIZER]: 0,
    [abi.CONFIG_LAYERS]: 2,
    [abi.CONFIG_EMBEDDING_SIZE]: 0,
    [abi.CONFIG_ACTIVATION]: 0,
    [abi.CONFIG_BIAS]: 1,
    [abi.CONFIG_TIED]: 0,
    [abi.CONFIG_THREADS]: 1,
    ...changes,
  };
  for (const [offset, value] of Object.entries(values)) fields[Number(offset) / 4] = value;
  return fields;
}

/** A step's fields by offset, as neutral as docs/abi.md says they can be. */
export const NEUTRAL_STEP: Readonly<Record<number, number>> = {
  [abi.STEP_TIME_STEPS]: 5,
  [abi.STEP_LEARNING_RATE]: 0.01,
  [abi.STEP_CLIP_VALUE]: Number.POSITIVE_INFINITY,
  [abi.STEP_CLIP_NORM]: Number.POSITIVE_INFINITY,
  [abi.STEP_LOSS_SCALE]: 1,
  [abi.STEP_WEIGHT_DECAY]: 0,
  [abi.STEP_MOMENTUM]: 0,
  [abi.STEP_EPSILON]: 1e-8,
  [abi.STEP_NESTEROV]: 0,
  [abi.STEP_EPSILON_IN_ROOT]: 0,
  [abi.STEP_BETA1]: 0,
  [abi.STEP_BETA2]: 0,
  [abi.STEP_BIAS_CORRECTION1]: 1,
  [abi.STEP_BIAS_CORRECTION2]: 1,
  [abi.STEP_DROPOUT]: 0,
  [abi.STEP_SEED_LOW]: 0,
  [abi.STEP_SEED_HIGH]: 0,
  [abi.STEP_NUMBER_LOW]: 0,
  [abi.STEP_NUMBER_HIGH]: 0,
};

/** The fields of a step that are f64, and those that are whole numbers; the others are f32. */
const DOUBLES: readonly number[] = [
  abi.STEP_LOSS,
  abi.STEP_GRADIENT_SQUARED_NORM,
  abi.STEP_BETA1,
  abi.STEP_BETA2,
  abi.STEP_BIAS_CORRECTION1,
  abi.STEP_BIAS_CORRECTION2,
];
const WHOLE: readonly number[] = [
  abi.STEP_TIME_STEPS,
  abi.STEP_NESTEROV,
  abi.STEP_EPSILON_IN_ROOT,
  abi.STEP_SEED_LOW,
  abi.STEP_SEED_HIGH,
  abi.STEP_NUMBER_LOW,
  abi.STEP_NUMBER_HIGH,
];

export class RawInstance<Exports extends InferenceExports = CoreExports> {
  readonly exports: Exports;
  readonly config: number;
  readonly step: number;
  readonly name: number;
  readonly record: number;

  constructor(module: ModuleName) {
    this.exports = new WebAssembly.Instance(compileModule(module)).exports as unknown as Exports;
    this.config = this.exports.allocate(abi.CONFIG_BYTES);
    this.step = this.exports.allocate(abi.STEP_BYTES);
    this.name = this.exports.allocate(abi.NAME_BYTES);
    this.record = this.exports.allocate(abi.TENSOR_BYTES);
  }

  /** Made anew, since a view is empty once memory has grown. */
  get view(): DataView {
    return new DataView(this.exports.memory.buffer);
  }

  writeConfig(fields: RawConfig): void {
    for (const [i, field] of fields.entries()) this.view.setInt32(this.config + 4 * i, field, true);
  }

  createModel(fields: RawConfig): number {
    this.writeConfig(fields);
    return this.exports.createModel(this.config);
  }

  writeStep(fields: Readonly<Record<number, number>>): void {
    for (const [key, value] of Object.entries(fields)) {
      const offset = Number(key);
      if (WHOLE.includes(offset)) this.view.setUint32(this.step + offset, value, true);
      else if (DOUBLES.includes(offset)) this.view.setFloat64(this.step + offset, value, true);
      else this.view.setFloat32(this.step + offset, value, true);
    }
  }

  get loss(): number {
    return this.view.getFloat64(this.step + abi.STEP_LOSS, true);
  }

  readName(length: number): string {
    return new TextDecoder().decode(new Uint8Array(this.exports.memory.buffer, this.name, length));
  }

  tensors(model: number): ReadonlyMap<string, RawTensor> {
    const tensors = new Map<string, RawTensor>();
    for (let i = 0; i < this.exports.tensorCount(model); i++) {
      const name = this.readName(this.exports.tensorName(model, i, this.name));
      this.exports.describeTensor(model, i, this.record);
      const field = (offset: number) => this.view.getInt32(this.record + offset, true);
      tensors.set(name, {
        name,
        kind: field(abi.TENSOR_KIND),
        address: this.view.getUint32(this.record + abi.TENSOR_ADDRESS, true),
        rows: field(abi.TENSOR_ROWS),
        columns: field(abi.TENSOR_COLUMNS),
        rowStride: field(abi.TENSOR_ROW_STRIDE),
        columnStride: field(abi.TENSOR_COLUMN_STRIDE),
      });
    }
    return tensors;
  }

  /** The bits of a tensor, row-major. */
  read(tensor: RawTensor): number[] {
    return this.addresses(tensor).map((address) => this.view.getUint32(address, true));
  }

  write(tensor: RawTensor, bits: readonly number[]): void {
    for (const [i, address] of this.addresses(tensor).entries()) this.view.setUint32(address, bits[i]!, true);
  }

  private addresses({ address, rows, columns, rowStride, columnStride }: RawTensor): number[] {
    return Array.from({ length: rows * columns }, (_, i) => {
      const row = Math.floor(i / columns);
      return address + 4 * (row * rowStride + (i % columns) * columnStride);
    });
  }
}

/** The bits of all tensors of some kinds, by name. */
export function readKinds<Exports extends InferenceExports>(
  instance: RawInstance<Exports>,
  model: number,
  kinds: readonly TensorKind[],
): ReadonlyMap<string, readonly number[]> {
  const tensors = [...instance.tensors(model).values()].filter(({ kind }) => kinds.includes(kind));
  return new Map(tensors.map((tensor) => [tensor.name, instance.read(tensor)]));
}

/** Writes tensors by name, and says that parameters changed. */
export function writeTensors<Exports extends InferenceExports>(
  instance: RawInstance<Exports>,
  model: number,
  values: ReadonlyMap<string, readonly number[]>,
): void {
  const tensors = instance.tensors(model);
  for (const [name, bits] of values) instance.write(tensors.get(name)!, bits);
  instance.exports.parametersChanged(model);
}

/** Writes the chunk of a step: the squares of positions, and of those that follow, modulo the vocabulary size. */
export function writeChunkAt(
  instance: RawInstance,
  model: number,
  position: (time: number, row: number) => number,
  vocabularySize: number,
): void {
  const tensors = instance.tensors(model);
  const { rows, columns } = tensors.get("tokens")!;
  for (const [name, ahead] of [
    ["tokens", 0],
    ["targets", 1],
  ] as const) {
    const squares = Array.from(
      { length: rows * columns },
      (_, i) => (position(Math.floor(i / columns), i % columns) + ahead) ** 2 % vocabularySize,
    );
    instance.write(tensors.get(name)!, squares);
  }
}
