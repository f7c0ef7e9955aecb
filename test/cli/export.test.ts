import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { modelFromBytes } from "../../src/formats/model-file.ts";
import { parseSafetensors, readFloats } from "../../src/formats/safetensors.ts";
import { parameterHash } from "../../src/model/parameter-hash.ts";
import { checkpoint, op, stateDictFile } from "../interchange/checkpoint-writer.ts";
import { WorkFolder } from "./command-line.ts";

const folder = new WorkFolder();
folder.write("count.txt", "one two three four five six seven\n".repeat(40));
const trained = ["--cell", "gru", "--layers", "2", "--hidden", "20", "--steps", "150", "-q"];
folder.run("train", "count.txt", ...trained, "--out", "model.safetensors");
const original = await modelFromBytes(folder.read("model.safetensors"));
const hash = await parameterHash(original.engine);
const lossOf = (file: string) =>
  JSON.parse(folder.run("score", file, "count.txt", "--json").stdout).natsPerToken as number;

describe("export", () => {
  test("--to pytorch makes a folder, and another one where that is taken", () => {
    const first = folder.run("export", "model.safetensors", "--to", "pytorch");
    expect([first.code, first.stdout]).toEqual([0, ""]);
    expect(first.stderr).toMatch(
      /^Wrote model-pytorch\/model\.safetensors \(\d+ KB\)\.\nWrote model-pytorch\/model\.py/,
    );
    expect(folder.run("export", "model.safetensors", "--to", "pytorch").stderr).toContain(
      "Wrote model-pytorch-2/model.py",
    );
    const { tensors, metadata } = parseSafetensors(folder.read("model-pytorch/model.safetensors"), "file");
    expect([...tensors.keys()].filter((name) => !/^(rnn|decoder)\./.test(name))).toEqual([]);
    expect(JSON.parse(metadata.get("vocabulary")!)).toEqual(original.vocabulary.tokens);
    const module = folder.read("model-pytorch/model.py").toString();
    expect(module).toContain(
      `nn.GRU(${original.vocabulary.size}, 20, num_layers=2, bias=True, dropout=0, batch_first=True)`,
    );
  });

  test("--to onnx writes a file of that name", () => {
    expect(folder.run("export", "model.safetensors", "--to", "onnx").stderr).toMatch(/^Wrote model\.onnx \(/);
    expect(folder.read("model.onnx").subarray(0, 2)).toEqual(Buffer.of(8, 8)); // IR version 8
  });

  test("--to json holds every number, to the bit", () => {
    folder.run("export", "model.safetensors", "--to", "json");
    const { recipe, vocabulary, tensors, step } = JSON.parse(folder.read("model.json").toString());
    expect(step).toBe(150);
    expect(recipe).toEqual(JSON.parse(JSON.stringify(original.recipe)));
    expect(vocabulary).toEqual(original.vocabulary.tokens);
    const file = parseSafetensors(folder.read("model-pytorch/model.safetensors"), "file");
    expect(Object.keys(tensors)).toEqual([...file.tensors.keys()]);
    for (const [name, content] of file.tensors) {
      const { shape, values } = tensors[name];
      expect(shape).toEqual(content.shape);
      if (shape.length === 2) expect([values.length, values[0].length]).toEqual(shape);
      expect(Float32Array.from(values.flat()), name).toEqual(readFloats(content, name));
    }
  });

  test("--weights-only leaves out what training goes on from, and no bit of the model", async () => {
    expect(folder.run("export", "model.safetensors", "--weights-only", "--out", "weights.safetensors").code).toBe(0);
    const { tensors } = parseSafetensors(folder.read("weights.safetensors"), "file");
    expect([...tensors.keys()].some((name) => /^(optimizer|state)/.test(name))).toBe(false);
    expect(await parameterHash((await modelFromBytes(folder.read("weights.safetensors"))).engine)).toBe(hash);
    expect(folder.read("weights.safetensors").length).toBeLessThan(0.6 * folder.read("model.safetensors").length);
  });

  test("a smaller model is named for what it is, and for its number", () => {
    for (const name of ["model-half", "model-2-half"]) {
      expect(folder.run("export", "model.safetensors", "--half").stderr).toContain(`Wrote ${name}.safetensors (`);
    }
    expect(folder.run("export", "model.safetensors", "--int8").stderr).toContain("Wrote model-int8.safetensors (");
  });

  test("--to safetensors alone is the file as it is", () => {
    expect(folder.run("export", "model.safetensors", "--to", "safetensors", "--out", "copy.safetensors").code).toBe(0);
    expect(folder.read("copy.safetensors")).toEqual(folder.read("model.safetensors"));
  });

  for (const [option, dtype, least, most] of [
    ["--half", "F16", 1e-9, 1e-3],
    ["--int8", "I8", 1e-6, 5e-2],
  ] as const) {
    test(`${option} makes a smaller model that says what it costs`, async () => {
      const out = `${dtype}.safetensors`;
      const { code, stdout, stderr } = folder.run(
        "export",
        "model.safetensors",
        option,
        "--text",
        "count.txt",
        "--out",
        out,
      );
      expect([code, stdout]).toEqual([0, ""]);
      const [, before, after] = /^Loss on count\.txt: ([\d.]+) before, ([\d.]+) after .*in nats per character\.$/m.exec(
        stderr,
      )!;
      expect(Number(before)).toBeCloseTo(lossOf("model.safetensors"), 3);
      expect(Number(after)).toBeCloseTo(lossOf(out), 3);
      expect(parseSafetensors(folder.read(out), out).tensors.get("rnn.weight_hh_l1")!.dtype).toBe(dtype);
      expect(folder.read(out).length).toBeLessThan(0.8 * folder.read("weights.safetensors").length);
      const smaller = (await modelFromBytes(folder.read(out))).engine;
      let largest = 0;
      for (const { name, role } of smaller.tensors) {
        if (role !== "parameter") continue;
        const [now, then] = [smaller.readTensor(name), original.engine.readTensor(name)];
        for (const [i, value] of now.entries()) largest = Math.max(largest, Math.abs(value - then[i]!));
      }
      expect(largest).toBeGreaterThan(least);
      expect(largest).toBeLessThan(most);
    });

    test(`what ${option} made is sampled, inspected, trained on and exported as any other`, () => {
      const out = `${dtype}.safetensors`;
      for (const args of [
        ["sample", out, "--length", "5"],
        ["inspect", out],
        ["train", "count.txt", ...trained, "--init-from", out, "--out", `${dtype}-on.safetensors`],
        ["export", out, "--to", "onnx"],
        ["import", out],
      ]) {
        const { code, stderr } = folder.run(...args);
        expect(code, `${args[0]}: ${stderr}`).toBe(0);
      }
    });
  }

  test("--int8 takes a built-in corpus that has the model's vocabulary", () => {
    folder.run("train", "--corpus", "dinosaurs", "--hidden", "10", "--steps", "50", "-q", "--out", "names.safetensors");
    expect(folder.run("export", "names.safetensors", "--int8", "--out", "n8.safetensors").stderr).toMatch(
      /\nLoss on the last 10 % of dinosaurs: \d\.\d+ before, \d\.\d+ after \([+-]\d+\.\d\d %\), in nats per character\.\n$/,
    );
    expect(folder.run("export", "model.safetensors", "--int8", "--out", "m8.safetensors").stderr).toMatch(
      /\nIts loss is not known: give a text with --text FILE\.\n$/,
    );
  });

  const wrong: [string[], number, RegExp][] = [
    [["model.safetensors"], 2, /^--to: expected safetensors or pytorch or onnx or json, got none$/],
    [["model.safetensors", "--to", "tf"], 2, /^--to: expected .* got "tf"$/],
    [["model.safetensors", "--to", "onnx", "--half"], 2, /^--half: expected --to safetensors, got --to onnx; /],
    [["model.safetensors", "--half", "--int8"], 2, /^--int8: expected one of --half and --int8, got both$/],
    [["model.safetensors", "--to", "json", "--text", "count.txt"], 2, /^--text: expected --half or --int8/],
    [
      ["model.safetensors", "--to", "onnx", "--out", "model.safetensors"],
      2,
      /^--out: "model\.safetensors" is a file of this run/,
    ],
    [["model.safetensors", "--to", "onnx", "--out", "no/where.onnx"], 1, /^no\/where\.onnx: its folder does not exist/],
    [["model.safetensors", "--to", "pytorch", "--out", "no/where"], 1, /^no\/where: its folder does not exist/],
    [["model.safetensors", "--to", "pytorch", "--out", "count.txt"], 1, /^count\.txt: expected a folder, got a file; /],
    [["model.safetensors", "--to", "pytorch", "--out", "."], 2, /^--out: "model\.safetensors" is a file of this run/],
    [["model.safetensors", "--int8", "--text", "none.txt", "--out", "x.safetensors"], 1, /^none\.txt: no such file$/],
    [["none.safetensors", "--to", "onnx"], 1, /^none\.safetensors: no such file$/],
    [["count.txt", "--to", "onnx"], 1, /^count\.txt: expected a safetensors header/],
  ];
  for (const [args, code, message] of wrong) {
    test(`refuses ${args.join(" ")}`, () => {
      const before = folder.snapshot();
      const outcome = folder.run("export", ...args);
      expect(outcome.stderr).toMatch(/^[^\n]+\n$/);
      expect(outcome.stderr.trimEnd()).toMatch(message);
      expect([outcome.code, outcome.stdout]).toEqual([code, ""]);
      expect(folder.snapshot()).toEqual(before);
    });
  }

  test("a folder that --out names is filled, its other files left alone", () => {
    mkdirSync(join(folder.path, "given"));
    folder.write("given/model.py", "old");
    folder.write("given/notes.txt", "mine");
    expect(folder.run("export", "model.safetensors", "--to", "pytorch", "--out", "given").code).toBe(0);
    expect(folder.read("given/notes.txt").toString()).toBe("mine");
    expect(folder.read("given/model.py").length).toBeGreaterThan(3);
    expect(existsSync(join(folder.path, "given/model.safetensors"))).toBe(true);
  });
});

describe("import", () => {
  test("brings an export back, to the bit", async () => {
    const { code, stdout, stderr } = folder.run(
      "import",
      "model-pytorch/model.safetensors",
      "--out",
      "back.safetensors",
    );
    expect([code, stdout]).toEqual([0, ""]);
    expect(stderr).toMatch(
      /^Wrote back\.safetensors \(\d+ KB\): gru, 2 × 20 hidden units, \d+ characters, [\d,]+ parameters\.\n$/,
    );
    const back = await modelFromBytes(folder.read("back.safetensors"));
    expect(await parameterHash(back.engine)).toBe(hash);
    expect(back.recipe).toEqual(original.recipe);
  });

  test("takes a vocabulary from a list or from the text", async () => {
    // as PyTorch would have saved it: nothing but tensors
    const { tensors } = parseSafetensors(folder.read("model-pytorch/model.safetensors"), "file");
    const { writeSafetensors } = await import("../../src/formats/safetensors.ts");
    const bare = [...tensors].map(([name, tensor]) => ({
      name: `module.${name}`,
      shape: tensor.shape,
      values: readFloats(tensor, name),
    }));
    folder.write("bare.safetensors", writeSafetensors(bare, {}));
    folder.write("tokens.json", JSON.stringify(original.vocabulary.tokens));
    const outcome = folder.run("import", "bare.safetensors");
    expect([outcome.code, outcome.stderr]).toEqual([
      1,
      `bare.safetensors: has no vocabulary; give its ${original.vocabulary.size} characters with --vocabulary FILE, or the text it was trained on with --text FILE\n`,
    ]);
    for (const [i, args] of [
      ["--vocabulary", "tokens.json"],
      ["--text", "count.txt"],
    ].entries()) {
      expect(folder.run("import", "bare.safetensors", ...args, "--out", `bare-${i}.safetensors`).stderr).toMatch(
        /^Wrote/,
      );
      const model = await modelFromBytes(folder.read(`bare-${i}.safetensors`));
      expect(await parameterHash(model.engine)).toBe(hash);
      expect(model.vocabulary.tokens).toEqual(original.vocabulary.tokens);
    }
  });

  test("takes a .pt file only where --allow-pickle says so", async () => {
    const shapes = { "m.weight_ih_l0": [3, 5], "m.weight_hh_l0": [3, 3], "fc.weight": [5, 3] };
    folder.write("state.pt", stateDictFile(shapes));
    folder.write("five.json", '["a","b","c","d","e"]');
    const without = folder.run("import", "state.pt", "--vocabulary", "five.json");
    expect([without.code, without.stderr]).toEqual([
      1,
      "state.pt: is a pickle of torch.save; --allow-pickle reads its tensors, by a list of what is harmless, and runs nothing of it\n",
    ]);
    const { code, stderr } = folder.run(
      "import",
      "state.pt",
      "--allow-pickle",
      "--vocabulary",
      "five.json",
      "--activation",
      "relu",
    );
    expect(code).toBe(0);
    expect(stderr).toMatch(/^Wrote state\.safetensors .*: rnn, 1 × 3 hidden units, 5 characters, 39 parameters\.\n$/);
    const { recipe } = await modelFromBytes(folder.read("state.safetensors"));
    expect(recipe).toMatchObject({ cell: "rnn", activation: "relu", bias: false });
    expect(folder.run("sample", "state.safetensors", "--length", "5").code).toBe(0);
    folder.write("evil.pth", checkpoint(op.reduce(op.global("os", "system"), op.text("touch here")), []));
    const evil = folder.run("import", "evil.pth", "--allow-pickle", "--vocabulary", "five.json");
    expect(evil.code).toBe(1);
    expect(evil.stderr).toMatch(/^evil\.pth: pickle: it names the Python global "os system", which [^\n]+\n$/);
    expect(existsSync(join(folder.path, "here"))).toBe(false);
  });

  test("never takes the name of what is there", () => {
    expect(folder.run("import", "bare.safetensors", "--text", "count.txt").stderr).toMatch(
      /^Wrote bare-2\.safetensors /,
    );
  });

  const wrong: [string[], number, RegExp][] = [
    [
      ["bare.safetensors", "--text", "count.txt", "--vocabulary", "tokens.json"],
      2,
      /^--text: expected a vocabulary or a text, got both$/,
    ],
    [
      ["bare.safetensors", "--text", "count.txt", "--cell", "lstm"],
      1,
      /^bare\.safetensors: its shapes are those of gru, not lstm$/,
    ],
    [["bare.safetensors", "--vocabulary", "count.txt"], 1, /^count\.txt: expected JSON, got something else$/],
    [["bare.safetensors", "--unit", "byte"], 1, /^bare\.safetensors: expected a vocabulary of \d+ bytes, got 256$/],
    [["bare.safetensors", "--out", "bare.safetensors"], 2, /^--out: "bare\.safetensors" is a file of this run/],
    [["bare.safetensors", "--activation", "gelu"], 2, /^--activation: expected tanh or relu or linear, got "gelu"$/],
    [["count.txt"], 1, /^count\.txt: expected a safetensors header/],
  ];
  for (const [args, code, message] of wrong) {
    test(`refuses ${args.join(" ")}`, () => {
      const before = folder.snapshot();
      const outcome = folder.run("import", ...args);
      expect(outcome.stderr).toMatch(/^[^\n]+\n$/);
      expect(outcome.stderr.trimEnd()).toMatch(message);
      expect([outcome.code, outcome.stdout]).toEqual([code, ""]);
      expect(folder.snapshot()).toEqual(before);
    });
  }
});
