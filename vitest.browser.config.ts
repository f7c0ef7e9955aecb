import { defineConfig } from "vitest/config";

/** The playground in real browsers: `npm run test:browser`. */
export default defineConfig({
  test: {
    include: ["test/playground/**/*.browser.test.ts"],
    testTimeout: 120_000,
    // a page waits as much as it computes: two share two cores
    maxWorkers: 2,
    reporters: process.env.CI ? ["default", ["json", { outputFile: "build/browser-results.json" }]] : ["default"],
  },
});
