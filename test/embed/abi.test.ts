/** What docs/abi.md promises a host of core.wasm, tried from outside. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as abi from "../../assembly/abi/constants.ts";
import { Status, TensorKind } from "../../assembly/abi/constants.ts";
import type { CoreExports } from "../../src/core/generated/core-exports.ts";
import type { InferenceExports } from "../../src/core/generated/inference-exports.ts";
import {
  compileModule,
  type ModuleName,
  NEUTRAL_STEP,
  RawInstance,
  readKinds,
  smallConfig,
  writeChunkAt,
  writeTensors,
} from "./raw-module.ts";

const MODULES: readonly ModuleName[] = ["core", "inference"];

/** Everything that a call might have changed. */
const ALL_KINDS = [0, 1, 2, 3, 4, 5, 6] as readonly TensorKind[];

/** A core with a model whose numbers are no zeros, a chunk and a neutral step. */
function readyCore(changes: Readonly<Record<number, number>> = {}): { core: RawInstance; model: number } {
  const core = new RawInstance("core");
  const model = core.createModel(smallConfig(changes));
  expect(core.exports.initializeParameters(model, abi.Initialization.Uniform, 0.5, 3, 0)).toBe(Status.Done);
  core.writeStep(NEUTRAL_STEP);
  writeChunkAt(core, model, (time, row) => 100 * row + time, 11);
  return { core, model };
}

describe.each(MODULES)("%s.wasm", (name) => {
  test("imports nothing and exports its memory", () => {
    const module = compileModule(name);
    expect(WebAssembly.Module.imports(module)).toEqual([]);
    expect(WebAssembly.Module.exports(module)).toContainEqual({ name: "memory", kind: "memory" });
  });

  test("refuses every field of the configuration that is out of its range, by its offset", () => {
    const instance = new RawInstance<InferenceExports>(name);
    const { exports, config } = instance;
    const wrong: ReadonlyArray<readonly [field: number, values: readonly number[], training?: boolean]> = [
      [abi.CONFIG_VOCABULARY_SIZE, [0, -1, abi.MOST_VOCABULARY + 1]],
      [abi.CONFIG_HIDDEN_SIZE, [0, -1, abi.MOST_HIDDEN + 1]],
      [abi.CONFIG_BATCH_SIZE, [0, -1, abi.MOST_BATCH + 1], true],
      [abi.CONFIG_SEQUENCE_LENGTH, [0, -1, abi.MOST_TIME_STEPS + 1], true],
      [abi.CONFIG_CELL, [-1, exports.cellCount()]],
      [abi.CONFIG_OPTIMIZER, [-1, 99], true],
      [abi.CONFIG_LAYERS, [0, -1, abi.MOST_LAYERS + 1]],
      [abi.CONFIG_EMBEDDING_SIZE, [-1, abi.MOST_HIDDEN + 1]],
      [abi.CONFIG_ACTIVATION, [-1, 3]],
      [abi.CONFIG_BIAS, [-1, 2]],
      // there is no embedding to share
      [abi.CONFIG_TIED, [-1, 1, 2]],
      [abi.CONFIG_THREADS, [0, -1, abi.TEAM_MEMBERS + 1], true],
    ];
    expect(wrong.length).toBe(abi.CONFIG_BYTES / 4);
    for (const [field, values, training = false] of wrong) {
      for (const value of values) {
        instance.writeConfig(smallConfig({ [field]: value }));
        // what is only of training is not read where there is none
        const status = training && name === "inference" ? Status.Done : Status.BadConfig - field;
        expect(exports.checkConfig(config), `field ${field} = ${value}`).toBe(status);
        expect(exports.createModel(config) === 0, `field ${field} = ${value}`).toBe(status !== Status.Done);
        if (status !== Status.Done) expect(exports.modelBytes(config)).toBe(status);
      }
    }
  });

  test("refuses handles that are none, and addresses that are not memory", () => {
    const instance = new RawInstance<InferenceExports>(name);
    const { exports, config, record } = instance;
    const model = instance.createModel(smallConfig());
    const end = exports.memory.buffer.byteLength;
    for (const handle of [0, 8, config, model + 16, model - 16, end, 2 ** 32 - 16]) {
      for (const answer of callsOnModel(exports as CoreExports, handle, config, record))
        expect(answer).toBe(Status.BadModel);
    }
    for (const address of [0, record + 4, end, end - 8, 2 ** 32 - 8]) {
      expect(exports.describeTensor(model, 0, address), `record at ${address}`).toBe(Status.BadAddress);
      expect(exports.checkConfig(address), `record at ${address}`).toBe(Status.BadAddress);
    }
    expect(exports.tensorName(model, 0, end - 127)).toBe(Status.BadAddress);
    for (const index of [-1, exports.tensorCount(model)]) {
      expect(exports.tensorName(model, index, record)).toBe(Status.BadIndex);
      expect(exports.describeTensor(model, index, record)).toBe(Status.BadIndex);
    }
    for (const index of [-1, exports.cellCount()]) expect(exports.cellName(index, record)).toBe(Status.BadIndex);
  });

  test("refuses what the sampler cannot be fed or drawn by, and leaves it as it was", () => {
    const instance = new RawInstance<InferenceExports>(name);
    const { exports } = instance;
    const model = instance.createModel(smallConfig());
    exports.samplerStep(model, 3, 1);
    const before = readKinds(instance, model, ALL_KINDS);
    expect(exports.samplerStep(model, 11, 1)).toBe(Status.BadToken);
    expect(exports.samplerStep(model, -1, 1)).toBe(Status.BadToken);
    expect(exports.samplerStep(model, 3, 0)).toBe(Status.BadThreads);
    expect(exports.samplerStep(model, 3, 2)).toBe(Status.BadThreads);
    expect(exports.samplerLoss(model, 11)).toBe(Status.BadTarget);
    for (const inverse of [0, -1, Number.NaN]) {
      expect(exports.samplerSoftmax(model, inverse)).toBe(Status.BadTemperature);
      expect(exports.samplerDraw(model, 3, inverse, 0.5, 1)).toBe(Status.BadTemperature);
    }
    for (const unit of [0, 1, -1, Number.NaN]) expect(exports.samplerDraw(model, 3, 1, unit, 1)).toBe(Status.BadUnit);
    expect(readKinds(instance, model, ALL_KINDS)).toEqual(before);
  });

  test("draws the likeliest token, and no NaN, at an inverse temperature of Infinity", () => {
    const instance = new RawInstance<InferenceExports>(name);
    const { exports } = instance;
    const model = instance.createModel(smallConfig());
    const bias = instance.tensors(model).get("decoder.bias")!;
    instance.view.setFloat32(bias.address + 4 * 7, 0.25, true);
    expect(exports.parametersChanged(model)).toBe(Status.Done);
    for (const unit of [0.001, 0.999]) {
      expect(exports.samplerDraw(model, 3, Number.POSITIVE_INFINITY, unit, 1)).toBe(7);
    }
    const probabilities = instance.tensors(model).get("sampler.probabilities")!;
    const one = new Uint32Array(Float32Array.of(1).buffer)[0]!;
    expect(instance.read(probabilities)).toEqual(Array.from({ length: 11 }, (_, i) => (i === 7 ? one : 0)));
  });

  test("answers 0 rather than trapping for a model that is too large, and where memory is at its end", () => {
    const instance = new RawInstance<InferenceExports>(name);
    const { exports, config } = instance;
    const large = { [abi.CONFIG_VOCABULARY_SIZE]: 1_000_000, [abi.CONFIG_HIDDEN_SIZE]: 512 };
    expect(instance.createModel(smallConfig(large))).toBe(0);
    expect(exports.checkConfig(config)).toBe(Status.Done);
    expect(exports.modelBytes(config)).toBeGreaterThan(2 ** 31);

    expect(exports.allocate(2 ** 31)).toBe(0);
    // in smaller and smaller pieces: thousands of small ones would take a minute
    for (let bytes = 2 ** 29; bytes >= 2 ** 12; bytes /= 8) while (exports.allocate(bytes) !== 0);
    expect(instance.createModel(smallConfig())).toBe(0);
    expect(exports.modelBytes(config)).toBe(Number.POSITIVE_INFINITY);
  });

  test("no export traps on any whole numbers, in any order, as long as no address is of the module's own", () => {
    const instance = new RawInstance<InferenceExports>(name);
    const model = instance.createModel(smallConfig());
    const exported = WebAssembly.Module.exports(compileModule(name))
      .filter(({ kind, name }) => kind === "function" && name !== "allocate")
      .map(({ name }) => name as keyof InferenceExports);
    const anything = fc.oneof(
      fc.integer({ min: -(2 ** 31), max: 7 }),
      // beyond what memory will have grown to
      fc.integer({ min: 2 ** 30, max: 2 ** 31 - 1 }),
      fc.constantFrom(instance.exports.allocate(256), instance.exports.allocate(256)),
    );
    const values = fc.tuple(fc.oneof(anything, fc.constant(model)), ...Array.from({ length: 5 }, () => anything));
    fc.assert(
      fc.property(fc.constantFrom(...exported), values, (called, values) => {
        (instance.exports[called] as (...values: number[]) => unknown)(...values);
      }),
      { numRuns: 20_000 },
    );
    expect(instance.exports.tensorCount(model)).toBeGreaterThan(10);
  });
});

/** Every export that takes a model, called with arguments that are otherwise right. */
function callsOnModel(exports: CoreExports, model: number, config: number, record: number): number[] {
  return [
    exports.tensorCount(model),
    exports.tensorName(model, 0, config),
    exports.describeTensor(model, 0, record),
    exports.parametersChanged(model),
    exports.resetSampler(model),
    exports.samplerStep(model, 0, 1),
    exports.samplerSoftmax(model, 1),
    exports.samplerDraw(model, 0, 1, 0.5, 1),
    exports.samplerLoss(model, 0),
    // of core.wasm alone
    ...(exports.trainStep === undefined
      ? []
      : [
          exports.initializeParameters(model, 0, 1, 0, 0),
          exports.resetState(model),
          exports.copyStateToSampler(model),
          exports.evaluate(model, config, 1),
          exports.lossAndGradients(model, config, 1),
          exports.trainStep(model, config, 1),
        ]),
  ];
}

describe("a step", () => {
  const wrong: ReadonlyArray<readonly [field: number, values: readonly number[]]> = [
    [abi.STEP_TIME_STEPS, [0, -1, 6]],
    [abi.STEP_LEARNING_RATE, [Number.NaN, Number.POSITIVE_INFINITY]],
    [abi.STEP_CLIP_VALUE, [0, -1, Number.NaN]],
    [abi.STEP_CLIP_NORM, [0, -1, Number.NaN]],
    [abi.STEP_LOSS_SCALE, [0, -1, Number.NaN, Number.POSITIVE_INFINITY]],
    [abi.STEP_WEIGHT_DECAY, [Number.NaN, Number.POSITIVE_INFINITY]],
    [abi.STEP_MOMENTUM, [Number.NaN, Number.POSITIVE_INFINITY]],
    [abi.STEP_EPSILON, [-1, Number.NaN, Number.POSITIVE_INFINITY]],
    [abi.STEP_NESTEROV, [2, -1]],
    [abi.STEP_EPSILON_IN_ROOT, [2, -1]],
    [abi.STEP_BETA1, [1, -0.1, Number.NaN]],
    [abi.STEP_BETA2, [1, -0.1, Number.NaN]],
    [abi.STEP_BIAS_CORRECTION1, [0, 1.1, Number.NaN]],
    [abi.STEP_BIAS_CORRECTION2, [0, 1.1, Number.NaN]],
    [abi.STEP_DROPOUT, [1, -0.1, Number.NaN]],
  ];

  test.each(wrong)("refuses its field at byte %i out of its range, and does nothing", (field, values) => {
    const { core, model } = readyCore();
    const before = readKinds(core, model, ALL_KINDS);
    for (const value of values) {
      core.writeStep({ ...NEUTRAL_STEP, [field]: value });
      expect(core.exports.trainStep(model, core.step, 1), `${value}`).toBe(Status.BadStep - field);
    }
    expect(readKinds(core, model, ALL_KINDS)).toEqual(before);
    core.writeStep(NEUTRAL_STEP);
    expect(core.exports.trainStep(model, core.step, 1)).toBe(Status.Done);
    expect(readKinds(core, model, ALL_KINDS)).not.toEqual(before);
  });

  test("refuses a record of zeros but for its length and rate: a host that forgot the rest learns of it", () => {
    const { core, model } = readyCore();
    new Uint8Array(core.exports.memory.buffer, core.step, abi.STEP_BYTES).fill(0);
    core.writeStep({ [abi.STEP_TIME_STEPS]: 5, [abi.STEP_LEARNING_RATE]: 0.1 });
    expect(core.exports.trainStep(model, core.step, 1)).toBeLessThanOrEqual(Status.BadStep);
    expect(core.exports.lossAndGradients(model, core.step, 1)).toBeLessThanOrEqual(Status.BadStep);
    expect(core.exports.evaluate(model, core.step, 1)).toBe(Status.Done);
  });

  test("refuses tokens and targets outside the vocabulary; a target may be none", () => {
    const { core, model } = readyCore();
    const [tokens, targets] = ["tokens", "targets"].map((name) => core.tensors(model).get(name)!);
    for (const call of ["trainStep", "lossAndGradients", "evaluate"] as const) {
      core.view.setUint32(tokens!.address + 4 * 9, 11, true);
      expect(core.exports[call](model, core.step, 1)).toBe(Status.BadToken);
      // beyond a shorter chunk nobody looks
      core.writeStep({ [abi.STEP_TIME_STEPS]: 4 });
      expect(core.exports[call](model, core.step, 1)).toBe(Status.Done);
      core.writeStep({ [abi.STEP_TIME_STEPS]: 5 });
      core.view.setUint32(tokens!.address + 4 * 9, 10, true);
      core.view.setUint32(targets!.address, 11, true);
      expect(core.exports[call](model, core.step, 1)).toBe(Status.BadTarget);
      core.view.setUint32(targets!.address, abi.NO_TARGET, true);
      expect(core.exports[call](model, core.step, 1)).toBe(Status.Done);
    }
  });

  test("refuses threads without a team, an initialization of no kind, and optimizers that are none", () => {
    const { core, model } = readyCore({ [abi.CONFIG_THREADS]: 4 });
    const { exports, step, name } = core;
    for (const threads of [0, -1, 2, 5]) expect(exports.trainStep(model, step, threads)).toBe(Status.BadThreads);
    expect(exports.initializeParameters(model, 2, 1, 0, 0)).toBe(Status.BadInitialization);
    for (const scale of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(exports.initializeParameters(model, 0, scale, 0, 0)).toBe(Status.BadInitialization);
    }
    for (const index of [-1, exports.optimizerCount()])
      expect(exports.optimizerName(index, name)).toBe(Status.BadIndex);
    expect(exports.createTeam()).toBe(0);
  });
});

const names = new RawInstance("core");
const namesOf = (count: number, write: (index: number, buffer: number) => number) =>
  Array.from({ length: count }, (_, i) => [names.readName(write(i, names.name)), i] as const);
const cells = namesOf(names.exports.cellCount(), names.exports.cellName);
const optimizers = namesOf(names.exports.optimizerCount(), names.exports.optimizerName);

describe.each(cells)("%s", (_, cell) => {
  test.each(optimizers)("the whole training state goes over to another instance by names, with %s", (_, optimizer) => {
    const changes = { [abi.CONFIG_CELL]: cell, [abi.CONFIG_OPTIMIZER]: optimizer };
    const { core: first, model } = readyCore(changes);
    const settings = (number: number) => ({
      ...NEUTRAL_STEP,
      [abi.STEP_MOMENTUM]: 0.5,
      [abi.STEP_BETA1]: 0.9,
      [abi.STEP_BETA2]: 0.99,
      [abi.STEP_BIAS_CORRECTION1]: 1 - 0.9 ** number,
      [abi.STEP_BIAS_CORRECTION2]: 1 - 0.99 ** number,
      [abi.STEP_DROPOUT]: 0.2,
      [abi.STEP_NUMBER_LOW]: number,
    });
    const train = (instance: RawInstance, handle: number, number: number) => {
      instance.writeStep(settings(number));
      writeChunkAt(instance, handle, (time, row) => 100 * row + 5 * number + time, 11);
      expect(instance.exports.trainStep(handle, instance.step, 1)).toBe(Status.Done);
    };
    for (let number = 1; number <= 3; number++) train(first, model, number);

    const second = new RawInstance("core");
    const copy = second.createModel(smallConfig(changes));
    const kinds = [TensorKind.Parameter, TensorKind.OptimizerSlot, TensorKind.State];
    const state = readKinds(first, model, kinds);
    writeTensors(second, copy, state);
    for (let number = 4; number <= 6; number++) {
      train(first, model, number);
      train(second, copy, number);
      expect(second.loss).toBe(first.loss);
    }
    expect(readKinds(second, copy, kinds)).toEqual(readKinds(first, model, kinds));
    expect(readKinds(first, model, kinds)).not.toEqual(state);
  });
});

describe.each(cells)("inference.wasm, %s", (_, cell) => {
  test.each([
    ["one-hot input", {}],
    ["an embedding", { [abi.CONFIG_EMBEDDING_SIZE]: 6 }],
    ["a tied embedding, no biases", { [abi.CONFIG_EMBEDDING_SIZE]: 9, [abi.CONFIG_TIED]: 1, [abi.CONFIG_BIAS]: 0 }],
  ])("samples and scores as core.wasm does, to the bit: %s", (_, changes) => {
    const fields = {
      [abi.CONFIG_CELL]: cell,
      [abi.CONFIG_BATCH_SIZE]: 1,
      [abi.CONFIG_SEQUENCE_LENGTH]: 30,
      ...changes,
    };
    const { core, model } = readyCore({ ...fields });
    const inference = new RawInstance<InferenceExports>("inference");
    const loaded = inference.createModel(smallConfig(fields));
    writeTensors(inference, loaded, readKinds(core, model, [TensorKind.Parameter]));

    for (let i = 0, coreToken = 1, token = 1; i < 50; i++) {
      const unit = (((7919 * i) % 1000) + 0.5) / 1000;
      coreToken = core.exports.samplerDraw(model, coreToken, 1.5, unit, 1);
      token = inference.exports.samplerDraw(loaded, token, 1.5, unit, 1);
      expect(token).toBe(coreToken);
      for (const name of ["sampler.logits", "sampler.probabilities"]) {
        const bits = inference.read(inference.tensors(loaded).get(name)!);
        expect(bits).toEqual(core.read(core.tensors(model).get(name)!));
      }
    }

    const tensors = core.tensors(model);
    const [tokens, targets] = [core.read(tensors.get("tokens")!), core.read(tensors.get("targets")!)];
    core.writeStep({ [abi.STEP_TIME_STEPS]: 30 });
    expect(core.exports.evaluate(model, core.step, 1)).toBe(Status.Done);
    inference.exports.resetSampler(loaded);
    let nats = 0;
    for (const [i, token] of tokens.entries()) {
      expect(inference.exports.samplerStep(loaded, token, 1)).toBe(Status.Done);
      nats += inference.exports.samplerLoss(loaded, targets[i]!);
    }
    expect(nats).toBe(core.loss);
    expect(nats).toBeGreaterThan(0);
  });
});
