/** The page: masthead, run bar, and a view behind each tab. */

import "./styles/tokens.css";
import "./styles/page.css";
import "./styles/controls.css";
import "./styles/coloured-text.css";
import "./views/keep/keep.css";
import "./views/train/train.css";
import "./views/understand/understand.css";
import "./views/neurons/neurons.css";
import "./views/use/use.css";
import { element } from "./dom.ts";
import type { Page, ViewEntry } from "./page.ts";
import type { Status } from "./protocol/run.ts";
import { createTabs } from "./tabs.ts";
import { createThemeSwitch } from "./theme.ts";
import { createKeepView } from "./views/keep/keep-view.ts";
import { createNeuronsView } from "./views/neurons/neurons-view.ts";
import { createNotice } from "./views/notice.ts";
import { createRunBar } from "./views/run-bar.ts";
import { createTrainView } from "./views/train/train-view.ts";
import { createUnderstandView } from "./views/understand/understand-view.ts";
import { createUseView } from "./views/use/use-view.ts";
import { WorkerClient } from "./worker-client.ts";

const VIEWS: readonly ViewEntry[] = [
  { name: "train", title: "Train", make: createTrainView },
  { name: "understand", title: "Understand", make: createUnderstandView },
  { name: "neurons", title: "Neurons", make: createNeuronsView },
  { name: "use", title: "Use", make: createUseView },
  { name: "keep", title: "Keep", make: createKeepView },
];

const notice = createNotice();
const worker = new WorkerClient((reason) =>
  notice.say(`The worker is gone: ${reason}. Load the page anew.`, "problem"),
);
let status: Status | undefined;

const page: Page = {
  worker,
  status: () => status!,
  say: notice.say,
  show: (name) => tabs.show(name),
  async attempt(work) {
    try {
      return await work;
    } catch (error) {
      notice.say(error instanceof Error ? error.message : String(error), "problem");
      return undefined;
    }
  },
};

let warned = false;
worker.on("status", (told) => {
  const failure = told.failure !== status?.failure ? told.failure : undefined;
  status = told;
  document.body.dataset.phase = told.phase;
  if (failure !== undefined) notice.say(failure, "problem");
  // once, when it begins: the figures in it change with every step
  if (told.warning !== undefined && !warned) notice.say(told.warning, "problem");
  warned = told.warning !== undefined;
});

// what an earlier visit left is there before anything is drawn
const restored = await page.attempt(worker.call("restore"));
status = restored ?? (await worker.call("status"));
document.body.dataset.phase = status.phase;

const tabs = createTabs(
  VIEWS.map(({ name, title, make }) => ({ name, title, view: make(page) })),
  location.hash.slice(1),
);

document.body.append(
  element("a", { class: "skip", attributes: { href: "#view" } }, "Skip to the view"),
  element(
    "header",
    { class: "masthead" },
    element(
      "div",
      {},
      element("h1", {}, "charloom"),
      element("p", {}, "A recurrent network learns to write. It runs in this tab, on your machine; nothing leaves it."),
    ),
    createThemeSwitch(),
  ),
  element(
    "div",
    { class: "sticky" },
    createRunBar(page),
    element("nav", { attributes: { "aria-label": "Views" } }, tabs.list),
  ),
  notice.element,
  element("main", { id: "view" }, ...tabs.panels),
);
tabs.begin();
if (restored !== undefined && restored.step > 0) {
  const line = `Here is the run that you left, at step ${restored.step.toLocaleString("en")}. It goes on exactly from there.`;
  notice.say(line);
  // true until it does go on, or another run begins
  worker.on("status", ({ step }) => {
    if (step !== restored.step) notice.unsay(line);
  });
}
