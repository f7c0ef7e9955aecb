/** A model's tensors in a module's memory: asked of the module once, then read and written where they are. */

import * as abi from "../../assembly/abi/constants.ts";
import { TensorKind } from "../../assembly/abi/constants.ts";
import type { TensorInfo, TensorRole, WorkspaceTensor } from "./engine.ts";
import { InvalidValueError } from "./errors.ts";
import type { InferenceExports } from "./generated/inference-exports.ts";

const ROLES: Partial<Record<TensorKind, TensorRole>> = {
  [TensorKind.Parameter]: "parameter",
  [TensorKind.Gradient]: "gradient",
  [TensorKind.OptimizerSlot]: "optimizer-slot",
  [TensorKind.State]: "state",
  [TensorKind.SamplerState]: "sampler-state",
};

/** A tensor in the module's memory. Strides are in elements. */
interface TensorLayout {
  readonly kind: TensorKind;
  readonly address: number;
  readonly rank: number;
  readonly rows: number;
  readonly columns: number;
  readonly rowStride: number;
  readonly columnStride: number;
}

/** What names and tensors are asked of: core.wasm, or inference.wasm. */
type NamedExports = Pick<InferenceExports, "memory" | "allocate">;
type TensorExports = NamedExports &
  Pick<InferenceExports, "tensorCount" | "tensorName" | "describeTensor" | "parametersChanged">;

export class ModuleTensors {
  /** Those that can be read and written by name. */
  readonly infos: readonly TensorInfo[];
  private readonly layouts = new Map<string, TensorLayout>();

  constructor(
    private readonly core: TensorExports,
    private readonly model: number,
  ) {
    const names = readNames(core, core.tensorCount(model), (index, buffer) => core.tensorName(model, index, buffer));
    const address = allocate(core, abi.TENSOR_BYTES);
    const record = new DataView(core.memory.buffer, address, abi.TENSOR_BYTES);
    const infos: TensorInfo[] = [];
    for (const [index, name] of names.entries()) {
      core.describeTensor(model, index, address);
      const layout = readLayout(record);
      this.layouts.set(name, layout);
      const role = ROLES[layout.kind];
      if (role !== undefined) infos.push({ name, role, shape: shapeOf(layout) });
    }
    this.infos = infos;
  }

  get workspace(): WorkspaceTensor[] {
    const layouts = [...this.layouts].filter(([, { kind }]) => kind === TensorKind.Workspace);
    return layouts.map(([name, layout]) => ({ name, shape: shapeOf(layout) }));
  }

  /** A copy, row-major. Throws a RangeError for an unknown name. */
  read(name: string): Float32Array {
    return this.copyOut(this.publicTensor(name));
  }

  /** A copy of a tensor of the workspace, row-major. Throws a RangeError for an unknown name. */
  readWorkspace(name: string): Float32Array {
    const tensor = this.layouts.get(name);
    if (tensor?.kind === TensorKind.Workspace) return this.copyOut(tensor);
    throw new InvalidValueError(
      `workspace tensor "${name}": expected one of ${this.workspace.map((known) => known.name).join(", ")}`,
    );
  }

  /** Overwrites a tensor from row-major values. Throws a RangeError for an unknown name or a wrong length. */
  write(name: string, values: ArrayLike<number>): void {
    const tensor = this.publicTensor(name);
    const { rows, columns, rowStride, columnStride } = tensor;
    const count = rows * columns;
    if (values.length !== count) {
      throw new InvalidValueError(`tensor "${name}": expected ${count} values, got ${values.length}`);
    }
    const memory = new Float32Array(this.core.memory.buffer, tensor.address, count);
    if (isRowMajor(tensor)) memory.set(values);
    else copyStrided(memory, rowStride, columnStride, values, columns, 1, rows, columns);
    if (tensor.kind === TensorKind.Parameter) this.core.parametersChanged(this.model);
  }

  /** Where any of the module's tensors is: the byte offset and the number of elements. */
  span(name: string): [byteOffset: number, length: number] {
    const layout = this.layouts.get(name);
    if (layout === undefined) throw new Error(`the module has no tensor "${name}"; rebuild with npm run build`);
    return [layout.address, layout.rows * layout.columns];
  }

  private copyOut(tensor: TensorLayout): Float32Array {
    const { rows, columns, rowStride, columnStride } = tensor;
    const values = new Float32Array(rows * columns);
    const memory = new Float32Array(this.core.memory.buffer, tensor.address, values.length);
    if (isRowMajor(tensor)) values.set(memory);
    else copyStrided(values, columns, 1, memory, rowStride, columnStride, rows, columns);
    return values;
  }

  private publicTensor(name: string): TensorLayout {
    const layout = this.layouts.get(name);
    if (layout !== undefined && ROLES[layout.kind] !== undefined) return layout;
    throw new InvalidValueError(
      `tensor "${name}": expected one of ${this.infos.map((tensor) => tensor.name).join(", ")}`,
    );
  }
}

/** Room in the module's memory, for its life. An address above 2 GiB comes out of the module as a negative number. */
export function allocate(core: Pick<InferenceExports, "allocate">, bytes: number): number {
  return core.allocate(bytes) >>> 0;
}

/** Reads `count` names that the module writes to a buffer. */
export function readNames(
  core: NamedExports,
  count: number,
  write: (index: number, buffer: number) => number,
): string[] {
  const buffer = allocate(core, abi.NAME_BYTES);
  const names: string[] = [];
  for (let i = 0; i < count; i++) {
    const length = write(i, buffer);
    // a copy: browsers decode no shared memory
    names.push(new TextDecoder().decode(new Uint8Array(core.memory.buffer, buffer, length).slice()));
  }
  return names;
}

/** The record that `describeTensor` wrote. */
function readLayout(record: DataView): TensorLayout {
  return {
    kind: record.getInt32(abi.TENSOR_KIND, true),
    address: record.getUint32(abi.TENSOR_ADDRESS, true),
    rank: record.getInt32(abi.TENSOR_RANK, true),
    rows: record.getInt32(abi.TENSOR_ROWS, true),
    columns: record.getInt32(abi.TENSOR_COLUMNS, true),
    rowStride: record.getInt32(abi.TENSOR_ROW_STRIDE, true),
    columnStride: record.getInt32(abi.TENSOR_COLUMN_STRIDE, true),
  };
}

function shapeOf({ rank, rows, columns }: TensorLayout): number[] {
  return rank === 1 ? [rows] : [rows, columns];
}

function isRowMajor({ rank, columns, rowStride, columnStride }: TensorLayout): boolean {
  return rank === 1 || (columnStride === 1 && rowStride === columns);
}

/** target (rows, columns) = source (rows, columns), each with strides in elements. */
function copyStrided(
  target: { [index: number]: number },
  targetRowStride: number,
  targetColumnStride: number,
  source: ArrayLike<number>,
  sourceRowStride: number,
  sourceColumnStride: number,
  rows: number,
  columns: number,
): void {
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const value = source[row * sourceRowStride + column * sourceColumnStride] as number;
      target[row * targetRowStride + column * targetColumnStride] = value;
    }
  }
}
