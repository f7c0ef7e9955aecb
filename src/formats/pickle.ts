/**
 * Reads the pickles of PyTorch's state dicts, and executes nothing. A pickle is a program for a small stack machine, two of
 * whose instructions name any function of Python and call it: that is how a .pt file runs code. Here a short list of
 * instructions is known, a global is a name among those that the caller allows, and calling one makes a record of name and
 * arguments, to be looked at later. Everything else is refused by its name.
 *
 * The stack, the memo and every list grow by at most one object for each byte read, so a small file cannot ask for much.
 */

import { FormatError } from "./safetensors.ts";

/** A name of a Python module's, as "torch._utils _rebuild_tensor_v2". */
export class PickledGlobal {
  constructor(readonly name: string) {}
}

/** What a global was called with, in the place of what Python would have made of it. */
export class PickledCall {
  constructor(
    readonly name: string,
    readonly args: readonly unknown[],
  ) {}
}

/** What an object outside the pickle is known by. */
export class PickledReference {
  constructor(readonly id: unknown) {}
}

/** A dict, or an OrderedDict; keys of any kind, in order. */
export type PickledDict = Map<unknown, unknown>;

const HIGHEST_PROTOCOL = 5;
const MARK = Symbol("mark");
const ORDERED_DICT = "collections OrderedDict";
const STOP = 0x2e;

/**
 * The object of a pickle, which begins at `start`: dicts as Maps, lists and tuples as arrays, whole numbers and floats as
 * numbers, strings, booleans and null. Throws a FormatError, naming the file, for anything but known instructions and
 * `allowed` globals.
 */
export function readPickle(bytes: Uint8Array, name: string, allowed: ReadonlySet<string>): unknown {
  return new PickleMachine(bytes, name, allowed).read();
}

class PickleMachine {
  private readonly view: DataView;
  private readonly stack: unknown[] = [];
  private readonly memo = new Map<number, unknown>();
  private at = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly name: string,
    private readonly allowed: ReadonlySet<string>,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  read(): unknown {
    for (let code = this.byte(); code !== STOP; code = this.byte()) {
      const instruction = INSTRUCTIONS.get(code);
      if (instruction === undefined) {
        const hex = code.toString(16).padStart(2, "0");
        this.fail(
          `instruction 0x${hex} at ${this.at - 1} is not one of a plain state dict; save model.state_dict() alone`,
        );
      }
      instruction!(this);
    }
    const result = this.pop();
    if (this.stack.length > 0) this.fail("expected one object, got more");
    return result;
  }

  checkProtocol(protocol: number): void {
    if (protocol >= 2 && protocol <= HIGHEST_PROTOCOL) return;
    this.fail(`expected protocol 2 to ${HIGHEST_PROTOCOL}, got ${protocol}`);
  }

  tuple(size: number): void {
    this.push(Array.from({ length: size }, () => this.pop()).reverse());
  }

  append(items: readonly unknown[]): void {
    const list = this.top();
    if (!Array.isArray(list)) this.fail("expected a list to append to");
    for (const item of items) (list as unknown[]).push(item);
  }

  setItems(items: readonly unknown[]): void {
    const dict = this.top();
    if (!(dict instanceof Map)) this.fail("expected a dict to set an item of");
    if (items.length % 2 !== 0) this.fail("expected keys and values, got a key too many");
    for (let i = 0; i < items.length; i += 2) (dict as PickledDict).set(items[i], items[i + 1]);
  }

  remember(key = this.memo.size): void {
    this.memo.set(key, this.top());
  }

  recall(key: number): void {
    if (!this.memo.has(key)) this.fail(`expected an object remembered as ${key}, got none`);
    this.push(this.memo.get(key));
  }

  /** A known global, called: an OrderedDict becomes a dict, others a record. */
  reduce(): void {
    const args = this.pop();
    const callee = this.pop();
    if (!(callee instanceof PickledGlobal) || !Array.isArray(args)) this.fail("expected a call of a known global");
    const { name } = callee as PickledGlobal;
    const given = args as unknown[];
    if (name === ORDERED_DICT && given.length > 0) this.fail("expected an empty OrderedDict to begin with");
    this.push(name === ORDERED_DICT ? new Map() : new PickledCall(name, given));
  }

  /** What a dict, or the record of a call, is to have as attributes (a state dict's versions) is left out. */
  build(): void {
    this.pop();
    const built = this.top();
    if (!(built instanceof Map) && !(built instanceof PickledCall))
      this.fail("expected attributes of a dict or a tensor");
  }

  global(module: unknown, attribute: unknown): void {
    if (typeof module !== "string" || typeof attribute !== "string")
      this.fail("expected the name of a global, got none");
    const name = `${module} ${attribute}`;
    if (!this.allowed.has(name)) {
      this.fail(
        `it names the Python global ${JSON.stringify(name.slice(0, 200))}, which is not one of a plain state dict; save model.state_dict() alone`,
      );
    }
    this.push(new PickledGlobal(name));
  }

  push(value: unknown): void {
    this.stack.push(value);
  }

  pop(): unknown {
    const value = this.stack.pop();
    if (value === undefined || value === MARK) this.fail("an instruction finds nothing on the stack");
    return value;
  }

  private top(): unknown {
    const value = this.stack.at(-1);
    if (value === undefined || value === MARK) this.fail("an instruction finds nothing on the stack");
    return value;
  }

  popToMark(): unknown[] {
    const mark = this.stack.lastIndexOf(MARK);
    if (mark < 0) this.fail("an instruction finds no mark on the stack");
    const items = this.stack.splice(mark);
    items.shift();
    return items;
  }

  byte(): number {
    return this.bytes[this.take(1)]!;
  }

  uint16(): number {
    return this.view.getUint16(this.take(2), true);
  }

  uint32(): number {
    return this.view.getUint32(this.take(4), true);
  }

  int32(): number {
    return this.view.getInt32(this.take(4), true);
  }

  float64(): number {
    return this.view.getFloat64(this.take(8)); // the one number of a pickle with its highest byte first
  }

  /** Goes on by so many bytes; returns where they begin. */
  take(count: number): number {
    const begin = this.at;
    if (begin + count > this.bytes.length) this.fail("it is cut short");
    this.at += count;
    return begin;
  }

  text(length: number): string {
    const begin = this.take(length);
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.bytes.subarray(begin, this.at));
    } catch {
      return this.fail("a text is not UTF-8");
    }
  }

  /** Up to the next line break. */
  line(): string {
    const end = this.bytes.indexOf(10, this.at);
    if (end < 0) this.fail("it is cut short");
    const text = this.text(end - this.at);
    this.take(1);
    return text;
  }

  /** A whole number of so many bytes, lowest first, in two's complement. */
  long(): number {
    const length = this.byte();
    const begin = this.take(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = value * 256n + BigInt(this.bytes[begin + i]!);
    return Number(BigInt.asIntN(8 * length, value));
  }

  private fail(message: string): never {
    throw new FormatError(`${this.name}: pickle: ${message}`);
  }
}

/** What is known, by its byte, with the name that Python's pickletools gives it. Nothing else is. */
const INSTRUCTIONS: ReadonlyMap<number, (machine: PickleMachine) => void> = new Map([
  [0x80, (machine) => machine.checkProtocol(machine.byte())], // PROTO
  [0x95, (machine) => machine.take(8)], // FRAME: a length, for those who read from a stream
  [0x28, (machine) => machine.push(MARK)], // MARK
  [0x4e, (machine) => machine.push(null)], // NONE
  [0x88, (machine) => machine.push(true)], // NEWTRUE
  [0x89, (machine) => machine.push(false)], // NEWFALSE
  [0x4b, (machine) => machine.push(machine.byte())], // BININT1
  [0x4d, (machine) => machine.push(machine.uint16())], // BININT2
  [0x4a, (machine) => machine.push(machine.int32())], // BININT
  [0x8a, (machine) => machine.push(machine.long())], // LONG1
  [0x47, (machine) => machine.push(machine.float64())], // BINFLOAT
  [0x58, (machine) => machine.push(machine.text(machine.uint32()))], // BINUNICODE
  [0x8c, (machine) => machine.push(machine.text(machine.byte()))], // SHORT_BINUNICODE
  [0x7d, (machine) => machine.push(new Map())], // EMPTY_DICT
  [0x5d, (machine) => machine.push([])], // EMPTY_LIST
  [0x29, (machine) => machine.push([])], // EMPTY_TUPLE
  [0x85, (machine) => machine.tuple(1)], // TUPLE1
  [0x86, (machine) => machine.tuple(2)], // TUPLE2
  [0x87, (machine) => machine.tuple(3)], // TUPLE3
  [0x74, (machine) => machine.push(machine.popToMark())], // TUPLE
  [0x61, (machine) => machine.append([machine.pop()])], // APPEND
  [0x65, (machine) => machine.append(machine.popToMark())], // APPENDS
  [0x73, (machine) => machine.setItems([machine.pop(), machine.pop()].reverse())], // SETITEM
  [0x75, (machine) => machine.setItems(machine.popToMark())], // SETITEMS
  [0x71, (machine) => machine.remember(machine.byte())], // BINPUT
  [0x72, (machine) => machine.remember(machine.uint32())], // LONG_BINPUT
  [0x94, (machine) => machine.remember()], // MEMOIZE
  [0x68, (machine) => machine.recall(machine.byte())], // BINGET
  [0x6a, (machine) => machine.recall(machine.uint32())], // LONG_BINGET
  [0x63, (machine) => machine.global(machine.line(), machine.line())], // GLOBAL
  [0x93, (machine) => machine.global(...([machine.pop(), machine.pop()].reverse() as [unknown, unknown]))], // STACK_GLOBAL
  [0x51, (machine) => machine.push(new PickledReference(machine.pop()))], // BINPERSID
  [0x52, (machine) => machine.reduce()], // REDUCE
  [0x62, (machine) => machine.build()], // BUILD
]);
