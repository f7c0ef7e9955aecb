/** A page and a trainer in Node that have taken the same steps: bit for bit the same model, whose numbers can be compared. */

import { createTrainer, MIN_CHAR_RNN, type Recipe, type Trainer } from "../../src/index.ts";
import { builtinCorpus } from "../../src/node.ts";
import { openPlayground, type PlaygroundPage, type Visit } from "./chromium-page.ts";

export interface TrainedPage extends PlaygroundPage {
  readonly trainer: Trainer;
  readonly text: string;
}

/** Trains min-char-rnn with another cell on the sonnets, here and in a fresh page, until all steps are done. */
export async function openTrained(
  visit: Visit,
  { cell, hiddenSize, layers }: Pick<Recipe, "cell" | "hiddenSize" | "layers">,
  steps: number,
): Promise<TrainedPage> {
  const opened = await openPlayground(visit);
  const { page } = opened;
  await page.waitForSelector("text=94,110 characters");
  await page.selectOption("label:text-is('Cell') + select", cell);
  await page.fill("label:text-is('Hidden units') + input", String(hiddenSize));
  await page.fill("label:text-is('Layers') + input", String(layers));
  await page.fill("label:text-is('Steps') + input", String(steps));
  await page.click("text=Start training");
  await page.waitForSelector('[data-phase="done"]', { timeout: 60_000 });
  const text = await builtinCorpus("sonnets");
  const trainer = await createTrainer(text, { ...MIN_CHAR_RNN, cell, hiddenSize, layers });
  for (let i = 0; i < steps; i++) trainer.step();
  return { ...opened, trainer, text };
}
