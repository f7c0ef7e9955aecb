import { describe, expect, test } from "vitest";
import {
  type Activations,
  createTrainer,
  generate,
  parameterHash,
  quantitiesOf,
  type Recipe,
  readActivations,
  readActivationsAsync,
  TextReader,
} from "../../src/index.ts";
import { CELL_STATES } from "../../src/inspect/cell-quantities.ts";
import { cells, engineConfig } from "../engine/engines.ts";
import { randomModel } from "./planted.ts";

const TEXT = "to be, or not to be:\nthat is the question\n";
/** Weights large enough to bring gates near their ends. */
const SCALE = 0.8;

/** A row of a quantity: what the units of a layer did at a token. */
function row({ layers, units }: Activations, layer: number, quantity: string, token: number): Float32Array {
  return layers[layer]![quantity]!.subarray(token * units, (token + 1) * units);
}

for (const cell of cells) {
  describe(cell, () => {
    const fields = { cell, hiddenSize: 9, layers: 2 } as const;

    test("what is read are the states that a reader has after each token, to the bit", async () => {
      const model = await randomModel(TEXT, fields, SCALE);
      const activations = readActivations(model, TEXT);
      expect(activations.tokens).toEqual([...TEXT]);
      const reader = new TextReader(model);
      for (const [token, character] of [...TEXT].entries()) {
        reader.feed(character);
        for (const [name, values] of reader.save().state) {
          const [, quantity, layer] = /^sampler\.(\w+)_l(\d+)$/.exec(name)!;
          expect(row(activations, Number(layer), quantity!, token), `${name} after token ${token}`).toEqual(values);
        }
      }
    });

    test("all quantities are those of the engine in float64, to 1e-5", async () => {
      const wasm = await randomModel(TEXT, fields, SCALE);
      const plain = await randomModel(TEXT, { ...fields, backend: "js", precision: "float64" });
      for (const { name, role } of wasm.engine.tensors) {
        if (role === "parameter") plain.engine.writeTensor(name, wasm.engine.readTensor(name));
      }
      const ours = readActivations(wasm, TEXT);
      const theirs = readActivations(plain, TEXT);
      expect(ours.quantities).toEqual(quantitiesOf(wasm.engine.config));
      for (const [layer, quantities] of theirs.layers.entries()) {
        expect(Object.keys(ours.layers[layer]!)).toEqual(Object.keys(quantities));
        for (const [name, values] of Object.entries(quantities)) {
          expect(values.length).toBe(TEXT.length * 9);
          expect(Math.max(...values.map(Math.abs)), `${name} of layer ${layer} says something`).toBeGreaterThan(0.1);
          for (const [i, value] of values.entries()) {
            const difference = Math.abs(ours.layers[layer]![name]![i]! - value);
            expect(difference, `${name} of layer ${layer}, element ${i}`).toBeLessThan(1e-5);
          }
        }
      }
    });

    test("quantities lie between the bounds that they are said to have", async () => {
      const { layers, quantities } = readActivations(await randomModel(TEXT, fields, 3), TEXT);
      const bounds = { gate: [0, 1], signed: [-1, 1], unbounded: [-Infinity, Infinity] } as const;
      for (const { name, range } of quantities) {
        const values = layers.flatMap((layer) => [...layer[name]!]);
        expect(Math.min(...values), name).toBeGreaterThanOrEqual(bounds[range][0]);
        expect(Math.max(...values), name).toBeLessThanOrEqual(bounds[range][1]);
        // and not in some narrower range: a gate that were a candidate would show here
        if (range === "signed") expect(Math.min(...values), name).toBeLessThan(-0.5);
      }
    });

    test("a look between steps changes nothing of what is learnt", async () => {
      const alone = await createTrainer(TEXT, fields);
      const watched = await createTrainer(TEXT, fields);
      for (let step = 0; step < 20; step++) {
        expect(watched.step()).toEqual(alone.step());
        readActivations(watched.model, TEXT);
      }
      expect(await parameterHash(watched.model.engine)).toBe(await parameterHash(alone.model.engine));
    });
  });
}

/** Each cell's equation for its new state, from the quantities by name and the state before. */
const EQUATIONS: Record<string, (at: (quantity: string) => number, before: (quantity: string) => number) => number> = {
  rnn: (at) => Math.tanh(at("sum")),
  lstm: (at, before) => at("o") * Math.tanh(at("f") * before("cell") + at("i") * at("g")),
  gru: (at, before) => (1 - at("z")) * at("n") + at("z") * before("hidden"),
  mingru: (at, before) => (1 - at("z")) * before("hidden") + at("z") * at("h̃"),
};

for (const [cell, equation] of Object.entries(EQUATIONS)) {
  test(`${cell}: the quantities fulfil the cell's equation under their names`, async () => {
    const activations = readActivations(await randomModel(TEXT, { cell, hiddenSize: 9, layers: 2 }, SCALE), TEXT);
    for (let layer = 0; layer < 2; layer++) {
      for (let token = 0; token < TEXT.length; token++) {
        for (let unit = 0; unit < 9; unit++) {
          const at = (quantity: string) => row(activations, layer, quantity, token)[unit]!;
          const before = (quantity: string) => (token === 0 ? 0 : row(activations, layer, quantity, token - 1)[unit]!);
          expect(equation(at, before), `layer ${layer}, token ${token}, unit ${unit}`).toBeCloseTo(at("hidden"), 5);
        }
      }
    }
  });
}

test("gru: the reset gate is the first block of the biases, as PyTorch has it", async () => {
  const model = await randomModel(TEXT, { cell: "gru", hiddenSize: 3 }, 0);
  const open = 30;
  model.engine.writeTensor("rnn.bias_ih_l0", [open, open, open, 0, 0, 0, 0, 0, 0]);
  const { layers } = readActivations(model, "to");
  expect([...layers[0]!.r!]).toEqual(Array(6).fill(1));
  expect([...layers[0]!.z!]).toEqual(Array(6).fill(0.5));
});

test("every cell of the registry has its quantities, and one without shows its hidden state", () => {
  expect(Object.keys(CELL_STATES)).toEqual(cells);
  expect(quantitiesOf(engineConfig({ cell: "one of next year" })).map(({ name }) => name)).toEqual(["hidden"]);
});

test("an rnn's hidden state has bounds where its activation has", () => {
  const range = (activation: "tanh" | "relu" | "linear") => quantitiesOf(engineConfig({ activation }))[0]!.range;
  expect([range("tanh"), range("relu"), range("linear")]).toEqual(["signed", "unbounded", "unbounded"]);
});

test("only the quantities asked for are kept, and unknown ones are refused", async () => {
  const model = await randomModel(TEXT, { cell: "lstm", hiddenSize: 5 });
  const all = readActivations(model, TEXT);
  const some = readActivations(model, TEXT, { quantities: ["f", "hidden"] });
  expect(some.quantities.map(({ name }) => name)).toEqual(["hidden", "f"]);
  expect(some.layers).toEqual([{ hidden: all.layers[0]!.hidden, f: all.layers[0]!.f }]);
  expect(() => readActivations(model, TEXT, { quantities: ["z"] })).toThrow(
    'quantity: expected hidden or cell or i or f or g or o, got "z"',
  );
});

describe("tokens and their places", () => {
  const read = async (source: string, fields: Partial<Recipe>, text: string, unknown?: "skip") => {
    const model = await randomModel(source, { hiddenSize: 2, ...fields });
    const { tokens, positions, text: asRead } = readActivations(model, text, unknown === undefined ? {} : { unknown });
    return { tokens, positions: [...positions], text: asRead };
  };

  test("of characters, those of other planes count once, and unknown ones leave a gap", async () => {
    expect(await read("a😀b", {}, "a😀?b", "skip")).toEqual({
      tokens: ["a", "😀", "b"],
      positions: [0, 1, 3],
      text: "a😀?b",
    });
  });

  test("of bytes, all of a character have its place", async () => {
    expect(await read("", { unit: "byte" }, "aé\n")).toEqual({
      tokens: ["a", "<0xC3>", "<0xA9>", "<0x0A>"],
      positions: [0, 1, 1, 2],
      text: "aé\n",
    });
  });

  test("of words, a word stands where it ends", async () => {
    const { tokens, positions } = await read("to be or not", { unit: "word" }, "to  be\nor", undefined);
    expect(tokens).toEqual(["to", "be", "or"]);
    expect(positions).toEqual([1, 5, 8]);
  });

  test("of a model in lower case, the text is in lower case", async () => {
    expect(await read("abς", { lowercase: true }, "ABΣ")).toEqual({
      tokens: ["a", "b", "ς"],
      positions: [0, 1, 2],
      text: "abς",
    });
  });

  test("unknown characters and empty texts are refused", async () => {
    await expect(read("ab", {}, "abc")).rejects.toThrow('text: "c" (U+0063), character 3, is not in the model');
    await expect(read("ab", {}, "")).rejects.toThrow("text: expected at least 1 token, got none");
    await expect(read("ab", {}, "cc", "skip")).rejects.toThrow("text: expected at least 1 token, got none");
  });
});

test("a model of lines reads each line as if it were the first, after a line break", async () => {
  for (const cell of cells) {
    const { model } = await createTrainer("meo\nor\nmeo\n", { cell, hiddenSize: 4, examples: "lines" });
    model.engine.initializeParameters({ kind: "normal", scale: 0.5 }, 2);
    const both = readActivations(model, "or\nmeo\n");
    const alone = readActivations(model, "meo");
    const reader = new TextReader(model);
    reader.feed("\n");
    expect([...row(both, 0, "hidden", 2)], "the line break begins the line").toEqual([
      ...reader.save().state.get("sampler.hidden_l0")!,
    ]);
    reader.feed("meo");
    for (const { name } of both.quantities) {
      for (let i = 0; i < 3; i++) expect(row(both, 0, name, 3 + i)).toEqual(row(alone, 0, name, i));
    }
    expect([...row(alone, 0, "hidden", 2)]).toEqual([...reader.save().state.get("sampler.hidden_l0")!]);
  }
});

test("a model of lines of words begins each line from a zero state", async () => {
  const { model } = await createTrainer("to be\nor not\n", { hiddenSize: 4, examples: "lines", unit: "word" });
  model.engine.initializeParameters({ kind: "normal", scale: 0.5 }, 2);
  const both = readActivations(model, "to be\n\nor not");
  const alone = readActivations(model, "or not");
  expect(row(both, 0, "hidden", 2)).toEqual(row(alone, 0, "hidden", 0));
  expect(row(both, 0, "hidden", 3)).toEqual(row(alone, 0, "hidden", 1));
});

test("a long text lets others have their turns, can be given up, and is the same in the end", async () => {
  const model = await randomModel(TEXT, { cell: "lstm", hiddenSize: 64 });
  const text = TEXT.repeat(200);
  let turns = 0;
  const timer = setInterval(() => turns++);
  const reading = await readActivationsAsync(model, text);
  clearInterval(timer);
  expect(turns).toBeGreaterThan(1);
  const atOnce = readActivations(model, text);
  for (const [name, values] of Object.entries(atOnce.layers[0]!)) {
    // by bytes: there are three million values
    expect(Buffer.from(reading.layers[0]![name]!.buffer).equals(Buffer.from(values.buffer)), name).toBe(true);
  }
  await expect(readActivationsAsync(model, text, { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow(
    "enough",
  );
  const signal = AbortSignal.timeout(1);
  await expect(readActivationsAsync(model, text, { signal })).rejects.toThrow(/timeout|timed out/);
});

test("a reading and a sample that meet: the later one has the sampler, the earlier ends with an Error", async () => {
  const model = await randomModel(TEXT, { cell: "lstm", hiddenSize: 64 });
  const reading = readActivationsAsync(model, TEXT.repeat(200));
  const sample = generate(model, { length: 3 });
  sample.next();
  await expect(reading).rejects.toThrow("sampler: another sample was started on this model");
  readActivations(model, TEXT);
  expect(() => sample.next()).toThrow("sampler: another sample was started on this model");
});
