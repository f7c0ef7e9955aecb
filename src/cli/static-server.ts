/**
 * Serves a folder's files on loopback and nothing else: what there is to serve is listed once, by exact path, so no address leads
 * outside the folder or to a listing. Pages are isolated, so that they may share memory between threads, and held to a strict
 * content-security policy.
 */

import { readdirSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";

/** Scripts and styles of the page's own, WebAssembly, and the workers of a thread team, whose program comes with the library. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "worker-src 'self' blob:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const HEADERS = {
  "content-security-policy": POLICY,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "no-cache",
} as const;

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".json": "application/json",
};

interface ServedFile {
  readonly type: string;
  readonly content: Buffer;
  readonly compressed: Buffer;
}

export interface StaticServer {
  readonly url: string;
  close(): void;
}

/** Rejects where the folder cannot be read, or the port (0 for any) cannot be had. */
export async function serveFolder(folder: string, port: number): Promise<StaticServer> {
  const files = readFiles(folder);
  const server = createServer((request, response) => answer(files, request, response));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return { url: `http://localhost:${(server.address() as AddressInfo).port}/`, close: () => close(server) };
}

function close(server: Server): void {
  server.close();
  server.closeAllConnections();
}

/** By path as a browser asks for it. */
function readFiles(folder: string): ReadonlyMap<string, ServedFile> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    entries.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      const content = readFileSync(path);
      const type = TYPES[extname(name)] ?? "application/octet-stream";
      const address = path.slice(folder.length).replaceAll("\\", "/").replace(/^\/*/, "/");
      return [address, { type, content, compressed: gzipSync(content) }];
    }),
  );
}

function answer(files: ReadonlyMap<string, ServedFile>, request: IncomingMessage, response: ServerResponse): void {
  const path = (request.url ?? "/").replace(/[?#].*$/, "");
  const file = files.get(path === "/" ? "/index.html" : path);
  // a page of another origin whose name was made to lead here must not be answered
  if (!/^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(request.headers.host ?? "")) refuse(response, 403);
  else if (request.method !== "GET" && request.method !== "HEAD") refuse(response, 405);
  else if (file === undefined) refuse(response, 404);
  else send(file, request, response);
}

function send(file: ServedFile, request: IncomingMessage, response: ServerResponse): void {
  const gzip = /\bgzip\b/.test(request.headers["accept-encoding"]?.toString() ?? "");
  const content = gzip ? file.compressed : file.content;
  response.writeHead(200, {
    ...HEADERS,
    "content-type": file.type,
    "content-length": content.length,
    vary: "accept-encoding",
    ...(gzip ? { "content-encoding": "gzip" } : {}),
  });
  response.end(request.method === "HEAD" ? undefined : content);
}

function refuse(response: ServerResponse, status: 403 | 404 | 405): void {
  response.writeHead(status, { ...HEADERS, "content-type": "text/plain; charset=utf-8" });
  response.end(`${status}\n`);
}
