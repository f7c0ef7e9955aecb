import { availableParallelism } from "node:os";
import { configDefaults, defineConfig } from "vitest/config";
import { sources } from "./vitest.sources.ts";

export default defineConfig({
  resolve: sources,
  test: {
    include: ["test/**/*.test.ts"],
    exclude: [...configDefaults.exclude, "test/hashes/**", "test/playground/**/*.browser.test.ts"],
    testTimeout: 60_000,
    // one more than vitest would take: its own thread has little to do
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // what runs of the sources as tests import them; scripts/coverage.mjs adds what runs in processes of the built command line
    coverage: {
      enabled: process.env.COVERAGE === "on",
      provider: "v8",
      include: ["src/**/*.ts"],
      exclude: ["src/core/generated/**"],
      reporter: ["json"],
      reportOnFailure: true,
      reportsDirectory: "build/coverage",
    },
    reporters: process.env.CI ? ["default", ["json", { outputFile: "build/test-results.json" }]] : ["default"],
  },
});
