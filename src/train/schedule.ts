/**
 * Learning-rate schedules: the factor on the recipe's learning rate at a step. Made of +, -, × and ÷ alone, so that a rate is
 * the same bits on every engine.
 *
 *   constant      1
 *   step          factorᵏ, k = ⌊steps done / every⌋
 *   exponential   factorᵏ, k = whole epochs done beyond `after`         char-rnn: 0.97, after 9
 *   halve-on-rise 1, halved whenever the mean loss over all training examples rose since it was last looked at, `every`
 *                 epochs ago (trainer.ts)                          word-rnn: every 5
 *   linear        from 1 down to 0 over `total` steps
 *   cosine        (1 + cos π·x) / 2, x going from 0 to 1 over `total` steps
 *
 * The last two may begin with `warmUp` steps on which the factor rises evenly to 1, which count among the total. Past the
 * total the factor is 0.
 */

import { cosine, wholePower } from "../../assembly/kernels/portable-math.ts";
import type { Schedule } from "../model/recipe.ts";

/** The factor for the step that follows `stepsDone` steps and `epochsDone` passes over the text. */
export function scheduleFactor(schedule: Schedule, stepsDone: number, epochsDone: number): number {
  switch (schedule.kind) {
    case "constant":
    case "halve-on-rise": // the trainer's own: it depends on losses
      return 1;
    case "step":
      return wholePower(schedule.factor, Math.floor(stepsDone / schedule.every));
    case "exponential":
      return wholePower(schedule.factor, Math.max(0, Math.floor(epochsDone) - schedule.after));
    case "linear":
    case "cosine": {
      const { total, warmUp } = schedule;
      if (stepsDone < warmUp) return (stepsDone + 1) / warmUp;
      if (stepsDone >= total) return 0;
      const progress = (stepsDone - warmUp) / (total - warmUp);
      return schedule.kind === "linear" ? 1 - progress : (1 + cosine(progress)) / 2;
    }
  }
}
