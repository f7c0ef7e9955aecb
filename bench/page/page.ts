/**
 * The page: shows what its bench thread reports. The address says what to measure, as the command line does: ?quick,
 * ?only=kernels,W2.
 */

import { VERSION } from "../../src/core/generated/version.ts";
import { type BenchResults, parseParts } from "../bench.ts";
import type { Section } from "../section.ts";
import type { Table } from "../table.ts";
import type { BenchMessage, BenchRequest } from "./messages.ts";

const [surroundings, progress, results, copy] = ["surroundings", "progress", "results", "copy"].map(
  (id) => document.getElementById(id)!,
) as [HTMLElement, HTMLElement, HTMLElement, HTMLButtonElement];

const environment = {
  version: VERSION,
  date: new Date().toISOString(),
  engine: navigator.userAgent,
  processors: navigator.hardwareConcurrency,
  crossOriginIsolated: globalThis.crossOriginIsolated,
};
surroundings.textContent =
  `charloom ${VERSION} · ${environment.engine} · ${environment.processors} processors · ` +
  `${environment.crossOriginIsolated ? "cross-origin isolated" : "not cross-origin isolated: coarse clocks, no threads"}`;

try {
  start();
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
}

function start(): void {
  const query = new URLSearchParams(location.search);
  const only = query.get("only");
  const request: BenchRequest = {
    settings: { only: only === null ? undefined : parseParts("only", only), quick: query.has("quick") },
  };
  const thread = new Worker(new URL("./bench-thread.ts", import.meta.url), { type: "module" });
  thread.onmessage = ({ data }: MessageEvent<BenchMessage>) => hear(data);
  thread.onerror = ({ message }) => fail(message || "the bench's thread could not be started");
  thread.postMessage(request);
}

function hear(message: BenchMessage): void {
  switch (message.kind) {
    case "progress":
      progress.textContent = `Measuring ${message.what}`;
      break;
    case "section":
      results.append(...sectionElements(message.section));
      break;
    case "done":
      finish(message.results);
      break;
    case "failed":
      fail(message.reason);
      break;
  }
}

function finish(figures: BenchResults): void {
  progress.textContent = "Verified and measured.";
  document.body.dataset.state = "done";
  const json = JSON.stringify({ ...environment, ...figures }, null, 2);
  copy.disabled = false;
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(json);
    progress.textContent = "The figures are in the clipboard.";
  });
}

function fail(reason: string): void {
  progress.textContent = `Stopped: ${reason}`;
  document.body.dataset.state = "failed";
}

function sectionElements({ title, lines, tables }: Section): HTMLElement[] {
  const notes = lines.map((line) => {
    const note = element("p", line);
    note.className = "note";
    return note;
  });
  return [element("h2", title), ...notes, ...tables.map(tableElement)];
}

function tableElement({ head, rows }: Table): HTMLElement {
  const wide = element("div", "");
  wide.className = "wide";
  const table = element("table", "");
  table.append(row(head, "th"), ...rows.map((cells) => row(cells, "td")));
  wide.append(table);
  return wide;
}

function row(cells: readonly string[], name: "th" | "td"): HTMLElement {
  const line = element("tr", "");
  line.append(...cells.map((cell) => element(name, cell)));
  return line;
}

function element(name: string, text: string): HTMLElement {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}
