/** What the model wrote as it learnt. */

import { escapeHtml, figure, grouped, html, Markup } from "./html.ts";
import { type Report, thinned } from "./page-parts.ts";
import type { RunRecords, RunSample } from "./run-records.ts";
import { lastOf } from "./run-summary.ts";

/** More samples than this nobody reads; the first, the last and some between are shown. */
const MOST_SAMPLES = 100;
/** More characters of one sample nobody reads either. */
const LONGEST_SAMPLE = 3000;

export function samples({ records }: Report): Markup | string {
  const all = records.samples;
  if (all.length === 0) return "";
  const shown = thinned(all, MOST_SAMPLES);
  const some = shown.length < all.length ? `${shown.length} of ${grouped(all.length)}, evenly spaced. ` : "";
  return html`<section>
<h2 id="samples">Samples over time</h2>
<p class="soft">${some}${shown.length === 1 ? "One sample" : `From ${moment(shown[0]!)} to ${moment(shown[shown.length - 1]!)}`}.</p>
<div class="samples" tabindex="0" role="region" aria-labelledby="samples"><ol>
${shown.map((sample) => oneSample(sample, records))}</ol></div>
</section>`;
}

function moment({ step }: RunSample): string {
  return step === 0 ? "before training" : `step ${grouped(step)}`;
}

function oneSample({ step, text }: RunSample, records: RunRecords): Markup {
  const { steps, smoothLoss, loss, validationLoss, trainLoss } = records;
  const own =
    lastOf({ steps, values: smoothLoss }, step) ?? lastOf({ steps, values: loss }, step) ?? lastOf(trainLoss, step);
  const validation = lastOf(validationLoss, step);
  const lines = [
    ...(own === undefined ? [] : [`loss ${figure(own.value)}`]),
    ...(validation === undefined ? [] : [`validation ${figure(validation.value)}`]),
  ];
  const characters = [...text.slice(0, 2 * LONGEST_SAMPLE)];
  const rest = characters.length > LONGEST_SAMPLE || text.length > 2 * LONGEST_SAMPLE;
  const end = rest ? html`<p>… cut here, after ${grouped(LONGEST_SAMPLE)} characters</p>` : "";
  return html`<li><header><h3>${step === 0 ? "Before training" : `Step ${grouped(step)}`}</h3>${lines.map((line) => html`<p>${line}</p>`)}</header>
<div><pre dir="auto">${preText(characters.slice(0, LONGEST_SAMPLE).join(""))}</pre>${end}</div></li>
`;
}

/** A reader drops the first newline of a <pre>; a further one keeps the sample's own. */
function preText(text: string): Markup {
  return new Markup(`\n${escapeHtml(text)}`);
}
