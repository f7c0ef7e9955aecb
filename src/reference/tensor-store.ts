import type { FloatArray, TensorInfo, TensorRole } from "../core/engine.ts";
import { InvalidValueError } from "../core/errors.ts";
import { checkMemory } from "../core/memory.ts";

/** The number formats of the reference: storage is rounded to it, arithmetic is JavaScript's float64. */
export type Precision = "float32" | "float64";

/** A trained tensor and the gradient of the loss at it. */
export interface ReferenceParameter {
  readonly value: FloatArray;
  readonly gradient: FloatArray;
}

/** The reference engine's tensors by name, each a plain row-major array. */
export class TensorStore {
  readonly infos: TensorInfo[] = [];
  /** What all its arrays take. */
  bytes = 0;
  private readonly arrays = new Map<string, FloatArray>();

  constructor(readonly precision: Precision) {}

  declare(name: string, role: TensorRole, shape: readonly number[]): FloatArray {
    const array = this.allocate(shape.reduce((product, size) => product * size, 1));
    this.infos.push({ name, role, shape });
    this.arrays.set(name, array);
    return array;
  }

  /** A parameter, and its gradient under "grad.<name>". */
  declareParameter(name: string, shape: readonly number[]): ReferenceParameter {
    return {
      value: this.declare(name, "parameter", shape),
      gradient: this.declare(`grad.${name}`, "gradient", shape),
    };
  }

  /** An unnamed array of zeros in the store's precision. Throws a RangeError where all would be more than the machine's memory. */
  allocate(count: number): FloatArray {
    checkMemory(this.bytes + count * (this.precision === "float32" ? 4 : 8), "its numbers");
    const array = this.precision === "float32" ? new Float32Array(count) : new Float64Array(count);
    this.bytes += array.byteLength;
    return array;
  }

  /** Throws a RangeError for an unknown name. */
  get(name: string): FloatArray {
    const array = this.arrays.get(name);
    if (array !== undefined) return array;
    throw new InvalidValueError(`tensor "${name}": expected one of ${[...this.arrays.keys()].join(", ")}`);
  }

  byRole(role: TensorRole): TensorInfo[] {
    return this.infos.filter((info) => info.role === role);
  }
}
