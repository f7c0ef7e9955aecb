/**
 * ONNX's messages, of onnx.proto, as far as a recurrent model needs them: field numbers stand here and nowhere else. What is
 * written is IR version 8 with operator set 17.
 */

import type { FloatArray } from "../core/engine.ts";
import { ProtobufMessage } from "../formats/protobuf.ts";

const IR_VERSION = 8;
const OPERATOR_SET = 17;
const DATA_TYPES = { float: 1, int64: 7 } as const;
type DataType = keyof typeof DATA_TYPES;

/** A size that is known, or the name of one that each call decides. */
export type Dimension = number | string;
export type Attribute =
  | number
  | string
  | readonly number[]
  | readonly string[]
  | OnnxGraph
  | { readonly floats: readonly number[] };

/** A graph that is being built: nodes in the order of their computation, and the constants that they read. */
export class OnnxGraph {
  private readonly message = new ProtobufMessage();
  private nodes = 0;

  constructor(name: string) {
    this.message.text(2, name);
  }

  input(name: string, type: DataType, shape: readonly Dimension[]): string {
    this.message.message(11, valueInfo(name, type, shape));
    return name;
  }

  output(name: string, type: DataType, shape: readonly Dimension[]): void {
    this.message.message(12, valueInfo(name, type, shape));
  }

  /** A constant of float32 values, row-major. */
  floats(name: string, shape: readonly number[], values: FloatArray | readonly number[]): string {
    const bytes = new DataView(new ArrayBuffer(4 * values.length));
    for (let i = 0; i < values.length; i++) bytes.setFloat32(4 * i, values[i]!, true);
    return this.constant(name, "float", shape, new Uint8Array(bytes.buffer));
  }

  /** A constant of whole numbers; without a shape it is a list of them, with an empty one a single number. */
  integers(name: string, values: readonly number[], shape: readonly number[] = [values.length]): string {
    const bytes = new DataView(new ArrayBuffer(8 * values.length));
    for (const [i, value] of values.entries()) bytes.setBigInt64(8 * i, BigInt(value), true);
    return this.constant(name, "int64", shape, new Uint8Array(bytes.buffer));
  }

  /** A node; an empty name stands for an input or output that is left out. Returns its first output. */
  node(
    operator: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): string {
    const node = new ProtobufMessage();
    for (const input of inputs) node.text(1, input);
    for (const output of outputs) node.text(2, output);
    node.text(3, `${operator}_${this.nodes++}`).text(4, operator);
    for (const [name, value] of Object.entries(attributes)) node.message(5, attributeOf(name, value));
    this.message.message(1, node);
    return outputs[0]!;
  }

  /** The bytes of a model of this graph, with notes for its reader. */
  toModel(producer: { name: string; version: string }, notes: Readonly<Record<string, string>>): Uint8Array {
    const model = new ProtobufMessage()
      .wholeNumber(1, IR_VERSION)
      .text(2, producer.name)
      .text(3, producer.version)
      .message(7, this.message)
      .message(8, new ProtobufMessage().text(1, "").wholeNumber(2, OPERATOR_SET));
    for (const [key, value] of Object.entries(notes)) {
      model.message(14, new ProtobufMessage().text(1, key).text(2, value));
    }
    return model.toBytes();
  }

  /** The graph itself, for a node that runs it. */
  toMessage(): ProtobufMessage {
    return this.message;
  }

  private constant(name: string, type: DataType, shape: readonly number[], bytes: Uint8Array): string {
    const tensor = new ProtobufMessage();
    for (const size of shape) tensor.wholeNumber(1, size);
    tensor.wholeNumber(2, DATA_TYPES[type]).text(8, name).bytes(9, bytes);
    this.message.message(5, tensor);
    return name;
  }
}

function valueInfo(name: string, type: DataType, dimensions: readonly Dimension[]): ProtobufMessage {
  const shape = new ProtobufMessage();
  for (const dimension of dimensions) {
    const message = new ProtobufMessage();
    if (typeof dimension === "number") message.wholeNumber(1, dimension);
    else message.text(2, dimension);
    shape.message(1, message);
  }
  const tensor = new ProtobufMessage().wholeNumber(1, DATA_TYPES[type]).message(2, shape);
  return new ProtobufMessage().text(1, name).message(2, new ProtobufMessage().message(1, tensor));
}

/** Numbers are whole, but for those that are said to be floats. */
function attributeOf(name: string, value: Attribute): ProtobufMessage {
  const attribute = new ProtobufMessage().text(1, name);
  if (value instanceof OnnxGraph) return attribute.message(6, value.toMessage()).wholeNumber(20, 5);
  if (typeof value === "number") return attribute.wholeNumber(3, value).wholeNumber(20, 2);
  if (typeof value === "string") return attribute.text(4, value).wholeNumber(20, 3);
  if ("floats" in value) {
    for (const each of value.floats) attribute.float(7, each);
    return attribute.wholeNumber(20, 6);
  }
  const texts = typeof value[0] === "string";
  for (const each of value) {
    if (typeof each === "number") attribute.wholeNumber(8, each);
    else attribute.text(9, each);
  }
  return attribute.wholeNumber(20, texts ? 8 : 7);
}
