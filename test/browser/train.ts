/** Trains as a test asks, in Node or in a browser alike. Imports the package, as a user does. */

import { createTrainer, parameterHash, type Recipe, resumeTrainer, sample, trainerToBytes } from "charloom";

/** Plain data, to go from Node to a page and from a page to a worker. */
export interface TrainingJob {
  readonly text: string;
  readonly steps: number;
  readonly fields: Partial<Recipe>;
  readonly threads: number;
  /** A checkpoint to go on from, in base64. */
  readonly checkpoint?: string;
  /** Whether the sample and the checkpoint are left empty: that of a large model takes seconds on its way from a page. */
  readonly onlyHash?: boolean;
}

export interface TrainingOutcome {
  /** Of all parameters after the last step. */
  readonly hash: string;
  /** Of the last step, in nats per token. */
  readonly loss: number;
  readonly sample: string;
  /** The last step's checkpoint, in base64. */
  readonly checkpoint: string;
}

export async function train(job: TrainingJob): Promise<TrainingOutcome> {
  const { text, steps, fields, threads, checkpoint } = job;
  const host = { threads };
  const trainer =
    checkpoint === undefined
      ? await createTrainer(text, fields, host)
      : await resumeTrainer(fromBase64(checkpoint), text, { host });
  let loss = Number.NaN;
  for (let i = 0; i < steps; i++) loss = trainer.step().loss;
  const hash = await parameterHash(trainer.model.engine);
  const written = job.onlyHash ? "" : toBase64(trainerToBytes(trainer));
  const drawn = job.onlyHash ? "" : sample(trainer.model, { length: 100, seed: 7 });
  trainer.model.engine.dispose();
  return { hash, loss, sample: drawn, checkpoint: written };
}

function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
