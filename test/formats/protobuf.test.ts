import { expect, test } from "vitest";
import { ProtobufMessage } from "../../src/formats/protobuf.ts";

const hex = (message: ProtobufMessage) => Buffer.from(message.toBytes()).toString("hex");

/** Of protobuf.dev/programming-guides/encoding. */
test("the examples of the format's own description come out as it has them", () => {
  const a150 = () => new ProtobufMessage().wholeNumber(1, 150);
  expect(hex(a150())).toBe("089601");
  expect(hex(new ProtobufMessage().text(2, "testing"))).toBe("120774657374696e67");
  expect(hex(new ProtobufMessage().message(3, a150()))).toBe("1a03089601");
});

test("a whole number is groups of 7 bits, up to 2⁵³ - 1", () => {
  const groupsOf = (value: number) => hex(new ProtobufMessage().wholeNumber(1, value)).slice(2);
  expect([0, 127, 128, 16_383, 16_384, 2 ** 53 - 1].map(groupsOf)).toEqual([
    "00",
    "7f",
    "8001",
    "ff7f",
    "808001",
    "ffffffffffffff0f",
  ]);
});

test("a message is its fields in order, each behind its number, however large the number", () => {
  const inner = new ProtobufMessage().text(1, "é").bytes(2, Uint8Array.of(1, 2, 3));
  const message = new ProtobufMessage().float(1, -0.5).message(2, inner).message(16, new ProtobufMessage());
  expect(hex(message)).toBe(["0d000000bf", "1209", "0a02c3a9", "1203010203", "820100"].join(""));
  expect(hex(new ProtobufMessage())).toBe("");
});
