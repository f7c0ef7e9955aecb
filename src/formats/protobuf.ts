/**
 * Writes protocol buffers: a message is a row of fields, each a key (field number · 8 + wire type) and a value. Two wire types
 * suffice here: 0, a whole number in groups of 7 bits, lowest first (varint), and 2, a length and so many bytes, which are a
 * text, other bytes or a message within. Floats have type 5.
 */

const encoder = new TextEncoder();

/** A message that is being written; every method adds a field and returns the message. */
export class ProtobufMessage {
  private readonly parts: Uint8Array[] = [];
  private length = 0;

  /** A whole number from 0 to 2⁵³ - 1; an int64 that is negative must not come here. */
  wholeNumber(field: number, value: number): this {
    return this.add(varint(field * 8)).add(varint(value));
  }

  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.add(varint(field * 8 + 5)).add(bytes);
  }

  text(field: number, value: string): this {
    return this.bytes(field, encoder.encode(value));
  }

  bytes(field: number, value: Uint8Array): this {
    return this.add(varint(field * 8 + 2))
      .add(varint(value.length))
      .add(value);
  }

  message(field: number, value: ProtobufMessage): this {
    this.add(varint(field * 8 + 2)).add(varint(value.length));
    for (const part of value.parts) this.add(part);
    return this;
  }

  /** All that was written. */
  toBytes(): Uint8Array {
    const bytes = new Uint8Array(this.length);
    let offset = 0;
    for (const part of this.parts) {
      bytes.set(part, offset);
      offset += part.length;
    }
    return bytes;
  }

  private add(part: Uint8Array): this {
    this.parts.push(part);
    this.length += part.length;
    return this;
  }
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  do {
    const group = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? group + 128 : group);
  } while (rest > 0);
  return Uint8Array.from(bytes);
}
