/** What the exports of core.wasm and inference.wasm answer: a count, a token or a loss, or the Status by which they refuse. */

import * as abi from "../../assembly/abi/constants.ts";
import { InvalidValueError } from "./errors.ts";

/**
 * The answer, if it is no refusal. Tokens and sizes are checked before every call, so that a refusal is of a setting: a number that is
 * not finite, say. Throws an InvalidValueError that names the module.
 */
export function accepted(answer: number, module: "core.wasm" | "inference.wasm" = "core.wasm"): number {
  if (answer >= 0) return answer;
  throw new InvalidValueError(
    `${module}: expected arguments within their ranges, got status ${answer} (${meaning(answer)})`,
  );
}

function meaning(status: number): string {
  if (status <= abi.Status.BadStep) return `the step record's field at byte ${abi.Status.BadStep - status}`;
  return abi.Status[status] ?? "unknown";
}
