/** Numbers that come one by one and may be taken back. */

import type { Curve } from "./run-records.ts";

/** Numbers, one after another. */
export class Column {
  length = 0;
  private numbers = new Float64Array(1024);

  push(value: number): void {
    if (this.length === this.numbers.length) {
      const larger = new Float64Array(2 * this.length);
      larger.set(this.numbers);
      this.numbers = larger;
    }
    this.numbers[this.length++] = value;
  }

  last(): number | undefined {
    return this.length === 0 ? undefined : this.numbers[this.length - 1];
  }

  /** Of increasing numbers, the index of the first that is not below `value`. */
  firstFrom(value: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.numbers[middle]! < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  truncate(length: number): void {
    this.length = length;
  }

  values(): Float64Array {
    return this.numbers.slice(0, this.length);
  }
}

/** Values of some steps; a step's later value replaces it, and what follows it. */
export class SparseCurve {
  private readonly steps = new Column();
  private readonly values = new Column();

  push(step: number, value: number): void {
    this.truncateFrom(step);
    this.steps.push(step);
    this.values.push(value);
  }

  truncateFrom(step: number): void {
    this.steps.truncate(this.steps.firstFrom(step));
    this.values.truncate(this.steps.length);
  }

  curve(): Curve {
    return { steps: this.steps.values(), values: this.values.values() };
  }
}
