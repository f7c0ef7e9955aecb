/**
 * A run as a log of the form that `charloom train --log` writes: a JSON object a line, one for each point of the learning curve,
 * which once they are many is a mean of several steps, and one for each step where else something was looked at.
 */

import type { Run } from "./run.ts";
import { begunRecipe } from "./shared-run.ts";

type Fields = Record<string, unknown>;

/** Throws an Error of a run that has taken no step. */
export function runLog({ curve, samples, text, trainer }: Run): string {
  if (curve.points.length === 0 && curve.pending === undefined) {
    throw new Error("log: expected a run that has taken a step here, got one that has not; train it first");
  }
  const lines = new Map<number, Fields>();
  const add = (step: number, fields: Fields) => {
    lines.set(step, { step, loss: null, ...lines.get(step), ...fields });
  };
  const points = curve.pending === undefined ? curve.points : [...curve.points, curve.pending];
  for (const { gradientNorm: gradNorm, ...point } of points) add(point.step, { ...point, gradNorm });
  for (const { step, loss } of curve.validation) add(Math.max(1, step), { valLoss: loss });
  for (const { step, text: sample } of samples) {
    if (step === 0) add(1, { initialSample: sample });
    else add(step, { sample });
  }
  const inOrder = [...lines.values()].sort((a, b) => (a.step as number) - (b.step as number));
  const recipe = begunRecipe(trainer);
  const run = {
    corpus: text.name,
    unit: recipe.unit === "char" ? "character" : recipe.unit,
    recipe,
    ...(curve.stepsOfPoint === 1 ? {} : { stepsPerLine: curve.stepsOfPoint }),
  };
  // JSON makes null of Infinity and NaN, as model files have it
  const first: Fields = { ...inOrder[0], run };
  return [first, ...inOrder.slice(1)].map((line) => `${JSON.stringify(line)}\n`).join("");
}
