import { defineConfig } from "vitest/config";
import { sources } from "./vitest.sources.ts";

/** The slow comparison of every preset's bits, of npm run test:hashes: minutes, of which the LSTMs of char-rnn take most. */
export default defineConfig({
  resolve: sources,
  test: {
    include: ["test/hashes/*.test.ts"],
    // threads that wait for each other want the cores to themselves
    fileParallelism: false,
    testTimeout: 300_000,
    reporters: process.env.CI ? ["verbose", ["json", { outputFile: "build/hashes-results.json" }]] : ["verbose"],
  },
});
