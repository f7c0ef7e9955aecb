/**
 * Float64 functions out of +, -, ×, ÷ and √ alone, which IEEE 754 rounds the same everywhere. asc compiles this file into the
 * module and tsc into the host (`number` is f64 to both), so the two agree to the bit without asking the host's Math.
 */

/** Natural logarithm of a finite x > 0, within 3e-16 relative to max(1, |log x|). */
export function naturalLogarithm(x: number): number {
  let exponent = 0.0;
  while (x >= 1.4142135623730951) {
    x *= 0.5;
    exponent += 1.0;
  }
  while (x < 0.7071067811865476) {
    x *= 2.0;
    exponent -= 1.0;
  }
  // log x = 2·artanh(s) = 2·(s + s³/3 + s⁵/5 + …), |s| < 0.172
  const s = (x - 1.0) / (x + 1.0);
  const z = s * s;
  let series = 0.0;
  for (let divisor = 23.0; divisor >= 3.0; divisor -= 2.0) series = (series + 1.0 / divisor) * z;
  return exponent * 0.6931471805599453 + 2.0 * (s + s * series);
}

/**
 * The standard normal quantile: the z below which a standard normal variable falls with the given probability, for
 * probabilities from 1e-10 to 1 - 1e-10. Relative error at most 1e-15. Wichura's PPND16 (Applied Statistics 37, 1988,
 * AS 241).
 */
export function normalQuantile(probability: number): number {
  const q = probability - 0.5;
  if (q >= -0.425 && q <= 0.425) {
    const r = 0.180625 - q * q;
    let top = 2.5090809287301226727e3;
    top = top * r + 3.3430575583588128105e4;
    top = top * r + 6.7265770927008700853e4;
    top = top * r + 4.5921953931549871457e4;
    top = top * r + 1.3731693765509461125e4;
    top = top * r + 1.9715909503065514427e3;
    top = top * r + 1.3314166789178437745e2;
    top = top * r + 3.387132872796366608;
    let bottom = 5.226495278852854561e3;
    bottom = bottom * r + 2.8729085735721942674e4;
    bottom = bottom * r + 3.930789580009271061e4;
    bottom = bottom * r + 2.1213794301586595867e4;
    bottom = bottom * r + 5.3941960214247511077e3;
    bottom = bottom * r + 6.871870074920579083e2;
    bottom = bottom * r + 4.2313330701600911252e1;
    bottom = bottom * r + 1.0;
    return (q * top) / bottom;
  }
  const tail = q < 0.0 ? probability : 1.0 - probability;
  const r = Math.sqrt(-naturalLogarithm(tail)) - 1.6;
  let top = 7.7454501427834140764e-4;
  top = top * r + 2.27238449892691845833e-2;
  top = top * r + 2.4178072517745061177e-1;
  top = top * r + 1.27045825245236838258;
  top = top * r + 3.64784832476320460504;
  top = top * r + 5.7694972214606914055;
  top = top * r + 4.6303378461565452959;
  top = top * r + 1.42343711074968357734;
  let bottom = 1.05075007164441684324e-9;
  bottom = bottom * r + 5.475938084995344946e-4;
  bottom = bottom * r + 1.51986665636164571966e-2;
  bottom = bottom * r + 1.4810397642748007459e-1;
  bottom = bottom * r + 6.8976733498510000455e-1;
  bottom = bottom * r + 1.6763848301838038494;
  bottom = bottom * r + 2.05319162663775882187;
  bottom = bottom * r + 1.0;
  const size = top / bottom;
  return q < 0.0 ? -size : size;
}

/** baseⁿ for a whole n ≥ 0, by squaring: the same roundings in the same order everywhere. */
export function wholePower(base: number, n: number): number {
  let result = 1.0;
  while (n > 0.0) {
    if (n % 2.0 >= 1.0) result *= base;
    base *= base;
    n = Math.floor(n / 2.0);
  }
  return result;
}

/** cos(π·x) for x from 0 to 1, within 1e-15: the Taylor series, on the quarter where it converges fast. */
export function cosine(x: number): number {
  const mirrored = x > 0.5;
  const angle = 3.141592653589793 * (mirrored ? 1.0 - x : x);
  const z = angle * angle;
  // 1 - z/2·(1 - z/12·(1 - z/30·(…))), the divisors being (n - 1)·n
  let series = 1.0;
  for (let n = 24.0; n >= 2.0; n -= 2.0) series = 1.0 - (series * z) / ((n - 1.0) * n);
  return mirrored ? -series : series;
}
