import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseSafetensors, readFloats, writeSafetensors } from "../../src/formats/safetensors.ts";
import { WorkFolder } from "./command-line.ts";

const folder = new WorkFolder();
folder.write("good.txt", "some text to learn from, once more\n".repeat(10));
folder.run("train", "good.txt", "--steps", "2", "--hidden", "8", "-q", "--out", "good.safetensors");
const model = folder.read("good.safetensors");
folder.write("empty.txt", "");
folder.write("blank.txt", "\n\n\n");
folder.write("word.txt", " word \n");
folder.write("one.txt", "x");
folder.write("latin1.txt", Buffer.from("caf\xe9 au lait", "latin1"));
folder.write("cut.safetensors", model.subarray(0, model.length - 5));
folder.write(
  "forged.safetensors",
  Buffer.from(model.toString("latin1").replace("decoder.bias", "decoder.base"), "latin1"),
);
folder.write("text.safetensors", "this is no model at all, but long enough to be one");
folder.write("zero.safetensors", "");
mkdirSync(join(folder.path, "folder"));

const train = (...args: string[]) => ["train", "good.txt", "--steps", "2", ...args];

const CASES: [string, string[], number, RegExp][] = [
  ["an empty file", ["train", "empty.txt"], 1, /^empty\.txt: expected text, got an empty file$/],
  ["a one-character file", ["train", "one.txt"], 1, /^one\.txt: expected at least 2 characters, got 1; /],
  ["invalid UTF-8", ["train", "latin1.txt"], 1, /^latin1\.txt: expected UTF-8 text, got the byte 0xe9 at offset 3; /],
  ["a missing file", ["train", "nowhere.txt"], 1, /^nowhere\.txt: no such file$/],
  ["a folder", ["train", "folder"], 1, /^folder: expected a file, got a folder$/],
  ["an unknown option", train("--zzzzzzzz"), 2, /^--zzzzzzzz: unknown option; see charloom train --help$/],
  ["an option without its value", train("--hidden"), 2, /^--hidden <n>: expected a value, got none; /],
  ["words after a command that takes none", ["bench", "all"], 2, /^bench: expected nothing after it, got 1; /],
  ["a misspelt option", train("--hiden", "5"), 2, /^--hiden: unknown option; did you mean --hidden\? /],
  ["an unknown command", ["trian"], 2, /^trian: unknown command; did you mean train\? /],
  ["a second file that is not there", train("other.txt"), 1, /^other\.txt: no such file$/],
  ["standard input twice", train("-", "-"), 2, /^standard input \("-"\): expected once among the files, got it twice$/],
  ["--hidden 0", train("--hidden", "0"), 2, /^--hidden: expected a whole number from 1 to 8192, got 0$/],
  ["--hidden 1e3", train("--hidden", "1e3"), 2, /^--hidden: expected a whole number from 1 to 8192, got "1e3"$/],
  ["--hidden 9000", train("--hidden", "9000"), 2, /^--hidden: .* got 9000$/],
  ["--threads 0", train("--threads", "0"), 2, /^--threads: expected a whole number from 1 to 64, got 0$/],
  ["--threads all", train("--threads", "all"), 2, /^--threads: expected auto, or a whole number .* got "all"$/],
  ["threads of plain TypeScript", train("--backend", "js", "--threads", "2"), 2, /^--threads: expected 1 for the js/],
  ["a folder for bench's figures", ["bench", "--json", "folder"], 1, /^folder: expected a file, got a folder$/],
  ["--seq -1", train("--seq", "-1"), 2, /^--seq: expected a whole number from 0 to 100000, got -1$/],
  ["--seq 0 of a stream", train("--seq", "0"), 2, /^--seq: expected a whole number from 1 to 100000, got 0$/],
  ["--order shuffle of a stream", train("--order", "shuffle"), 2, /^--order: expected file for a continuous stream/],
  ["--unit line", train("--unit", "line"), 2, /^--unit: expected char or word or byte, got "line"$/],
  ["--min-count 0", train("--min-count", "0"), 2, /^--min-count: expected a whole number from 1/],
  ["--limit 1", train("--limit", "1"), 1, /^good\.txt: expected at least 2 characters, got 1; a model learns/],
  ["--preset nobody", train("--preset", "nobody"), 2, /^--preset: expected min-char-rnn or .* got "nobody"$/],
  ["--patience without a validation part", train("--patience", "3"), 2, /^--patience: expected a validation part/],
  ["--on-nan hope", train("--on-nan", "hope"), 2, /^--on-nan: expected stop or rollback, got "hope"$/],
  [
    "a text of blank lines as lines",
    ["train", "blank.txt", "--examples", "lines"],
    1,
    /^blank\.txt: expected at least 1 line/,
  ],
  ["a text of one word", ["train", "word.txt", "--unit", "word"], 1, /^word\.txt: expected at least 2 words, got 1;/],
  ["--lr NaN", train("--lr", "NaN"), 2, /^--lr: expected a number from 0 to 1000000, got "NaN"$/],
  ["--lr of nothing", train("--lr", ""), 2, /^--lr: expected a number/],
  ["--lr Infinity", train("--lr", "Infinity"), 2, /^--lr: expected a number from 0 to 1000000, got Infinity$/],
  ["--clip-value 0", train("--clip-value", "0"), 2, /^--clip-value: expected a number/],
  ["--init xavier", train("--init", "xavier"), 2, /^--init: expected normal:DEVIATION\[:GATE_MEAN\]/],
  [
    "--schedule of a form that is none",
    train("--schedule", "step:0.5"),
    2,
    /^--schedule: expected constant, step:FACTOR:STEPS/,
  ],
  [
    "--schedule with a wrong number",
    train("--schedule", "cosine:10:10"),
    2,
    /^--schedule: expected a whole number from 0 to 9, got 10$/,
  ],
  ["--cell tape", train("--cell", "tape"), 2, /^--cell: expected rnn or .+, got "tape"$/],
  [
    "--optimizer magic",
    train("--optimizer", "magic"),
    2,
    /^--optimizer: expected adagrad or sgd or rmsprop or adam or adamw or adamax, got "magic"$/,
  ],
  ["gradcheck --cell tape", ["gradcheck", "--cell", "tape"], 2, /^--cell: expected rnn or .+, got "tape"$/],
  ["--dropout 1", train("--dropout", "1"), 2, /^--dropout: expected a number from 0 to just below 1, got "1"$/],
  [
    "--tied without an embedding",
    train("--tied"),
    2,
    /^--tied: expected an embedding as wide as the hidden size, 100, got 0$/,
  ],
  [
    "a batch larger than the text",
    train("--batch", "5000"),
    1,
    /^good\.txt: expected at least 5001 characters for a batch of 5000, got 350$/,
  ],
  ["--steps 0", train("--steps", "0"), 2, /^--steps: expected a whole number from 1/],
  ["--time soon", train("--time", "soon"), 2, /^--time: expected a duration like 20s, 5m or 1h, got "soon"$/],
  ["--sample-every often", train("--sample-every", "often"), 2, /^--sample-every: expected a number of steps like 100/],
  ["--seed 1.5", train("--seed", "1.5"), 2, /^--seed: expected a whole number/],
  ["--temperature 1e-9", train("--temperature", "1e-9"), 2, /^--temperature: expected 0/],
  ["--backend gpu", train("--backend", "gpu"), 2, /^--backend: expected wasm or js, got "gpu"$/],
  [
    "--precision float64 on wasm",
    train("--precision", "float64"),
    2,
    /^--precision: float64 needs the js backend, got the wasm backend$/,
  ],
  ["--corpus hamlet", ["train", "--corpus", "hamlet"], 2, /^--corpus: expected sonnets or dinosaurs, got "hamlet"$/],
  ["a corpus beside a file", train("--corpus", "sonnets"), 2, /^--corpus: expected a file or a corpus, got both/],
  ["--out over the text", train("--out", "good.txt"), 2, /^--out: "good\.txt" is a file of this run already; /],
  ["--out over the text, by another path", train("--out", "./folder/../good.txt"), 2, /^--out: /],
  ["--out that is a folder", train("--out", "folder"), 1, /^folder: expected a file, got a folder$/],
  [
    "--out in a missing folder",
    train("--out", "no/model"),
    1,
    /^no\/model: its folder does not exist; create no first$/,
  ],
  ["--log over the text", train("--log", "good.txt"), 2, /^--log: /],
  ["--log over the model", train("--out", "m.safetensors", "--log", "m.safetensors"), 2, /^--out: /],
  ["initial weights that are missing", train("--init-from", "no.safetensors"), 1, /^no\.safetensors: no such file$/],
  [
    "initial weights of another size",
    train("--init-from", "good.safetensors"),
    1,
    /^good\.safetensors: tensor "rnn\.weight_ih_l0" has shape \[8, \d+\]; this model needs \[100, \d+\]$/,
  ],
  [
    "initial weights cut short",
    train("--hidden", "8", "--init-from", "cut.safetensors"),
    1,
    /^cut\.safetensors: .* cut short$/,
  ],
  ["a truncated model", ["sample", "cut.safetensors"], 1, /^cut\.safetensors: tensor .* it is cut short$/],
  [
    "a forged model",
    ["sample", "forged.safetensors"],
    1,
    /^forged\.safetensors: tensor "decoder\.base" is not part of this model/,
  ],
  ["a model that is text", ["sample", "text.safetensors"], 1, /^text\.safetensors: expected a safetensors header/],
  [
    "a model of no bytes",
    ["sample", "zero.safetensors"],
    1,
    /^zero\.safetensors: expected a safetensors file, got only 0 bytes$/,
  ],
  ["a model that is missing", ["sample", "nowhere.safetensors"], 1, /^nowhere\.safetensors: no such file$/],
  ["a model that is a folder", ["sample", "folder"], 1, /^folder: expected a file, got a folder$/],
  ["no model", ["sample"], 2, /^model: expected one, got none; see charloom sample --help$/],
  [
    "a prompt with unknown characters",
    ["sample", "good.safetensors", "--prime", "\u{1F600}"],
    1,
    /^--prime: "\u{1F600}" \(U\+1F600\), character 1, is not in the model's vocabulary of \d+; use --unknown skip, or leave it out$/u,
  ],
  ["--top-p 0", ["sample", "good.safetensors", "--top-p", "0"], 2, /^--top-p: expected a number/],
  [
    "--until of nothing",
    ["sample", "good.safetensors", "--until", ""],
    2,
    /^--until: expected a text, got an empty one$/,
  ],
  [
    "--count with an endless sample",
    ["sample", "good.safetensors", "--count", "2", "--length", "inf"],
    2,
    /^--count: expected 1/,
  ],
  ["--length of -1", ["sample", "good.safetensors", "--length", "-1"], 2, /^--length: expected a whole number/],
  [
    "--temperature of nothing",
    ["sample", "good.safetensors", "--temperature", "x"],
    2,
    /^--temperature: expected a number/,
  ],
];

describe("bad input gets one clear line and changes nothing", () => {
  for (const [what, args, expectedCode, message] of CASES) {
    test(what, () => {
      const before = folder.snapshot();
      const { code, stdout, stderr } = folder.run(...args);
      expect(stderr).toMatch(/^[^\n]+\n$/); // one line, and no stack trace
      expect(stderr.trimEnd()).toMatch(message);
      expect(code).toBe(expectedCode);
      expect(stdout).toBe("");
      expect(folder.snapshot()).toEqual(before);
    });
  }
});

test("weights that are no numbers are refused", () => {
  folder.write(
    "nan.safetensors",
    withDecoderBias((i) => (i === 3 ? Number.NaN : 0)),
  );
  const { code, stderr } = folder.run("sample", "nan.safetensors");
  expect(stderr).toBe('nan.safetensors: tensor "decoder.bias": expected finite numbers, got NaN at 3\n');
  expect(code).toBe(1);
});

test("a run that diverges stops with the step, and no model is written over another", () => {
  // logits so far apart that their difference is infinite
  folder.write(
    "wild.safetensors",
    withDecoderBias((i) => (i === 0 ? 3e38 : -3e38)),
  );
  const { code, stderr } = folder.run(
    ...["train", "good.txt", "--hidden", "8", "--init-from", "wild.safetensors", "--out", "good.safetensors", "-q"],
  );
  expect(stderr).toMatch(
    /^training diverged at step 1: the loss is not a finite number; likely causes: a learning rate of 0\.1 too high for adagrad; try a learning rate of 0\.01; no step before it left good parameters, so nothing is saved\n$/,
  );
  expect(code).toBe(1);
  expect(folder.read("good.safetensors")).toEqual(model);
});

/** The good model with another bias of its decoder. */
function withDecoderBias(value: (i: number) => number): Uint8Array {
  const { tensors, metadata } = parseSafetensors(model, "good.safetensors");
  const changed = [...tensors].map(([name, tensor]) => {
    const values = readFloats(tensor, name);
    return { name, shape: tensor.shape, values: name === "decoder.bias" ? values.map((_, i) => value(i)) : values };
  });
  return writeSafetensors(changed, Object.fromEntries(metadata));
}

test("without a command the help is shown", () => {
  const { code, stderr } = folder.run();
  expect(code).toBe(2);
  expect(stderr).toMatch(/^Usage: charloom \[options\] \[command\]\n/);
});
