/**
 * A run as a link: "#run=" and base64url of JSON, in the page's address, which browsers send to nobody.
 *
 *     version    1; another is refused
 *     text       { builtin } or { name, sha256, tokens, vocabularySize }
 *     recipe     the fields that differ from min-char-rnn's
 *     changes    [{ step, fields }], left out where there are none
 *     step, hash
 *
 * A bound of none is null, as in model files. A link may come from anywhere: what does not fit this to the letter is refused in
 * one line, before anything is allocated for it.
 */

import * as v from "valibot";
import { completeRecipe, decodeUtf8, MIN_CHAR_RNN, type Recipe } from "../../src/index.ts";
import { LINK_PREFIX, type SharedRun, type SharedText } from "../protocol/keep.ts";
import { CORPORA, type PlannedChange } from "../protocol/run.ts";

const VERSION = 1;
/** Some programs cut longer addresses. */
const LONGEST_LINK = 16_000;
const MOST_STEPS = 1e9;
const MOST_CHANGES = 500;

/** What may be changed while a run goes on and leaves its steps the same on every machine. */
export const CHANGEABLE = [
  ...(["loss", "learningRate", "schedule", "momentum", "nesterov", "beta1", "beta2", "epsilon"] as const),
  ...(["epsilonInRoot", "weightDecay", "clipNorm", "clipValue", "dropout"] as const),
] as const satisfies readonly (keyof Recipe)[];

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const finite = v.pipe(v.number(), v.finite());
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, "64 hexadecimal digits"));
const steps = v.pipe(count, v.maxValue(MOST_STEPS));

const InitializationSchema = v.strictObject({ kind: v.string(), scale: finite, gateMean: v.optional(finite) });
const ScheduleSchema = v.strictObject({
  kind: v.string(),
  factor: v.optional(finite),
  every: v.optional(count),
  after: v.optional(count),
  total: v.optional(count),
  warmUp: v.optional(count),
});

/** Types alone: which values fit is the recipe's own business (completeRecipe). */
const FieldsSchema = v.strictObject(
  Object.fromEntries(Object.keys(MIN_CHAR_RNN).map((name) => [name, v.optional(fieldSchema(name as keyof Recipe))])),
);

const BuiltinSchema = v.strictObject({ builtin: v.picklist(CORPORA) });
const OwnTextSchema = v.strictObject({
  name: v.pipe(v.string(), v.maxLength(200)),
  sha256,
  tokens: count,
  vocabularySize: count,
});

const LinkSchema = v.strictObject({
  version: v.literal(VERSION),
  text: v.lazy((text): v.GenericSchema<SharedText> => (isBuiltin(text) ? BuiltinSchema : OwnTextSchema)),
  recipe: FieldsSchema,
  changes: v.optional(
    v.pipe(v.array(v.strictObject({ step: steps, fields: FieldsSchema })), v.maxLength(MOST_CHANGES)),
  ),
  step: v.pipe(steps, v.minValue(1)),
  hash: sha256,
});

function isBuiltin(text: unknown): boolean {
  return typeof text === "object" && text !== null && "builtin" in text;
}

function fieldSchema(name: keyof Recipe): v.GenericSchema {
  if (name === "initialization") return InitializationSchema;
  if (name === "schedule") return ScheduleSchema;
  const value = MIN_CHAR_RNN[name];
  if (typeof value === "number") return v.nullable(finite);
  return typeof value === "boolean" ? v.boolean() : v.pipe(v.string(), v.maxLength(40));
}

/** "#run=…". Throws a RangeError for a run that is too long to tell in a link. */
export function encodeLink({ text, recipe, changes, step, hash }: SharedRun): string {
  if (changes.length > MOST_CHANGES) {
    throw new RangeError(
      `link: expected at most ${MOST_CHANGES} changes on the way, got ${changes.length}; share the model's file instead`,
    );
  }
  const differing = Object.entries(recipe).filter(([name, value]) => !same(value, MIN_CHAR_RNN[name as keyof Recipe]));
  const link = {
    version: VERSION,
    text,
    recipe: Object.fromEntries(differing),
    ...(changes.length === 0 ? {} : { changes }),
    step,
    hash,
  };
  const bytes = new TextEncoder().encode(JSON.stringify(link, (_key, value) => encodable(value)));
  const fragment = LINK_PREFIX + toBase64Url(bytes);
  if (fragment.length <= LONGEST_LINK) return fragment;
  throw new RangeError(
    `link: expected at most ${LONGEST_LINK} characters, got ${fragment.length}; share the model's file instead`,
  );
}

/** Throws a RangeError that says, in one line, what is wrong with a link. */
export function decodeLink(fragment: string): SharedRun {
  const link = validated(parse(fragment));
  const recipe = begun(link.recipe);
  let current = recipe;
  let last = 0;
  const changes = (link.changes ?? []).map((change, index): PlannedChange => {
    const name = `changes.${index}`;
    if (change.step < last || change.step >= link.step) {
      throw refusal(`${name}.step`, `a step from ${last} to ${link.step - 1}`, String(change.step));
    }
    last = change.step;
    const fields = decoded(change.fields);
    const fixed = Object.keys(fields).find((field) => !(CHANGEABLE as readonly string[]).includes(field));
    if (fixed !== undefined) throw refusal(`${name}.fields`, `what may change while a run goes on`, fixed);
    current = complete({ ...current, ...fields }, `${name}.fields`);
    return { step: change.step, fields };
  });
  const { text, step, hash } = link;
  return { text, recipe, changes, step, hash };
}

/** The whole recipe of a shared run. */
function begun(differences: v.InferOutput<typeof FieldsSchema>): Recipe {
  const recipe = complete({ ...MIN_CHAR_RNN, ...decoded(differences) }, "recipe");
  // of these alone every machine gives the same bits
  for (const [field, expected] of [
    ["backend", "wasm"],
    ["numerics", "strict"],
  ] as const) {
    if (recipe[field] !== expected) throw refusal(`recipe.${field}`, expected, recipe[field]);
  }
  return recipe;
}

function complete(fields: Partial<Recipe>, where: string): Recipe {
  try {
    return completeRecipe(fields);
  } catch (error) {
    throw new RangeError(`link: ${where}.${(error as Error).message}`, { cause: error });
  }
}

function parse(fragment: string): unknown {
  if (fragment.length > LONGEST_LINK) {
    throw refusal("length", `at most ${LONGEST_LINK} characters`, String(fragment.length));
  }
  const base64 = fragment.slice(LINK_PREFIX.length);
  const stray = /[^A-Za-z0-9_-]/u.exec(base64)?.[0];
  if (stray !== undefined) throw refusal("letters", "letters, digits, - and _ alone", JSON.stringify(stray));
  try {
    return JSON.parse(decodeUtf8(fromBase64Url(base64), "link"));
  } catch (error) {
    throw new RangeError("link: expected a whole one, got what cannot be read; it may have been cut on its way", {
      cause: error,
    });
  }
}

function validated(link: unknown): v.InferOutput<typeof LinkSchema> {
  // before all else: a later version's fields would only seem wrong
  const { version } = (typeof link === "object" && link !== null ? link : {}) as { version?: unknown };
  if (version !== VERSION) {
    const got = JSON.stringify(version)?.slice(0, 40) ?? "none";
    throw new RangeError(
      `link: version: expected ${VERSION}, got ${got}; another version of this page made it, and opens it`,
    );
  }
  const result = v.safeParse(LinkSchema, link, { abortEarly: true, abortPipeEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = (issue.path ?? []).map(({ key }) => String(key).slice(0, 40)).join(".") || "content";
  // of a key that is missing, "expected" is its own name
  if (issue.received === "undefined") throw refusal(path, "a value", "none");
  // an unknown key has no place in a strict object: "never" is expected there
  const expected = issue.expected === "never" ? "no such field" : (issue.expected ?? "another value");
  throw refusal(path, expected, issue.received.slice(0, 60));
}

function refusal(where: string, expected: string, got: string): RangeError {
  return new RangeError(`link: ${where}: expected ${expected}, got ${got}`);
}

const UNBOUNDED = new Set(["clipNorm", "clipValue", "limit"]);

function decoded(fields: Readonly<Record<string, unknown>>): Partial<Recipe> {
  const entries = Object.entries(fields).map(([name, value]) => [
    name,
    value === null && UNBOUNDED.has(name) ? Number.POSITIVE_INFINITY : value,
  ]);
  return Object.fromEntries(entries) as Partial<Recipe>;
}

/** A value as JSON has it. */
function encodable(value: unknown): unknown {
  return value === Number.POSITIVE_INFINITY ? null : value;
}

function same(a: unknown, b: unknown): boolean {
  return a === b || (typeof a === "object" && JSON.stringify(a) === JSON.stringify(b));
}

function toBase64Url(bytes: Uint8Array): string {
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function fromBase64Url(text: string): Uint8Array {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
