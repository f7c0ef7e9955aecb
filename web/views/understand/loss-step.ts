/** Step 5: the loss of the pair, on the curve of -ln p. */

import { grouped } from "../../numbers.ts";
import { createStepFrame, type LessonStep, nounOf, tokensOf } from "./lesson-step.ts";
import { createLinePlot } from "./line-plot.ts";
import { equations, percent, signed } from "./notation.ts";

const SURPRISES = Array.from({ length: 200 }, (_, i) => (i + 1) / 200);

export function createLossStep(): LessonStep {
  const plot = createLinePlot();
  const frame = createStepFrame(5, "How wrong was it?", plot.element);
  return {
    element: frame.element,
    update(picture) {
      const { forward, untrained, pair, loss, tokens } = picture;
      const { target } = tokensOf(picture);
      const p = forward.probabilities[pair.target]!;
      const before = untrained[pair.target]!;
      const top = Math.max(5, Math.ceil(loss), Math.ceil(-Math.log(before)));
      // where the two stand together, one name is enough
      const apart = Math.abs(loss + Math.log(before)) > 0.3;
      plot.draw({
        x: SURPRISES,
        y: SURPRISES.map((probability) => -Math.log(probability)),
        xRange: [0, 1],
        yRange: [0, top],
        points: [
          ...(apart ? [{ x: before, y: -Math.log(before), name: `before training ${signed(-Math.log(before))}` }] : []),
          { x: p, y: loss, name: `now ${signed(loss)}`, next: true },
        ],
        xTitle: "probability that it gave what came",
        yTitle: "loss, in nats",
        xTicks: [0, 0.25, 0.5, 0.75, 1].map((at) => ({ at, text: `${100 * at} %` })),
        yTicks: Array.from({ length: top + 1 }, (_, at) => ({ at, text: String(at) })),
        description: `The loss, minus the logarithm of the probability, falls from above ${top} near 0 % to 0 at 100 %. Now: ${signed(loss)} at ${percent(p)}.`,
      });
      frame.name(picture);
      frame.say(
        `What did come was ${target}, and it had given that ${percent(p)}. The loss is the surprise at it: none for one who was ` +
          "sure, and the larger the less likely one thought it.",
        equations(`loss = −ln p = −ln ${signed(p, 4)} = ${signed(loss, 4)}`),
        `One who knows nothing and gives all ${grouped(tokens.length)} ${nounOf(picture)}s the same has a loss of ` +
          `ln ${grouped(tokens.length)} = ${signed(Math.log(tokens.length))}. To learn is to bring this number down, on average over the text.`,
      );
    },
  };
}
