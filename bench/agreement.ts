/** Contenders are compared before they are timed: a wrong answer has no speed. */

export class DisagreementError extends Error {
  override readonly name = "DisagreementError";
}

/** What a difference is measured against: the expected number itself, or the largest of all those expected. */
export type Scale = "each" | "largest";

/**
 * Throws a DisagreementError that names the first of `got` further than tolerance · scale from its counterpart, or not
 * a number. Returns the largest difference, as a fraction of the scale.
 */
export function checkAgreement(
  name: string,
  got: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  scale: Scale,
): number {
  if (got.length !== expected.length || got.length === 0) {
    throw new DisagreementError(`${name}: expected ${expected.length} numbers, got ${got.length}`);
  }
  let largest = 0;
  for (let i = 0; i < expected.length; i++) largest = Math.max(largest, Math.abs(expected[i]!));
  let worst = 0;
  for (let i = 0; i < got.length; i++) {
    const difference = Math.abs(got[i]! - expected[i]!) / (scale === "each" ? Math.abs(expected[i]!) : largest);
    // put so that NaN fails
    if (!(difference <= tolerance)) {
      throw new DisagreementError(
        `${name}: expected ${expected[i]} at index ${i}, got ${got[i]}; ` +
          `apart by ${difference.toExponential(1)} of ${scale === "each" ? "itself" : "the largest"}, ` +
          `tolerance ${tolerance}`,
      );
    }
    worst = Math.max(worst, difference);
  }
  return worst;
}
