import type { BenchResults, BenchSettings } from "../bench.ts";
import type { Section } from "../section.ts";

/** What the page tells its bench thread, once. */
export interface BenchRequest {
  readonly settings: BenchSettings;
}

/** What the thread tells the page. */
export type BenchMessage =
  | { readonly kind: "progress"; readonly what: string }
  | { readonly kind: "section"; readonly section: Section }
  | { readonly kind: "done"; readonly results: BenchResults }
  | { readonly kind: "failed"; readonly reason: string };
