import type { Table } from "./table.ts";
import { formatTable } from "./table.ts";

/** A part of the results, as it is shown. */
export interface Section {
  readonly title: string;
  readonly lines: readonly string[];
  readonly tables: readonly Table[];
}

/** A section for a terminal. */
export function sectionText({ title, lines, tables }: Section): string {
  return [[title, ...lines].join("\n"), ...tables.map(formatTable)].join("\n\n");
}
