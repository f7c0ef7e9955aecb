/**
 * SHA-256 (FIPS 180-4) of bytes that come in pieces, in any host. Node has its own, ten times as fast; the web's takes no
 * pieces, and is missing from pages without a secure context.
 */

import { builtinModule } from "../core/wasm-module.ts";

export interface Hasher {
  /** Takes in the next piece. */
  update(bytes: Uint8Array): void;
  /** The hash in hexadecimal. Uses the object up. */
  finish(): string;
}

/** The host's own SHA-256 where it has one that takes pieces. */
export function createSha256(): Hasher {
  const crypto = builtinModule("node:crypto") as typeof import("node:crypto") | undefined;
  if (crypto === undefined) return new Sha256();
  const hash = crypto.createHash("sha256");
  return { update: (bytes) => void hash.update(bytes), finish: () => hash.digest("hex") };
}

/** The first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
const ROUNDS = new Uint32Array([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
  0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
  0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
  0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
  0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
  0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
  0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
  0xc67178f2,
]);

const BLOCK_BYTES = 64;

export class Sha256 implements Hasher {
  /** The first 32 bits of the fractional parts of the square roots of the first 8 primes, then the running digest. */
  private readonly digest = new Uint32Array([
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
  ]);
  private readonly schedule = new Uint32Array(64);
  /** Bytes that do not fill a block yet. */
  private readonly held = new Uint8Array(BLOCK_BYTES);
  private heldBytes = 0;
  private totalBytes = 0;

  update(bytes: Uint8Array): void {
    this.totalBytes += bytes.length;
    let offset = 0;
    if (this.heldBytes > 0) {
      offset = Math.min(BLOCK_BYTES - this.heldBytes, bytes.length);
      this.held.set(bytes.subarray(0, offset), this.heldBytes);
      this.heldBytes += offset;
      if (this.heldBytes < BLOCK_BYTES) return;
      this.takeBlock(this.held, 0);
      this.heldBytes = 0;
    }
    for (; offset + BLOCK_BYTES <= bytes.length; offset += BLOCK_BYTES) this.takeBlock(bytes, offset);
    this.held.set(bytes.subarray(offset));
    this.heldBytes = bytes.length - offset;
  }

  finish(): string {
    const bits = 8 * this.totalBytes;
    const padding = new Uint8Array(9 + ((119 - this.heldBytes) % BLOCK_BYTES));
    padding[0] = 0x80;
    const view = new DataView(padding.buffer);
    view.setUint32(padding.length - 8, Math.floor(bits / 0x1_0000_0000));
    view.setUint32(padding.length - 4, bits >>> 0);
    this.update(padding);
    return Array.from(this.digest, (word) => word.toString(16).padStart(8, "0")).join("");
  }

  private takeBlock(bytes: Uint8Array, offset: number): void {
    const { digest, schedule } = this;
    for (let i = 0, at = offset; i < 16; i++, at += 4) {
      schedule[i] = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
    }
    for (let i = 16; i < 64; i++) {
      const w15 = schedule[i - 15]!;
      const w2 = schedule[i - 2]!;
      const s0 = ((w15 >>> 7) | (w15 << 25)) ^ ((w15 >>> 18) | (w15 << 14)) ^ (w15 >>> 3);
      const s1 = ((w2 >>> 17) | (w2 << 15)) ^ ((w2 >>> 19) | (w2 << 13)) ^ (w2 >>> 10);
      schedule[i] = schedule[i - 16]! + s0 + schedule[i - 7]! + s1;
    }
    let a = digest[0]! | 0;
    let b = digest[1]! | 0;
    let c = digest[2]! | 0;
    let d = digest[3]! | 0;
    let e = digest[4]! | 0;
    let f = digest[5]! | 0;
    let g = digest[6]! | 0;
    let h = digest[7]! | 0;
    for (let i = 0; i < 64; i++) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const first = (h + s1 + ((e & f) ^ (~e & g)) + ROUNDS[i]! + schedule[i]!) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const second = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + first) | 0;
      d = c;
      c = b;
      b = a;
      a = (first + second) | 0;
    }
    digest[0] = digest[0]! + a;
    digest[1] = digest[1]! + b;
    digest[2] = digest[2]! + c;
    digest[3] = digest[3]! + d;
    digest[4] = digest[4]! + e;
    digest[5] = digest[5]! + f;
    digest[6] = digest[6]! + g;
    digest[7] = digest[7]! + h;
  }
}
