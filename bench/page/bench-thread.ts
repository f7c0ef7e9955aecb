/** The bench's own thread in a browser: it starts the workers and makes the problems, so that the page stays free. */

import { runBench } from "../bench.ts";
import { browserHost } from "./browser-host.ts";
import type { BenchMessage, BenchRequest } from "./messages.ts";

const tell = (message: BenchMessage) => postMessage(message);

addEventListener("message", async ({ data }: MessageEvent<BenchRequest>) => {
  try {
    const results = await runBench(browserHost, data.settings, {
      progress: (what) => tell({ kind: "progress", what }),
      section: (section) => tell({ kind: "section", section }),
    });
    tell({ kind: "done", results });
  } catch (error) {
    tell({ kind: "failed", reason: error instanceof Error ? error.message : String(error) });
  }
});
