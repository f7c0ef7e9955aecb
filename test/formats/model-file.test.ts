import { describe, expect, test } from "vitest";
import { initializeFromBytes, modelFromBytes, modelToBytes, parseModel } from "../../src/formats/model-file.ts";
import { checkComplete, readMoment } from "../../src/formats/model-tensors.ts";
import {
  FormatError,
  parseSafetensors,
  readFloats,
  type TensorToWrite,
  writeSafetensors,
} from "../../src/formats/safetensors.ts";
import { sample } from "../../src/sample/sampler.ts";
import { createTrainer } from "../../src/train/trainer.ts";
import { cells, tensorsOf } from "../engine/engines.ts";

const TEXT = "the quick brown fox jumps over the lazy dog\n".repeat(20);

async function trained(fields = {}, steps = 30) {
  const trainer = await createTrainer(TEXT, { hiddenSize: 13, ...fields });
  for (let i = 0; i < steps; i++) trainer.step();
  return trainer;
}

/** A model file's tensors and metadata, changed. */
function altered(
  bytes: Uint8Array,
  change: (tensors: Map<string, TensorToWrite>, metadata: Record<string, string>) => void,
): Uint8Array {
  const file = parseSafetensors(bytes, "file");
  const tensors = new Map<string, TensorToWrite>();
  for (const [name, tensor] of file.tensors) {
    tensors.set(name, { name, shape: tensor.shape, values: readFloats(tensor, name) });
  }
  const metadata = Object.fromEntries(file.metadata);
  change(tensors, metadata);
  return writeSafetensors([...tensors.values()], metadata);
}

const { model, steps } = await trained();
const bytes = modelToBytes(model, steps);

describe("a model file", () => {
  test("gives the same model again: parameters, slots, state, recipe, vocabulary and samples", async () => {
    const again = await modelFromBytes(bytes);
    for (const role of ["parameter", "optimizer-slot", "state"]) {
      expect(tensorsOf(again.engine, role)).toEqual(tensorsOf(model.engine, role));
    }
    expect(again.recipe).toEqual(model.recipe);
    expect(again.vocabulary.tokens).toEqual(model.vocabulary.tokens);
    expect(sample(again, { seed: 5 })).toBe(sample(model, { seed: 5 }));
  });

  test("written again, is the same bytes", async () => {
    expect(modelToBytes(await modelFromBytes(bytes), steps)).toEqual(bytes);
  });

  test("keeps a clip value of Infinity, and float64 parameters", async () => {
    const fields = { clipValue: Number.POSITIVE_INFINITY, backend: "js", precision: "float64" } as const;
    const trainer = await trained(fields);
    const written = modelToBytes(trainer.model, 30);
    expect(parseSafetensors(written, "file").metadata.get("numerics")).toBe("js-float64");
    const again = await modelFromBytes(written);
    expect(again.recipe).toMatchObject(fields);
    expect(tensorsOf(again.engine, "parameter")).toEqual(tensorsOf(trainer.model.engine, "parameter"));
  });

  test("holds PyTorch's names and shapes, the second bias zero", () => {
    const { tensors, metadata } = parseSafetensors(bytes, "file");
    const parameters = [...tensors].filter(([name]) => /^(rnn|decoder)\./.test(name));
    const size = model.vocabulary.size;
    expect(parameters.map(([name, { shape }]) => [name, ...shape])).toEqual([
      ["rnn.weight_ih_l0", 13, size],
      ["rnn.weight_hh_l0", 13, 13],
      ["rnn.bias_ih_l0", 13],
      ["rnn.bias_hh_l0", 13],
      ["decoder.weight", size, 13],
      ["decoder.bias", size],
    ]);
    expect(readFloats(tensors.get("rnn.bias_hh_l0")!, "bias").every((value) => value === 0)).toBe(true);
    expect(metadata.get("step")).toBe("30");
    expect(metadata.get("numerics")).toBe("strict");
  });

  for (const fields of [
    { cell: "lstm", layers: 2, forgetBias: 1, optimizer: "adam" },
    { cell: "gru", layers: 2, embeddingSize: 7, optimizer: "rmsprop" },
    { cell: "gru", bias: false, optimizer: "sgd" },
    { cell: "rnn", activation: "relu", embeddingSize: 13, tied: true, batchSize: 3, optimizer: "adamw" },
    ...cells.map((cell) => ({ cell, layers: 3, batchSize: 2, embeddingSize: 5 })),
  ] as const) {
    test(`gives every kind of model again: ${JSON.stringify(fields)}`, async () => {
      const trainer = await trained(fields, 5);
      const written = modelToBytes(trainer.model, 5);
      const again = await modelFromBytes(written);
      for (const role of ["parameter", "optimizer-slot", "state"]) {
        expect(tensorsOf(again.engine, role)).toEqual(tensorsOf(trainer.model.engine, role));
      }
      expect(again.recipe).toEqual(trainer.model.recipe);
      expect(modelToBytes(again, 5)).toEqual(written);
    });
  }

  test("of a GRU holds b_hn where PyTorch has it, and reads PyTorch's other two blocks into the first bias", async () => {
    const trainer = await trained({ cell: "gru" }, 5);
    const { engine } = trainer.model;
    const written = modelToBytes(trainer.model, 5);
    const bias = readFloats(parseSafetensors(written, "file").tensors.get("rnn.bias_hh_l0")!, "bias");
    expect([...bias]).toEqual([...new Float32Array(26), ...engine.readTensor("rnn.bias_hn_l0")]);
    const biases = [...parseSafetensors(written, "file").tensors.keys()].filter((name) => name.startsWith("rnn.bias"));
    expect(biases).toEqual(["rnn.bias_ih_l0", "rnn.bias_hh_l0"]);
    const without = altered(written, (tensors) => tensors.delete("rnn.bias_hh_l0"));
    await expect(modelFromBytes(without)).rejects.toThrow('expected a tensor "rnn.bias_hn_l0", got none');
    const torch = altered(written, (tensors) => tensors.get("rnn.bias_hh_l0")!.values.fill(0.5, 0, 26));
    const again = await modelFromBytes(torch);
    const first = engine.readTensor("rnn.bias_ih_l0");
    expect(again.engine.readTensor("rnn.bias_ih_l0")).toEqual(first.map((value, i) => (i < 26 ? value + 0.5 : value)));
    expect(again.engine.readTensor("rnn.bias_hn_l0")).toEqual(engine.readTensor("rnn.bias_hn_l0"));
  });

  describe("of a cell without a recurrent weight", async () => {
    const { engine, recipe } = (await trained({ cell: "mingru", layers: 2 }, 0)).model;
    const written = modelToBytes((await trained({ cell: "mingru", layers: 2 }, 5)).model, 5);

    test("holds the engine's parameters and no second bias", () => {
      const parameters = [...parseSafetensors(written, "file").tensors.keys()].filter((name) =>
        /^(rnn|dec)/.test(name),
      );
      expect(parameters).toEqual([...tensorsOf(engine, "parameter").keys()]);
      expect(parameters.filter((name) => /_hh_/.test(name))).toEqual([]);
    });

    test("is refused with a second bias, which no equation reads", async () => {
      const tensor = { name: "rnn.bias_hh_l0", shape: [26], values: new Float32Array(26) };
      const forged = altered(written, (tensors) => tensors.set(tensor.name, tensor));
      await expect(modelFromBytes(forged)).rejects.toThrow('tensor "rnn.bias_hh_l0" is not part of this model');
    });

    test("is refused, before anything is allocated, where its recipe asks for other sizes than its weights'", async () => {
      const lie = JSON.stringify({ ...recipe, hiddenSize: 8192 });
      const forged = altered(written, (_, metadata) => (metadata.recipe = lie));
      await expect(modelFromBytes(forged)).rejects.toThrow(
        'tensor "decoder.weight": its recipe says hidden size 8192, got [28, 13]',
      );
    });
  });

  test("of a tied model holds the shared weight under both names, and refuses two that differ", async () => {
    const trainer = await trained({ embeddingSize: 13, tied: true }, 5);
    const written = modelToBytes(trainer.model, 5);
    const { tensors } = parseSafetensors(written, "file");
    expect(tensors.get("decoder.weight")!.bytes).toEqual(tensors.get("embedding.weight")!.bytes);
    const torn = altered(written, (all) => all.get("decoder.weight")!.values.fill(1, 5, 6));
    await expect(modelFromBytes(torn)).rejects.toThrow(/"decoder\.weight" and "embedding\.weight" differ/);
    const once = await modelFromBytes(altered(written, (all) => all.delete("decoder.weight")));
    expect(modelToBytes(once, 5)).toEqual(written);
  });

  test("keeps a bias of -0 as it is, which adding the second bias would not", async () => {
    const changed = await modelFromBytes(bytes);
    changed.engine.writeTensor("rnn.bias_ih_l0", new Float32Array(13).fill(-0));
    const again = await modelFromBytes(modelToBytes(changed, steps));
    expect(Object.is(again.engine.readTensor("rnn.bias_ih_l0")[0], -0)).toBe(true);
  });

  describe("that is a checkpoint too", () => {
    const prefix = "last.";
    /** The same model, with its tensors of another moment, each changed by a half, beside it. */
    const withMoment = (change: (tensors: Map<string, TensorToWrite>) => void = () => {}, training = true) =>
      altered(bytes, (tensors, metadata) => {
        for (const { name, role, shape } of model.engine.tensors) {
          if (!["parameter", "optimizer-slot", "state"].includes(role)) continue;
          const values = model.engine.readTensor(name).map((value) => value + 0.5);
          tensors.set(prefix + name, { name: prefix + name, shape, values });
        }
        if (training) metadata.training = "{}";
        change(tensors);
      });
    const momentOf = (file: Uint8Array) => readMoment(model.engine, parseModel(file, "file"), prefix);

    test("is read as a model without what stands beside it, which no mere model may have", async () => {
      expect(modelToBytes(await modelFromBytes(withMoment()), steps)).toEqual(bytes);
      await expect(modelFromBytes(withMoment(undefined, false))).rejects.toThrow(
        /tensor "last\.[\w.]+" is not part of this model \(rnn\.weight_ih_l0, .*decoder\.bias/,
      );
      const other = withMoment((tensors) =>
        tensors.set("last.x", { name: "last.x", shape: [1], values: new Float32Array(1) }),
      );
      await expect(modelFromBytes(other)).rejects.toThrow('tensor "last.x" is not part of this model');
    });

    test("gives the tensors of the other moment by their names, all that training goes on from and no more", () => {
      const moment = momentOf(withMoment());
      const roles = new Map(model.engine.tensors.map(({ name, role }) => [name, role]));
      expect([...moment.keys()].map((name) => roles.get(name))).not.toContain("gradient");
      for (const role of ["parameter", "optimizer-slot", "state"]) {
        for (const [name, values] of tensorsOf(model.engine, role)) {
          expect([...moment.get(name)!], name).toEqual([...values].map((value) => Math.fround(value + 0.5)));
        }
      }
    });

    test("is refused where one is missing, of another shape, or a weight that is no number", () => {
      const name = `${prefix}decoder.bias`;
      expect(() => momentOf(withMoment((tensors) => tensors.delete(name)))).toThrow(
        'file: expected a tensor "last.decoder.bias", got none',
      );
      const short = { name, shape: [2], values: new Float32Array(2) };
      expect(() => momentOf(withMoment((tensors) => tensors.set(name, short)))).toThrow(
        'file: tensor "last.decoder.bias" has shape [2]; this model needs [28]',
      );
      expect(() => momentOf(withMoment((tensors) => tensors.get(name)!.values.fill(Number.NaN, 3, 4)))).toThrow(
        'file: tensor "last.decoder.bias": expected finite numbers, got NaN at 3',
      );
      const slot = "optimizer.sum_of_squares.decoder.bias";
      const infinite = withMoment((tensors) => tensors.get(prefix + slot)!.values.fill(Number.POSITIVE_INFINITY));
      expect(momentOf(infinite).get(slot)![0]).toBe(Number.POSITIVE_INFINITY);
    });
  });

  test("with a weight that is no number is neither written nor read; an infinite slot is", async () => {
    const slot = "optimizer.sum_of_squares.decoder.bias";
    const infinite = altered(bytes, (tensors) => tensors.get(slot)!.values.fill(Number.POSITIVE_INFINITY));
    const again = await modelFromBytes(infinite);
    expect(again.engine.readTensor(slot)[0]).toBe(Number.POSITIVE_INFINITY);
    const bad = altered(bytes, (tensors) => tensors.get("decoder.bias")!.values.fill(Number.NaN, 2, 3));
    await expect(modelFromBytes(bad)).rejects.toThrow('tensor "decoder.bias": expected finite numbers, got NaN at 2');
    again.engine.writeTensor("decoder.bias", new Float32Array(28).fill(Number.POSITIVE_INFINITY));
    expect(() => modelToBytes(again, 1)).toThrow(
      'model: tensor "decoder.bias": expected finite numbers, got Infinity at 0',
    );
  });

  test("is asked for all that training goes on from, of which it may lack nothing", () => {
    const check = (file: Uint8Array) => checkComplete(model.engine, parseModel(file, "file"));
    expect(() => check(bytes)).not.toThrow();
    for (const { name, role } of model.engine.tensors) {
      if (role !== "optimizer-slot" && role !== "state") continue;
      expect(() => check(altered(bytes, (tensors) => tensors.delete(name)))).toThrow(
        `file: expected a tensor "${name}", got none of that name`,
      );
    }
  });

  test("is not to blame for a number of threads that is none", async () => {
    await expect(modelFromBytes(bytes, "file", { threads: 0 })).rejects.toThrow(/^threads: expected/);
  });

  test("may hold the weights alone", async () => {
    const weights = altered(bytes, (tensors) => {
      for (const name of tensors.keys()) if (/^(optimizer|state)\./.test(name)) tensors.delete(name);
    });
    expect(sample(await modelFromBytes(weights), { seed: 5 })).toBe(sample(model, { seed: 5 }));
  });

  const forgeries: [string, (tensors: Map<string, TensorToWrite>, metadata: Record<string, string>) => void, RegExp][] =
    [
      ["without a format", (_, metadata) => delete metadata.format, /expected a model that charloom wrote/],
      [
        "of a later format version",
        (_, metadata) => (metadata.formatVersion = "2"),
        /expected format version 1, got 2/,
      ],
      ["without a recipe", (_, metadata) => delete metadata.recipe, /has no recipe/],
      ["with a recipe that is not JSON", (_, metadata) => (metadata.recipe = "{"), /"recipe" is not valid JSON/],
      ["with a recipe of null", (_, metadata) => (metadata.recipe = "null"), /has no recipe/],
      [
        "with an unknown field",
        (_, metadata) => (metadata.recipe = '{"toString": 1}'),
        /recipe: toString: not a field/,
      ],
      [
        "with hidden size 0",
        (_, metadata) => (metadata.recipe = '{"hiddenSize": 0}'),
        /recipe: hiddenSize: expected a whole number/,
      ],
      [
        "that asks for a large model",
        (_, metadata) => (metadata.recipe = '{"hiddenSize": 8192}'),
        /its recipe says hidden size 8192, got \[13, 13\]/,
      ],
      [
        "of an unknown cell",
        (_, metadata) => (metadata.recipe = '{"hiddenSize": 13, "cell": "x"}'),
        /recipe: cell: expected rnn/,
      ],
      [
        "with initialization null",
        (_, metadata) => (metadata.recipe = '{"initialization": null}'),
        /recipe: initialization: expected/,
      ],
      ["without a vocabulary", (_, metadata) => delete metadata.vocabulary, /has no vocabulary/],
      ["with a vocabulary of one text", (_, metadata) => (metadata.vocabulary = '"ab"'), /expected a list of tokens/],
      ["with a token that is none", (_, metadata) => (metadata.vocabulary = '["a",1]'), /expected a list of tokens/],
      [
        "with a field of the recipe twice",
        (_, metadata) => (metadata.recipe = '{"cell":"rnn","cell":"gru"}'),
        /field "recipe" is not valid JSON: the key "cell" stands twice/,
      ],
      [
        "without any weight of the hidden size",
        (tensors) => ["rnn.weight_hh_l0", "decoder.weight"].map((name) => tensors.delete(name)),
        /tensor "decoder\.weight": its recipe says hidden size 13, got no such tensor/,
      ],
      ["with an empty vocabulary", (_, metadata) => (metadata.vocabulary = "[]"), /expected at least 1 token/],
      ["with a token twice", (_, metadata) => (metadata.vocabulary = '["a","a"]'), /"a" \(U\+0061\) stands twice/],
      [
        "with a token of two characters",
        (_, metadata) => (metadata.vocabulary = '["ab"]'),
        /vocabulary: token 0: expected a character, got "ab"/,
      ],
      [
        "with a vocabulary of another size",
        (_, metadata) => (metadata.vocabulary = '["a","b"]'),
        /has shape \[13, 28\]; this model needs \[13, 2\]/,
      ],
      [
        "without a weight",
        (tensors) => tensors.delete("decoder.weight"),
        /expected a tensor "decoder\.weight", got none/,
      ],
      [
        "with a tensor too many",
        (tensors) => tensors.set("x", { name: "x", shape: [1], values: new Float32Array(1) }),
        /"x" is not part of this model/,
      ],
    ];
  for (const [what, change, message] of forgeries) {
    test(`${what} is refused`, async () => {
      const forged = modelFromBytes(altered(bytes, change), "forged.safetensors");
      await expect(forged).rejects.toThrow(message);
      await expect(forged).rejects.toThrow(/^forged\.safetensors: [^\n]+$/);
      await expect(forged).rejects.toBeInstanceOf(FormatError);
    });
  }
});

describe("initial weights from a file", () => {
  test("may be PyTorch's: no metadata, two biases, which are added", async () => {
    const torch = altered(bytes, (tensors, metadata) => {
      for (const key of Object.keys(metadata)) delete metadata[key];
      for (const name of tensors.keys()) if (/^(optimizer|state)\./.test(name)) tensors.delete(name);
      tensors.get("rnn.bias_hh_l0")!.values.fill(0.25);
    });
    const trainer = await createTrainer(TEXT, { hiddenSize: 13 });
    initializeFromBytes(trainer.model, torch, "torch.safetensors");
    const bias = model.engine.readTensor("rnn.bias_ih_l0");
    expect(trainer.model.engine.readTensor("rnn.bias_ih_l0")).toEqual(bias.map((value) => value + 0.25));
    expect(trainer.model.engine.readTensor("decoder.weight")).toEqual(model.engine.readTensor("decoder.weight"));
  });

  test("of a charloom model are the parameters alone: slots and state start afresh", async () => {
    const trainer = await createTrainer(TEXT, { hiddenSize: 13 });
    initializeFromBytes(trainer.model, bytes, "model.safetensors");
    expect(tensorsOf(trainer.model.engine, "parameter")).toEqual(tensorsOf(model.engine, "parameter"));
    for (const role of ["optimizer-slot", "state"]) {
      expect([...tensorsOf(trainer.model.engine, role).values()].flat().every((value) => value === 0)).toBe(true);
    }
  });

  test("of another shape are refused with both shapes", async () => {
    const trainer = await createTrainer(TEXT, { hiddenSize: 14 });
    expect(() => initializeFromBytes(trainer.model, bytes, "model.safetensors")).toThrow(
      'model.safetensors: tensor "rnn.weight_ih_l0" has shape [13, 28]; this model needs [14, 28]',
    );
  });

  test("of a charloom model without a vocabulary are refused", async () => {
    const trainer = await createTrainer(TEXT, { hiddenSize: 13 });
    const forged = altered(bytes, (_, metadata) => delete metadata.vocabulary);
    expect(() => initializeFromBytes(trainer.model, forged, "model.safetensors")).toThrow(
      "model.safetensors: its metadata has no vocabulary",
    );
  });

  test("of a text with other characters, or with more, are refused", async () => {
    const more = await createTrainer(`${TEXT}~`, { hiddenSize: 13 });
    expect(() => initializeFromBytes(more.model, bytes, "model.safetensors")).toThrow(
      "model.safetensors: its vocabulary of 28 characters is not that of the text (29); train on a text with the same characters",
    );
    const trainer = await createTrainer(TEXT.replaceAll("q", "Q"), { hiddenSize: 13 });
    expect(() => initializeFromBytes(trainer.model, bytes, "model.safetensors")).toThrow(
      /its vocabulary of 28 characters is not that of the text/,
    );
  });
});
