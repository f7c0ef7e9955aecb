import { TensorKind } from "../abi/constants.ts";
import { Arena } from "./arena.ts";
import { Tensor } from "./tensor.ts";

/** A trained tensor and the gradient of the loss at it, of the same layout; in a model that is not trained, no gradient. */
export class Parameter {
  private constructor(
    readonly value: Tensor,
    private readonly gradient: Tensor | null,
  ) {}

  static vector(arena: Arena, name: string, count: i32): Parameter {
    return new Parameter(
      arena.declareVector(TensorKind.Parameter, name, count),
      arena.training ? arena.declareVector(TensorKind.Gradient, "grad." + name, count) : null,
    );
  }

  /** (rows, columns), rows contiguous. */
  static matrix(arena: Arena, name: string, rows: i32, columns: i32): Parameter {
    return new Parameter(
      arena.declareMatrix(TensorKind.Parameter, name, rows, columns),
      arena.training ? arena.declareMatrix(TensorKind.Gradient, "grad." + name, rows, columns) : null,
    );
  }

  /** (rows, columns) to everyone outside, kept as its transpose. */
  static transposed(arena: Arena, name: string, rows: i32, columns: i32): Parameter {
    return new Parameter(
      arena.declareTransposed(TensorKind.Parameter, name, rows, columns),
      arena.training ? arena.declareTransposed(TensorKind.Gradient, "grad." + name, rows, columns) : null,
    );
  }

  get address(): usize {
    return this.value.address;
  }

  get gradAddress(): usize {
    return this.gradient!.address;
  }
}
