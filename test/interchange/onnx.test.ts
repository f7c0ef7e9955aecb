import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-web";
import { afterAll, describe, expect, test } from "vitest";
import { modelToBytes } from "../../src/formats/model-file.ts";
import { ONNX_CELLS } from "../../src/interchange/onnx-cells.ts";
import { onnxModel } from "../../src/interchange/onnx-export.ts";
import { readWeights } from "../../src/interchange/weights.ts";
import { cells } from "../engine/engines.ts";
import { CASES, largestDifference, logitsOf, ROWS, randomModel, TIME_STEPS, token } from "./models.ts";
import { pythonWith, runPython } from "./python.ts";

/** Of the issue; what is left is the rounding of float32 sums in another order. */
const TOLERANCE = 1e-5;
const python = pythonWith("onnx");
const root = mkdtempSync(join(tmpdir(), "charloom-onnx-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const exported = await Promise.all(
  Object.entries({ ...CASES, float64: { backend: "js", precision: "float64" } as const }).map(
    async ([name, fields]) => {
      const model = await randomModel(fields);
      const bytes = onnxModel(await readWeights(modelToBytes(model, 3), name));
      writeFileSync(join(root, `${name}.onnx`), bytes);
      return { name, model, bytes };
    },
  ),
);

test("every cell has a form in ONNX", () => {
  expect(Object.keys(ONNX_CELLS).sort()).toEqual([...cells].sort());
});

/** Logits (N, T, V) of a run in chunks of so many time steps, the states going from one to the next. */
async function run(session: InferenceSession, layers: number, hiddenSize: number, chunk: number) {
  const states = session.inputNames.filter((name) => name !== "tokens");
  let feeds: Record<string, Tensor> = Object.fromEntries(
    states.map((state) => [
      state,
      new Tensor("float32", new Float32Array(layers * ROWS * hiddenSize), [layers, ROWS, hiddenSize]),
    ]),
  );
  const rows: number[][][] = Array.from({ length: ROWS }, () => []);
  for (let start = 0; start < TIME_STEPS; start += chunk) {
    const steps = Math.min(chunk, TIME_STEPS - start);
    const tokens = Array.from({ length: ROWS * steps }, (_, i) =>
      BigInt(token(start + (i % steps), Math.floor(i / steps))),
    );
    const results = await session.run({ ...feeds, tokens: new Tensor("int64", tokens, [ROWS, steps]) });
    const { data, dims } = results.logits as Tensor;
    expect(dims.slice(0, 2)).toEqual([ROWS, steps]);
    const size = dims[2]!;
    for (let row = 0; row < ROWS * steps; row++) {
      rows[Math.floor(row / steps)]!.push([...(data as Float32Array).subarray(row * size, (row + 1) * size)]);
    }
    feeds = Object.fromEntries(states.map((state) => [state, results[`next_${state}`] as Tensor]));
  }
  return rows;
}

describe("onnxruntime computes what charloom does", () => {
  for (const { name, model, bytes } of exported) {
    test(`${name}: all at once, four steps at a time, and step by step`, async () => {
      const session = await InferenceSession.create(bytes);
      const { layers, hiddenSize, cell } = model.recipe;
      const states = ONNX_CELLS[cell]!.states;
      expect([...session.inputNames].sort()).toEqual(["tokens", ...states].sort());
      expect([...session.outputNames].sort()).toEqual(["logits", ...states.map((state) => `next_${state}`)].sort());
      const expected = logitsOf(model);
      for (const chunk of [TIME_STEPS, 4, 1]) {
        expect(
          largestDifference(await run(session, layers, hiddenSize, chunk), expected),
          `${chunk} at a time`,
        ).toBeLessThan(TOLERANCE);
      }
      await session.release();
    });
  }
});

test.skipIf(python === undefined)("onnx checks every file, its shapes included", () => {
  const checked = JSON.parse(runPython(python!, "test/interchange/check_onnx.py", [root]));
  expect(Object.keys(checked)).toHaveLength(exported.length);
  for (const { name, model } of exported) {
    const { ir, operatorSet, metadata, types, operators } = checked[`${name}.onnx`];
    expect([ir, operatorSet]).toEqual([8, 17]);
    expect(JSON.parse(metadata.vocabulary)).toEqual(model.vocabulary.tokens);
    expect(JSON.parse(metadata.recipe)).toMatchObject({ cell: model.recipe.cell });
    expect(metadata.step).toBe("3");
    expect(types.tokens).toEqual(["INT64", ["batch", "time"]]);
    const { layers, hiddenSize } = model.recipe;
    expect(types.hidden).toEqual(["FLOAT", [layers, "batch", hiddenSize]]);
    expect(types.logits).toEqual(["FLOAT", ["batch", "time", model.vocabulary.size]]);
    expect(operators).toContain(model.recipe.cell === "mingru" ? "Scan" : model.recipe.cell.toUpperCase());
  }
});
