/** What the linters of packages and of their types say of the tarball. */

import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { emptyFolder, pack } from "./installed.ts";

for (const [linter, parameters] of [
  ["publint", ["run", "--strict"]],
  ["attw", ["--profile", "esm-only", "--no-emoji"]],
] as const) {
  test(`${linter} has nothing to say against it`, () => {
    const { status, stdout, stderr } = spawnSync(
      `node_modules/.bin/${linter}`,
      [...parameters, pack(".", emptyFolder())],
      { encoding: "utf8" },
    );
    expect(status, stdout + stderr).toBe(0);
  });
}
