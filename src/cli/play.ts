/** `charloom play`: the playground on this machine, until Ctrl-C. */

import { createRequire } from "node:module";
import { dirname } from "node:path";
import { UsageError } from "./arguments.ts";
import { serveFolder } from "./static-server.ts";
import { Terminal } from "./terminal.ts";

/** What commander makes of the command line. */
export interface PlayOptions {
  readonly port?: number;
}

/** A port that few others use; the next free one will do as well. */
const PORT = 5210;

/** Runs the command; returns its exit code once it is interrupted. */
export async function play({ port }: PlayOptions): Promise<number> {
  const folder = playgroundFolder();
  if (folder === undefined) {
    throw new UsageError(
      "play: expected the playground in build/web, found none; in a checkout, npm run play builds it",
    );
  }
  const server = await serveFolder(folder, port ?? PORT).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EADDRINUSE" || port !== undefined) throw portError(error, port ?? PORT);
    return serveFolder(folder, 0);
  });
  const terminal = new Terminal(false);
  await terminal.output(`The playground is at ${server.url} until Ctrl-C.\n`);
  await new Promise<void>((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
  });
  server.close();
  return 0;
}

/** Where the package's own `imports` say that it is; undefined where it has not been built. */
function playgroundFolder(): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve("#playground"));
  } catch {
    return undefined;
  }
}

function portError(error: NodeJS.ErrnoException, port: number): Error {
  if (error.code === "EADDRINUSE") {
    return new UsageError(
      `--port: expected a free port, got ${port}, which is in use; leave it out to have one chosen`,
    );
  }
  if (error.code === "EACCES") return new UsageError(`--port: this user may not listen on ${port}; use one above 1023`);
  return error;
}
