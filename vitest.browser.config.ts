import { defineConfig } from "vitest/config";

const TESTS = "test/playground/**/*.browser.test.ts";
/** A claim about time, which wants the processor to itself. */
const TIMED = "test/playground/responsiveness.browser.test.ts";

/** The playground in real browsers: `npm run test:browser`. */
export default defineConfig({
  test: {
    testTimeout: 120_000,
    projects: [
      // a page waits as much as it computes: two share two cores
      {
        extends: true,
        test: { name: "together", include: [TESTS], exclude: [TIMED], maxWorkers: 2, sequence: { groupOrder: 0 } },
      },
      { extends: true, test: { name: "alone", include: [TIMED], sequence: { groupOrder: 1 } } },
    ],
    reporters: process.env.CI ? ["default", ["json", { outputFile: "build/browser-results.json" }]] : ["default"],
  },
});
