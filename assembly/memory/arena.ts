/**
 * All memory of a model: first every part declares its tensors, then `place` gives each an address, once. Nothing is
 * allocated after that.
 *
 * Tensors of one kind lie together, in the order of their declaration, each aligned to 16 bytes, so a region can be crossed
 * as one flat run of floats: the gaps between tensors (at most 12 bytes) are zero and stay zero. Gradients and each optimizer
 * slot are declared in the order of their parameters and so lie at the same offsets in their regions.
 */

import { TensorKind } from "../abi/constants.ts";
import { OVERREAD_BYTES } from "../kernels/simd.ts";
import { BLOCK_OVERHEAD, growFor, LARGEST_BLOCK } from "./growth.ts";
import { Tensor } from "./tensor.ts";

const KINDS = 7;
const TENSOR_ALIGNMENT: u64 = 16;
const REGION_ALIGNMENT: usize = 64;

export class Arena {
  readonly tensors: Array<Tensor> = [];
  private readonly starts: StaticArray<usize> = new StaticArray<usize>(KINDS);
  private readonly sizes: StaticArray<u64> = new StaticArray<u64>(KINDS);

  /** `training` if parameters are to have gradients. */
  constructor(readonly training: bool) {}

  declareVector(kind: TensorKind, name: string, count: i32): Tensor {
    return this.add(new Tensor(kind, name, 1, count, 1, 1, 1));
  }

  /** (rows, columns), rows contiguous. */
  declareMatrix(kind: TensorKind, name: string, rows: i32, columns: i32): Tensor {
    return this.add(new Tensor(kind, name, 2, rows, columns, columns, 1));
  }

  /** (rows, columns) to everyone outside, kept as its transpose: columns contiguous. */
  declareTransposed(kind: TensorKind, name: string, rows: i32, columns: i32): Tensor {
    return this.add(new Tensor(kind, name, 2, rows, columns, 1, rows));
  }

  /** One tensor of the given kind for each parameter so far, at the same offset in its region, named prefix + name. */
  declareLikeParameters(kind: TensorKind, prefix: string): void {
    const count = this.tensors.length;
    for (let i = 0; i < count; i++) {
      const like = this.tensors[i];
      if (like.kind != TensorKind.Parameter) continue;
      this.add(
        new Tensor(kind, prefix + like.name, like.rank, like.rows, like.columns, like.rowStride, like.columnStride),
      );
    }
  }

  /** What all tensors take, once they are placed. */
  get bytes(): f64 {
    let bytes: f64 = 0;
    for (let kind = 0; kind < KINDS; kind++) bytes += <f64>(regionBytes(this.sizes[kind]) + BLOCK_OVERHEAD);
    return bytes;
  }

  /** Gives every tensor its address and fills all with zeros; false, with nothing changed, if memory cannot hold them. */
  place(): bool {
    let bytes: u64 = 0;
    for (let kind = 0; kind < KINDS; kind++) {
      if (regionBytes(this.sizes[kind]) > LARGEST_BLOCK) return false;
      bytes += regionBytes(this.sizes[kind]) + BLOCK_OVERHEAD;
    }
    if (!growFor(bytes)) return false;
    for (let kind = 0; kind < KINDS; kind++) this.placeRegion(kind);
    return true;
  }

  /** Address of the first tensor of a kind. */
  start(kind: TensorKind): usize {
    return this.starts[kind];
  }

  /** Floats in the region of a kind, gaps included: always a multiple of 4. */
  length(kind: TensorKind): i32 {
    return <i32>(this.sizes[kind] >> 2);
  }

  private placeRegion(kind: i32): void {
    const bytes = <usize>regionBytes(this.sizes[kind]);
    const block = heap.alloc(bytes);
    memory.fill(block, 0, bytes);
    let address = (block + REGION_ALIGNMENT - 1) & ~(REGION_ALIGNMENT - 1);
    this.starts[kind] = address;
    for (let i = 0; i < this.tensors.length; i++) {
      const tensor = this.tensors[i];
      if (tensor.kind != kind) continue;
      tensor.address = address;
      address += <usize>tensorBytes(tensor);
    }
  }

  private add(tensor: Tensor): Tensor {
    this.tensors.push(tensor);
    this.sizes[tensor.kind] += tensorBytes(tensor);
    return tensor;
  }
}

function tensorBytes(tensor: Tensor): u64 {
  return ((tensor.count << 2) + TENSOR_ALIGNMENT - 1) & ~(TENSOR_ALIGNMENT - 1);
}

/** What a region of tensors takes, with room to align its start and to read past its end. */
function regionBytes(size: u64): u64 {
  return size + REGION_ALIGNMENT + OVERREAD_BYTES;
}
