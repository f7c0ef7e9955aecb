/**
 * A run as one HTML page that needs nothing else: charts, samples, the recipe. No scripts, no links, no fonts or images from
 * anywhere; a content security policy holds the page to that whatever stands in the log. The same log gives the same page.
 */

import { VERSION } from "../core/generated/version.ts";
import { lossSection, smallCharts } from "./curves-section.ts";
import { figure, grouped, html, Markup } from "./html.ts";
import { after, cut, epochNumber, type Report } from "./page-parts.ts";
import { PAGE_STYLE } from "./page-style.ts";
import { recipe } from "./recipe-section.ts";
import type { RunRecords } from "./run-records.ts";
import { type Reached, summarizeRun } from "./run-summary.ts";
import { samples } from "./samples-section.ts";

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** The page, as HTML. */
export function reportPage(records: RunRecords): string {
  const report = { records, summary: summarizeRun(records), unit: cut(records.run.unit ?? "token") };
  const title = `${cut(records.run.corpus ?? records.name)}: training report`;
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta http-equiv="Content-Security-Policy" content="${new Markup(POLICY)}"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta name="color-scheme" content="light dark"/>
<title>${title}</title>
<style>${new Markup(PAGE_STYLE)}</style>
</head>
<body>
<main>
${heading(report)}
${lossSection(report)}
${smallCharts(report)}
${samples(report)}
${recipe(report)}
</main>
<footer>Made from ${records.name} by charloom ${VERSION}.</footer>
</body>
</html>
`.source;
}

function heading(report: Report): Markup {
  const { records, summary } = report;
  const { run } = records;
  const description = [run.corpus === undefined ? "Training report" : `Training report of ${records.name}`, model(run)];
  return html`<header>
<h1>${cut(run.corpus ?? records.name)}</h1>
<p class="lead">${description.filter((part) => part !== "").join(" · ")}</p>
<dl class="figures">${keyFigures(report).map(({ name, value, notes }) => {
    const lines = notes.map((note) => html`${note}<br/>`);
    return html`<div><dt>${name}</dt><dd><strong>${value}</strong>${lines}</dd></div>`;
  })}</dl>
${rollbacks(records)}${summary.finalLoss === undefined ? html`<p class="note">No loss of this run is a finite number.</p>` : ""}
</header>`;
}

/** "lstm, 2 layers of 128 hidden units", as far as the log says. */
function model({ recipe, preset }: RunRecords["run"]): string {
  const { cell, layers, hiddenSize } = recipe ?? {};
  const parts = preset === undefined ? [] : [`preset ${cut(preset)}`];
  if (typeof cell === "string" && typeof hiddenSize === "number") {
    parts.push(
      `${cut(cell)}, ${typeof layers === "number" && layers > 1 ? `${layers} layers of ` : ""}${hiddenSize} hidden units`,
    );
  }
  return parts.join(" · ");
}

/** A name, a number with its unit, and lines of notes. */
interface KeyFigure {
  readonly name: string;
  readonly value: Markup;
  readonly notes: readonly string[];
}

/** What matters most. */
function keyFigures({ records, summary, unit }: Report): KeyFigure[] {
  const { finalLoss, bestLoss, finalValidation, bestValidation, finalTrainLoss, epochs, tokensPerSecond } = summary;
  const result: KeyFigure[] = [];
  const addLoss = (name: string, { value }: Reached, ...notes: string[]) =>
    result.push({ name, value: nats(value), notes: [`${bits(value)} per ${unit}`, ...notes] });
  const differ = (a: Reached, b: Reached) => figure(a.value) !== figure(b.value);
  if (finalLoss !== undefined && bestLoss !== undefined) {
    const best = differ(bestLoss, finalLoss) ? [`lowest ${figure(bestLoss.value)}`, after(bestLoss)] : [];
    addLoss(summary.smoothed ? "Final loss, smoothed" : "Final loss", finalLoss, ...best);
  }
  if (bestValidation !== undefined && finalValidation !== undefined) {
    const end = differ(bestValidation, finalValidation) ? [`${figure(finalValidation.value)} at the end`] : [];
    addLoss("Best validation loss", bestValidation, after(bestValidation), ...end);
  }
  if (finalTrainLoss !== undefined) addLoss("Loss on all training data", finalTrainLoss, after(finalTrainLoss));
  const first = records.steps[0]!;
  const notes = [
    ...(epochs === undefined ? [] : [`${epochNumber(epochs)} epochs`]),
    ...(first > (records.run.stepsPerLine ?? 1) ? [`from step ${grouped(first)}`] : []),
  ];
  result.push({ name: "Steps", value: html`${grouped(summary.step)}`, notes });
  if (tokensPerSecond !== undefined) {
    result.push({ name: "Mean speed", value: html`${grouped(tokensPerSecond)}`, notes: [`${unit}s a second`] });
  }
  return result;
}

function nats(value: number): Markup {
  return html`${figure(value)} <small>nats</small>`;
}

function bits(nats: number): string {
  return `${figure(nats / Math.LN2)} bits`;
}

function rollbacks({ rollbacks }: RunRecords): Markup | string {
  if (rollbacks.length === 0) return "";
  const some = rollbacks.slice(0, 5).map(({ from, to }) => `from step ${grouped(from)} to ${grouped(to - 1)}`);
  const more = rollbacks.length > some.length ? ` and ${grouped(rollbacks.length - some.length)} times more` : "";
  return html`<p class="note">The run went back ${some.join(", ")}${more}. What it undid is not shown.</p>`;
}
