/**
 * How charts look. The colours are blue, vermilion and green of Okabe and Ito's palette, which eyes that confuse red and green
 * tell apart too, darkened for text on white and lightened on black to a contrast above 4.5; dashes and markers differ as well.
 */

export const CHART_COLOURS = {
  light: "--main: #0067a5; --validation: #bf4b00; --training: #00775a;",
  dark: "--main: #62b6f0; --validation: #f39a4e; --training: #45c9a0;",
};

export const CHART_STYLE = `
.chart { display: block; width: 100%; height: auto; overflow: visible; font-size: 12px; fill: var(--soft); }
.chart text { font-variant-numeric: tabular-nums lining-nums; }
.chart path { fill: none; stroke-linejoin: round; stroke-linecap: butt; }
.chart .grid { stroke: var(--rule); }
.chart .axis, .chart .tick { stroke: var(--soft); }
.chart .halo { paint-order: stroke; stroke: var(--paper); stroke-width: 4px; stroke-linejoin: round; }
.chart .reference { stroke: var(--soft); stroke-dasharray: 1 3; }
.chart .leader { stroke: var(--soft); stroke-opacity: .5; }
.chart .line { stroke-width: 2; stroke: var(--main); }
.chart .mark { stroke: none; fill: var(--main); }
.chart .each .line { stroke-width: 1; stroke-opacity: .55; }
.chart .each .band { stroke: var(--main); stroke-opacity: .4; stroke-width: .75; fill: var(--main); fill-opacity: .16; }
.chart .validation .line { stroke: var(--validation); stroke-width: 1.5; }
.chart .validation .mark { fill: var(--validation); }
.chart .training .line { stroke: var(--training); stroke-width: 1.5; stroke-dasharray: 5 3; }
.chart .training .mark { fill: var(--training); }
.chart .ring { fill: none; stroke: var(--validation); stroke-width: 1.5; }
.chart .outlier { fill: var(--main); stroke: none; }
.chart .value { font-weight: 600; fill: var(--main); }
.chart .value.validation { fill: var(--validation); }
.chart .value.training { fill: var(--training); }
`;
