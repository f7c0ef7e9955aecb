/**
 * kernels.wasm, and operands in its memory. Every operand stands between guards, and has guards in the gaps between its
 * rows: words of a NaN that no kernel makes. What is read past an end poisons the result that it reaches; what is
 * written past an end shows.
 */

import { readFile } from "node:fs/promises";
import { assert, vi } from "vitest";
import { instantiate } from "../../build/kernels.js";

const wasm = await readFile(new URL("../../build/kernels.wasm", import.meta.url));
export const kernels = await instantiate(await WebAssembly.compile(wasm), {});

// a signalling NaN: copied it stays, but arithmetic makes a quiet one of it, so a guard that has been computed with and
// written back shows too
const GUARD = 0x7fa05afe;
const COMPUTED_GUARD = GUARD | 0x400000;
// wider than the widest store of any kernel, the 32 floats of matmul's single row
const GUARD_WORDS = 36;
const ROOM_BYTES = 4 << 20;
/** What a kernel may read behind its input (assembly/kernels/simd.ts); the arena keeps a little more. */
const OVERREAD_BYTES = 12;

// allocated once, so that no growth of memory detaches a view
const room = kernels.allocate(ROOM_BYTES);
// up to the end of memory: the room is the last thing allocated
const words = new Uint32Array(kernels.memory.buffer, room);
const floats = new Float32Array(kernels.memory.buffer, room);
let used = 0;
let operands: Operand[] = [];

/** A matrix of 32-bit elements in the module's memory; an array is a matrix of one row. */
export class Operand {
  readonly address: number;
  private recorded: Uint32Array;

  constructor(
    readonly name: string,
    readonly rows: number,
    readonly columns: number,
    readonly rowStride: number,
    private readonly start: number,
    fill: (start: number) => void,
  ) {
    this.address = room + 4 * start;
    words.fill(GUARD, start - GUARD_WORDS, start + rows * rowStride + GUARD_WORDS);
    for (let row = 0; row < rows; row++) fill(start + row * rowStride);
    this.recorded = this.bits;
  }

  /** A copy of the elements, row after row, without the gaps. */
  get values(): Float32Array {
    return new Float32Array(this.bits.buffer);
  }

  get bits(): Uint32Array<ArrayBuffer> {
    const bits = new Uint32Array(this.rows * this.columns);
    for (let row = 0; row < this.rows; row++) {
      const first = this.start + row * this.rowStride;
      bits.set(words.subarray(first, first + this.columns), row * this.columns);
    }
    return bits;
  }

  get byteStride(): number {
    return 4 * this.rowStride;
  }

  /** What was written where nothing of this operand is, or undefined. */
  brokenGuard(): string | undefined {
    const end = this.start + this.rows * this.rowStride;
    const guardEnd = Math.min(end + GUARD_WORDS, words.length);
    for (let word = this.start - GUARD_WORDS; word < guardEnd; word++) {
      const inside = word >= this.start && word < end;
      if (inside && (word - this.start) % this.rowStride < this.columns) continue;
      if (words[word] === GUARD) continue;
      return `${this.name}: expected nothing written outside it, got ${floats[word]} in float ${word - this.start}`;
    }
    return undefined;
  }

  /** Takes the elements as they are for what is to stay. */
  record(): void {
    this.recorded = this.bits;
  }

  /** The first element that is not as recorded, or undefined. */
  changedElement(): string | undefined {
    const { bits } = this;
    for (let index = 0; index < bits.length; index++) {
      if (bits[index] !== this.recorded[index])
        return `${this.name} at [${index}]: expected it unchanged, got ${this.values[index]}`;
    }
    return undefined;
  }

  /** The first element that still is a guard, or was computed from one, or undefined. */
  unwrittenElement(): string | undefined {
    const { bits } = this;
    for (let index = 0; index < bits.length; index++) {
      if (bits[index] === GUARD || bits[index] === COMPUTED_GUARD)
        return `${this.name} at [${index}]: expected a result, got the guard's NaN`;
    }
    return undefined;
  }
}

/** Forgets all operands, so that their room serves the next case. */
export function clearRoom(): void {
  used = 0;
  operands = [];
}

/** `values` of shape (rows, columns), rows `rowStride` floats apart. */
export function placeMatrix(
  name: string,
  rows: number,
  columns: number,
  rowStride: number,
  values: Float32Array | Uint32Array,
): Operand {
  let next = 0;
  const view = values instanceof Uint32Array ? words : floats;
  return reserve(name, rows, columns, rowStride, (start) => {
    view.set(values.subarray(next, next + columns), start);
    next += columns;
  });
}

export function place(name: string, values: ArrayLike<number>): Operand {
  return placeMatrix(name, 1, values.length, values.length, Float32Array.from(values));
}

export function placeWords(name: string, values: ArrayLike<number>): Operand {
  return placeMatrix(name, 1, values.length, values.length, Uint32Array.from(values));
}

/** Room for a result, full of the guard's NaN. */
export function placeResult(name: string, count: number): Operand {
  return reserve(name, 1, count, count, () => {});
}

export function placeResultMatrix(name: string, rows: number, columns: number, rowStride = columns): Operand {
  return reserve(name, rows, columns, rowStride, () => {});
}

/** `values` so close to the end of memory that a kernel traps if it reads more than OVERREAD_BYTES behind them. */
export function placeAtEndOfMemory(name: string, values: ArrayLike<number>): Operand {
  const start = words.length - OVERREAD_BYTES / 4 - values.length;
  return register(
    new Operand(name, 1, values.length, values.length, start, () => floats.set(Float32Array.from(values), start)),
  );
}

function reserve(
  name: string,
  rows: number,
  columns: number,
  rowStride: number,
  fill: (start: number) => void,
): Operand {
  // whole vectors, so that every address is aligned to 16 bytes
  const start = used + GUARD_WORDS;
  used = start + ((rows * rowStride + GUARD_WORDS + 3) & ~3);
  if (used > ROOM_BYTES / 4) throw new Error(`${name}: expected room for ${4 * used} bytes, got ${ROOM_BYTES}`);
  return register(new Operand(name, rows, columns, rowStride, start, fill));
}

function register(operand: Operand): Operand {
  operands.push(operand);
  return operand;
}

/**
 * Claims that since the operands were placed, or since the last such claim, all of `results` has been written and
 * nothing else: no guard, no other operand.
 */
export const expectOnlyWritten = vi.defineHelper((...results: Operand[]): void => {
  for (const operand of operands) {
    const fault =
      operand.brokenGuard() ?? (results.includes(operand) ? operand.unwrittenElement() : operand.changedElement());
    if (fault !== undefined) assert.fail(fault);
    operand.record();
  }
});
