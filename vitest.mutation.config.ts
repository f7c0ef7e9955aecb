import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { sources } from "./vitest.sources.ts";

/** What reaches src/formats and src/data without starting processes, the quickest first: the first failure ends a mutant's run. */
const TESTS = [
  "test/data/data.test.ts",
  "test/data/vocabulary.test.ts",
  "test/data/corpus.test.ts",
  "test/data/sha256.test.ts",
  "test/data/text-hash.test.ts",
  "test/data/files.test.ts",
  "test/data/corpus-files.test.ts",
  "test/formats/zip.test.ts",
  "test/formats/protobuf.test.ts",
  "test/formats/metadata.test.ts",
  "test/formats/pickle.test.ts",
  "test/formats/strict-json.test.ts",
  "test/formats/safetensors.test.ts",
  "test/formats/quantized.test.ts",
  "test/formats/node-files.test.ts",
  "test/formats/hostile-files.test.ts",
  "test/formats/model-file.test.ts",
  "test/interchange/torch-import.test.ts",
  "test/interchange/torch-checkpoint.test.ts",
  "test/sample/units.test.ts",
  "test/sample/text-reader.test.ts",
  "test/inspect/text-properties.test.ts",
  "test/library/inference.test.ts",
  "test/train/lines.test.ts",
  "test/formats/atomic-file.test.ts",
  "test/data/batches.test.ts",
  "test/formats/half-float.test.ts",
];

class QuickestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => TESTS.findIndex((test) => moduleId.endsWith(test));
    return files.toSorted((a, b) => place(a) - place(b));
  }
}

/** The tests that npm run mutation repeats for every mutant of src/formats and src/data (test/mutation). */
export default defineConfig({
  resolve: sources,
  test: {
    include: TESTS,
    sequence: { sequencer: QuickestFirst },
    testTimeout: 60_000,
    // modules are loaded once a mutant, and not once a file of tests, which took most of the time
    isolate: false,
  },
});
