/** Trains as a test asks, in Node or in a browser alike. Imports the package, as a user does. */

import { createTrainer, parameterHash, type Recipe, sample } from "charloom";

/** Plain data, to go from Node to a page and from a page to a worker. */
export interface TrainingJob {
  readonly text: string;
  readonly steps: number;
  readonly fields: Partial<Recipe>;
  readonly threads: number;
}

export interface TrainingOutcome {
  /** Of all parameters after the last step. */
  readonly hash: string;
  /** Of the last step, in nats per token. */
  readonly loss: number;
  readonly sample: string;
}

export async function train({ text, steps, fields, threads }: TrainingJob): Promise<TrainingOutcome> {
  const trainer = await createTrainer(text, fields, { threads });
  let loss = Number.NaN;
  for (let i = 0; i < steps; i++) loss = trainer.step().loss;
  const hash = await parameterHash(trainer.model.engine);
  const drawn = sample(trainer.model, { length: 100, seed: 7 });
  trainer.model.engine.dispose();
  return { hash, loss, sample: drawn };
}
