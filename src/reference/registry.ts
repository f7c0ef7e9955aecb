import { referenceAdagrad } from "./adagrad.ts";
import type { ReferenceCellConstructor } from "./cell.ts";
import type { ReferenceOptimizer } from "./optimizer.ts";
import { ReferenceVanillaCell } from "./vanilla.ts";

/** The naive form of every cell of assembly/cells/registry.ts. */
export const REFERENCE_CELLS: Readonly<Record<string, ReferenceCellConstructor>> = {
  rnn: ReferenceVanillaCell,
};

/** The naive form of every optimizer of assembly/optimizers/registry.ts. */
export const REFERENCE_OPTIMIZERS: Readonly<Record<string, ReferenceOptimizer>> = {
  adagrad: referenceAdagrad,
};
