import type { ReferenceOptimizer } from "./optimizer.ts";

export const referenceAdagrad: ReferenceOptimizer = {
  slots: ["sum_of_squares"],

  update(p, gradient, slots, { learningRate, weightDecay, epsilon, epsilonInRoot }) {
    const s = slots[0]!;
    for (let i = 0; i < p.length; i++) {
      const g = gradient[i]! + weightDecay * p[i]!;
      const sum = s[i]! + g * g;
      s[i] = sum;
      const root = epsilonInRoot ? Math.sqrt(sum + epsilon) : Math.sqrt(sum) + epsilon;
      p[i] = p[i]! - (learningRate * g) / root;
    }
  },
};
