/** docs/abi.md says what the constants, the exports and the numbers are. */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as abi from "../../assembly/abi/constants.ts";
import { Status, TensorKind } from "../../assembly/abi/constants.ts";
import { drawRecord } from "./draw-record.ts";
import { NEUTRAL_STEP, RawInstance, readKinds, smallConfig, writeChunkAt } from "./raw-module.ts";
import { fieldsOf, RECORDS } from "./records.ts";

const page = readFileSync("docs/abi.md", "utf8");
/** Without line breaks, for what is told in sentences. */
const text = page.replace(/\s+/g, " ");

test.each(RECORDS)("the record %s is drawn as it is, and each of its fields explained", (record) => {
  const { fields, bytes } = fieldsOf(record);
  expect(page).toContain(drawRecord(fields, bytes));
  for (const { offset, name } of fields) expect(page).toContain(`| ${offset} | \`${name}\` |`);
  expect(text).toContain(`, ${bytes} bytes, `);
});

test("every neutral value of a step is told as the tests use it", () => {
  for (const { offset, name } of fieldsOf("STEP").fields) {
    const [, neutral] = new RegExp(`^\\| ${offset} \\| \`${name}\` \\| [^|]+ \\| ([^|]*)\\|`, "m").exec(page)!;
    const told = neutral!.trim();
    // the tests train, so theirs is no rate of 0
    if (told === "" || offset === abi.STEP_LEARNING_RATE) continue;
    expect(told === "∞" ? Number.POSITIVE_INFINITY : Number(told), name).toBe(NEUTRAL_STEP[offset]);
  }
});

test("the limits of a configuration are told", () => {
  const limit = (offset: number) =>
    new RegExp(`^\\| ${offset} \\| .* ([\\d,]+) \\|`, "m").exec(page)![1]!.replaceAll(",", "");
  expect(Number(limit(abi.CONFIG_VOCABULARY_SIZE))).toBe(abi.MOST_VOCABULARY);
  expect(Number(limit(abi.CONFIG_HIDDEN_SIZE))).toBe(abi.MOST_HIDDEN);
  expect(Number(limit(abi.CONFIG_BATCH_SIZE))).toBe(abi.MOST_BATCH);
  expect(Number(limit(abi.CONFIG_SEQUENCE_LENGTH))).toBe(abi.MOST_TIME_STEPS);
  expect(Number(limit(abi.CONFIG_LAYERS))).toBe(abi.MOST_LAYERS);
  expect(Number(limit(abi.CONFIG_THREADS))).toBe(abi.TEAM_MEMBERS);
});

test("every status is told", () => {
  for (const status of Object.values(Status).filter((value) => typeof value === "number")) {
    expect(page).toMatch(new RegExp(`^\\| ${status}( - b)? \\|`, "m"));
  }
  expect(text).toContain(`${abi.NO_TARGET}`);
  expect(text).toContain(`refuse any number but ${abi.ABI_VERSION}.`);
});

test("every kind of tensor is told", () => {
  const kinds = /^\| 0 \| `kind` \| (.*) \|$/m
    .exec(page)![1]!
    .split(", ")
    .map((kind) => Number.parseInt(kind, 10));
  expect(kinds).toEqual(Object.values(TensorKind).filter((value) => typeof value === "number"));
});

test.each(["core", "inference"])("the exports of %s.wasm are listed with their types", (name) => {
  const declarations = readFileSync(`build/${name}.d.ts`, "utf8");
  const [, list] = new RegExp(`^\`${name}\\.wasm\`[^\\n]*:\\n\\n((?: {4}.*\\n)+)`, "m").exec(page)!;
  const listed = list!.trim().split(/\n\s*/);
  expect(listed.slice().sort()).toEqual(signatures(declarations).sort());
  for (const signature of listed) expect(page).toContain(`\`${signature.slice(0, signature.indexOf("("))}\``);
});

test("every cell, every optimizer, its slots and every parameter are told by name", () => {
  const core = new RawInstance("core");
  const { exports } = core;
  const names = (count: number, write: (index: number, buffer: number) => number) =>
    Array.from({ length: count }, (_, i) => core.readName(write(i, core.name)));
  const cells = names(exports.cellCount(), exports.cellName);
  const optimizers = names(exports.optimizerCount(), exports.optimizerName);
  for (const name of [...cells, ...optimizers]) expect(page).toContain(`\`${name}\``);
  const slots = /^\| `optimizer\.<slot>\.<parameter>` \|.*$/m.exec(page)![0];
  for (const [optimizer, name] of optimizers.entries()) {
    for (const cell of cells.keys()) {
      const model = core.createModel(
        smallConfig({ [abi.CONFIG_CELL]: cell, [abi.CONFIG_OPTIMIZER]: optimizer, [abi.CONFIG_EMBEDDING_SIZE]: 4 }),
      );
      for (const tensor of core.tensors(model).values()) {
        const told = tensor.name.replace(/_l\d$/, "_l0");
        if (tensor.kind === TensorKind.Parameter) expect(page).toContain(`| \`${told}\` | 0 |`);
        if (tensor.kind === TensorKind.State) expect(page).toContain(`\`${told}\``);
        if (tensor.kind !== TensorKind.OptimizerSlot) continue;
        const slot = tensor.name.split(".")[1]!;
        expect(slots, name).toMatch(new RegExp(`\`${slot}\`[^;]* ${name}\\b|\`${slot}\`[^;]* and ${name}\\b`));
      }
    }
  }
});

/** asc's declarations as the page writes them. */
function signatures(declarations: string): string[] {
  const type = (name: string) => (name === "usize" ? "u32" : name);
  const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return [...declarations.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n {2}export function (\w+)/g)].map(
    ([, comment, name]) => {
      const parameters = [...comment!.matchAll(/@param (\w+) `(\w+)`/g)];
      const [, result] = /@returns `(\w+)`/.exec(comment!) ?? [];
      const list = parameters.map(([, parameter, of]) => `${snake(parameter!)}: ${type(of!)}`).join(", ");
      return `${name}(${list})${result === undefined ? "" : ` → ${type(result)}`}`;
    },
  );
}

test("the example's numbers are what the module makes", () => {
  const core = new RawInstance("core");
  const { exports, step } = core;
  const index = (wanted: string, count: number, write: (index: number, buffer: number) => number) =>
    Array.from({ length: count }, (_, i) => core.readName(write(i, core.name))).indexOf(wanted);
  const model = core.createModel(
    smallConfig({
      [abi.CONFIG_VOCABULARY_SIZE]: 13,
      [abi.CONFIG_HIDDEN_SIZE]: 24,
      [abi.CONFIG_BATCH_SIZE]: 4,
      [abi.CONFIG_SEQUENCE_LENGTH]: 10,
      [abi.CONFIG_CELL]: index("lstm", exports.cellCount(), exports.cellName),
      [abi.CONFIG_OPTIMIZER]: index("adam", exports.optimizerCount(), exports.optimizerName),
    }),
  );
  const hashed = () =>
    Buffer.from(Uint32Array.from([...readKinds(core, model, [TensorKind.Parameter]).values()].flat()).buffer);
  const hash = () => createHash("sha256").update(hashed()).digest("hex");
  const writePositions = (number: number) =>
    writeChunkAt(core, model, (time, row) => 1000 * row + 10 * (number - 1) + time, 13);
  const power = (base: number, n: number): number =>
    n === 0 ? 1 : n % 2 === 1 ? power(base, n - 1) * base : power(base * base, n / 2);

  exports.initializeParameters(model, 1, 0.2, 7, 0);
  expectTold(
    `hashed \`${hashed().subarray(0, 8).toString("hex")}\` of ${hashed().length.toLocaleString("en-US")}, and the hash \`${hash()}\``,
  );
  expectTold(`${hashed().readFloatLE(0).toFixed(8)} and ${hashed().readFloatLE(4).toFixed(8)}`);
  for (let number = 1; number <= 200; number++) {
    writePositions(number);
    core.writeStep({
      ...NEUTRAL_STEP,
      [abi.STEP_TIME_STEPS]: 10,
      [abi.STEP_CLIP_NORM]: 5,
      [abi.STEP_LOSS_SCALE]: 1 / 40,
      [abi.STEP_BETA1]: 0.9,
      [abi.STEP_BETA2]: 0.999,
      [abi.STEP_BIAS_CORRECTION1]: 1 - power(0.9, number),
      [abi.STEP_BIAS_CORRECTION2]: 1 - power(0.999, number),
      [abi.STEP_DROPOUT]: 0.1,
      [abi.STEP_SEED_LOW]: 7,
      [abi.STEP_NUMBER_LOW]: number,
    });
    expect(exports.trainStep(model, step, 1)).toBe(Status.Done);
    if (number === 1) expectTold(`one step the loss, summed, is ${core.loss} and the hash \`${hash()}\``);
  }
  expectTold(`After 200 the last loss is ${core.loss} and the hash \`${hash()}\``);

  exports.resetState(model);
  writePositions(1);
  expect(exports.evaluate(model, step, 1)).toBe(Status.Done);
  expectTold(`\`evaluate\` on the chunk of step 1 give ${core.loss}.`);

  exports.resetSampler(model);
  const drawn = [0];
  while (drawn.length < 14) drawn.push(exports.samplerDraw(model, drawn.at(-1)!, 1, 0.5, 1));
  expectTold(`: ${drawn.slice(1).join(" ")}.`);

  exports.resetSampler(model);
  let nats = 0;
  for (let i = 0; i < 13; i++) {
    exports.samplerStep(model, i ** 2 % 13, 1);
    nats += exports.samplerLoss(model, (i + 1) ** 2 % 13);
  }
  expectTold(`by \`samplerStep\` and \`samplerLoss\`: ${nats}.`);
});

/** As `toContain`, without all of the page in a failure's message. */
function expectTold(sentence: string): void {
  expect(text.includes(sentence), `docs/abi.md to tell: ${sentence}`).toBe(true);
}
