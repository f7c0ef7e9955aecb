/**
 * What a model file says of itself beside its tensors, as schemas: a file may come from anywhere, and what it says decides what
 * is allocated and where training goes on. Strings hold JSON; a bound of none is null, which JSON has in place of Infinity.
 */

import * as v from "valibot";
import type { Recipe } from "../model/recipe.ts";
import { type Metadata, parseField, recipeFields, recipeOf } from "./metadata-fields.ts";
import { FormatError } from "./safetensors.ts";

/** The version of the `training` field that this reader knows. */
export const TRAINING_VERSION = 1;

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const positive = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const finite = v.pipe(v.number(), v.finite());
const seconds = v.pipe(finite, v.minValue(0));
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const name = v.pipe(v.string(), v.maxLength(4096));

/** Types alone: what values fit is the recipe's own business (completeRecipe). */
const RecipeSchema = v.record(
  v.string(),
  v.union(
    [
      v.string(),
      finite,
      v.boolean(),
      v.null(),
      v.pipe(v.record(v.string(), v.union([v.string(), finite])), v.maxEntries(8)),
    ],
    "a string, number, boolean, null, or a few strings and numbers by name",
  ),
);

/** Where a trainer stands, but for its tensors. */
const StateSchema = v.strictObject({
  steps: count,
  cursor: v.strictObject({ passes: count, position: count, offset: count }),
  smoothLoss: finite,
  rateFactor: v.pipe(finite, v.minValue(0), v.maxValue(1)),
  trainLoss: v.nullable(finite),
  sampleIndex: count,
});

const DataSchema = v.strictObject({
  /** Of what the model sees (data/text-hash.ts). */
  sha256,
  files: v.optional(v.pipe(v.array(name), v.minLength(1))),
  /** A corpus that comes with charloom. */
  builtin: v.optional(name),
  normalizeNewlines: v.optional(v.boolean()),
});

const IntervalSchema = v.union(
  [v.strictObject({ steps: count }), v.strictObject({ seconds })],
  '{"steps":n} or {"seconds":n}',
);

/** How the command line runs a training. */
const RunSchema = v.strictObject({
  steps: v.optional(positive),
  // Seconds that the run may take, and has taken.
  time: v.optional(seconds),
  seconds: v.optional(seconds),
  epochs: v.optional(seconds),
  untilLoss: v.optional(finite),
  patience: v.optional(positive),
  evalEvery: positive,
  sampleEvery: v.optional(IntervalSchema),
  sampleLength: positive,
  temperature: v.pipe(finite, v.minValue(0)),
  onNan: v.picklist(["stop", "rollback"]),
  preset: v.optional(name),
});

/** The least validation loss so far, and its step. */
const BestSchema = v.strictObject({ loss: finite, step: count });

/** Early stopping: the state of the best, whose tensors are the model's, while those to go on from begin with "last.". */
const EarlyStoppingSchema = v.strictObject({
  looksSince: count,
  best: v.nullable(BestSchema),
  state: v.nullable(StateSchema),
});

/** The divergence guard of a run that may go back: the state to go back to, whose tensors begin with "good.". */
const GuardSchema = v.strictObject({ rollbacks: count, attempts: count, lastRate: finite, state: StateSchema });

const HistorySchema = v.strictObject({
  event: v.picklist(["created", "resumed", "changed"]),
  // Of charloom.
  version: name,
  step: v.optional(count),
  // The file whose weights training began with.
  initFrom: v.optional(name),
  // Fields that were changed: what each was, and became.
  overrides: v.optional(v.record(v.string(), v.tuple([v.unknown(), v.unknown()]))),
  // The hash of other data that training went on with.
  newData: v.optional(sha256),
});

const TrainingSchema = v.strictObject({
  version: v.literal(TRAINING_VERSION),
  state: StateSchema,
  data: DataSchema,
  history: v.array(HistorySchema),
  run: v.optional(RunSchema),
  best: v.optional(BestSchema),
  earlyStopping: v.optional(EarlyStoppingSchema),
  guard: v.optional(GuardSchema),
});

export type StateRecord = v.InferOutput<typeof StateSchema>;
export type RunRecord = v.InferOutput<typeof RunSchema>;
export type HistoryEntry = v.InferOutput<typeof HistorySchema>;
export type DataRecord = v.InferOutput<typeof DataSchema>;
/** All that the next step depends on beside recipe, vocabulary, text and tensors; how the run was run; and its history. */
export type TrainingRecord = v.InferOutput<typeof TrainingSchema>;

/** The recipe. Throws a FormatError that names the file and the field. */
export function readRecipe(metadata: Metadata, fileName: string): Recipe {
  return recipeOf(validated(RecipeSchema, recipeFields(metadata, fileName), "recipe", fileName), fileName);
}

/** The same as JSON, which writes a bound of Infinity as null. */
export function recipeText(recipe: Recipe): string {
  return JSON.stringify(recipe);
}

/** Where training stood; undefined of a model that does not say. Throws a FormatError. */
export function readTraining(metadata: Metadata, fileName: string): TrainingRecord | undefined {
  const record = parseField(metadata, "training", fileName);
  if (record === undefined) return undefined;
  const { version } = (typeof record === "object" && record !== null ? record : {}) as { version?: unknown };
  if (version !== TRAINING_VERSION) {
    throw new FormatError(
      `${fileName}: training: expected version ${TRAINING_VERSION}, got ${JSON.stringify(version)}; go on with the version of charloom that wrote it, or start from its weights with --init-from`,
    );
  }
  return validated(TrainingSchema, record, "training", fileName);
}

function validated<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  field: string,
  fileName: string,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = [field, ...(issue.path ?? []).map(({ key }) => String(key))].join(".");
  // of a union, valibot knows the types alone: an object of other fields would be expected and got an Object
  const isUnion = issue.type === "union";
  const expected = isUnion ? issue.message : (issue.expected ?? issue.type.replaceAll("_", " "));
  const got = isUnion ? JSON.stringify(issue.input).slice(0, 100) : issue.received;
  throw new FormatError(`${fileName}: ${path}: expected ${expected}, got ${got}; the file is damaged`);
}
