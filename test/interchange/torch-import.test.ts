import { describe, expect, test } from "vitest";
import { Vocabulary } from "../../src/data/vocabulary.ts";
import { FormatError } from "../../src/formats/safetensors.ts";
import { TORCH_CELLS } from "../../src/interchange/torch-cells.ts";
import { importTorchModel, type TensorSource } from "../../src/interchange/torch-import.ts";
import { parseVocabulary } from "../../src/interchange/vocabulary-file.ts";
import { cells } from "../engine/engines.ts";

const V = 5;
const H = 4;
const vocabulary = async () => new Vocabulary([..."abcde"]);

/** Tensors of the given shapes, whose element i is start + i; start counts tensors in hundreds. */
function source(shapes: Record<string, number[]>, metadata: Record<string, string> = {}): TensorSource {
  const tensors = Object.entries(shapes).map(([name, shape], index) => {
    const size = shape.reduce((product, each) => product * each, 1);
    return [name, { shape, read: () => Float32Array.from({ length: size }, (_, i) => 100 * index + i) }] as const;
  });
  return { tensors: new Map(tensors), metadata: new Map(Object.entries(metadata)) };
}

const lstm = (prefix = "", layers = 1, input = V) =>
  Object.fromEntries(
    Array.from({ length: layers }, (_, l) => [
      [`${prefix}weight_ih_l${l}`, [4 * H, l === 0 ? input : H]],
      [`${prefix}weight_hh_l${l}`, [4 * H, H]],
      [`${prefix}bias_ih_l${l}`, [4 * H]],
      [`${prefix}bias_hh_l${l}`, [4 * H]],
    ]).flat(),
  );
const linear = (prefix = "fc.") => ({ [`${prefix}weight`]: [V, H], [`${prefix}bias`]: [V] });
const recipeOf = async (shapes: Record<string, number[]>, options = {}) =>
  (await importTorchModel(source(shapes), "file", { vocabulary, ...options })).model.recipe;

test("every cell has a form in PyTorch", () => {
  expect(Object.keys(TORCH_CELLS).sort()).toEqual([...cells].sort());
});

describe("modules are found under any name", () => {
  for (const prefix of ["", "lstm.", "module.lstm.", "model.encoder.layers.0."]) {
    test(`recurrent "${prefix}"`, async () => {
      const recipe = await recipeOf({ ...lstm(prefix, 3), ...linear("module.decoder.0.") });
      expect(recipe).toMatchObject({
        cell: "lstm",
        layers: 3,
        hiddenSize: H,
        embeddingSize: 0,
        bias: true,
        tied: false,
      });
    });
  }

  test("the embedding by its shape, by the decoder's bias, by its name", async () => {
    expect(await recipeOf({ "x.weight": [V, 3], ...lstm("", 1, 3), ...linear("y.") })).toMatchObject({
      embeddingSize: 3,
    });
    const asWide = lstm("", 1, H);
    for (const shapes of [
      { "x.weight": [V, H], ...asWide, "y.weight": [V, H], "y.bias": [V] },
      { "emb.weight": [V, H], ...asWide, "y.weight": [V, H] },
      { "x.weight": [V, H], ...asWide, "fc.weight": [V, H] },
    ]) {
      const { model } = await importTorchModel(source(shapes), "file", { vocabulary });
      expect(model.recipe).toMatchObject({ embeddingSize: H, tied: false });
      expect(model.engine.readTensor("embedding.weight")[0]).toBe(0); // the first tensor of all
      expect(model.engine.readTensor("decoder.weight")[0]).toBe(500);
    }
  });

  test("a shared weight that stands once", async () => {
    const recipe = await recipeOf({ "emb.weight": [V, H], ...lstm("", 1, H), "out.bias": [V] });
    expect(recipe).toMatchObject({ embeddingSize: H, tied: true, bias: true });
  });
});

test("two biases are summed, but for a GRU's b_hn", async () => {
  const { model } = await importTorchModel(source({ ...lstm(), ...linear() }), "file", { vocabulary });
  expect([...model.engine.readTensor("rnn.bias_ih_l0")]).toEqual(
    Array.from({ length: 4 * H }, (_, i) => 200 + i + 300 + i),
  );
  const gru = { weight_ih_l0: [3 * H, V], weight_hh_l0: [3 * H, H], bias_ih_l0: [3 * H], bias_hh_l0: [3 * H] };
  const { engine } = (await importTorchModel(source({ ...gru, ...linear() }), "file", { vocabulary })).model;
  const summed = Array.from({ length: 2 * H }, (_, i) => 200 + i + 300 + i);
  const alone = Array.from({ length: H }, (_, i) => 200 + 2 * H + i);
  expect([...engine.readTensor("rnn.bias_ih_l0")]).toEqual([...summed, ...alone]);
  expect([...engine.readTensor("rnn.bias_hn_l0")]).toEqual(Array.from({ length: H }, (_, i) => 300 + 2 * H + i));
});

test("a bias that only some modules have is zeros in the others", async () => {
  const { weight_ih_l0, weight_hh_l0 } = lstm() as Record<string, number[]>;
  const shapes = { weight_ih_l0: weight_ih_l0!, weight_hh_l0: weight_hh_l0!, ...linear() };
  const { model } = await importTorchModel(source(shapes), "file", { vocabulary });
  expect(model.recipe.bias).toBe(true);
  expect([...model.engine.readTensor("rnn.bias_ih_l0")]).toEqual(Array(4 * H).fill(0));
  expect(model.engine.readTensor("decoder.bias")[1]).toBe(301);
});

describe("what has no place in charloom is refused with one line", () => {
  const whole = { ...lstm("l."), ...linear() };
  const without = (name: string) => Object.fromEntries(Object.entries(whole).filter(([each]) => each !== name));
  const cases: [string, Record<string, number[]>, RegExp, object?][] = [
    ["nothing", {}, /expected the tensors of one nn\.RNN.*got none among no tensors/],
    ["no recurrent layer", linear(), /got none among fc\.weight, fc\.bias/],
    ["two recurrent layers", { ...lstm("a."), ...lstm("b."), ...linear() }, /got several: a\., b\./],
    ["both directions", { ...whole, "l.weight_ih_l0_reverse": [16, V] }, /weight_ih_l0_reverse" is of a bidirectional/],
    ["a projection", { ...whole, "l.weight_hr_l0": [2, H] }, /weight_hr_l0" is of a layer with a projection/],
    ["no decoder", lstm("l."), /expected an nn\.Linear.*got none/],
    [
      "a second linear layer",
      { ...whole, "a.weight": [V, V], "b.weight": [9, 9] },
      /got fc\.weight, a\.weight, b\.weight/,
    ],
    ["a decoder of another width", { ...lstm("l."), "fc.weight": [V, 9] }, /"fc\.weight" of shape \[5, 9\]/],
    ["a bias of another length", { ...whole, "fc.bias": [V + 1] }, /"fc\.bias" has shape \[6\]/],
    ["a tensor too many", { ...whole, "norm.running_mean": [3] }, /"norm\.running_mean" has no place/],
    ["five gates", { ...whole, "l.weight_ih_l0": [5 * H, V] }, /expected blocks of hidden size.*got 5 in shape/],
    ["no W_hh", without("l.weight_hh_l0"), /expected a weight_hh_l0|bias_hh_l0": expected none|got 4 in shape/],
    ["a missing layer", { ...whole, "l.weight_ih_l2": [16, H] }, /"l\.weight_ih_l2": expected layers 0 to 0 alone/],
    ["a layer without W_hh", { ...whole, "l.weight_ih_l1": [16, H] }, /expected a tensor "l\.weight_hh_l1", got none/],
    ["a W_hh that disagrees", { ...whole, "l.weight_hh_l0": [16, 9] }, /got 1\.77|has shape/],
    [
      "tables of two sizes",
      { "e.weight": [9, 3], ...lstm("", 1, 3), ...linear() },
      /embedding of 9 tokens and decoder of 5/,
    ],
    ["two that may be the embedding", { "x.weight": [V, H], ...lstm("", 1, H), "y.weight": [V, H] }, /either may be/],
    ["another cell than was said", whole, /its shapes are those of lstm, not gru/, { cell: "gru" }],
    [
      "sizes beyond charloom's",
      { weight_ih_l0: [9000, V], weight_hh_l0: [9000, 9000], "fc.weight": [V, 9000] },
      /hiddenSize/,
    ],
  ];
  for (const [what, shapes, message, options] of cases) {
    test(what, async () => {
      const tried = importTorchModel(source(shapes), "file.pt", { vocabulary, ...options });
      await expect(tried).rejects.toThrow(message);
      await expect(tried).rejects.toThrow(FormatError);
      await expect(tried).rejects.toThrow(/^file\.pt: [^\n]+$/);
    });
  }

  test("weights that are no numbers", async () => {
    const broken = source({ ...lstm(), ...linear() });
    broken.tensors.get("fc.weight")!.read = () => new Float32Array(V * H).fill(Number.NaN);
    await expect(importTorchModel(broken, "file", { vocabulary })).rejects.toThrow(
      /"fc\.weight": expected finite numbers/,
    );
  });
});

describe("the vocabulary", () => {
  test("comes with the file, or must be given", async () => {
    const shapes = { ...lstm(), ...linear() };
    const own = source(shapes, { vocabulary: '["v","w","x","y","z"]' });
    expect((await importTorchModel(own, "file", {})).model.vocabulary.tokens).toEqual([..."vwxyz"]);
    expect((await importTorchModel(own, "file", { vocabulary })).model.vocabulary.tokens).toEqual([..."abcde"]);
    await expect(importTorchModel(source(shapes), "file", {})).rejects.toThrow(
      /has no vocabulary; give its 5 characters with/,
    );
    const short = async () => new Vocabulary(["a"]);
    await expect(importTorchModel(source(shapes), "file", { vocabulary: short })).rejects.toThrow(
      "file: expected a vocabulary of 5 characters, got 1",
    );
  });

  test("is read as a list, as the index of each token, or as the token of each index", () => {
    for (const text of ['["b","a","c"]', '{"a":1,"b":0,"c":2}', '{"0":"b","2":"c","1":"a"}']) {
      expect(parseVocabulary(text, "file", "char").tokens).toEqual(["b", "a", "c"]);
    }
    for (const text of [
      '{"a":0,"b":2}',
      '{"a":0,"b":0}',
      '{"0":"a","2":"b"}',
      "[1]",
      "3",
      "null",
      '{"a":null}',
      "[]",
      '["ab"]',
      "{",
    ]) {
      expect(() => parseVocabulary(text, "file", "char"), text).toThrow(FormatError);
    }
  });

  test("goes with the recipe that the file brings, whose bounds of none are null", async () => {
    const metadata = {
      vocabulary: '["v","w","x","y","z"]',
      recipe: '{"cell":"rnn","clipNorm":null,"seed":9}',
      step: "12",
    };
    const { model, step } = await importTorchModel(source({ ...lstm(), ...linear() }, metadata), "file", {});
    expect(model.recipe).toMatchObject({ cell: "lstm", clipNorm: Number.POSITIVE_INFINITY, seed: 9 });
    expect(step).toBe(12);
    for (const recipe of ["[]", "{", '{"wings":2}', '{"optimizer":"x"}', '{"schedule":null}']) {
      const bad = importTorchModel(source({ ...lstm(), ...linear() }, { ...metadata, recipe }), "file", {});
      await expect(bad, recipe).rejects.toThrow(/^file: recipe: /);
    }
  });
});
