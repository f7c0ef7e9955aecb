/**
 * The tensors of a file that torch.save wrote (PyTorch 1.6 or later): a zip archive with a pickle, data.pkl, whose tensors
 * are views of the archive's entries data/0, data/1 and so on. Nothing of the pickle is executed; what it may name is this:
 */

import type { FloatArray } from "../core/engine.ts";
import { bfloat16Value, halfValue } from "../formats/half-float.ts";
import { PickledCall, PickledGlobal, PickledReference, readPickle } from "../formats/pickle.ts";
import { FormatError } from "../formats/safetensors.ts";
import { looksLikeZip, readStoredZip } from "../formats/zip.ts";
import type { TensorSource } from "./torch-import.ts";

const REBUILD_TENSOR = "torch._utils _rebuild_tensor_v2";
const REBUILD_PARAMETER = "torch._utils _rebuild_parameter";

interface Storage {
  /** Bytes of an element. */
  readonly width: number;
  /** Undefined where no weight may be of the type. */
  readonly read: ((view: DataView, offset: number) => number) | undefined;
}

const STORAGES: Readonly<Record<string, Storage>> = {
  "torch FloatStorage": { width: 4, read: (view, offset) => view.getFloat32(offset, true) },
  "torch DoubleStorage": { width: 8, read: (view, offset) => view.getFloat64(offset, true) },
  "torch HalfStorage": { width: 2, read: (view, offset) => halfValue(view.getUint16(offset, true)) },
  "torch BFloat16Storage": { width: 2, read: (view, offset) => bfloat16Value(view.getUint16(offset, true)) },
  "torch LongStorage": { width: 8, read: undefined },
  "torch IntStorage": { width: 4, read: undefined },
  "torch ShortStorage": { width: 2, read: undefined },
  "torch CharStorage": { width: 1, read: undefined },
  "torch ByteStorage": { width: 1, read: undefined },
  "torch BoolStorage": { width: 1, read: undefined },
};

/** Every Python global that a pickle may name. */
export const ALLOWED_GLOBALS: ReadonlySet<string> = new Set([
  "collections OrderedDict",
  REBUILD_TENSOR,
  REBUILD_PARAMETER,
  ...Object.keys(STORAGES),
]);

const MOST_PICKLE_BYTES = 100_000_000;
const MOST_DIMENSIONS = 8;
/** Keys under which scripts put the state dict into a checkpoint of more. */
const NESTED = /^(model_?)?(state_?dict)?$|^(model|net|network|weights)$/i;

type StateDict = Map<string, PickledCall>;

/** Whether a file is one of torch.save's, by how it begins. */
export function looksLikeCheckpoint(bytes: Uint8Array, name: string): boolean {
  return looksLikeZip(bytes) || /\.(pt|pth|pkl)$/i.test(name);
}

/** Throws a FormatError, naming the file, for anything but a state dict of dense tensors, or a dict that has one. */
export function checkpointSource(bytes: Uint8Array, name: string): TensorSource {
  if (!looksLikeZip(bytes)) {
    throw new FormatError(
      `${name}: expected a zip archive, as torch.save of PyTorch 1.6 and later writes; load it there and save its state dict again`,
    );
  }
  const entries = readStoredZip(bytes, name);
  const fail = (message: string): never => {
    throw new FormatError(`${name}: ${message}`);
  };
  const pickles = [...entries.keys()].filter((entry) => /(^|\/)data\.pkl$/.test(entry));
  const [pickle] = pickles;
  if (pickle === undefined || pickles.length > 1) fail(`expected one entry data.pkl, got ${pickles.length}`);
  const folder = pickle!.slice(0, -"data.pkl".length);
  const content = entries.get(pickle!)!;
  if (content.length > MOST_PICKLE_BYTES)
    fail(`expected a pickle of at most ${MOST_PICKLE_BYTES} bytes, got ${content.length}`);
  const order = entries.get(`${folder}byteorder`);
  if (order !== undefined && new TextDecoder().decode(order) !== "little")
    fail("expected little-endian numbers, got others");

  const state = stateDict(readPickle(content, name, ALLOWED_GLOBALS), fail);
  const tensors = new Map(
    [...state].map(([tensor, call]) => [
      tensor,
      tensorOf(call, tensor, (key) => entries.get(`${folder}data/${key}`), fail),
    ]),
  );
  return { tensors, metadata: new Map() };
}

/** The object itself if it is a dict of tensors, or the one entry of it that is. */
function stateDict(object: unknown, fail: (message: string) => never): StateDict {
  if (isState(object)) return object;
  if (!(object instanceof Map)) return fail("expected a state dict, got another object; save model.state_dict()");
  // each dict once: a small pickle can name a large one many times
  const states = new Set([...new Set(object.values())].filter(isState));
  const nested = [...object].filter(([key, value]) => typeof key === "string" && states.has(value));
  const named = nested.filter(([key]) => NESTED.test(key as string));
  const [found] = nested.length === 1 ? nested : named.length === 1 ? named : [];
  if (found !== undefined) return found[1] as StateDict;
  const keys = [...object.keys()]
    .slice(0, 8)
    .map((key) => (typeof key === "string" ? JSON.stringify(key.slice(0, 80)) : `a ${typeof key}`));
  const got = keys.length === 0 ? "an empty one" : `the keys ${keys.join(", ")}`;
  return fail(`expected a state dict, or a dict with one, got ${got}`);
}

/** Whether it is a dict of names and tensors; an empty one is none. */
function isState(object: unknown): object is StateDict {
  if (!(object instanceof Map) || object.size === 0) return false;
  for (const [key, value] of object) {
    if (typeof key !== "string" || !(value instanceof PickledCall)) return false;
  }
  return true;
}

/** _rebuild_tensor_v2(storage, offset, sizes, strides, …), all in elements; a parameter is one around a tensor. */
function tensorOf(
  call: PickledCall,
  tensor: string,
  entry: (key: string) => Uint8Array | undefined,
  fail: (message: string) => never,
): { shape: readonly number[]; read(): FloatArray } {
  const refuse = (message: string): never => fail(`tensor "${tensor}": ${message}`);
  const inner = call.name === REBUILD_PARAMETER ? call.args[0] : call;
  if (!(inner instanceof PickledCall) || inner.name !== REBUILD_TENSOR)
    refuse("expected a dense tensor, got another object");
  const [reference, offset, shape, strides] = (inner as PickledCall).args;
  const id = reference instanceof PickledReference ? reference.id : undefined;
  if (!Array.isArray(id) || id[0] !== "storage" || !(id[1] instanceof PickledGlobal) || typeof id[2] !== "string") {
    refuse("expected the storage of a tensor, got another object");
  }
  const [, { name: type }, key] = id as [string, PickledGlobal, string];
  const storage = STORAGES[type] ?? refuse(`expected a storage, got ${type}`);
  const data = entry(key) ?? refuse(`its data, entry data/${key}, is missing`);
  if (!isSizes(shape) || !isSizes(strides) || !isSizes([offset]) || shape.length !== strides.length) {
    refuse("expected whole numbers for offset, sizes and strides");
  }
  const [sizes, steps, start] = [shape as number[], strides as number[], offset as number];
  if (sizes.length > MOST_DIMENSIONS) refuse(`expected at most ${MOST_DIMENSIONS} dimensions, got ${sizes.length}`);
  const count = sizes.reduce((product, size) => product * size, 1);
  const last = sizes.reduce((sum, size, i) => sum + (size - 1) * steps[i]!, start);
  const held = Math.floor(data.length / storage.width);
  // a tensor that repeats its elements would grow out of a small file
  if (count > held || (count > 0 && last >= held))
    refuse(`needs ${Math.max(count, last + 1)} elements, its data has ${held}`);
  return {
    shape: sizes,
    read: () => {
      const { read } = storage;
      if (read === undefined) return refuse(`expected floats, got ${type.replace("torch ", "")}`);
      const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
      const values = type === "torch DoubleStorage" ? new Float64Array(count) : new Float32Array(count);
      for (let i = 0; i < count; i++) {
        let element = start;
        for (let axis = sizes.length - 1, rest = i; axis >= 0; axis--) {
          element += (rest % sizes[axis]!) * steps[axis]!;
          rest = Math.floor(rest / sizes[axis]!);
        }
        values[i] = read(view, element * storage.width);
      }
      return values;
    },
  };
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
