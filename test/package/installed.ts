/** The package as its tarball has it, in a folder of its own: for tests of what users get. */

import { execFileSync, type SpawnSyncReturns, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { onTestFinished } from "vitest";

export const manifest = JSON.parse(readFileSync("package.json", "utf8"));

/** An empty folder, gone when the test, or the file that asks for it with `onEnd`, is over. */
export function emptyFolder(onEnd: (remove: () => void) => void = onTestFinished): string {
  const folder = mkdtempSync(join(tmpdir(), "charloom-package-"));
  onEnd(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Packs a package, ours or one that is installed here, and returns the tarball's path. */
export function pack(source: string, into: string): string {
  const output = execFileSync("npm", ["pack", source, "--json", "--ignore-scripts", "--pack-destination", into], {
    encoding: "utf8",
  });
  return join(into, JSON.parse(output)[0].filename);
}

/** Unpacks our tarball into a folder's node_modules, beside links to the copies of its dependencies that this checkout has. */
export function unpackInto(folder: string): void {
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, "charloom"), { recursive: true });
  execFileSync("tar", ["-xzf", pack(".", folder), "-C", join(modules, "charloom"), "--strip-components=1"]);
  for (const name of Object.keys(manifest.dependencies)) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(resolve("node_modules", name), join(modules, name));
  }
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }');
}

/** Runs a script in a folder with this Node. */
export function runNode(folder: string, ...parameters: string[]): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, parameters, { cwd: folder, encoding: "utf8" });
}
