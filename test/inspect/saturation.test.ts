import { expect, test } from "vitest";
import { type Activations, readActivations, saturation } from "../../src/index.ts";
import { randomModel } from "./planted.ts";

/** Two units over four tokens: a gate, a signed and an unbounded quantity. */
const HAND_MADE: Activations = {
  text: "abcd",
  tokens: ["a", "b", "c", "d"],
  positions: Uint32Array.of(0, 1, 2, 3),
  units: 2,
  quantities: [
    { name: "hidden", label: "hidden state", range: "signed" },
    { name: "cell", label: "cell state", range: "unbounded" },
    { name: "f", label: "forget gate", range: "gate", block: 0 },
  ],
  layers: [
    {
      hidden: Float32Array.of(-1, 1, -0.95, 0, -0.85, 0, 0.95, 0),
      cell: Float32Array.of(9, 9, 9, 9, 9, 9, 9, 9),
      f: Float32Array.of(0, 0.5, 0.05, 0.5, 0.95, 0.5, 1, 0.92),
    },
  ],
};

test("a unit's share of tokens near each end of its range", () => {
  const found = saturation(HAND_MADE);
  expect(found.map(({ layer, quantity }) => [layer, quantity.name])).toEqual([
    [0, "hidden"],
    [0, "f"],
  ]);
  expect([...found[0]!.low]).toEqual([0.5, 0]);
  expect([...found[0]!.high]).toEqual([0.25, 0.25]);
  expect([...found[1]!.low]).toEqual([0.5, 0]);
  expect([...found[1]!.high]).toEqual([0.5, 0.25]);
});

test("a histogram of twenty bins holds every value once, those at the bounds in the first and the last", () => {
  const [hidden, f] = saturation(HAND_MADE);
  expect(hidden!.histogram).toHaveLength(20);
  expect([...hidden!.histogram]).toEqual([2, 1, ...Array(8).fill(0), 3, ...Array(8).fill(0), 2]);
  expect([...f!.histogram]).toEqual([1, 1, ...Array(8).fill(0), 3, ...Array(7).fill(0), 2, 1]);
});

test("values that are no numbers have no bin", () => {
  const hidden = Float32Array.of(Number.NaN, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5);
  const [found] = saturation({ ...HAND_MADE, layers: [{ ...HAND_MADE.layers[0]!, hidden }] });
  expect(found!.histogram.reduce((sum, count) => sum + count)).toBe(7);
});

test("gates whose biases are large are saturated, on their side", async () => {
  const model = await randomModel("ab", { cell: "lstm", hiddenSize: 2 }, 0.01);
  // of i f g o: i shut, f open, o half open
  model.engine.writeTensor("rnn.bias_ih_l0", [-9, -9, 9, 9, 0, 0, 0, 0]);
  const byName = new Map(saturation(readActivations(model, "abba")).map((each) => [each.quantity.name, each]));
  expect([...byName.keys()]).toEqual(["hidden", "i", "f", "g", "o"]);
  expect([...byName.get("i")!.low, ...byName.get("i")!.high]).toEqual([1, 1, 0, 0]);
  expect([...byName.get("f")!.low, ...byName.get("f")!.high]).toEqual([0, 0, 1, 1]);
  expect([...byName.get("o")!.low, ...byName.get("o")!.high]).toEqual([0, 0, 0, 0]);
});
