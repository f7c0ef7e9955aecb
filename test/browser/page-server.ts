/** Serves the page of train-in-page.ts, from a bundle made with ordinary settings, as users bundle theirs. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname } from "node:path";
import { build, type Rolldown } from "vite";
import { sources } from "../../vitest.sources.ts";

/** An isolated page may share memory between threads, a plain one not. */
export type Origin = "plain" | "isolated";

/** What a server must say for its pages to be isolated, of the page and of every script. */
const ISOLATION = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };

const TYPES: Readonly<Record<string, string>> = { ".html": "text/html", ".js": "text/javascript" };

export interface PageServer {
  readonly url: string;
  close(): void;
}

export async function servePage(origin: Origin): Promise<PageServer> {
  const files = await bundle();
  const server = createServer(({ url }, response) => {
    const path = new URL(url ?? "/", "http://localhost").pathname;
    const name = path === "/" ? "index.html" : path.slice(1);
    const content = files.get(name);
    if (content === undefined) {
      response.writeHead(404).end();
      return;
    }
    const type = TYPES[extname(name)] ?? "application/octet-stream";
    response.writeHead(200, { "content-type": type, ...(origin === "isolated" ? ISOLATION : {}) }).end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

let bundled: Promise<ReadonlyMap<string, string | Uint8Array>> | undefined;

/** The files by name, made once a process. */
function bundle(): Promise<ReadonlyMap<string, string | Uint8Array>> {
  bundled ??= build({
    root: "test/browser",
    resolve: sources,
    base: "./",
    logLevel: "warn",
    // the default, iife, has no room for the package's dynamic import
    worker: { format: "es" },
    build: { write: false },
  }).then((result) => {
    const { output } = result as Rolldown.RolldownOutput;
    return new Map(output.map((file) => [file.fileName, file.type === "chunk" ? file.code : file.source]));
  });
  return bundled;
}
