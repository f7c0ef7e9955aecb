/** Runs in the browser: trains as the test asks and leaves what it found in the window. Imports the package as a user does. */

import { createTrainer, parameterHash, type Recipe, sample } from "charloom";

declare global {
  interface Window {
    trainInPage(
      text: string,
      steps: number,
      fields: Partial<Recipe>,
    ): Promise<{ hash: string; loss: number; sample: string }>;
  }
}

window.trainInPage = async (text, steps, fields) => {
  const trainer = await createTrainer(text, fields);
  let loss = Number.NaN;
  for (let i = 0; i < steps; i++) loss = trainer.step().loss;
  return {
    hash: await parameterHash(trainer.model.engine),
    loss,
    sample: sample(trainer.model, { length: 100, seed: 7 }),
  };
};
