/** The installed package through every common bundler: what comes out runs, and computes what the sources compute. */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import * as esbuild from "esbuild";
import { rollup } from "rollup";
import { build as vite } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import webpack from "webpack";
import { modelToBytes } from "../../src/formats/model-file.ts";
import { parameterHash } from "../../src/model/parameter-hash.ts";
import { sample } from "../../src/sample/sampler.ts";
import { score } from "../../src/sample/score.ts";
import { createTrainer } from "../../src/train/trainer.ts";
import { emptyFolder, runNode, unpackInto } from "./installed.ts";

const TEXT = "to be or not to be, that is the question\n".repeat(5);
const STEPS = 40;
const FIELDS = { hiddenSize: 12, seed: 3 };

/** A program that trains and prints the hash of its parameters. */
const LIBRARY = `
import { createTrainer, parameterHash } from "charloom";

const trainer = await createTrainer(${JSON.stringify(TEXT)}, ${JSON.stringify(FIELDS)});
for await (const _ of trainer.run({ steps: ${STEPS} }));
console.log(await parameterHash(trainer.model.engine));
`;

/** The same with the module from its file, found by its URL. */
const BY_URL = `
import { readFile } from "node:fs/promises";
import { createTrainer, parameterHash } from "charloom";
import { coreUrl } from "charloom/url";

const module = await WebAssembly.compile(await readFile(coreUrl));
const trainer = await createTrainer(${JSON.stringify(TEXT)}, ${JSON.stringify(FIELDS)}, { module });
for (let i = 0; i < ${STEPS}; i++) trainer.step();
console.log(await parameterHash(trainer.model.engine));
`;

/** A page's share: a model file, sampled from and scored, without training. */
const INFERENCE = `
import { modelFromBytes, sample, score } from "charloom/inference";
import { readFile } from "node:fs/promises";

const model = await modelFromBytes(await readFile("model.safetensors"));
console.log(JSON.stringify([sample(model, { length: 40 }), score(model, "to be or not")]));
`;

/** Bytes of that program, minified, with the module inside: README says so. */
const INFERENCE_BUDGET = 64_000;

interface Bundle {
  readonly entry: string;
  readonly out: string;
  /** Where the entry and node_modules are. */
  readonly folder: string;
}

/** Each writes `out`/main.js, and what that imports beside it. */
const BUNDLERS: Readonly<Record<string, (bundle: Bundle) => Promise<unknown>>> = {
  esbuild: ({ entry, out }) =>
    esbuild.build({ entryPoints: { main: entry }, outdir: out, bundle: true, format: "esm", external: ["node:*"] }),
  "esbuild, split and minified": ({ entry, out }) =>
    esbuild.build({
      entryPoints: { main: entry },
      outdir: out,
      bundle: true,
      format: "esm",
      external: ["node:*"],
      splitting: true,
      minify: true,
    }),
  rollup: async ({ entry, out }) => {
    const bundle = await rollup({ input: { main: entry }, plugins: [nodeResolve()], external: /^node:/ });
    await bundle.write({ dir: out, format: "esm" });
  },
  webpack: ({ entry, out }) =>
    new Promise((resolve, reject) => {
      const compiler = webpack({
        mode: "production",
        entry: { main: entry },
        output: { path: out, filename: "[name].js", module: true, chunkFormat: "module", chunkLoading: "import" },
        experiments: { outputModule: true },
        externals: [/^node:/],
        externalsType: "module",
        target: "es2022",
        performance: false,
      });
      compiler.run((error, stats) => {
        if (error !== null) reject(error);
        else if (stats?.hasErrors()) reject(new Error(stats.toString()));
        else compiler.close(resolve);
      });
    }),
  vite: ({ entry, out, folder }) =>
    vite({
      root: folder,
      base: "./",
      configFile: false,
      logLevel: "error",
      build: {
        outDir: out,
        modulePreload: false,
        rolldownOptions: {
          input: { main: entry },
          output: { entryFileNames: "[name].js" },
          external: /^node:/,
        },
      },
    }),
};

/** Those that copy what `new URL(…, import.meta.url)` names. */
const FOLLOW_URLS = ["webpack", "vite"];

const folder = emptyFolder(afterAll);

async function bundled(bundler: string, program: string, name: string): Promise<string> {
  const entry = join(folder, `${name}.js`);
  writeFileSync(entry, program);
  const out = join(folder, `${name}-${bundler.replaceAll(/\W+/g, "-")}`);
  await BUNDLERS[bundler]!({ entry, out, folder });
  writeFileSync(join(out, "package.json"), '{ "type": "module" }');
  return out;
}

function outcome(place: string, file: string): string {
  const { stdout, stderr } = runNode(place, file);
  expect(stderr).toBe("");
  return stdout.trim();
}

describe("the installed package", () => {
  let expected: string;

  beforeAll(async () => {
    unpackInto(folder);
    const trainer = await createTrainer(TEXT, FIELDS);
    for (let i = 0; i < STEPS; i++) trainer.step();
    expected = await parameterHash(trainer.model.engine);
  }, 60_000);

  test("unbundled, gives the parameters of the sources, with the module inside it and with that of its URL", () => {
    writeFileSync(join(folder, "plain.js"), LIBRARY);
    expect(outcome(folder, "plain.js")).toBe(expected);
    writeFileSync(join(folder, "plain-url.js"), BY_URL);
    expect(outcome(folder, "plain-url.js")).toBe(expected);
  });

  for (const bundler of Object.keys(BUNDLERS)) {
    test(`through ${bundler}, gives the same`, async () => {
      const out = await bundled(bundler, LIBRARY, "library");
      expect(outcome(out, "main.js")).toBe(expected);
    });
  }

  for (const bundler of Object.keys(BUNDLERS)) {
    test(`for inference, through ${bundler}, says what the sources say`, async () => {
      const { model } = await createTrainer(TEXT, FIELDS);
      const out = await bundled(bundler, INFERENCE, "inference");
      writeFileSync(join(out, "model.safetensors"), modelToBytes(model, 0));
      expect(outcome(out, "main.js")).toBe(
        JSON.stringify([sample(model, { length: 40 }), score(model, "to be or not")]),
      );
      const code = readdirSync(out)
        .filter((name) => name.endsWith(".js"))
        .map((name) => readFileSync(join(out, name)));
      // of the two modules only the small one
      expect(Buffer.concat(code).includes(readFileSync("build/core.wasm").toString("base64").slice(-2000))).toBe(false);
      if (bundler === "esbuild, split and minified") {
        expect(code.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(INFERENCE_BUDGET);
      }
    });
  }

  for (const bundler of FOLLOW_URLS) {
    test(`through ${bundler}, the module's file is beside the bundle where its URL says`, async () => {
      const out = await bundled(bundler, BY_URL, "by-url");
      expect(readdirSync(out, { recursive: true, encoding: "utf8" }).some((name) => name.endsWith(".wasm"))).toBe(true);
      expect(outcome(out, "main.js")).toBe(expected);
    });
  }
});
