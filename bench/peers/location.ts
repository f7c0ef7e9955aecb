import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's folder, from a bundle in build/ as from here. */
const ROOT = ["..", "../.."]
  .map((way) => fileURLToPath(new URL(`${way}/`, new URL(".", import.meta.url))))
  .find((folder) => existsSync(join(folder, "package.json")))!;

/** The programs that race, as sources. */
export const PEERS = join(ROOT, "bench/peers");
/** Where those that are compiled go. */
export const BUILD = join(ROOT, "build/peers");
