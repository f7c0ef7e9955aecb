/** The second view: one pair of tokens through every stage of training, on a copy of the model that the page holds. */

import { button, element } from "../../dom.ts";
import { grouped } from "../../numbers.ts";
import type { Page, View } from "../../page.ts";
import type { Status } from "../../protocol/run.ts";
import type { LessonPicture } from "../../protocol/understand.ts";
import { onColoursChange } from "../../theme.ts";
import { createBackwardStep } from "./backward-step.ts";
import { createForwardStep } from "./forward-step.ts";
import { createGuessStep } from "./guess-step.ts";
import type { LessonDesk } from "./lesson-step.ts";
import { createLossStep } from "./loss-step.ts";
import { createParametersStep } from "./parameters-step.ts";
import { createPassageStep } from "./passage-step.ts";
import { createRepeatStep } from "./repeat-step.ts";
import { createUpdateStep } from "./update-step.ts";

export function createUnderstandView(page: Page): View {
  const copy = element("p", {});
  const anew = button("Take a new copy", () => void change(() => page.worker.call("lessonTake")));
  const steps = element("div", { class: "lesson-steps", attributes: { hidden: true } });
  const made = element(
    "div",
    { class: "lesson" },
    element(
      "header",
      { class: "lesson-head" },
      element(
        "div",
        {},
        element("h2", {}, "One step of learning, in slow motion"),
        element(
          "p",
          {},
          "A recurrent network reads a text piece by piece. After each it guesses the next, is told what did come, and changes itself " +
            "a little. Here is one such moment. All numbers are those of the network itself.",
        ),
      ),
      element("div", { class: "copy" }, copy, anew),
    ),
    steps,
  );

  let picture: LessonPicture | undefined;
  /** The page's model when the picture was made. */
  let modelOf = "";
  let inSight = false;
  let busy = false;
  /** What is to be done next; of several, the last. */
  let waiting: (() => Promise<LessonPicture>) | undefined;

  async function change(work: () => Promise<LessonPicture>): Promise<void> {
    if (busy) {
      waiting = work;
      return;
    }
    busy = true;
    made.setAttribute("aria-busy", "true");
    const next = await page.attempt(work());
    if (next !== undefined) await show(next);
    busy = false;
    made.removeAttribute("aria-busy");
    const after = waiting;
    waiting = undefined;
    if (after !== undefined) await change(after);
  }

  const desk: LessonDesk = { page, change };
  const parts = [
    createPassageStep(desk),
    createParametersStep(desk),
    createForwardStep(),
    createGuessStep(),
    createLossStep(),
    createBackwardStep(desk),
    createUpdateStep(desk),
    createRepeatStep(desk),
  ];
  steps.append(...parts.map((part) => part.element));

  async function show(next: LessonPicture): Promise<void> {
    picture = next;
    modelOf = modelName(page.status());
    tellCopy(page.status());
    for (const part of parts) {
      part.update(next);
      // the page answers in between
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    steps.hidden = false;
  }

  function tellCopy(status: Status): void {
    if (picture === undefined) return;
    copy.textContent = describeCopy(picture, status);
    anew.hidden = picture.origin === "untrained";
    anew.disabled = picture.origin !== "run" || (status.step === picture.steps && picture.stepsLearnt === 0);
  }

  /** Whether the page holds another model than the copy is of. */
  function outdated(status: Status): boolean {
    return (
      picture === undefined ||
      modelName(status) !== modelOf ||
      (picture.origin === "run" && status.step < picture.steps)
    );
  }

  page.worker.on("status", (status) => {
    if (!inSight) return;
    if (outdated(status) && !busy) void change(() => page.worker.call("lessonLook"));
    else tellCopy(status);
  });
  onColoursChange(() => {
    for (const part of parts) part.redraw?.();
  });

  return {
    element: made,
    shown() {
      inSight = true;
      void change(() => page.worker.call("lessonLook"));
    },
    hidden() {
      inSight = false;
    },
  };
}

/** Enough to tell a model from the one before it. */
function modelName({ model }: Status): string {
  return model === undefined ? "" : `${model.name}, ${model.parameters}, ${model.trainable}`;
}

function describeCopy({ origin, steps, stepsLearnt }: LessonPicture, status: Status): string {
  const own = stepsLearnt === 0 ? "" : `, and ${grouped(stepsLearnt)} of your own on one pair`;
  if (origin === "untrained") return `Nothing is trained yet: this is a small network as it begins${own}.`;
  if (origin === "model") return `A copy of the loaded model${own}; the passage is one that it wrote.`;
  const when = steps === 0 ? "before its first step" : `after step ${grouped(steps)}`;
  const since =
    status.step === steps
      ? ""
      : status.phase === "running"
        ? ` Training goes on meanwhile, at step ${grouped(status.step)}.`
        : ` The run is at step ${grouped(status.step)} by now.`;
  return `A copy of your network, taken ${when}${own}.${since}`;
}
