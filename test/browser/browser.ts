/** What the tests ask of a browser, whatever drives it: open a page, evaluate a function there. */

import { existsSync } from "node:fs";

export interface Browser {
  /**
   * Opens a page of its own and gives what a function gives there. The function sees the page and its argument, nothing of
   * this file. Rejects with what the function throws, or else with what the page failed to catch.
   */
  evaluate<Argument, Result>(url: string, run: InPage<Argument, Result>, argument: Argument): Promise<Result>;
  close(): Promise<void>;
}

export type InPage<Argument, Result> = (argument: Argument) => Result | Promise<Result>;

/** A browser that may be installed here. */
export interface BrowserProgram {
  readonly name: string;
  /** The executable, or undefined where none is found. */
  readonly path: string | undefined;
  /** What to do where none is. */
  readonly advice: string;
  launch(): Promise<Browser>;
}

/** The path that an environment variable names, else the first of the usual places where there is something. */
export function findProgram(variable: string, places: readonly string[]): string | undefined {
  return process.env[variable] || places.find((place) => existsSync(place));
}

/** What the pages of both drivers have in common. */
interface DrivenPage {
  on(event: "pageerror", listener: (error: unknown) => void): unknown;
  goto(url: string): Promise<unknown>;
  close(): Promise<void>;
}

/** Goes to a URL with a new page, has `evaluate` do its work there and closes the page. */
export async function visit<Page extends DrivenPage, Result>(
  page: Page,
  url: string,
  evaluate: (page: Page) => Promise<Result>,
): Promise<Result> {
  const uncaught: unknown[] = [];
  page.on("pageerror", (error) => uncaught.push(error));
  try {
    await page.goto(url);
    const result = await evaluate(page);
    if (uncaught.length > 0) throw uncaught[0];
    return result;
  } finally {
    await page.close();
  }
}
