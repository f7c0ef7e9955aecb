/** Runs a suite of tests in every browser that is installed here, and says which is not. */

import { afterAll, beforeAll, describe } from "vitest";
import type { Browser, BrowserProgram, InPage } from "./browser.ts";
import { chromium } from "./chromium.ts";
import { firefox } from "./firefox.ts";
import { type Origin, type PageServer, servePage } from "./page-server.ts";
import type { TrainingJob, TrainingOutcome } from "./train.ts";
import type { Place } from "./train-in-page.ts";

const BROWSERS: readonly BrowserProgram[] = [chromium, firefox];

/** Declares a suite for each browser. Its tests find the pages open. */
export function inBrowsers(declare: (pages: TrainingPages) => void): void {
  for (const program of BROWSERS) {
    if (program.path === undefined) {
      console.warn(`No ${program.name} found: its tests are skipped. To run them, ${program.advice}.`);
    }
    // once more on a fresh page: Firefox, on a busy machine, sometimes leaves a page waiting for a worker that it never starts
    describe.skipIf(program.path === undefined)(`in headless ${program.name}, from a bundle`, { retry: 1 }, () => {
      const pages = new TrainingPages(program);
      beforeAll(() => pages.open(), 120_000);
      afterAll(() => pages.close());
      declare(pages);
    });
  }
}

/** A browser, and a page that trains, from a plain and from an isolated origin. */
export class TrainingPages {
  /** Whether this browser, on this machine, has fused numerics. */
  fuses = false;
  private browser: Browser | undefined;
  private readonly servers = new Map<Origin, PageServer>();

  constructor(readonly program: BrowserProgram) {}

  async open(): Promise<void> {
    for (const origin of ["plain", "isolated"] as const) this.servers.set(origin, await servePage(origin));
    this.browser = await this.program.launch();
    this.fuses = await this.hasFusedNumerics();
    if (!this.fuses) console.warn(`${this.program.name} has no fused multiply-add here: no test of it is run there.`);
  }

  async close(): Promise<void> {
    await this.browser?.close();
    for (const server of this.servers.values()) server.close();
  }

  evaluate<Argument, Result>(origin: Origin, run: InPage<Argument, Result>, argument: Argument): Promise<Result> {
    return this.browser!.evaluate(this.servers.get(origin)!.url, run, argument);
  }

  train(job: TrainingJob, origin: Origin, place: Place): Promise<TrainingOutcome> {
    return this.evaluate(origin, ([job, place]) => window.trainInPage(job, place), [job, place] as const);
  }

  /** False if the page says that they are not there: any other error is a failure. */
  private async hasFusedNumerics(): Promise<boolean> {
    const job = { text: "to be or not to be", steps: 0, fields: { numerics: "fused" }, threads: 1 } as const;
    try {
      await this.train(job, "plain", "page");
      return true;
    } catch (error) {
      if (/RangeError: numerics: expected an engine whose relaxed SIMD fuses/.test(String(error))) return false;
      throw error;
    }
  }
}
