import type { ReferenceOptimizer } from "./optimizer.ts";

export const referenceRmsProp: ReferenceOptimizer = {
  slots: ["mean_square", "momentum"],

  update(p, gradient, slots, { learningRate, weightDecay, momentum, beta2, epsilon }) {
    const meanSquare = slots[0]!;
    const velocity = slots[1]!;
    for (let i = 0; i < p.length; i++) {
      const g = gradient[i]! + weightDecay * p[i]!;
      const s = beta2 * meanSquare[i]! + (1 - beta2) * g * g;
      const v = momentum * velocity[i]! + g / (Math.sqrt(s) + epsilon);
      meanSquare[i] = s;
      velocity[i] = v;
      p[i] = p[i]! - learningRate * v;
    }
  },
};
