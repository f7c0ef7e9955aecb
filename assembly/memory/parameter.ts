import { TensorKind } from "../abi/constants.ts";
import { Arena } from "./arena.ts";
import { Tensor } from "./tensor.ts";

/** A trained tensor and the gradient of the loss at it, of the same layout. */
export class Parameter {
  private constructor(
    readonly value: Tensor,
    readonly gradient: Tensor,
  ) {}

  static vector(arena: Arena, name: string, count: i32): Parameter {
    return new Parameter(
      arena.declareVector(TensorKind.Parameter, name, count),
      arena.declareVector(TensorKind.Gradient, "grad." + name, count),
    );
  }

  /** (rows, columns), rows contiguous. */
  static matrix(arena: Arena, name: string, rows: i32, columns: i32): Parameter {
    return new Parameter(
      arena.declareMatrix(TensorKind.Parameter, name, rows, columns),
      arena.declareMatrix(TensorKind.Gradient, "grad." + name, rows, columns),
    );
  }

  /** (rows, columns) to everyone outside, kept as its transpose. */
  static transposed(arena: Arena, name: string, rows: i32, columns: i32): Parameter {
    return new Parameter(
      arena.declareTransposed(TensorKind.Parameter, name, rows, columns),
      arena.declareTransposed(TensorKind.Gradient, "grad." + name, rows, columns),
    );
  }

  get address(): usize {
    return this.value.address;
  }

  get gradAddress(): usize {
    return this.gradient.address;
  }
}
