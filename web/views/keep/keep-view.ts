/** The view of keeping: a model taken away or brought, a run told by a link, and what lies in this browser. */

import { element } from "../../dom.ts";
import type { Page, View } from "../../page.ts";
import type { Status } from "../../protocol/run.ts";
import { createBring } from "./bring.ts";
import { createKeptHere } from "./kept-here.ts";
import { createReproduction } from "./reproduce.ts";
import { createShare } from "./share.ts";
import { createTakeAway } from "./take-away.ts";

/** Milliseconds between two looks at what is kept while a run trains. */
const LOOK_EVERY = 2000;

export function createKeepView(page: Page): View {
  const reproduction = createReproduction(page);
  const sections = [
    createTakeAway(page),
    createShare(page),
    createBring(page),
    createKeptHere(page, () => void look()),
  ];
  const made = element(
    "div",
    { class: "keep" },
    reproduction.element,
    element("div", { class: "keep-sections" }, ...sections.map((section) => section.element)),
  );

  let visible = false;
  let seen = "";
  let lastLook = 0;

  async function look(): Promise<void> {
    lastLook = performance.now();
    const keeping = await page.attempt(page.worker.call("keeping"));
    if (keeping === undefined) return;
    for (const section of sections) section.update(page.status(), keeping);
  }

  /** What decides all that is shown but the step itself. */
  function facts({ phase, model, savedStep, whyNotSaved, step }: Status): string {
    return [phase, model?.name, model?.trainable, savedStep, whyNotSaved, step === 0].join("\n");
  }

  page.worker.on("status", (status) => {
    reproduction.update(status);
    const now = facts(status);
    if (!visible) return;
    const isDue = status.phase !== "running" || performance.now() - lastLook > LOOK_EVERY;
    if (now === seen || !isDue) return;
    seen = now;
    void look();
  });
  reproduction.update(page.status());

  // a tab that is left may never come back: what it holds is saved now
  const save = () => {
    // a copy that fails is told by the status
    if (page.status().model?.trainable === true) page.worker.call("save").catch(() => {});
  };
  // the earlier of these has the more time: after pagehide a worker may be gone before it has heard
  for (const name of ["beforeunload", "pagehide"]) addEventListener(name, save);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) save();
  });

  return {
    element: made,
    shown() {
      visible = true;
      seen = facts(page.status());
      void look();
    },
    hidden() {
      visible = false;
    },
  };
}
