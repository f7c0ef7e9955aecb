/** The floats themselves: their bit patterns, their neighbours, the unit in the last place. */

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);
const double = new Float64Array(1);
const halves = new Uint32Array(double.buffer);

/** Half the distance from 1 to the next float: no rounding to float32 is off by more, relative to its result. */
export const UNIT_ROUNDOFF = 2 ** -24;

export const SMALLEST_NORMAL = 2 ** -126;
export const SMALLEST_SUBNORMAL = 2 ** -149;
export const LARGEST_FLOAT = (2 - 2 ** -23) * 2 ** 127;

export function bitsOf(value: number): number {
  float[0] = value;
  return bits[0]!;
}

export function floatOf(pattern: number): number {
  bits[0] = pattern;
  return float[0]!;
}

/** The next float away from zero. */
export function nextOutward(value: number): number {
  return floatOf(bitsOf(value) + 1);
}

/** The next float towards zero. */
export function nextInward(value: number): number {
  return floatOf(bitsOf(value) - 1);
}

const spacings = Float64Array.from({ length: 2048 }, (_, exponent) => 2 ** (Math.max(exponent - 1023, -126) - 23));

/** The spacing of the floats around a float64. */
export function ulpOf(value: number): number {
  double[0] = value;
  return spacings[(halves[1]! >>> 20) & 2047]!;
}
