/** Step 8: the same step again and again on the copy, and what becomes of the guess. */

import { button, element } from "../../dom.ts";
import { grouped } from "../../numbers.ts";
import type { LessonPicture } from "../../protocol/understand.ts";
import { createStepFrame, type LessonDesk, type LessonStep, nounOf, shownToken, tokensOf } from "./lesson-step.ts";
import { createLinePlot } from "./line-plot.ts";
import { percent } from "./notation.ts";

const MANY = 100;

export function createRepeatStep(desk: LessonDesk): LessonStep {
  const plot = createLinePlot();
  const outcome = element("p", { class: "outcome", attributes: { role: "status" } });
  const one = button("Do this step", () => void learn(1));
  const many = button("Do a hundred such steps", () => void learn(MANY), { class: "primary" });
  const over = button("Start over", () => void startOver());
  const frame = createStepFrame(
    8,
    "And again",
    element("div", { class: "buttons" }, many, one, over),
    outcome,
    plot.element,
  );
  /** Of the target, after each step on this pair. */
  let probabilities: number[] = [];
  /** What the curve is of: another pair, copy or passage begins another. */
  let curveOf = "";

  function learn(steps: number): Promise<void> {
    return desk.change(async () => {
      const { picture, curve } = await desk.page.worker.call("lessonLearn", { steps });
      probabilities.push(...curve.probabilities.subarray(1));
      return picture;
    });
  }

  function startOver(): Promise<void> {
    return desk.change(() => desk.page.worker.call("lessonStartOver"));
  }

  return {
    element: frame.element,
    update(picture) {
      const { pair, passage, steps, stepsLearnt, forward } = picture;
      const identity = JSON.stringify([pair, steps, Array.from(passage)]);
      if (identity !== curveOf || stepsLearnt === 0) {
        curveOf = identity;
        probabilities = [forward.probabilities[pair.target]!];
      }
      over.disabled = stepsLearnt === 0;
      const first = probabilities[0]!;
      const last = probabilities.at(-1)!;
      const { target } = tokensOf(picture);
      outcome.replaceChildren(
        "Probability of ",
        shownToken(target, "target"),
        probabilities.length === 1
          ? `: ${percent(last)}.`
          : `: from ${percent(first)} to ${percent(last)} in ${stepsNamed(probabilities.length - 1)}.`,
      );
      const longest = Math.max(MANY, probabilities.length - 1);
      plot.draw({
        x: probabilities.map((_, step) => step),
        y: probabilities,
        xRange: [0, longest],
        yRange: [0, 1],
        points: [{ x: probabilities.length - 1, y: last, name: percent(last), next: true }],
        xTitle: "steps on this pair",
        yTitle: "probability of what comes next",
        xTicks: [0, longest / 2, longest].map((at) => ({ at, text: grouped(at) })),
        yTicks: [0, 0.25, 0.5, 0.75, 1].map((at) => ({ at, text: `${100 * at} %` })),
        description: `Probability of ${target} over ${stepsNamed(probabilities.length - 1)}: from ${percent(first)} to ${percent(last)}.`,
      });
      frame.name(picture);
      frame.say(...told(picture));
    },
  };
}

function told(picture: LessonPicture): string[] {
  const { recipe } = picture;
  const noun = nounOf(picture);
  return [
    `Steps 3 to 7 are all of training. Do them a hundred times on this one pair, and the network becomes sure of it; go back up, and ` +
      "all figures show the copy as it is then.",
    `It also forgets other things, for it sees nothing but this pair. That is why real training reads on: ${noun} after ${noun}` +
      `${recipe.loss === "sum" ? "," : ", many places of the text at a time,"} so that only what holds again and again stays. And ` +
      "there the gradient goes further back, from each step's memory to the one before, which is called back-propagation through time.",
  ];
}

function stepsNamed(steps: number): string {
  return steps === 1 ? "1 step" : `${grouped(steps)} steps`;
}
