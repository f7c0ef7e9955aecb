/** The one line in which the page says what happened or what went wrong. */

import { button, element } from "../dom.ts";

export interface Notice {
  readonly element: HTMLElement;
  say(line: string, kind?: "fact" | "problem"): void;
  /** Takes a line back that is no longer true; another one stays. */
  unsay(line: string): void;
}

export function createNotice(): Notice {
  const line = element("p", {});
  const dismiss = button("Dismiss", () => hide(), { class: "quiet" });
  // the region is there before its text, or screen readers would not hear of it
  const made = element("div", { class: "notice", attributes: { role: "status" } });
  function hide(): void {
    made.replaceChildren();
    delete made.dataset.kind;
  }
  return {
    element: made,
    say(text, kind = "fact") {
      line.textContent = text;
      made.dataset.kind = kind;
      made.replaceChildren(line, dismiss);
    },
    unsay(text) {
      if (line.textContent === text) hide();
    },
  };
}
