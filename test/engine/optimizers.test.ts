/**
 * Every optimizer on a convex bowl whose bottom is known. Where all weights are 0 the hidden state and every gradient but the
 * decoder bias's are 0 and stay so: what is left is the cross-entropy of softmax(b), whose least value is the entropy of the
 * targets, at b = log p + c.
 */

import { describe, expect, test } from "vitest";
import { DEFAULT_STEP_SETTINGS, type Engine, type StepSettings } from "../../src/core/engine.ts";
import { scheduleFactor } from "../../src/train/schedule.ts";
import { ENGINES, engineConfig, optimizers, tensorsOf } from "./engines.ts";

/** How often each token follows. */
const COUNTS = [12, 6, 3, 2, 1];
const TARGETS = COUNTS.flatMap((count, token) => new Array<number>(count).fill(token));
const TOKENS = TARGETS.map(() => 0);
const PROPORTIONS = COUNTS.map((count) => count / TARGETS.length);
const ENTROPY = -PROPORTIONS.reduce((sum, p) => sum + p * Math.log(p), 0);
const STEPS = 1500;

const VARIANTS: Record<string, Partial<StepSettings>> = {
  plain: {},
  "with momentum": { momentum: 0.9 },
  "with Nesterov's momentum": { momentum: 0.9, nesterov: true },
  "ε beside the root": { epsilonInRoot: false },
  "clipped by norm": { clipNorm: 0.05 },
  "clipped by value": { clipValue: 0.02 },
};

/** One rate for all, 0.5, that falls to 0: those that scale their steps come to rest only so. */
function descend(engine: Engine, settings: Partial<StepSettings>): { loss: number; gradientNorm: number } {
  for (let step = 1; step <= STEPS; step++) {
    const factor = scheduleFactor({ kind: "cosine", total: STEPS, warmUp: 0 }, step - 1, 0);
    engine.trainStep(TOKENS, TARGETS, { lossScale: 1 / TARGETS.length, ...settings, step, learningRate: 0.5 * factor });
  }
  const { loss, gradientNorm } = engine.lossAndGradients(TOKENS, TARGETS, { lossScale: 1 / TARGETS.length });
  return { loss: loss / TARGETS.length, gradientNorm };
}

async function bowl(name: string, optimizer: string): Promise<Engine> {
  const config = { optimizer, vocabularySize: COUNTS.length, hiddenSize: 3, sequenceLength: TARGETS.length };
  return ENGINES[name]!(engineConfig(config));
}

for (const optimizer of optimizers) {
  describe(`${optimizer} reaches the bottom of a convex bowl`, () => {
    for (const name of Object.keys(ENGINES)) {
      for (const [variant, settings] of Object.entries(VARIANTS)) {
        test(`${variant}, ${name}`, async () => {
          const engine = await bowl(name, optimizer);
          // from a wrong guess, so that the way there is longer than a step
          engine.writeTensor("decoder.bias", [-1, 1, 0, 0.5, 1]);
          const { loss, gradientNorm } = descend(engine, settings);
          expect(loss - ENTROPY).toBeGreaterThan(-1e-6);
          expect(loss - ENTROPY).toBeLessThan(1e-6);
          expect(gradientNorm).toBeLessThan(1e-3);
          engine.samplerStep(0);
          for (const [token, probability] of engine.samplerProbabilities(1).entries()) {
            expect(Math.abs(probability - PROPORTIONS[token]!), `token ${token}`).toBeLessThan(1e-3);
          }
          for (const [tensor, values] of tensorsOf(engine, "parameter")) {
            if (tensor !== "decoder.bias") expect(new Set(values.map(Math.abs)), tensor).toEqual(new Set([0]));
          }
        });
      }
    }
  });

  test(`${optimizer}: weight decay alone draws towards 0, and not past it`, async () => {
    for (const name of Object.keys(ENGINES)) {
      const engine = await bowl(name, optimizer);
      engine.writeTensor("rnn.weight_hh_l0", [1, -1, 2, -2, 3, -3, 0, 0.5, -0.5]);
      const sizes = () => [...engine.readTensor("rnn.weight_hh_l0")].map(Math.abs);
      let before = sizes(); // of weights that only ever meet a state of 0
      for (let step = 1; step <= 20; step++) {
        engine.trainStep(TOKENS, TARGETS, { step, learningRate: 0.01, weightDecay: 0.1 });
        const after = sizes();
        for (const [i, size] of after.entries()) {
          const what = `${name}, step ${step}, weight ${i}`;
          if (before[i] === 0) expect(size, what).toBe(0);
          else expect(size, what).toBeLessThan(before[i]!);
        }
        before = after;
      }
    }
  });

  test(`${optimizer}: a rate of 0 moves no parameter`, async () => {
    for (const name of Object.keys(ENGINES)) {
      const engine = await bowl(name, optimizer);
      engine.initializeParameters({ kind: "normal", scale: 0.3 }, 1);
      const before = tensorsOf(engine, "parameter");
      const settings = { ...DEFAULT_STEP_SETTINGS, weightDecay: 0.1, momentum: 0.9, nesterov: true };
      for (let step = 1; step <= 3; step++) engine.trainStep(TOKENS, TARGETS, { ...settings, step });
      expect(tensorsOf(engine, "parameter"), name).toEqual(before);
    }
  });
}
