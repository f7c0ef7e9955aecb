/** What the tests of the playground share: the page, built and served as `charloom play` serves it, opened in a real browser. */

import { fileURLToPath } from "node:url";
import { build } from "vite";
import { type StaticServer, serveFolder } from "../../src/cli/static-server.ts";

const FOLDER = fileURLToPath(new URL("../../build/playground-test/", import.meta.url));

let built: Promise<unknown> | undefined;

/** Builds the page, once a process, and serves it on a port of its own. */
export async function servePlayground(): Promise<StaticServer> {
  built ??= build({
    configFile: "web/vite.config.ts",
    logLevel: "warn",
    build: { outDir: FOLDER, emptyOutDir: true },
  });
  await built;
  return serveFolder(FOLDER, 0);
}
