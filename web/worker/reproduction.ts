/** Doing a shared run again: finding its text, and beginning it as it was begun. */

import type { SharedRun, SharedText } from "../protocol/keep.ts";
import { readings } from "./open-model.ts";
import { Run } from "./run.ts";
import { checkMemory } from "./run-handlers.ts";
import { sharedText } from "./shared-run.ts";
import { readText, type Text } from "./texts.ts";

/**
 * The run at its beginning; its text is the one that it names or, of those given, the first that is its own. Throws an Error
 * that says what is needed, or what differs.
 */
export async function begunAnew(shared: SharedRun, texts: readonly Text[]): Promise<Run> {
  const { text } = shared;
  if ("builtin" in text) return begin(shared, await readText({ kind: "builtin", name: text.builtin }));
  let difference = "";
  for (const candidate of texts.flatMap(readings)) {
    const run = await begin(shared, candidate).catch((error: Error) => {
      difference ||= `; with ${candidate.name}, ${error.message}`;
    });
    if (run === undefined) continue;
    const found = sharedText(run.trainer, candidate.name);
    if (found.sha256 === text.sha256) return run;
    run.trainer.model.engine.dispose();
    difference ||= `; ${inWords(found, text)}`;
  }
  throw new Error(`This run needs the text “${text.name}”${difference}.`);
}

/** Every field is said: what goes with an optimizer must not take the place of what the link leaves out. */
function begin({ recipe, step, changes, hash }: SharedRun, text: Text): Promise<Run> {
  checkMemory(text, recipe);
  return Run.begin(text, { recipe, target: step, temperature: 1, changes, expected: { step, hash } });
}

function grouped(count: number): string {
  return count.toLocaleString("en");
}

type Known = Extract<SharedText, { readonly name: string }>;

function inWords(found: Known, wanted: Known): string {
  const sizes = ({ tokens, vocabularySize }: Known) => `${grouped(tokens)} tokens of ${grouped(vocabularySize)} kinds`;
  const alike = found.tokens === wanted.tokens && found.vocabularySize === wanted.vocabularySize;
  return alike
    ? `${found.name} is another: as long, but not the same to the letter (SHA-256 ${found.sha256.slice(0, 12)}…, wanted ${wanted.sha256.slice(0, 12)}…)`
    : `${found.name} is another: it has ${sizes(found)}, wanted ${sizes(wanted)}`;
}
