import type { ReferenceOptimizer } from "./optimizer.ts";

export const referenceAdamax: ReferenceOptimizer = {
  slots: ["first_moment", "maximum"],

  update(p, gradient, slots, { step, learningRate, weightDecay, beta1, beta2, epsilon }) {
    const first = slots[0]!;
    const maximum = slots[1]!;
    for (let i = 0; i < p.length; i++) {
      const g = gradient[i]! + weightDecay * p[i]!;
      const m = beta1 * first[i]! + (1 - beta1) * g;
      const u = Math.max(beta2 * maximum[i]!, Math.abs(g) + epsilon);
      first[i] = m;
      maximum[i] = u;
      p[i] = p[i]! - (learningRate * (m / (1 - beta1 ** step))) / u;
    }
  },
};
