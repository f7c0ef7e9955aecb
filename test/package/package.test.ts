import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, onTestFinished, test } from "vitest";

const manifest = JSON.parse(
  execFileSync(process.execPath, ["-p", 'JSON.stringify(require("./package.json"))'], { encoding: "utf8" }),
);

test("the tarball holds what users need and nothing of ours", () => {
  const output = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { encoding: "utf8" });
  const files: string[] = JSON.parse(output)[0].files.map(({ path }: { path: string }) => path);
  for (const target of Object.values<string>(manifest.exports)) expect(files).toContain(target.replace("./", ""));
  for (const needed of ["README.md", "LICENSE", "CHANGELOG.md", manifest.bin.charloom]) expect(files).toContain(needed);
  const strange = files.filter(
    (file) =>
      !/^(dist\/(src|assembly)\/.*\.(js|d\.ts)|dist\/bench\/(main|node-worker|shared)\.js|build\/(core|kernels)(-fused)?\.wasm|[A-Z]+(\.md)?|package\.json)$/.test(
        file,
      ),
  );
  expect(strange).toEqual([]);
});

test("installed in an empty folder, the command line and the library run there", () => {
  const folder = mkdtempSync(join(tmpdir(), "charloom-install-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [tarball] = JSON.parse(
    execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], { encoding: "utf8" }),
  );
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }');
  // offline, with this checkout's copies of the dependencies: the registry is not what is tested
  execFileSync(
    "npm",
    [
      "install",
      "--offline",
      "--no-audit",
      "--no-fund",
      "--ignore-scripts",
      "--no-package-lock",
      ...packed(folder),
      `./${tarball.filename}`,
    ],
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
  const library = spawnSync(process.execPath, ["use.js"], { cwd: folder, encoding: "utf8" });
  expect(library.stderr).toBe("");
  expect(library.stdout.length).toBeGreaterThan(30);
}, 120_000);

/** The runtime dependencies as tarballs of what is installed here. */
function packed(folder: string): string[] {
  return Object.keys(manifest.dependencies).map((name) => {
    const source = resolve("node_modules", name);
    const [entry] = JSON.parse(
      execFileSync("npm", ["pack", source, "--json", "--ignore-scripts", "--pack-destination", folder], {
        encoding: "utf8",
      }),
    );
    return `./${entry.filename}`;
  });
}

test("the bench measures the library that it is installed with: it holds no copy of it", () => {
  const bundle = ["main", "node-worker", "shared"].map((name) => readFileSync(`dist/bench/${name}.js`, "utf8")).join();
  const core = readFileSync("build/core.wasm").toString("base64");
  expect(bundle).not.toContain(core.slice(0, 2000));
  expect(bundle).toMatch(/from "\.\.\/src\/core\/wasm-engine\.js"/);
  // but its timer is inside
  expect(bundle).not.toMatch(/from "tinybench"/);
});
