/** The curves of a run: its losses in one chart, with a table; below it learning rate, gradient norm and speed. */

import type { Chart, Series } from "./chart.ts";
import { figure, grouped, html, type Markup, setting } from "./html.ts";
import { after, epochNumber, type Report, thinned } from "./page-parts.ts";
import type { Curve } from "./run-records.ts";
import { lastOf } from "./run-summary.ts";
import { hasValues, lineChart } from "./svg-chart.ts";

/** Sizes of charts, in CSS pixels: across the page, on a phone, and three beside each other. */
const WIDE = { width: 972, height: 400, names: "end" } as const;
const NARROW = { width: 358, height: 320, names: "above" } as const;
const SMALL = { width: 328, height: 190, names: "none" } as const;
/** Of the table: more would not be read, but plotted. */
const TABLE_ROWS = 16;

export function lossSection(report: Report): Markup | string {
  const { records, summary, unit } = report;
  const { steps, loss, smoothLoss, validationLoss, trainLoss } = records;
  const { stepsPerLine = 1 } = records.run;
  const series: Series[] = [
    { name: stepsPerLine === 1 ? "each step" : `${grouped(stepsPerLine)} steps`, look: "each", steps, values: loss },
    { name: "smoothed", look: "main", steps, values: smoothLoss },
    { name: "validation", look: "validation", ...validationLoss },
    { name: "training data", look: "training", ...trainLoss },
  ];
  const shown = series.filter(hasValues);
  if (shown.length === 0) return "";
  const { finalLoss, bestValidation } = summary;
  const chart = {
    title: "Loss",
    description: [
      `Loss in nats per ${unit} over ${grouped(summary.step)} steps: ${shown.map(({ name }) => name).join(", ")}.`,
      finalLoss === undefined ? "" : `The loss ends at ${figure(finalLoss.value)}.`,
      bestValidation === undefined
        ? ""
        : `The lowest validation loss is ${figure(bestValidation.value)} ${after(bestValidation)}.`,
    ].join(" "),
    unit: `nats per ${unit}`,
    series: shown,
    scale: "cut",
    ring: bestValidation,
  } as const;
  const band =
    steps.length > 100
      ? "Where steps share a column of pixels, the band spans their losses and the thin line is their mean."
      : "";
  const means = stepsPerLine === 1 ? "" : `Each value is the mean of ${grouped(stepsPerLine)} steps.`;
  const ring = bestValidation === undefined ? "" : "Ring: the lowest validation loss.";
  return html`<section>
<figure>
<figcaption><h2>Loss</h2>
${[means, band, ring].filter((part) => part !== "").join(" ")}</figcaption>
<div class="wide">${lineChart({ id: "loss", ...chart, ...WIDE })}</div>
<div class="narrow">${lineChart({ id: "loss-narrow", ...chart, ...NARROW })}</div>
</figure>
${table(report)}
</section>`;
}

/** Some of the curves' numbers: at validations if there are any, else evenly spaced. */
function table({ records }: Report): Markup {
  const { steps, epochs, loss, smoothLoss, validationLoss, trainLoss, learningRate, gradientNorm } = records;
  const last = steps[steps.length - 1]!;
  const at = hasValues(validationLoss) ? [...new Set([...Array.from(validationLoss.steps), last])] : Array.from(steps);
  const columns = [
    { name: "epoch", values: epochs, show: epochNumber },
    { name: (records.run.stepsPerLine ?? 1) === 1 ? "loss of the step" : "mean loss", values: loss, show: figure },
    { name: "smoothed loss", values: smoothLoss, show: figure },
    { name: "validation", ...validationLoss, show: figure },
    { name: "training data", ...trainLoss, show: figure },
    { name: "learning rate", values: learningRate, show: setting },
    { name: "gradient norm", values: gradientNorm, show: figure },
  ]
    .map((column) => ({ steps, ...column }))
    .filter(hasValues);
  const rows = thinned(at, TABLE_ROWS).map((step, row, all) => {
    const cells = columns.map(({ show, ...curve }) => {
      const value = lastOf(curve, step);
      // what was measured before the row above stands there
      const isNew = value !== undefined && value.step > (all[row - 1] ?? 0);
      return html`<td>${isNew ? show(value.value) : ""}</td>`;
    });
    return html`<tr><td>${grouped(step)}</td>${cells}</tr>`;
  });
  return html`<details><summary>The curves in numbers</summary>
<div class="table"><table>
<thead><tr><th scope="col">step</th>${columns.map(({ name }) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows}</tbody>
</table></div></details>`;
}

export function smallCharts({ records, unit }: Report): Markup {
  const { steps, learningRate, gradientNorm, tokensPerSecond, run } = records;
  const clipNorm = run.recipe?.clipNorm;
  const reference =
    typeof clipNorm === "number" ? { value: clipNorm, name: `clipped to ${setting(clipNorm)}` } : undefined;
  // 0 before anything was measured
  const speed = tokensPerSecond.map((value) => (value > 0 ? value : Number.NaN));
  return html`<section class="small">
${smallChart("Learning rate", { steps, values: learningRate }, { look: "main", unit: "factor of each update", show: setting })}
${smallChart("Gradient norm", { steps, values: gradientNorm }, { look: "each", unit: "before clipping", reference })}
${smallChart("Speed", { steps, values: speed }, { look: "main", unit: `${unit}s a second`, scale: "zero" })}
</section>`;
}

interface SmallChart extends Partial<Pick<Chart, "reference" | "scale">>, Pick<Series, "look">, Pick<Chart, "unit"> {
  readonly show?: (value: number) => string;
}

/** A chart of one curve; nothing where it has no values. */
function smallChart(title: string, curve: Curve, { look, show = figure, scale = "logarithmic", ...rest }: SmallChart) {
  const end = lastOf(curve);
  if (end === undefined) return "";
  const description = `${title} over ${grouped(end.step)} steps; ${show(end.value)} at the end.`;
  const id = title.toLowerCase().replace(" ", "-");
  const series = [{ name: title, look, ...curve }];
  return html`<figure>
<figcaption><h2>${title}</h2>
${show(end.value)} at the end</figcaption>
${lineChart({ id, title, description, series, scale, ...SMALL, ...rest })}</figure>`;
}
