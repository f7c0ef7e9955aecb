/** The frame of every step of the lesson: a number and a title, a few sentences, and a figure beside or below them. */

import { element } from "../../dom.ts";
import { tokenNoun, visibleToken } from "../../numbers.ts";
import type { Page } from "../../page.ts";
import type { LessonPicture } from "../../protocol/understand.ts";

export interface LessonStep {
  readonly element: HTMLElement;
  update(picture: LessonPicture): void;
  /** Colours have changed: what is drawn on a canvas is drawn anew. */
  redraw?(): void;
}

/** What the steps share. */
export interface LessonDesk {
  readonly page: Page;
  /** Does something with the lesson and shows what comes of it; steps do one thing at a time. */
  change(work: () => Promise<LessonPicture>): Promise<void>;
}

export interface StepFrame {
  readonly element: HTMLElement;
  /** A paragraph each; equations are elements. */
  say(...sentences: readonly (string | HTMLElement)[]): void;
  /** Names the pair beside the title. */
  name(picture: LessonPicture): void;
}

export function createStepFrame(number: number, title: string, ...figure: readonly HTMLElement[]): StepFrame {
  const prose = element("div", { class: "prose" });
  const pair = element("p", { class: "pair-name" });
  const heading = `lesson-${number}`;
  const made = element(
    "section",
    { class: "lesson-step", attributes: { "aria-labelledby": heading } },
    element(
      "div",
      { class: "telling" },
      element("h2", { id: heading }, element("span", { class: "step-number" }, String(number)), ` ${title}`),
      pair,
      prose,
    ),
    element("div", { class: "showing" }, ...figure),
  );
  return {
    element: made,
    say: (...sentences) =>
      prose.replaceChildren(
        ...sentences.map((sentence) => (typeof sentence === "string" ? element("p", {}, sentence) : sentence)),
      ),
    name: (picture) => {
      const { token, target } = tokensOf(picture);
      pair.replaceChildren("reads ", shownToken(token, "read"), " and should guess ", shownToken(target, "target"));
    },
  };
}

/** The pair's tokens as they can be read. */
export function tokensOf({ pair, tokens }: LessonPicture): { token: string; target: string } {
  return { token: visibleToken(tokens[pair.token]!), target: visibleToken(tokens[pair.target]!) };
}

/** A token on its own ground: "read" or "target" in the colours that they have throughout. */
export function shownToken(token: string, role: "read" | "target" | "other" = "other"): HTMLElement {
  return element("span", { class: `lesson-token ${role}` }, token);
}

/** "character", "word" or "byte". */
export function nounOf({ recipe }: LessonPicture): string {
  return tokenNoun(recipe.unit);
}
