/**
 * Numbers of 16 bits. float16 (IEEE 754 binary16): sign, 5 bits of exponent, 10 of fraction; up to 65,504. bfloat16: the upper
 * half of a float32.
 */

/** The largest float16 that is finite. */
export const LARGEST_HALF = 65_504;

const SMALLEST_EXPONENT = -14;
const FRACTION_BITS = 10;
const scratch = new DataView(new ArrayBuffer(8));

/**
 * The bits of the float16 nearest to a number; of two equally near the one whose last bit is 0. What rounds beyond 65,504
 * becomes an infinity, what is no number NaN.
 */
export function halfBits(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size >= 65_520) return sign | 0x7c00; // half-way to what would be the next
  scratch.setFloat64(0, size);
  const exponent = Math.max(((scratch.getUint16(0) >>> 4) & 0x7ff) - 1023, SMALLEST_EXPONENT);
  const units = roundToEven(size * 2 ** (FRACTION_BITS - exponent));
  // a normal number's units begin at 2¹⁰, which the exponent's field then counts; a carry or a subnormal comes out right too
  return sign | (((exponent - SMALLEST_EXPONENT) << FRACTION_BITS) + units);
}

/** The number that a float16's bits stand for. */
export function halfValue(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> FRACTION_BITS) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (0x400 + fraction) * 2 ** (exponent - 25);
}

/** The number that a bfloat16's bits stand for. */
export function bfloat16Value(bits: number): number {
  scratch.setUint32(0, bits << 16);
  return scratch.getFloat32(0);
}

/** The nearest whole number to one that is not negative; of two equally near the even one. */
function roundToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return rest < 0.5 ? below : below + 1;
  return below % 2 === 0 ? below : below + 1;
}
