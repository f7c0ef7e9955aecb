import type { ReferenceCellConstructor } from "./cells/cell.ts";
import { ReferenceGruCell } from "./cells/gru.ts";
import { ReferenceLstmCell } from "./cells/lstm.ts";
import { ReferenceMinGruCell } from "./cells/mingru.ts";
import { ReferenceVanillaCell } from "./cells/vanilla.ts";
import { referenceAdagrad } from "./optimizers/adagrad.ts";
import { referenceAdam, referenceAdamW } from "./optimizers/adam.ts";
import { referenceAdamax } from "./optimizers/adamax.ts";
import type { ReferenceOptimizer } from "./optimizers/optimizer.ts";
import { referenceRmsProp } from "./optimizers/rmsprop.ts";
import { referenceSgd } from "./optimizers/sgd.ts";

/** The naive form of every cell of assembly/cells/registry.ts. */
export const REFERENCE_CELLS: Readonly<Record<string, ReferenceCellConstructor>> = {
  rnn: ReferenceVanillaCell,
  lstm: ReferenceLstmCell,
  gru: ReferenceGruCell,
  mingru: ReferenceMinGruCell,
};

/** The naive form of every optimizer of assembly/optimizers/registry.ts. */
export const REFERENCE_OPTIMIZERS: Readonly<Record<string, ReferenceOptimizer>> = {
  adagrad: referenceAdagrad,
  sgd: referenceSgd,
  rmsprop: referenceRmsProp,
  adam: referenceAdam,
  adamw: referenceAdamW,
  adamax: referenceAdamax,
};
