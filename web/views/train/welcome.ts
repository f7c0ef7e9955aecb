/** What stands in the place of curves before there are any: what a visitor is about to see. */

import { element } from "../../dom.ts";

const STEPS: readonly [title: string, text: string][] = [
  [
    "It reads",
    "A recurrent network goes through a text one character at a time. After each it guesses the next one, and keeps a few dozen numbers as its memory of what came before.",
  ],
  [
    "It is corrected",
    "Where the guess was poor, every weight is moved a little so that it would have been better. That is a step; this machine does thousands in a second.",
  ],
  [
    "It writes",
    "Draw a character from its guess, feed that back in, and go on: a text of its own. At first it is noise, then letters in the right proportions, then words, then lines.",
  ],
];

export function createWelcome(): HTMLElement {
  return element(
    "section",
    { class: "welcome" },
    element("h2", {}, "Watch a network learn to write"),
    element(
      "ol",
      {},
      ...STEPS.map(([title, text]) => element("li", {}, element("h3", {}, title), element("p", {}, text))),
    ),
    element(
      "p",
      { class: "soft" },
      "Start with the sonnets as they are set up: after ten seconds it has seen verse. Then give it a book of your own.",
    ),
  );
}
