/** The records of the ABI, field by field, from the one file that both compilers read. */

import { readFileSync } from "node:fs";
import * as abi from "../../assembly/abi/constants.ts";
import type { Field } from "./draw-record.ts";

export const RECORDS = ["CONFIG", "STEP", "TENSOR"] as const;

const source = readFileSync("assembly/abi/constants.ts", "utf8");

/** The fields of a record in order, named as C names them; a type that the file does not tell is i32. */
export function fieldsOf(record: (typeof RECORDS)[number]): {
  readonly fields: readonly Field[];
  readonly bytes: number;
} {
  const entries = Object.entries(abi).filter(([name]) => name.startsWith(`${record}_`)) as [string, number][];
  const fields = entries
    .filter(([name]) => name !== `${record}_BYTES`)
    .map(([name, offset]) => {
      const [, type = "i32"] = new RegExp(`^export const ${name} = \\d+;(?: // ([iuf]\\d\\d)\\b)?`, "m").exec(source)!;
      return { offset, type, name: name.slice(record.length + 1).toLowerCase() };
    });
  return { fields: fields.sort((a, b) => a.offset - b.offset), bytes: Object.fromEntries(entries)[`${record}_BYTES`]! };
}
