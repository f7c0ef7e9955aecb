/**
 * The hosts of examples/embed, each run where its runtime is installed: all print the line that charloom itself, asked for the same
 * training, makes.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join, resolve } from "node:path";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { createWasmEngine } from "../../src/core/wasm-engine.ts";
import { parameterHash } from "../../src/model/parameter-hash.ts";
import { chromium } from "../browser/chromium.ts";
import { firefox } from "../browser/firefox.ts";
import { answerOf, canBuildC, describeWhere, findCommand, freePort, outputOf } from "./runtimes.ts";

const FOLDER = "examples/embed";
const INSTALL = `run npm ci in ${FOLDER}`;

let expected = "";
beforeAll(async () => {
  expected = await trainWithLibrary();
});

/** The training of the hosts, by the library. */
async function trainWithLibrary(): Promise<string> {
  const [modulus, rows, timeSteps] = [13, 4, 10];
  const engine = await createWasmEngine({
    cell: "lstm",
    optimizer: "adam",
    vocabularySize: modulus,
    hiddenSize: 24,
    batchSize: rows,
    sequenceLength: timeSteps,
    layers: 2,
    embeddingSize: 0,
    activation: "tanh",
    bias: true,
    tied: false,
  });
  engine.initializeParameters({ kind: "uniform", scale: 0.2 }, 7);
  const losses: number[] = [];
  for (let step = 1; step <= 200; step++) {
    const positions = Array.from(
      { length: rows * timeSteps },
      (_, i) => 1000 * (i % rows) + timeSteps * (step - 1) + Math.floor(i / rows),
    );
    const { loss } = engine.trainStep(
      positions.map((position) => position ** 2 % modulus),
      positions.map((position) => (position + 1) ** 2 % modulus),
      { step, learningRate: 0.01, clipNorm: 5, lossScale: 1 / positions.length, dropout: 0.1, seed: 7 },
    );
    losses.push(loss / positions.length);
  }
  const [first, last] = [losses[0]!, losses[199]!];
  expect(last).toBeLessThan(first / 10);
  const hash = await parameterHash(engine);
  return `loss ${first.toFixed(4)} -> ${last.toFixed(4)} nats a token, parameters ${hash}\n`;
}

/** What a host prints that goes on from a saved state with another model: that it ends where the first did. */
function expectedFromState(): string {
  return `from the state of step 100 on: ${expected.slice(expected.indexOf("parameters"))}`;
}

test("the hosts' README quotes what they print", async () => {
  const readme = await readFile(`${FOLDER}/README.md`, "utf8");
  expect(readme).toContain(expected);
  expect(readme).toContain(expectedFromState());
});

test("the lines of JavaScript in docs/abi.md print what it says", async () => {
  const folder = temporaryFolder();
  await writeFile(
    join(folder, "main.mjs"),
    (await documentedLines("js")).replace("core.wasm", resolve("build/core.wasm")),
  );
  expect(outputOf(process.execPath, join(folder, "main.mjs"))).toBe(FIRST_PARAMETERS);
});

/** What the first lines of docs/abi.md print, in each language. */
const FIRST_PARAMETERS = "0.18183886 0.10006089\n";

async function documentedLines(language: string): Promise<string> {
  return new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "m").exec(await readFile("docs/abi.md", "utf8"))![1]!;
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "charloom-embed-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test("Node", () => {
  expect(outputOf(process.execPath, `${FOLDER}/node.mjs`)).toBe(expected);
});

const gjs = findCommand("gjs");
describeWhere(gjs !== undefined, "bare JavaScript engine (gjs)", "install it (Debian: apt-get install gjs)", () => {
  test("prints the same", () => {
    expect(outputOf(gjs!, "-m", `${FOLDER}/gjs.mjs`)).toBe(expected);
  });
});

const deno = findCommand("deno");
describeWhere(deno !== undefined, "Deno", INSTALL, () => {
  test("prints the same", () => {
    expect(outputOf(deno!, "run", "--allow-read", `${FOLDER}/deno.mjs`)).toBe(expected);
  });
});

const bun = findCommand("bun");
describeWhere(bun !== undefined, "Bun", INSTALL, () => {
  test("prints the same", () => {
    expect(outputOf(bun!, `${FOLDER}/bun.mjs`)).toBe(expected);
  });
});

const workerd = findCommand("workerd");
describeWhere(workerd !== undefined, "Cloudflare worker (workerd)", INSTALL, () => {
  test("answers the same", async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const worker = spawn(workerd!, ["serve", `${FOLDER}/worker.capnp`, `--socket-addr=http=${address}`]);
    const ended = once(worker, "exit");
    try {
      expect(await answerOf(worker, `http://${address}/`)).toBe(expected);
    } finally {
      worker.kill();
      await ended;
    }
  });
});

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

for (const browser of [chromium, firefox]) {
  describeWhere(browser.path !== undefined, `page without a bundler, in ${browser.name}`, browser.advice, () => {
    test("shows the same", async () => {
      const server = createServer(async ({ url }, response) => {
        const path = new URL(url!, "http://localhost").pathname.slice(1);
        const content = await readFile(path).catch(() => undefined);
        if (content === undefined) response.writeHead(404).end();
        else response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "text/plain" }).end(content);
      });
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      const { port } = server.address() as AddressInfo;
      const driven = await browser.launch();
      try {
        const shown = await driven.evaluate(
          `http://127.0.0.1:${port}/${FOLDER}/page.html`,
          async () => {
            const output = document.querySelector("output")!;
            while (!output.value.startsWith("loss")) await new Promise((resolve) => setTimeout(resolve, 20));
            return output.value;
          },
          undefined,
        );
        expect(`${shown}\n`).toBe(expected);
      } finally {
        await driven.close();
        server.close();
        server.closeAllConnections();
      }
    });
  });
}

const python = findCommand("python3");
const simde = `have a C compiler and SIMDe (Debian: apt-get install gcc libsimde-dev), and ${INSTALL}`;
describeWhere(canBuildC(), "C, by wasm2c", simde, () => {
  // which also compiles charloom.h beside wasm2c's own header: each would complain of the other's prototypes if they differed
  beforeAll(() => void outputOf(`${FOLDER}/c/build.sh`), 300_000);

  test("prints the same, and trains to the same from a state that it saved", () => {
    expect(outputOf(`${FOLDER}/c/build/host`)).toBe(expected + expectedFromState());
  });

  test("the lines of C in docs/abi.md compile and print what it says", async () => {
    const folder = temporaryFolder();
    await writeFile(join(folder, "main.c"), await documentedLines("c"));
    const built = resolve(FOLDER, "c/build");
    const headers = ["-I", "include", "-I", `${FOLDER}/c`, "-I", built];
    const objects = [join(built, "core.o"), join(built, "wasm-rt.o"), "-lm"];
    const program = join(folder, "main");
    outputOf(
      process.env.CC ?? "cc",
      "-Wall",
      "-Wextra",
      "-Werror",
      ...headers,
      join(folder, "main.c"),
      ...objects,
      "-o",
      program,
    );
    expect(outputOf(program)).toBe(FIRST_PARAMETERS);
  });

  test.skipIf(python === undefined)("the lines of Python in docs/abi.md print what it says", async () => {
    const folder = temporaryFolder();
    const library = resolve(FOLDER, "c/build/libcharloom.so");
    await writeFile(join(folder, "main.py"), (await documentedLines("python")).replace("./libcharloom.so", library));
    expect(outputOf(python!, join(folder, "main.py"))).toBe(FIRST_PARAMETERS);
  });

  test.skipIf(python === undefined)("Python, by ctypes, does so too", () => {
    expect(outputOf(python!, `${FOLDER}/python/host.py`)).toBe(expected + expectedFromState());
  });
});
