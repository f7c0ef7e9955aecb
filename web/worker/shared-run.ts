/** Which runs can be told in a link, and what of them is told. */

import { parameterHash, type Recipe, type Trainer } from "../../src/index.ts";
import type { SharedRun, SharedText } from "../protocol/keep.ts";
import type { PlannedChange } from "../protocol/run.ts";
import type { Run } from "./run.ts";
import { CHANGEABLE } from "./share-link.ts";

/** Why another machine could not do the run again from recipe, seed and text; undefined if it could. */
export function whyNotShared({ trainer }: Run): string | undefined {
  const { recipe } = trainer.model;
  const { history } = trainer.provenance;
  if (crypto.subtle === undefined) {
    return "Hashes, which a link needs, are there for pages of https:// and of this machine alone.";
  }
  if (trainer.steps === 0) return "It has taken no step yet.";
  if (recipe.backend !== "wasm") return "It is computed in JavaScript, whose numbers may differ between browsers.";
  if (recipe.numerics !== "strict" || history.some(({ overrides = {} }) => "numerics" in overrides)) {
    return "It is computed with fused numerics, whose bits are not the same on every machine; strict ones are.";
  }
  const weights = history.find(({ initFrom }) => initFrom !== undefined)?.initFrom;
  if (weights !== undefined) return `It began from the weights of ${weights}, which a seed does not give.`;
  const otherText = history.find(({ newData }) => newData !== undefined);
  if (otherText !== undefined) {
    return `It went on with another text after step ${otherText.step}, so that no seed and one text give it.`;
  }
  if (history[0]?.event !== "created") return "Its file does not say how it began.";
  return undefined;
}

/** Whether a run of the command line went back at half the rate. A schedule that halves by itself does so again. */
function wasSlowed(trainer: Trainer): boolean {
  const { schedule } = begunRecipe(trainer);
  return schedule.kind !== "halve-on-rise" && trainer.captureState().rateFactor !== 1;
}

/** What a link tells of a run as it stands. Throws an Error for a run that cannot be done again. */
export async function shared(run: Run): Promise<SharedRun> {
  const { trainer, text } = run;
  const why =
    whyNotShared(run) ??
    (wasSlowed(trainer) ? "Its learning rate was halved when it diverged, which no recipe tells." : undefined);
  if (why !== undefined) throw new Error(`No link can tell this run. ${why}`);
  const { steps: step } = trainer;
  // reads all parameters before it waits
  const hash = parameterHash(trainer.model.engine);
  return {
    text: text.builtin === undefined ? sharedText(trainer, text.name) : { builtin: text.builtin },
    recipe: begunRecipe(trainer),
    // what was changed after the last step has changed nothing yet
    changes: changesOf(trainer).filter((change) => change.step < step),
    step,
    hash: await hash,
  };
}

/** What tells of a text that does not come with the page whether another one is the same. */
export function sharedText(trainer: Trainer, name: string): Extract<SharedText, { readonly name: string }> {
  const { training, validation, model, dataHash } = trainer;
  // the parts of a text of lines share all tokens
  const rest = training.starts === undefined ? (validation?.tokens.length ?? 0) : 0;
  return {
    name: name.slice(0, 200),
    sha256: dataHash,
    tokens: training.tokens.length + rest,
    vocabularySize: model.vocabulary.size,
  };
}

/** The recipe before all changes. */
export function begunRecipe({ model, provenance }: Trainer): Recipe {
  const fields: Record<string, unknown> = {};
  for (const { overrides = {} } of [...provenance.history].reverse()) {
    for (const [field, [was]] of Object.entries(overrides)) if (isChangeable(field)) fields[field] = decoded(was);
  }
  return { ...model.recipe, ...fields };
}

function changesOf({ provenance }: Trainer): PlannedChange[] {
  return provenance.history.flatMap(({ step = 0, overrides = {} }) => {
    const changed = Object.entries(overrides).filter(([field]) => isChangeable(field));
    if (changed.length === 0) return [];
    const fields = Object.fromEntries(changed.map(([field, [, became]]) => [field, decoded(became)]));
    return [{ step, fields: fields as Partial<Recipe> }];
  });
}

function isChangeable(field: string): boolean {
  return (CHANGEABLE as readonly string[]).includes(field);
}

/** In a history a bound of none is null. */
function decoded(value: unknown): unknown {
  return value === null ? Number.POSITIVE_INFINITY : value;
}
