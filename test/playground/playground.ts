/** What the tests of the playground share: the page as npm run build makes it and `charloom play` serves it. */

import { fileURLToPath } from "node:url";
import { type StaticServer, serveFolder } from "../../src/cli/static-server.ts";

const FOLDER = fileURLToPath(new URL("../../build/web/", import.meta.url));

/** Serves the page on a port of its own. */
export function servePlayground(): Promise<StaticServer> {
  return serveFolder(FOLDER, 0);
}
