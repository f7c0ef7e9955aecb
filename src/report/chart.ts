/** What a chart is to show, before anything is drawn. */

import type { Curve } from "./run-records.ts";

/** How a curve is drawn: "each" is faint, with a band; "main" is strong; "validation" and "training" have their markers. */
export type Look = "each" | "main" | "validation" | "training";

export interface Series extends Curve {
  readonly name: string;
  readonly look: Look;
}

export interface Chart {
  /** Of the page's elements, this one alone has it. */
  readonly id: string;
  readonly title: string;
  /** What the chart shows, for who cannot see it. */
  readonly description: string;
  /** Of the values, or what they are. */
  readonly unit: string;
  readonly series: readonly Series[];
  /** In CSS pixels. */
  readonly width: number;
  readonly height: number;
  /** Where the curves are named: where they end, above the chart, or not at all. */
  readonly names: "end" | "above" | "none";
  /**
   * "cut" leaves far outliers outside, and marks them; "zero" begins at zero; "logarithmic" does so too, but is logarithmic
   * where values lie more than two decades apart.
   */
  readonly scale: "cut" | "zero" | "logarithmic";
  /** A point with a ring around it. */
  readonly ring?: { readonly step: number; readonly value: number } | undefined;
  /** A horizontal line, where the scale reaches it. */
  readonly reference?: { readonly value: number; readonly name: string } | undefined;
}
