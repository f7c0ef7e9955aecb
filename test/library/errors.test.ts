import { expect, test } from "vitest";
import { WorkerTeam } from "../../src/core/worker-team.ts";
import * as library from "../../src/index.ts";
import * as node from "../../src/node.ts";

const {
  createReferenceEngine,
  createTrainer,
  createWasmEngine,
  DivergenceError,
  EngineTrapError,
  generate,
  MIN_CHAR_RNN,
} = library;

const CONFIG = {
  cell: "rnn",
  optimizer: "sgd",
  vocabularySize: 5,
  hiddenSize: 4,
  batchSize: 2,
  sequenceLength: 3,
  layers: 1,
  embeddingSize: 0,
  activation: "tanh",
  bias: true,
  tied: false,
} as const;

/** What throws each error that a caller can provoke; the others are made by hand. */
const THROWERS: Readonly<Record<library.ErrorCode, () => unknown>> = {
  ERR_INVALID_VALUE: () => createTrainer("abc", { hiddenSize: 0 }),
  ERR_INVALID_TYPE: () => createTrainer("abc", { nonsense: 1 } as never),
  ERR_UNKNOWN_TOKEN: async () =>
    library.sample((await createTrainer("abcabc", { hiddenSize: 2 })).model, { prime: "z" }),
  ERR_FORMAT: () => library.modelFromBytes(new Uint8Array(20)),
  ERR_FILE: () => node.readText("no/such/file"),
  ERR_DIVERGED: async () => {
    const trainer = await createTrainer("abc".repeat(50), { activation: "linear", learningRate: 1e5 });
    for (let i = 0; i < 200; i++) trainer.step();
  },
  ERR_SAMPLER_TAKEN: async () => {
    const { model } = await createTrainer("abcabc", { hiddenSize: 2 });
    const first = generate(model);
    first.next();
    generate(model).next();
    first.next();
  },
  ERR_DISPOSED: async () => {
    const engine = await createWasmEngine(CONFIG, { threads: 2 });
    engine.dispose();
    engine.trainStep([0, 1], [1, 0], {});
  },
  ERR_THREAD_LOST: async () => {
    const team = await WorkerTeam.create("strict", 2);
    try {
      team.run(() => {
        throw new WebAssembly.RuntimeError("unreachable");
      });
    } finally {
      team.stop();
    }
  },
  ERR_ENGINE_TRAP: () => {
    throw new EngineTrapError(new WebAssembly.RuntimeError("unreachable"));
  },
  ERR_UNSUPPORTED: () => {
    throw new library.UnsupportedError("WebAssembly: expected an engine with SIMD");
  },
};

async function thrown(provoke: () => unknown): Promise<Error & { code?: string }> {
  try {
    await provoke();
  } catch (error) {
    return error as Error;
  }
  return expect.fail("nothing was thrown");
}

for (const [code, provoke] of Object.entries(THROWERS)) {
  test(`${code} is the code of a public error class`, async () => {
    const error = await thrown(provoke);
    expect(error.code).toBe(code);
    expect(Object.values({ ...library, ...node })).toContain(error.constructor);
  });
}

test("every public error class has a code, and no two the same", async () => {
  const classes = Object.values({ ...library, ...node }).filter(
    (value) => typeof value === "function" && value.prototype instanceof Error,
  );
  const seen = await Promise.all(Object.values(THROWERS).map(async (provoke) => (await thrown(provoke)).constructor));
  expect(new Set(seen)).toEqual(new Set(classes));
  expect(new Set(seen).size).toBe(seen.length);
});

test("an error of a value or type is the RangeError or TypeError that it says", async () => {
  const value = await thrown(THROWERS.ERR_INVALID_VALUE);
  expect([value.name, String(value), value instanceof RangeError]).toEqual([
    "RangeError",
    "RangeError: hiddenSize: expected a whole number from 1 to 8192, got 0",
    true,
  ]);
  const type = await thrown(THROWERS.ERR_INVALID_TYPE);
  expect([type.name, type instanceof TypeError]).toEqual(["TypeError", true]);
});

test("a divergence names its step and what was not finite", () => {
  const error = new DivergenceError(7, "loss", MIN_CHAR_RNN, 0.1);
  expect([error.step, error.what]).toEqual([7, "loss"]);
});

test("both engines give a tensor of an unknown name the same code", async () => {
  for (const engine of [createReferenceEngine(CONFIG), await createWasmEngine(CONFIG)]) {
    expect((await thrown(() => engine.readTensor("nonsense"))).code).toBe("ERR_INVALID_VALUE");
  }
});
