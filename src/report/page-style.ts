/** How the page looks, on a screen in either scheme, on a phone and on paper. */

import { CHART_COLOURS, CHART_STYLE } from "./chart-style.ts";

const LIGHT = `--paper: #fdfdfc; --raised: #f5f5f2; --ink: #1b1e23; --soft: #5d646e; --rule: #e3e3de; ${CHART_COLOURS.light}`;
const DARK = `--paper: #14171b; --raised: #1c2026; --ink: #e7e7e4; --soft: #9ba2ab; --rule: #2b3038; ${CHART_COLOURS.dark}`;

export const PAGE_STYLE = `
:root { color-scheme: light dark; ${LIGHT} }
@media (prefers-color-scheme: dark) { :root { ${DARK} } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif; }
main, footer { max-width: 1020px; margin: 0 auto; padding: 0 24px; }
main > header { padding-top: 40px; }
h1 { margin: 0; font-size: 28px; line-height: 1.2; font-weight: 650; letter-spacing: -.01em; overflow-wrap: anywhere; }
h2 { margin: 0 0 4px; color: var(--ink); font-size: 17px; line-height: 1.3; font-weight: 650; }
p { margin: 0; }
section { margin-top: 44px; }
.soft, figcaption, dt, footer { color: var(--soft); }
.lead { margin-top: 6px; color: var(--soft); overflow-wrap: anywhere; }
.note { margin-top: 10px; max-width: 70ch; font-size: 13px; color: var(--soft); }

.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(172px, 1fr)); gap: 20px 28px;
  margin: 30px 0 0; padding: 18px 0; border: solid var(--rule); border-width: 1px 0; }
.figures dt { font-size: 13px; }
.figures dd { margin: 0; font-size: 13px; color: var(--soft); font-variant-numeric: tabular-nums lining-nums; }
.figures strong { display: block; font-size: 27px; line-height: 1.25; font-weight: 600; letter-spacing: -.01em; color: var(--ink); }
.figures small { margin-left: -.1em; font-size: 15px; font-weight: 400; letter-spacing: 0; color: var(--soft); }

figure { margin: 0; min-width: 0; }
figcaption { margin-bottom: 12px; font-size: 13px; }
.narrow { display: none; }
.small { display: grid; grid-template-columns: repeat(auto-fill, minmax(270px, 1fr)); gap: 32px 30px; }
${CHART_STYLE}
.small figure { max-width: 480px; }
.small .each .line { stroke-width: 1.5; stroke-opacity: 1; }

table { width: 100%; border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums lining-nums; }
th { font-weight: 400; color: var(--soft); text-align: right; vertical-align: bottom; }
td { text-align: right; }
th, td { padding: 5px 0 5px 18px; border-bottom: 1px solid var(--rule); white-space: nowrap; }
th:first-child, td:first-child { padding-left: 0; }
details { margin-top: 18px; }
summary { cursor: pointer; width: fit-content; font-size: 13px; color: var(--soft); }
summary:hover { color: var(--ink); }
.table { margin-top: 8px; overflow-x: auto; }

.samples { margin: 12px 0 0; max-height: 640px; overflow-y: auto; background: var(--raised); border-radius: 6px; }
.samples ol { margin: 0; padding: 0 20px; list-style: none; }
.samples li { display: grid; grid-template-columns: 132px minmax(0, 1fr); gap: 4px 24px; padding: 18px 0; border-bottom: 1px solid var(--rule); }
.samples li:last-child { border-bottom: 0; }
.samples h3 { margin: 0; font-size: 13px; font-weight: 650; font-variant-numeric: tabular-nums lining-nums; }
.samples p { font-size: 13px; color: var(--soft); font-variant-numeric: tabular-nums lining-nums; }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: isolate;
  font: 13px/1.55 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace; }

.recipe { columns: 3 240px; column-gap: 40px; margin: 12px 0 0; font-size: 13px; font-variant-numeric: tabular-nums lining-nums; }
.recipe div { display: flex; justify-content: space-between; gap: 16px; padding: 4px 0; border-bottom: 1px solid var(--rule); break-inside: avoid; }
.recipe dt, .recipe dd { overflow-wrap: anywhere; }
.recipe dd { margin: 0; text-align: right; }
footer { padding-top: 44px; padding-bottom: 40px; font-size: 13px; }
:focus-visible { outline: 2px solid var(--main); outline-offset: 2px; }

@media (max-width: 760px) {
  main, footer { padding: 0 16px; }
  main > header { padding-top: 24px; }
  section { margin-top: 36px; }
  .figures { grid-template-columns: 1fr 1fr; gap: 18px; }
  .figures strong { font-size: 23px; }
  .wide { display: none; }
  .narrow { display: block; max-width: 560px; }
  .samples { max-height: 80vh; }
  .samples ol { padding: 0 14px; }
  .samples li { grid-template-columns: 1fr; padding: 14px 0; }
  .samples header { display: flex; gap: 12px; flex-wrap: wrap; }
}
@media print {
  @page { margin: 16mm; }
  :root { ${LIGHT} --paper: #fff; --raised: #fff; }
  body { font-size: 10.5pt; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  main, footer { max-width: none; padding: 0; }
  main > header { padding-top: 0; }
  .wide { display: block; }
  .narrow { display: none; }
  .figures { grid-template-columns: repeat(auto-fit, minmax(118px, 1fr)); gap: 16px; margin-top: 20px; padding: 12px 0; }
  .figures dt, .figures dd { font-size: 8pt; }
  .figures strong { font-size: 16pt; }
  section { margin-top: 28px; }
  .small { grid-template-columns: repeat(auto-fit, minmax(170px, 1fr)); gap: 20px; }
  figure, .samples li, tr { break-inside: avoid; }
  h2 { break-after: avoid; }
  .samples { max-height: none; overflow: visible; }
  .samples ol { padding: 0; }
  .samples li { grid-template-columns: 110px minmax(0, 1fr); }
  details:not([open]) { display: none; }
}
`;
