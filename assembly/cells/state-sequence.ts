import { TensorKind } from "../abi/constants.ts";
import { copy } from "../kernels/rows.ts";
import { Arena } from "../memory/arena.ts";
import { Tensor } from "../memory/tensor.ts";

/**
 * A quantity that a cell carries from step to step (h, or an LSTM's c): its values over a chunk, (T+1, N, H) with the carried
 * ones first, and the carried ones themselves, (N, H), which are part of the model's state.
 */
export class StateSequence {
  private readonly carried: Tensor;
  private readonly values: Tensor;
  /** Bytes of one time step, N·H floats. */
  readonly stepBytes: usize;
  private readonly rowBytes: usize;

  /** `name` and `layer` make the tensors' names: "state.hidden_l0". */
  constructor(arena: Arena, name: string, layer: string, timeSteps: i32, rows: i32, hiddenSize: i32, training: bool) {
    const kind = training ? TensorKind.State : TensorKind.SamplerState;
    const owner = training ? "train." : "sampler.";
    this.carried = arena.declareMatrix(kind, (training ? "state." : "sampler.") + name + layer, rows, hiddenSize);
    this.values = arena.declareMatrix(
      TensorKind.Workspace,
      owner + name + "_sequence" + layer,
      (timeSteps + 1) * rows,
      hiddenSize,
    );
    this.rowBytes = (<usize>hiddenSize) << 2;
    this.stepBytes = <usize>rows * this.rowBytes;
  }

  /** Address of the values before the chunk, (N, H), which those after time step 0 follow. */
  get start(): usize {
    return this.values.address;
  }

  /** Address of the values after each time step, (T, N, H). */
  get results(): usize {
    return this.values.address + this.stepBytes;
  }

  /** From the first row before the chunk to a row before time step t, or from the first result to a row after it; bytes. */
  offset(t: i32, row: i32): usize {
    return <usize>t * this.stepBytes + <usize>row * this.rowBytes;
  }

  /** Begins a chunk: copies the carried values of `rows` rows to its start. */
  begin(first: i32, rows: i32): void {
    const offset = <usize>first * this.rowBytes;
    copy(this.values.address + offset, this.carried.address + offset, rows * this.carried.columns);
  }

  carry(timeSteps: i32, first: i32, rows: i32): void {
    const offset = <usize>first * this.rowBytes;
    const last = this.values.address + <usize>timeSteps * this.stepBytes;
    copy(this.carried.address + offset, last + offset, rows * this.carried.columns);
  }

  reset(): void {
    memory.fill(this.carried.address, 0, this.stepBytes);
  }

  /** Takes over row 0 of another's carried values. */
  copyFrom(other: StateSequence): void {
    memory.copy(this.carried.address, other.carried.address, this.rowBytes);
  }
}
