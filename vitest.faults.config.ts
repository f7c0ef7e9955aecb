import { defineConfig } from "vitest/config";
import { sources } from "./vitest.sources.ts";

/** The long form of the fault tests, of npm run test:faults; npm test has a short one. docs/reliability.md has its figures. */
export default defineConfig({
  resolve: sources,
  test: {
    include: ["test/faults/*.test.ts"],
    env: { FAULTS: "long" },
    reporters: process.env.CI ? ["verbose", ["json", { outputFile: "build/faults-results.json" }]] : ["verbose"],
  },
});
