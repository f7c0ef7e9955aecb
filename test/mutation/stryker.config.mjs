/**
 * How well tests hold src/formats and src/data: Stryker changes one place of a source at a time (a mutant) and runs the tests that
 * reach it; a mutant that no test notices has survived. `npm run mutation`; docs/reliability.md has the figures.
 */

export default {
  mutate: ["src/{formats,data}/**/*.ts"],
  // most strings are words of messages, of which tests hold what says which case it is
  mutator: { excludedMutations: ["StringLiteral"] },
  testRunner: "vitest",
  vitest: { configFile: "vitest.mutation.config.ts" },
  coverageAnalysis: "perTest",
  // what has been measured is kept: a run goes on where the one before stopped, and measures again what changed
  incremental: true,
  incrementalFile: "build/mutation/incremental.json",
  concurrency: 1,
  // a mutant that loops for ever is stopped by its count of hits, long before this
  timeoutMS: 20_000,
  tempDirName: "build/mutation/sandbox",
  // copied into the sandbox is what tests of these folders want; its node_modules are linked
  ignorePatterns: [
    "/build/**",
    "!/build/*.wasm",
    "/dist",
    "/bench",
    "/docs",
    "/examples",
    "/include",
    "/test/mutation",
  ],
  // what runs while a test file is loaded: the vitest runner takes a file that cannot be loaded for one without failures
  ignoreStatic: true,
  reporters: ["clear-text", "progress-append-only", "html", "json"],
  clearTextReporter: { logTests: false, reportTests: false, allowColor: false },
  htmlReporter: { fileName: "build/mutation/report.html" },
  jsonReporter: { fileName: "build/mutation/report.json" },
  allowEmpty: true,
};
