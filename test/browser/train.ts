/** Trains as a test asks, in Node or in a browser alike. Imports the package, as a user does. */

import { createTrainer, parameterHash, type Recipe, sample, type Trainer } from "charloom";

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

/** The number of threads is an option of the engine: it may change the time that a run takes, never what comes of it. */
const createThreadedTrainer: (text: string, fields: Partial<Recipe>, options: { threads: number }) => Promise<Trainer> =
  createTrainer;

export async function train({ text, steps, fields, threads }: TrainingJob): Promise<TrainingOutcome> {
  const trainer = await createThreadedTrainer(text, fields, { threads });
  let loss = Number.NaN;
  for (let i = 0; i < steps; i++) loss = trainer.step().loss;
  return {
    hash: await parameterHash(trainer.model.engine),
    loss,
    sample: sample(trainer.model, { length: 100, seed: 7 }),
  };
}
