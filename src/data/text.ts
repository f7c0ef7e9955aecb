import { InvalidValueError } from "../core/errors.ts";

/**
 * Bytes to text: strict UTF-8, at once or in pieces. A byte order mark and carriage returns are characters like any other, since they are what the
 * file says.
 */

/** Throws a RangeError that names the first byte that is not UTF-8, or a text longer than a JavaScript string can be. */
export function decodeUtf8(bytes: Uint8Array, name: string): string {
  const decoder = new Utf8Decoder(name);
  return decoder.write(bytes) + decoder.end();
}

/** Decodes UTF-8 that comes in pieces, wherever they are cut. */
export class Utf8Decoder {
  private readonly decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  /** A character that was begun at the end of the last piece: at most 3 bytes. */
  private begun = new Uint8Array(0);
  /** Bytes before those. */
  private offset = 0;

  /** `name` is what errors call the text. */
  constructor(private readonly name: string) {}

  /** The text of the next bytes. Throws as decodeUtf8 does, with offsets from the first piece on. */
  write(bytes: Uint8Array): string {
    let piece = bytes;
    if (this.begun.length > 0) {
      piece = new Uint8Array(this.begun.length + bytes.length);
      piece.set(this.begun);
      piece.set(bytes, this.begun.length);
    }
    const whole = piece.subarray(0, completeLength(piece));
    const text = this.decode(whole);
    this.begun = piece.slice(whole.length);
    this.offset += whole.length;
    return text;
  }

  /** To be called after the last piece: the text must not end within a character. */
  end(): string {
    const text = this.decode(this.begun);
    this.begun = new Uint8Array(0);
    return text;
  }

  private decode(bytes: Uint8Array): string {
    try {
      return this.decoder.decode(bytes);
    } catch (cause) {
      const invalid = firstInvalidByte(bytes);
      if (invalid < 0) {
        throw new InvalidValueError(
          `${this.name}: ${bytes.length} bytes are more than one string can hold; split the text`,
          {
            cause,
          },
        );
      }
      const byte = (bytes[invalid] as number).toString(16).padStart(2, "0");
      throw new InvalidValueError(
        `${this.name}: expected UTF-8 text, got the byte 0x${byte} at offset ${this.offset + invalid}; ` +
          "convert it to UTF-8 first, or read it with --unit byte",
        { cause },
      );
    }
  }
}

/** Length of `bytes` without a character that is begun at their end. */
function completeLength(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] as number;
    if (byte < 0x80) return bytes.length;
    if (byte < 0xc0) continue;
    const length = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    return back < length ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

/** Turns every CR LF into LF; a CR alone stays. */
export function normalizeNewlines(text: string): string {
  return text.replaceAll("\r\n", "\n");
}

/** The same in bytes. */
export function normalizeNewlineBytes(bytes: Uint8Array): Uint8Array {
  return bytes.filter((byte, i) => byte !== 0x0d || bytes[i + 1] !== 0x0a);
}

/** Turns every CR LF into LF in a text that comes in pieces of bytes, wherever they are cut. */
export class NewlineFolder {
  /** Whether the last piece ended in a CR, which has not been handed on yet. */
  private heldReturn = false;

  write(bytes: Uint8Array): Uint8Array {
    const folded = new Uint8Array(bytes.length + 1);
    let length = 0;
    for (const byte of bytes) {
      if (this.heldReturn && byte !== 0x0a) folded[length++] = 0x0d;
      this.heldReturn = byte === 0x0d;
      if (!this.heldReturn) folded[length++] = byte;
    }
    return folded.subarray(0, length);
  }

  end(): Uint8Array {
    const rest = this.heldReturn ? [0x0d] : [];
    this.heldReturn = false;
    return Uint8Array.from(rest);
  }
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
