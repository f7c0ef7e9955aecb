/**
 * The installed package in every Node that it says it runs in: each trains to the same bits as the Node that runs the tests, by the
 * library and by the command line, and writes nothing to standard error that it was not asked for.
 */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeWhere } from "../embed/runtimes.ts";
import { emptyFolder, unpackInto } from "./installed.ts";

/** The entries node-22, node-24 and so on of the folder that holds them. */
const MAJORS = Object.keys(
  JSON.parse(readFileSync("test/package/nodes/package.json", "utf8")).optionalDependencies,
).map((name) => Number(name.replace("node-", "")));
const INSTALL = "run npm ci in test/package/nodes (x64 Linux)";
const COMMAND_LINE = "node_modules/charloom/dist/cli/main.js";

/** Trains, saves, loads and samples with all that depends on the engine: numerics, threads, a module that is given, disposal. */
const LIBRARY = `
import { readFile } from "node:fs/promises";
import { createTrainer, parameterHash, sample } from "charloom";
import { modelFromBytes, sample as sampleByInference } from "charloom/inference";
import { loadModel, saveModel } from "charloom/node";
import { coreUrl } from "charloom/url";

const TEXT = "to be or not to be, that is the question\\n".repeat(20);
const FIELDS = { cell: "lstm", hiddenSize: 32, batchSize: 8, sequenceLength: 10, optimizer: "adam", learningRate: 0.002, seed: 3 };
const PROMPT = { length: 40, seed: 5 };
const found = {};

async function train(name, fields, host) {
  const trainer = await createTrainer(TEXT, { ...FIELDS, ...fields }, host);
  for (let i = 0; i < 200; i++) trainer.step();
  saveModel(trainer, "library.safetensors");
  const loaded = await loadModel("library.safetensors", host);
  const texts = [trainer.model, loaded].map((model) => sample(model, PROMPT));
  found[name] = [await parameterHash(trainer.model.engine), ...texts];
  for (const disposable of [trainer, loaded]) disposable[Symbol.dispose]();
  try {
    trainer.step();
    found[name].push("a step, as there was no thread to end");
  } catch (error) {
    found[name].push(error.code);
  }
}

for (const numerics of ["strict", "fused"]) {
  for (const threads of [1, 2]) await train(numerics + threads, { numerics }, { threads });
}
await train("given", {}, { module: await WebAssembly.compile(await readFile(coreUrl)) });
const model = await modelFromBytes(await readFile("library.safetensors"));
found.inference = sampleByInference(model, PROMPT);
console.log(JSON.stringify(found));
`;

/** Node has this syntax from version 24 on. */
const USING = `
import { createTrainer } from "charloom";

let trainer;
{
  using scoped = await createTrainer("to be or not to be", { hiddenSize: 4, sequenceLength: 5 }, { threads: 2 });
  trainer = scoped;
}
try {
  trainer.step();
} catch (error) {
  console.log(error.code);
}
`;

/** What a Node prints. Throws what it says, be it only a warning. */
function run(node: string, folder: string, ...parameters: string[]): string {
  const { status, stdout, stderr } = spawnSync(node, parameters, { cwd: folder, encoding: "utf8" });
  if (status !== 0 || /warning|deprecat/i.test(stderr)) {
    throw new Error(`${node} ${parameters.join(" ")} ended with ${status}:\n${stdout}${stderr}`);
  }
  return stdout;
}

/** What two runs of the command line leave, one of which goes on with the other, and what further commands print of it. */
function runCommandLine(node: string, folder: string, numerics: string): string[] {
  const charloom = (...parameters: string[]) => run(node, folder, COMMAND_LINE, ...parameters);
  charloom(
    ...[
      "train",
      "text.txt",
      "--cell",
      "gru",
      "--hidden",
      "24",
      "--batch",
      "4",
      "--threads",
      "2",
      "--numerics",
      numerics,
    ],
    ...["--steps", "60", "--out", "model.safetensors"],
  );
  charloom("train", "--resume", "model.safetensors", "--steps", "120");
  const file = createHash("sha256").update(readFileSync(join(folder, "model.safetensors")));
  return [
    file.digest("hex"),
    charloom("sample", "model.safetensors", "--length", "40", "--seed", "5"),
    charloom("score", "model.safetensors", "text.txt"),
  ];
}

/** What `charloom play` answers to one request. */
async function askPlayground(node: string, folder: string): Promise<string> {
  const server = spawn(node, [COMMAND_LINE, "play"], { cwd: folder });
  const ended = once(server, "exit");
  try {
    return await (await fetch(await addressOf(server))).text();
  } finally {
    server.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
  }
}

async function addressOf(server: ChildProcess): Promise<string> {
  let said = "";
  for await (const piece of server.stdout!) {
    said += piece;
    const [address] = /http:\S+/.exec(said) ?? [];
    if (address !== undefined) return address;
  }
  throw new Error(`expected the address of the playground, got ${said}`);
}

const folder = emptyFolder(afterAll);
const expected: { library?: string; strict?: string[]; fused?: string[] } = {};

beforeAll(() => {
  unpackInto(folder);
  writeFileSync(join(folder, "library.js"), LIBRARY);
  writeFileSync(join(folder, "using.js"), USING);
  writeFileSync(join(folder, "text.txt"), "to be or not to be, that is the question\n".repeat(20));
  expected.library = run(process.execPath, folder, "library.js");
  for (const numerics of ["strict", "fused"] as const)
    expected[numerics] = runCommandLine(process.execPath, folder, numerics);
}, 120_000);

test("what the versions are compared with: threads, a file and a module that is given change nothing, numerics do", () => {
  const { strict1, strict2, fused1, fused2, given, inference } = JSON.parse(expected.library!);
  const [hash] = strict1;
  expect(strict2).toEqual([hash, inference, inference, "ERR_DISPOSED"]);
  expect(given).toEqual(strict1);
  expect(fused2[0]).toBe(fused1[0]);
  expect(fused1[0]).not.toBe(hash);
});

for (const major of MAJORS) {
  const node = resolve(`test/package/nodes/node_modules/node-${major}/bin/node`);
  describeWhere(existsSync(node), `the package in Node ${major}`, INSTALL, () => {
    test("is what it says it is", () => {
      expect(run(node, folder, "-p", "process.versions.node")).toMatch(new RegExp(`^${major}\\.`));
    });

    test("the library gives the same bits, strict and fused, on one thread and two", () => {
      expect(run(node, folder, "library.js")).toBe(expected.library);
    });

    test.skipIf(major < 24)("using disposes", () => {
      expect(run(node, folder, "using.js")).toBe("ERR_DISPOSED\n");
    });

    for (const numerics of ["strict", "fused"] as const) {
      test(`the command line trains, resumes, samples and scores to the same bits, ${numerics}`, () => {
        expect(runCommandLine(node, folder, numerics)).toEqual(expected[numerics]);
      });
    }

    test("its gradients are right, and its bench verifies", () => {
      expect(run(node, folder, COMMAND_LINE, "gradcheck")).toMatch(/^passed: /m);
      run(node, folder, COMMAND_LINE, "bench", "--quick", "--only", "W1", "--json", "bench.json");
      expect(JSON.parse(readFileSync(join(folder, "bench.json"), "utf8"))).toMatchObject({
        verified: true,
        node: expect.stringMatching(new RegExp(`^v${major}\\.`)),
        numerics: ["strict", "fused"],
      });
    });

    test("it serves the playground, and ends when it is told to", async () => {
      expect(await askPlayground(node, folder)).toContain("<title>");
    });
  });
}
