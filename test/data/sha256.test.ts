import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { createSha256, Sha256 } from "../../src/data/sha256.ts";

/** The hash that Node's own OpenSSL gives. */
const expected = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

test("SHA-256 of every length around a block, and of the standard's own example", () => {
  for (let length = 0; length < 300; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => 7 * i);
    const hash = new Sha256();
    hash.update(bytes);
    expect(hash.finish(), `${length} bytes`).toBe(expected(bytes));
  }
  const hash = new Sha256();
  hash.update(new TextEncoder().encode("abc"));
  expect(hash.finish()).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});

test("pieces may be cut anywhere, and the host's own gives the same", () => {
  const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i * i);
  for (const size of [1, 3, 63, 64, 65, 130, 999]) {
    for (const hash of [new Sha256(), createSha256()]) {
      for (let start = 0; start < bytes.length; start += size) hash.update(bytes.subarray(start, start + size));
      expect(hash.finish(), `pieces of ${size}`).toBe(expected(bytes));
    }
  }
});
