import { TensorKind } from "../abi/constants.ts";

/**
 * A named block of floats (or of 32-bit token indices) in the arena: where it is, its shape as on disk, and the strides, in
 * elements, that lead from one row or column to the next. A transposed tensor differs from a plain one in its strides alone.
 */
export class Tensor {
  /** Bytes from the start of memory; 0 until the arena is placed. */
  address: usize = 0;

  constructor(
    readonly kind: TensorKind,
    readonly name: string,
    readonly rank: i32,
    readonly rows: i32,
    readonly columns: i32,
    readonly rowStride: i32,
    readonly columnStride: i32,
  ) {}

  /** Number of elements; as a 64-bit number, since nobody has checked yet that it fits. */
  get count(): u64 {
    return <u64>this.rows * <u64>this.columns;
  }
}
