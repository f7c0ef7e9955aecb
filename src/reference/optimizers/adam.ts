import type { ReferenceOptimizer } from "./optimizer.ts";

/** Adam, or with decoupled weight decay AdamW. */
function adam(decoupled: boolean): ReferenceOptimizer {
  return {
    slots: ["first_moment", "second_moment"],

    update(p, gradient, slots, { step, learningRate, weightDecay, beta1, beta2, epsilon }) {
      const first = slots[0]!;
      const second = slots[1]!;
      const correction1 = 1 - beta1 ** step;
      const correction2 = 1 - beta2 ** step;
      for (let i = 0; i < p.length; i++) {
        const g = gradient[i]! + (decoupled ? 0 : weightDecay * p[i]!);
        const m = beta1 * first[i]! + (1 - beta1) * g;
        const v = beta2 * second[i]! + (1 - beta2) * g * g;
        first[i] = m;
        second[i] = v;
        const kept = decoupled ? p[i]! * (1 - learningRate * weightDecay) : p[i]!;
        p[i] = kept - (learningRate * (m / correction1)) / (Math.sqrt(v / correction2) + epsilon);
      }
    },
  };
}

export const referenceAdam = adam(false);
export const referenceAdamW = adam(true);
