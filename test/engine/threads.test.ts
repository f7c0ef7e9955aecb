import { spawnSync } from "node:child_process";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Engine, EngineConfig } from "../../src/core/engine.ts";
import { ThreadChoice } from "../../src/core/thread-choice.ts";
import { createWasmEngine, type WasmEngine, type WasmEngineOptions } from "../../src/core/wasm-engine.ts";
import { NUMERICS } from "../../src/core/wasm-module.ts";
import { availableThreads, ThreadLostError, WorkerTeam } from "../../src/core/worker-team.ts";
import { startThread } from "../../src/core/worker-thread.ts";
import { cells, engineConfig, expectSame, fuses, optimizers, randomChunk, randomize, tensorsOf } from "./engines.ts";

const COUNTS = [2, 3, 4, 8];
const SETTINGS = { learningRate: 0.01, clipValue: 5, clipNorm: 20, weightDecay: 1e-4, momentum: 0.5 };

const engines: Engine[] = [];
afterEach(() => {
  for (const engine of engines.splice(0)) engine.dispose();
});

async function create(config: EngineConfig, options: WasmEngineOptions): Promise<WasmEngine> {
  const engine = await createWasmEngine(config, options);
  engines.push(engine);
  return engine;
}

/** Everything that three steps and a look leave behind, with their losses and norms. */
async function train(config: EngineConfig, options: WasmEngineOptions, dropout = 0) {
  const engine = await create(config, options);
  randomize(engine);
  const found = [];
  for (let step = 1; step <= 3; step++) {
    const { tokens, targets } = randomChunk(config, config.sequenceLength - step, step);
    found.push(engine.trainStep(tokens, targets, { ...SETTINGS, step, dropout, seed: 5 }));
  }
  const { tokens, targets } = randomChunk(config);
  found.push(engine.evaluate(tokens, targets), engine.lossAndGradients(tokens, targets, { dropout }));
  const tensors = ["parameter", "gradient", "optimizer-slot", "state"].map((role) => tensorsOf(engine, role));
  return { found, tensors };
}

describe("threads give the bits that one gives:", () => {
  for (const cell of cells) {
    for (const numerics of fuses ? NUMERICS : (["strict"] as const)) {
      test(`${cell}, ${numerics}`, async () => {
        const config = engineConfig({ cell, layers: 2, batchSize: 7, hiddenSize: 37 });
        const alone = await train(config, { numerics });
        for (const threads of COUNTS) expectSame(await train(config, { numerics, threads }), alone);
      });
    }

    test(`${cell} with a tied embedding and dropout`, async () => {
      const config = engineConfig({ cell, layers: 2, batchSize: 5, embeddingSize: 21, tied: true });
      const alone = await train(config, {}, 0.4);
      for (const threads of COUNTS) expectSame(await train(config, { threads }, 0.4), alone);
    });

    test(`${cell} on factors so large that they go through panels`, async () => {
      const config = engineConfig({ cell, layers: 2, batchSize: 9, hiddenSize: 131, sequenceLength: 40 });
      const alone = await train(config, {});
      for (const threads of [2, 3]) expectSame(await train(config, { threads }), alone);
    });
  }

  for (const optimizer of optimizers) {
    test(optimizer, async () => {
      const config = engineConfig({ optimizer, batchSize: 6, hiddenSize: 50 });
      const alone = await train(config, {});
      for (const threads of COUNTS) expectSame(await train(config, { threads }), alone);
    });
  }

  test("a single row, which no two threads can share", async () => {
    const config = engineConfig({ cell: "lstm", batchSize: 1, hiddenSize: 150, sequenceLength: 30 });
    const alone = await train(config, {});
    for (const threads of COUNTS) expectSame(await train(config, { threads }), alone);
  });
});

for (const cell of cells) {
  test(`threads share the drawing of a token of a large ${cell}, with the bits of one`, async () => {
    const config = engineConfig({ cell, layers: 2, hiddenSize: 203, vocabularySize: 61, embeddingSize: 31 });
    const draw = async (threads: number) => {
      const engine = await create(config, { threads });
      randomize(engine);
      engine.copyStateToSampler();
      for (let token = 0; token < 20; token++) engine.samplerStep(token);
      return [engine.samplerDraw(3, 0.8, 0.4), ...engine.samplerLogits(), ...tensorsOf(engine, "sampler-state")];
    };
    const alone = await draw(1);
    for (const threads of [2, 3, 8]) expectSame(await draw(threads), alone);
  });
}

test("a hundred thousand steps leave memory as it was: no growth, no detached view", async () => {
  const config = engineConfig({ hiddenSize: 8, sequenceLength: 4 });
  const engine = await create(config, {});
  const { tokens, targets } = randomChunk(config);
  const { buffer } = engine.memory;
  const { byteLength } = buffer;
  for (let step = 1; step <= 100_000; step++) engine.trainStep(tokens, targets, { learningRate: 0.01, step });
  expect(engine.memory.buffer).toBe(buffer);
  expect(buffer.byteLength).toBe(byteLength);
});

test("a process ends though its threads still wait for work", () => {
  const program = `
    import { createTrainer } from "charloom";
    const trainer = await createTrainer("to be or not to be".repeat(9), { batchSize: 4 }, { threads: 2 });
    console.log(trainer.step().step, trainer.model.engine.threads);
  `;
  const options = { input: program, encoding: "utf8", timeout: 30_000 } as const;
  const { stdout, signal } = spawnSync(process.execPath, ["--input-type=module", "-"], options);
  expect([stdout, signal]).toEqual(["1 2\n", null]);
});

test("ten thousand steps on two threads leave memory as it was", async () => {
  const config = engineConfig({ hiddenSize: 8, batchSize: 4, sequenceLength: 4 });
  const engine = await create(config, { threads: 2 });
  const { tokens, targets } = randomChunk(config);
  const { byteLength } = engine.memory.buffer;
  for (let step = 1; step <= 10_000; step++) engine.trainStep(tokens, targets, { learningRate: 0.01, step });
  expect(engine.memory.buffer.byteLength).toBe(byteLength);
});

describe("a lost thread", () => {
  test("that ended between two steps is a clear error of the next one", async () => {
    const { config, team, engine } = await teamOfTwo();
    stopWorkers(team);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const { tokens, targets } = randomChunk(config);
    expect(() => engine.trainStep(tokens, targets, {})).toThrow(ThreadLostError);
    expect(() => engine.evaluate(tokens, targets)).toThrow(/expected all 2 to go on, lost one/);
  });

  test("that does not come ends the step when patience is over, and does not hang", async () => {
    const { config, team, engine } = await teamOfTwo();
    team.patience = 1;
    stopWorkers(team); // nobody hears of it: this thread goes into the step at once
    const { tokens, targets } = randomChunk(config);
    const start = performance.now();
    expect(() => engine.trainStep(tokens, targets, {})).toThrow(ThreadLostError);
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  test("is needed where a token of a large model is drawn, and not of a small one", async () => {
    for (const [hiddenSize, shared] of [
      [203, true],
      [20, false],
    ] as const) {
      const { team, engine } = await teamOfTwo({ cell: "lstm", layers: 2, hiddenSize, batchSize: 4 });
      team.patience = 1;
      stopWorkers(team);
      const draw = () => engine.samplerDraw(1, 1, 0.5);
      if (shared) expect(draw).toThrow(ThreadLostError);
      else expect(draw()).toBeLessThan(17);
    }
  });

  test("that does not begin is replaced before it has a task, and is an error in the end", async () => {
    const task = {} as Parameters<typeof startThread>[0];
    /** Starts a thread of workers of which the `living`-th runs its program, and says `answer` to its task. */
    const start = async (living: number, answer?: string) => {
      const made: { posted: number; stopped: number }[] = [];
      const thread = () => {
        const record = { posted: 0, stopped: 0 };
        let begins = made.push(record) === living;
        let say = (_message: string) => {};
        return {
          message: () =>
            new Promise((resolve) => {
              say = resolve;
              if (begins) resolve("begun");
              begins = false;
            }),
          post: () => {
            record.posted++;
            if (answer !== undefined) say(answer);
          },
          onEnd: () => {},
          stop: () => record.stopped++,
        };
      };
      const failure = await startThread(task, thread, 0.05).then(
        () => undefined,
        ({ message }: Error) => message,
      );
      return { failure, made };
    };
    const passedOver = { posted: 0, stopped: 1 };
    expect(await start(3, "ready")).toEqual({
      failure: undefined,
      made: [passedOver, passedOver, { posted: 1, stopped: 0 }],
    });
    expect(await start(4, "ready")).toEqual({
      failure: "worker: none of 3 began within 0.05 s; use 1 thread",
      made: [passedOver, passedOver, passedOver],
    });
    // who had its task is not replaced: two would do the same work
    expect(await start(1)).toEqual({
      failure: "worker: it was not ready within 0.05 s",
      made: [{ posted: 1, stopped: 1 }],
    });
    expect(await start(1, "RangeError: no memory")).toEqual({
      failure: "RangeError: no memory",
      made: [{ posted: 1, stopped: 1 }],
    });
  });

  test("that cannot start is an error of what was asked for, and no thread at all for auto", async () => {
    const config = engineConfig({ cell: "lstm", layers: 2, hiddenSize: 128, batchSize: 50, sequenceLength: 50 });
    const node = process as unknown as { getBuiltinModule(name: string): unknown };
    const real = node.getBuiltinModule;
    const builtin = vi.spyOn(node, "getBuiltinModule").mockImplementation((name) => {
      if (name !== "node:worker_threads") return real(name);
      return {
        Worker: class {
          constructor() {
            throw new Error("no workers today");
          }
        },
      };
    });
    try {
      await expect(createWasmEngine(config, { threads: 2 })).rejects.toThrow("no workers today");
      expect((await create(config, { threads: "auto" })).threads).toBe(1);
    } finally {
      builtin.mockRestore();
    }
  });

  async function teamOfTwo(fields: Partial<EngineConfig> = { batchSize: 4 }) {
    const config = engineConfig(fields);
    const team = await WorkerTeam.create("strict", 2);
    const { WasmEngine } = await import("../../src/core/wasm-engine.ts");
    const engine = new WasmEngine(team.core, config, team);
    engines.push(engine);
    randomize(engine);
    return { config, team, engine };
  }

  function stopWorkers(team: WorkerTeam): void {
    for (const worker of (team as unknown as { workers: { stop(): void }[] }).workers) worker.stop();
  }
});

describe("threads", () => {
  test("of none, or of more than a team has, are refused", async () => {
    for (const threads of [0, 1.5, 65]) {
      await expect(createWasmEngine(engineConfig(), { threads })).rejects.toThrow(
        `threads: expected "auto", or a whole number from 1 to 64, got ${threads}`,
      );
    }
  });

  test("auto keeps a step as small as min-char-rnn's on one, and tries all on a large one", async () => {
    const small = await create(engineConfig({ hiddenSize: 100, vocabularySize: 65, sequenceLength: 25 }), {
      threads: "auto",
    });
    expect(small.threads).toBe(1);
    const large = await create(
      engineConfig({ cell: "lstm", layers: 2, hiddenSize: 128, batchSize: 50, sequenceLength: 50 }),
      { threads: "auto" },
    );
    expect(large.threads).toBe(availableThreads());
  });

  test("an engine that was disposed of takes no more steps", async () => {
    const config = engineConfig({ batchSize: 4 });
    const engine = await create(config, { threads: 2 });
    engine.dispose();
    const { tokens, targets } = randomChunk(config);
    expect(() => engine.trainStep(tokens, targets, {})).toThrow("engine: it was disposed of and takes no more calls");
  });
});

describe("the choice of threads", () => {
  /** The number settled on where a step with n threads takes `time(n)`. */
  function settle(most: number, time: (threads: number) => number): number {
    const choice = new ThreadChoice(most, false);
    const tried = new Set<number>();
    while (choice.measuring) {
      tried.add(choice.threads);
      choice.measured(time(choice.threads));
    }
    expect([...tried].sort((a, b) => a - b)).toEqual([1, 2, 4, 6]);
    return choice.threads;
  }

  test("is the fastest", () => {
    expect(settle(6, (threads) => 1 / threads)).toBe(6);
    expect(settle(6, (threads) => Math.abs(threads - 4) + 1)).toBe(4);
    expect(settle(6, (threads) => threads)).toBe(1);
  });

  test("is the smaller where more threads save next to nothing", () => {
    expect(settle(6, (threads) => (threads === 1 ? 1 : 0.97))).toBe(1);
  });

  test("that is given is kept", () => {
    const choice = new ThreadChoice(3, true);
    expect(choice.measuring).toBe(false);
    expect(choice.threads).toBe(3);
  });
});
