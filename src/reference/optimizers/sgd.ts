import type { ReferenceOptimizer } from "./optimizer.ts";

export const referenceSgd: ReferenceOptimizer = {
  slots: ["momentum"],

  update(p, gradient, slots, { learningRate, weightDecay, momentum, nesterov }) {
    const velocity = slots[0]!;
    for (let i = 0; i < p.length; i++) {
      const g = gradient[i]! + weightDecay * p[i]!;
      const v = momentum * velocity[i]! + g;
      velocity[i] = v;
      p[i] = p[i]! - learningRate * (nesterov ? g + momentum * v : v);
    }
  },
};
