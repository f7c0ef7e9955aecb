/**
 * Keeps what a view shows of a model up to date: looks again when it has been trained further, at most a few times a second, never
 * twice at once, and never while the view is out of sight. A look that takes long is followed by a longer rest, so that training
 * keeps most of the time.
 */

import type { Page } from "../page.ts";
import type { Status } from "../protocol/run.ts";

interface LookerOptions<Found> {
  readonly look: () => Promise<Found>;
  readonly show: (found: Found) => void;
  /** What the worker says where it cannot look. */
  readonly refused: (reason: string) => void;
}

export interface Looker {
  /** Whether the view is in sight. */
  readonly visible: boolean;
  shown(): void;
  hidden(): void;
  /** Looks at once, or as soon as a look that is under way is done: something else is wished for. */
  now(): void;
  /** Whether it looks again as the model is trained; it does at first. */
  follow(follows: boolean): void;
}

/** Milliseconds between two looks at least, and times what a look took. */
const REST = 300;
const REST_SHARE = 4;

export function createLooker<Found>(page: Page, { look, show, refused }: LookerOptions<Found>): Looker {
  let visible = false;
  let follows = true;
  let looking = false;
  let wanted = false;
  let restsUntil = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let lookedAt: string | undefined;

  async function lookNow(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    if (!visible || page.status().model === undefined) return;
    if (looking) {
      wanted = true;
      return;
    }
    looking = true;
    wanted = false;
    lookedAt = stateOf(page.status());
    const start = performance.now();
    try {
      show(await look());
    } catch (error) {
      refused(error instanceof Error ? error.message : String(error));
    }
    looking = false;
    const now = performance.now();
    restsUntil = now + Math.max(REST, REST_SHARE * (now - start));
    if (wanted) void lookNow();
    else catchUp();
  }

  function lookLater(): void {
    if (timer !== undefined || looking || !visible || !follows || document.hidden) return;
    timer = setTimeout(() => void lookNow(), Math.max(0, restsUntil - performance.now()));
  }

  const catchUp = () => {
    if (stateOf(page.status()) !== lookedAt) lookLater();
  };
  page.worker.on("status", catchUp);
  // what was trained in a tab that nobody saw
  document.addEventListener("visibilitychange", catchUp);
  return {
    get visible() {
      return visible;
    },
    shown() {
      visible = true;
    },
    hidden() {
      visible = false;
    },
    now: () => void lookNow(),
    follow(wish) {
      follows = wish;
      if (follows) catchUp();
    },
  };
}

/** What tells two states of the model apart. */
function stateOf({ step, model }: Status): string {
  return `${step} ${model?.name} ${model?.parameters}`;
}
