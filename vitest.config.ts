import { configDefaults, defineConfig } from "vitest/config";
import { sources } from "./vitest.sources.ts";

export default defineConfig({
  resolve: sources,
  test: {
    include: ["test/**/*.test.ts"],
    exclude: [...configDefaults.exclude, "test/hashes/**", "test/playground/**/*.browser.test.ts"],
    testTimeout: 60_000,
    reporters: process.env.CI ? ["default", ["json", { outputFile: "build/test-results.json" }]] : ["default"],
  },
});
