/** What fewer bits cost: the loss of a text before and after. */

import { BUILTIN_CORPORA, builtinCorpus } from "../data/builtin-corpora.ts";
import { corpusOf } from "../data/corpus.ts";
import { readBytes } from "../data/files.ts";
import { decodeUtf8 } from "../data/text.ts";
import { unitNoun } from "../data/unit.ts";
import { modelFromBytes } from "../formats/model-file.ts";
import type { LanguageModel } from "../model/language-model.ts";
import { score } from "../sample/score.ts";
import { namingText } from "./open-model.ts";

/** The part of a built-in corpus that is scored where the recipe keeps none to validate on: its last tenth. */
const VALIDATION_FRACTION = 0.1;

/**
 * A line on the mean loss of a text under a model and under its smaller file: of the given text or, without one, of the
 * validation part of the built-in corpus whose vocabulary the model has.
 */
export async function compareLosses(
  model: LanguageModel,
  smaller: Uint8Array,
  name: string,
  file: string | undefined,
): Promise<string> {
  const found = file === undefined ? await builtinText(model) : { title: file, text: fileText(model, file) };
  if (found === undefined) return "Its loss is not known: give a text with --text FILE.";
  const after = await modelFromBytes(smaller, name);
  try {
    const [before, now] = [model, after].map((each) => score(each, found.text, "skip").natsPerToken) as [
      number,
      number,
    ];
    const change = 100 * (now / before - 1);
    return (
      `Loss on ${found.title}: ${before.toFixed(4)} before, ${now.toFixed(4)} after ` +
      `(${change >= 0 ? "+" : ""}${change.toFixed(2)} %), in nats per ${unitNoun(model.recipe.unit)}.`
    );
  } catch (error) {
    throw namingText(error, "text", found.title);
  }
}

function fileText({ recipe }: LanguageModel, file: string): string | Uint8Array {
  const bytes = readBytes(file);
  return recipe.unit === "byte" ? bytes : decodeUtf8(bytes, file);
}

/** The last part of a built-in corpus that gives just the model's vocabulary: whether it was trained on it no file says. */
async function builtinText(model: LanguageModel): Promise<{ title: string; text: string } | undefined> {
  const { recipe, vocabulary } = model;
  if (recipe.unit === "byte") return undefined; // every text has these
  for (const name of BUILTIN_CORPORA) {
    const text = await builtinCorpus(name);
    const { tokens } = corpusOf(text, recipe).vocabulary;
    if (tokens.length !== vocabulary.size || tokens.some((token, i) => token !== vocabulary.tokens[i])) continue;
    const fraction = recipe.validationFraction || VALIDATION_FRACTION;
    return {
      title: `the last ${Number((100 * fraction).toPrecision(3))} % of ${name}`,
      text: lastPart(text, fraction),
    };
  }
  return undefined;
}

/** The last part of a text, from the beginning of a line. */
function lastPart(text: string, fraction: number): string {
  return text.slice(text.indexOf("\n", Math.floor((1 - fraction) * text.length)) + 1);
}
