import type { FloatArray } from "../../core/engine.ts";
import type { ReferenceLayer } from "./cell.ts";

/** A carried quantity: its values over a chunk, (T+1, N, H) with the carried ones first, and the carried ones (N, H). */
export class ReferenceState {
  readonly values: FloatArray;
  private readonly carried: FloatArray;
  private readonly stepSize: number;

  constructor(
    { store, suffix, config }: ReferenceLayer,
    name: string,
    timeSteps: number,
    rows: number,
    training: boolean,
  ) {
    const owner = training ? "state" : "sampler";
    this.carried = store.declare(`${owner}.${name}${suffix}`, training ? "state" : "sampler-state", [
      rows,
      config.hiddenSize,
    ]);
    this.stepSize = rows * config.hiddenSize;
    this.values = store.allocate((timeSteps + 1) * this.stepSize);
  }

  begin(): void {
    this.values.set(this.carried);
  }

  carry(timeSteps: number): void {
    this.carried.set(this.values.subarray(timeSteps * this.stepSize, (timeSteps + 1) * this.stepSize));
  }

  reset(): void {
    this.carried.fill(0);
  }

  /** Takes over row 0 of another's carried values; this one has a single row. */
  copyFrom(other: ReferenceState): void {
    this.carried.set(other.carried.subarray(0, this.carried.length));
  }
}
