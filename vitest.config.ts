import { availableParallelism } from "node:os";
import { resolve } from "node:path";
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
    // npm run coverage: the sources as tests import them and, as many tests run the command line, the built ones in its processes
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts"],
      exclude: ["src/core/generated/**"],
      reporter: ["json"],
      reportsDirectory: "build/coverage",
    },
    env: process.env.CHILD_COVERAGE === undefined ? {} : { NODE_V8_COVERAGE: resolve(process.env.CHILD_COVERAGE) },
    reporters: process.env.CI ? ["default", ["json", { outputFile: "build/test-results.json" }]] : ["default"],
  },
});
