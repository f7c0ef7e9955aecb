/** The installed package in other runtimes than Node: each loads it, and computes what the sources compute. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as esbuild from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parameterHash } from "../../src/model/parameter-hash.ts";
import { createTrainer } from "../../src/train/trainer.ts";
import { answerOf, describeWhere, findCommand, freePort, outputOf } from "../embed/runtimes.ts";
import { emptyFolder, unpackInto } from "./installed.ts";

const TEXT = "to be or not to be, that is the question\n".repeat(5);
const FIELDS = { hiddenSize: 12, seed: 3 };
const STEPS = 40;
const INSTALL = "run npm ci in examples/embed";

const TRAINING = `
import { createTrainer, parameterHash } from "charloom";

async function train() {
  const trainer = await createTrainer(${JSON.stringify(TEXT)}, ${JSON.stringify(FIELDS)});
  for (let i = 0; i < ${STEPS}; i++) trainer.step();
  return parameterHash(trainer.model.engine);
}
`;

const folder = emptyFolder(afterAll);
let expected: string;

beforeAll(async () => {
  unpackInto(folder);
  writeFileSync(join(folder, "train.js"), `${TRAINING}\nconsole.log(await train());\n`);
  const trainer = await createTrainer(TEXT, FIELDS);
  for (let i = 0; i < STEPS; i++) trainer.step();
  expected = await parameterHash(trainer.model.engine);
}, 60_000);

const deno = findCommand("deno");
describeWhere(deno !== undefined, "the package in Deno", INSTALL, () => {
  test("gives the parameters of the sources", () => {
    const parameters = ["run", "--allow-read", "--allow-env", "--allow-sys", "--node-modules-dir=manual"];
    expect(outputOf(deno!, ...parameters, join(folder, "train.js")).trim()).toBe(expected);
  });
});

const bun = findCommand("bun");
describeWhere(bun !== undefined, "the package in Bun", INSTALL, () => {
  test("gives the parameters of the sources", () => {
    expect(outputOf(bun!, join(folder, "train.js")).trim()).toBe(expected);
  });
});

const workerd = findCommand("workerd");
describeWhere(workerd !== undefined, "the package in a Cloudflare worker (workerd)", INSTALL, () => {
  test("has the module by an import, and gives the parameters of the sources", async () => {
    const entry = join(folder, "worker.js");
    writeFileSync(entry, `${TRAINING}\nexport default { fetch: async () => new Response(await train()) };\n`);
    const out = join(folder, "worker");
    await esbuild.build({
      entryPoints: { main: entry },
      outdir: out,
      bundle: true,
      format: "esm",
      conditions: ["workerd", "worker"],
      // as wrangler does: the file becomes a module of the worker
      loader: { ".wasm": "copy" },
    });
    const modules = readdirSync(out).map((name) => {
      const kind = name.endsWith(".wasm") ? "wasm" : "esModule";
      return `(name = "${name}", ${kind} = embed "${name}")`;
    });
    expect(modules.filter((module) => module.includes("wasm = embed")).length).toBeGreaterThan(0);
    const order = modules.sort((a, b) => Number(b.includes("main.js")) - Number(a.includes("main.js")));
    writeFileSync(
      join(out, "worker.capnp"),
      `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (modules = [${order.join(", ")}], compatibilityDate = "2026-01-01");
`,
    );
    const address = `127.0.0.1:${await freePort()}`;
    const server = spawn(workerd!, ["serve", join(out, "worker.capnp"), `--socket-addr=http=${address}`]);
    const ended = once(server, "exit");
    try {
      expect(await answerOf(server, `http://${address}/`)).toBe(expected);
    } finally {
      server.kill();
      await ended;
    }
  });
});
