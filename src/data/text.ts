/**
 * Bytes to text: strict UTF-8. A byte order mark and carriage returns are characters like any other, since they are what the
 * file says.
 */

/** Throws a RangeError that names the first byte that is not UTF-8, or a text longer than a JavaScript string can be. */
export function decodeUtf8(bytes: Uint8Array, name: string): string {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  try {
    return decoder.decode(bytes);
  } catch (error) {
    const offset = firstInvalidByte(bytes);
    if (offset < 0) {
      throw new RangeError(`${name}: ${bytes.length} bytes are more than one string can hold; split the text`, {
        cause: error,
      });
    }
    const byte = (bytes[offset] as number).toString(16).padStart(2, "0");
    throw new RangeError(
      `${name}: expected UTF-8 text, got the byte 0x${byte} at offset ${offset}; convert it to UTF-8 first`,
      {
        cause: error,
      },
    );
  }
}

/** Turns every CR LF into LF; a CR alone stays. */
export function normalizeNewlines(text: string): string {
  return text.replaceAll("\r\n", "\n");
}

/** Offset of the first byte that begins no well-formed UTF-8 sequence (Unicode 15, table 3-7), or -1. */
function firstInvalidByte(bytes: Uint8Array): number {
  let offset = 0;
  while (offset < bytes.length) {
    const lead = bytes[offset] as number;
    const second = bytes[offset + 1] ?? 0;
    let length = 0;
    if (lead < 0x80) length = 1;
    else if (lead >= 0xc2 && lead <= 0xdf) length = 2;
    else if (lead >= 0xe0 && lead <= 0xef) length = 3;
    else if (lead >= 0xf0 && lead <= 0xf4) length = 4;
    if (length === 0) return offset;
    if (lead === 0xe0 && second < 0xa0) return offset; // overlong
    if (lead === 0xed && second > 0x9f) return offset; // surrogates
    if (lead === 0xf0 && second < 0x90) return offset; // overlong
    if (lead === 0xf4 && second > 0x8f) return offset; // above U+10FFFF
    for (let i = 1; i < length; i++) {
      const next = bytes[offset + i];
      if (next === undefined || next < 0x80 || next > 0xbf) return offset;
    }
    offset += length;
  }
  return -1;
}
