/** What the modules that we publish weigh, and that README and docs/abi.md say so. */

import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";

const KB = 1000;

/** In bytes. */
const BUDGETS = { core: 100 * KB, inference: 40 * KB } as const;

const readme = readFileSync("README.md", "utf8").replace(/\s+/g, " ");

for (const name of ["core", "inference"] as const) {
  const bytes = readFileSync(`build/${name}.wasm`);
  const compressed = gzipSync(bytes, { level: 9 }).length;

  test(`${name}.wasm is ${bytes.length} bytes, ${compressed} in gzip: within its budget`, () => {
    expect(bytes.length).toBeLessThanOrEqual(BUDGETS[name]);
  });

  test(`the README tells the size of ${name}.wasm to a kilobyte, and what gzip makes of it`, () => {
    const sizes = `(\\d+) KB of WebAssembly \\((\\d+) KB compressed\\)`;
    // the first screen speaks of the module alone, and means the core
    const mentions = name === "core" ? ["`core\\.wasm`, ", "A module of "] : ["`inference\\.wasm`, "];
    for (const mention of mentions) {
      const told = new RegExp(mention + sizes).exec(readme);
      expect(told, `README.md: ${mention}`).not.toBeNull();
      expect(Math.abs(Number(told![1]) - bytes.length / KB), `${bytes.length} bytes`).toBeLessThan(1);
      expect(Math.abs(Number(told![2]) - compressed / KB), `${compressed} bytes compressed`).toBeLessThan(1);
    }
  });
}
