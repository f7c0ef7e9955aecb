import { describe, expect, test } from "vitest";
import {
  createLesson,
  createReferenceEngine,
  createTrainer,
  modelFromBytes,
  modelToBytes,
  parameterHash,
  type Recipe,
  type ReferenceEngine,
  type Trainer,
  type WasmEngine,
} from "../../src/index.ts";
import { REFERENCE_CELLS, REFERENCE_OPTIMIZERS } from "../../src/reference/registry.ts";
import { plainStep } from "./plain-step.ts";

const TEXT = "It was the best of times, it was the worst of times;\n".repeat(12);

async function trained(fields: Partial<Recipe>, steps = 30): Promise<Trainer> {
  const recipe: Partial<Recipe> = { hiddenSize: 7, sequenceLength: 5, initialization: { kind: "fan", scale: 0 } };
  const trainer = await createTrainer(TEXT, { ...recipe, optimizer: "adam", ...fields });
  for (let i = 0; i < steps; i++) trainer.step();
  return trainer;
}

function expectClose(got: ArrayLike<number>, wanted: ArrayLike<number>, what: string, tolerance = 2e-6): void {
  expect(got.length, what).toBe(wanted.length);
  for (let i = 0; i < wanted.length; i++) {
    const bound = tolerance * Math.max(1, Math.abs(wanted[i]!));
    expect(Math.abs(got[i]! - wanted[i]!), `${what}, element ${i}: ${got[i]}, not ${wanted[i]}`).toBeLessThan(bound);
  }
}

const SHAPES: Readonly<Record<string, Partial<Recipe>>> = {
  "one layer": {},
  "two layers": { layers: 2 },
  "an embedding": { embeddingSize: 4 },
  "a tied embedding, two layers": { embeddingSize: 7, tied: true, layers: 2 },
  "no biases": { bias: false, layers: 2 },
};

describe.each(Object.keys(REFERENCE_CELLS))("%s", (cell) => {
  test.each(Object.entries(SHAPES))("with %s: a lesson's values are those of its equations", async (_, fields) => {
    const lesson = await createLesson(await trained({ cell, ...fields }));
    const { token, position } = lesson.pair;
    expect(position).toBeGreaterThan(0);
    const trace = lesson.forward();
    const state = trace.layers.map(({ previousHidden, cell: memory }) => ({
      hidden: Array.from(previousHidden),
      cell: Array.from(memory?.previous ?? []),
    }));
    expect(Math.max(...state[0]!.hidden.map(Math.abs))).toBeGreaterThan(0.01);
    const plain = plainStep(lesson, token, state);
    expect(trace.token).toBe(token);
    expectClose(trace.logits, plain.logits, "logits");
    expectClose(trace.probabilities, plain.probabilities, "probabilities");
    for (const [l, layer] of trace.layers.entries()) {
      const wanted = plain.layers[l]!;
      expectClose(layer.hidden, wanted.hidden, `h of layer ${l}`);
      if (layer.cell !== undefined) {
        expectClose(layer.cell.next, wanted.cell, `c of layer ${l}`);
        expectClose(layer.cell.squashed, wanted.cell.map(Math.tanh), `tanh c of layer ${l}`);
      }
      expect(layer.gates.length).toBe(wanted.sums.length);
      for (const [g, gate] of layer.gates.entries()) {
        const where = `${gate.name} of layer ${l}`;
        expectClose(gate.sum, wanted.sums[g]!, `sum of ${where}`);
        expectClose(gate.value, wanted.values[g]!, where);
        const total = gate.sum.map((_, j) => gate.terms.reduce((sum, { values }) => sum + values[j]!, 0));
        expectClose(gate.sum, total, `terms of ${where}`);
      }
    }
  });

  test.each(Object.entries(SHAPES))("with %s: loss and gradients are the float64 reference's", async (_, fields) => {
    const lesson = await createLesson(await trained({ cell, ...fields }));
    const { token, target } = lesson.pair;
    const forward = lesson.forward();
    const backward = lesson.backward();
    expect(backward.loss).toBeCloseTo(-Math.log(forward.probabilities[target]!), 5);
    const oneHot = forward.probabilities.map((probability, v) => probability - Number(v === target));
    expectClose(backward.logits, oneHot, "gradient at the logits");

    const oracle = oracleOf(lesson.recipe, lesson.vocabulary.size);
    for (const { name, values } of lesson.parameters()) oracle.writeTensor(name, values);
    for (const { layer, previousHidden, cell: memory } of forward.layers) {
      oracle.writeTensor(`state.hidden_l${layer}`, previousHidden);
      if (memory !== undefined) oracle.writeTensor(`state.cell_l${layer}`, memory.previous);
    }
    const result = oracle.lossAndGradients([token], [target]);
    expect(backward.loss).toBeCloseTo(result.loss, 5);
    expect(backward.gradientNorm).toBeCloseTo(result.gradientNorm, 5);
    for (const { name, gradient, largest } of backward.parameters) {
      const wanted = oracle.readTensor(`grad.${name}`);
      expectClose(gradient, wanted, `gradient of ${name}`);
      const sizes = Array.from(gradient, Math.abs).sort((a, b) => b - a);
      expect(
        Array.from(largest, (index) => Math.abs(gradient[index]!)),
        name,
      ).toEqual(sizes.slice(0, largest.length));
    }
    // a bias is added to its sum as it is: both have one gradient
    if (lesson.recipe.bias) {
      for (const { layer, sums } of backward.layers) {
        const bias = backward.parameters.find(({ name }) => name === `rnn.bias_ih_l${layer}`)!;
        expect(Array.from(bias.gradient)).toEqual(sums.flatMap(({ gradient }) => Array.from(gradient)));
      }
    }
  });

  test("the numeric check agrees with the gradients, element by element", async () => {
    const lesson = await createLesson(await trained({ cell, layers: 2, embeddingSize: 3 }));
    const { parameters } = lesson.backward();
    const elements = parameters.flatMap(({ name, largest }) =>
      largest.slice(0, 3).map((index) => ({ tensor: name, index })),
    );
    expect(elements.length).toBeGreaterThan(parameters.length);
    for (const { tensor, index, value, analytic, numeric, relativeError } of lesson.checkGradients(elements)) {
      const parameter = parameters.find(({ name }) => name === tensor)!;
      expect(analytic).toBe(parameter.gradient[index]);
      expect(value).toBe(parameter.values[index]);
      expect(Math.abs(analytic - numeric), `${tensor}[${index}]`).toBeLessThan(1e-6);
      expect(relativeError).toBeLessThan(1e-3);
    }
  });
});

describe.each(["strict", "fused"] as const)("%s", (numerics) => {
  test.each(["rnn", "lstm", "gru"])("%s: the products with the state are the module's, to the bit", async (cell) => {
    const lesson = await createLesson(await trained({ cell, numerics, hiddenSize: 13 }));
    const { gates, previousHidden } = lesson.forward().layers[0]!;
    // what the module made of the sums it overwrote says whether they were these: a linear cell shows them
    const linear = await createTrainer(TEXT, { hiddenSize: gates.length * 13, activation: "linear", numerics });
    const engine = linear.model.engine as WasmEngine;
    const blocks = gates.length * 13;
    const recurrent = new Float32Array(blocks * blocks);
    const weight = lesson.parameters().find(({ name }) => name === "rnn.weight_hh_l0")!.values;
    for (let row = 0; row < blocks; row++) recurrent.set(weight.subarray(row * 13, (row + 1) * 13), row * blocks);
    const state = new Float32Array(blocks);
    state.set(previousHidden);
    const start = Float32Array.from(
      gates.flatMap(({ terms }) => Array.from(terms[0]!.values, (value, j) => value + terms[1]!.values[j]!)),
    );
    engine.writeTensor("rnn.weight_hh_l0", recurrent);
    engine.writeTensor("rnn.bias_ih_l0", cell === "gru" ? new Float32Array(blocks) : start);
    engine.writeTensor("rnn.weight_ih_l0", new Float32Array(blocks * linear.model.vocabulary.size));
    engine.writeTensor("sampler.hidden_l0", state);
    engine.samplerStep(0);
    const sums = engine.readWorkspace("sampler.gates_l0");
    if (cell === "gru") {
      for (const [g, gate] of gates.slice(0, 2).entries()) {
        expect(gate.terms[2]!.values).toEqual(sums.slice(g * 13, (g + 1) * 13));
      }
    } else {
      for (const [g, gate] of gates.entries()) expect(gate.sum).toEqual(sums.slice(g * 13, (g + 1) * 13));
    }
  });
});

test.each(Object.keys(REFERENCE_OPTIMIZERS))(
  "%s: learning a pair is the step that training makes",
  async (optimizer) => {
    // one token a step: what the trainer does next is the lesson's pair
    const fields: Partial<Recipe> = { optimizer, cell: "lstm", sequenceLength: 1, clipNorm: 0.5, loss: "mean" };
    const trainer = await trained({ ...fields, schedule: { kind: "linear", total: 100, warmUp: 0 } }, 20);
    const lesson = await createLesson(trainer);
    lesson.choose(0);
    expect(lesson.steps).toBe(20);
    const update = lesson.learn();
    const report = trainer.step();
    expect(update.settings.learningRate).toBe(report.learningRate);
    expect(update.loss).toBe(report.loss);
    expect(update.gradientNorm).toBe(report.gradientNorm);
    const { engine } = trainer.model;
    let slots = 0;
    for (const parameter of update.parameters) {
      expect(parameter.after, parameter.name).toEqual(engine.readTensor(parameter.name));
      expect(parameter.gradient, parameter.name).toEqual(engine.readTensor(`grad.${parameter.name}`));
      expect(parameter.before).not.toEqual(parameter.after);
      for (const { name, after } of parameter.slots) {
        slots++;
        expect(after, name).toEqual(engine.readTensor(`optimizer.${name}.${parameter.name}`));
      }
    }
    expect(slots).toBe(engine.tensors.filter(({ role }) => role === "optimizer-slot").length);
  },
);

test("training goes on with the same bits as if there had been no lesson", async () => {
  const fields: Partial<Recipe> = { cell: "gru", layers: 2, dropout: 0.2, batchSize: 3 };
  const undisturbed = await trained(fields, 60);
  const trainer = await trained(fields, 30);
  const lesson = await createLesson(trainer);
  lesson.forward();
  lesson.backward();
  lesson.untrainedProbabilities();
  lesson.learnTimes(10);
  for (let i = 0; i < 30; i++) trainer.step();
  expect(await parameterHash(trainer.model.engine)).toBe(await parameterHash(undisturbed.model.engine));
  expect(trainer.sample(20)).toBe(undisturbed.sample(20));
});

test("a lesson stays what it was when it was taken, while training goes on", async () => {
  const trainer = await trained({}, 30);
  const lesson = await createLesson(trainer);
  const { probabilities } = lesson.forward();
  for (let i = 0; i < 10; i++) trainer.step();
  expect(lesson.forward().probabilities).toEqual(probabilities);
  expect((await createLesson(trainer)).forward().probabilities).not.toEqual(probabilities);
});

test("a pair learnt a hundred times becomes likely, and is again what it was after starting over", async () => {
  const lesson = await createLesson(await trained({ optimizer: "adagrad", learningRate: 0.1 }, 0));
  const { target } = lesson.pair;
  const before = lesson.forward();
  const { probabilities, losses } = lesson.learnTimes(100);
  expect(lesson.stepsLearnt).toBe(100);
  expect(probabilities.length).toBe(101);
  expect(probabilities[0]).toBe(before.probabilities[target]);
  expect(probabilities[100]).toBe(lesson.forward().probabilities[target]);
  expect(probabilities[100]).toBeGreaterThan(0.95);
  for (const [i, loss] of losses.entries()) expect(loss).toBeCloseTo(-Math.log(probabilities[i]!), 4);
  lesson.startOver();
  expect(lesson.stepsLearnt).toBe(0);
  expect(lesson.forward()).toEqual(before);
  expect(lesson.learnTimes(100).probabilities).toEqual(probabilities);
});

test("learning step by step is learning so many times", async () => {
  const trainer = await trained({ cell: "lstm" });
  const [one, other] = [await createLesson(trainer), await createLesson(trainer)];
  for (let i = 0; i < 5; i++) one.learn();
  other.learnTimes(5);
  expect(one.parameters()).toEqual(other.parameters());
});

test("the passage is what the trainer reads next, and its state is the trainer's", async () => {
  const trainer = await trained({ cell: "lstm" }, 7);
  const lesson = await createLesson(trainer);
  const text = lesson.vocabulary.decode(lesson.passage);
  expect(TEXT.slice(35)).toContain(text);
  expect(TEXT.slice(35, 35 + lesson.passage.length)).toBe(text);
  lesson.choose(0);
  const { previousHidden, cell } = lesson.forward().layers[0]!;
  expect(previousHidden).toEqual(trainer.model.engine.readTensor("state.hidden_l0"));
  expect(cell!.previous).toEqual(trainer.model.engine.readTensor("state.cell_l0"));
});

test("before the first step, and where a pass begins, the state is zero", async () => {
  const trainer = await trained({}, 0);
  const lesson = await createLesson(trainer);
  lesson.choose(0);
  expect(lesson.forward().layers[0]!.previousHidden.every((value) => value === 0)).toBe(true);
  while (trainer.epoch < 1) trainer.step();
  const next = await createLesson(trainer);
  next.choose(0);
  expect(next.forward().layers[0]!.previousHidden.every((value) => value === 0)).toBe(true);
});

test("of lines, the passage is a line", async () => {
  const trainer = await createTrainer("anna\nbob\nclara\n".repeat(5), { examples: "lines", hiddenSize: 4 });
  for (let i = 0; i < 4; i++) trainer.step();
  const lesson = await createLesson(trainer);
  expect(lesson.vocabulary.decode(lesson.passage)).toBe("\nbob\n");
});

test("another passage is read from a state of zero, and the pair follows the choice", async () => {
  const lesson = await createLesson(await trained({}));
  lesson.read("the times");
  lesson.choose(4);
  const { token, target } = lesson.pair;
  expect(lesson.vocabulary.decode([token, target])).toBe("ti");
  const plain: { hidden: number[]; cell: number[] }[] = [{ hidden: new Array(7).fill(0), cell: [] }];
  for (const past of lesson.passage.subarray(0, 4)) {
    plain[0] = plainStep(lesson, past, plain).layers[0]!;
  }
  expectClose(lesson.forward().layers[0]!.previousHidden, plain[0]!.hidden, "state before the pair");
});

test("the untrained probabilities are those of the recipe's first weights", async () => {
  const [trainer, untrained] = [await trained({ cell: "gru" }, 40), await trained({ cell: "gru" }, 0)];
  const lesson = await createLesson(trainer);
  const before = lesson.forward();
  const probabilities = lesson.untrainedProbabilities();
  expect(lesson.forward()).toEqual(before);
  const other = await createLesson(untrained);
  other.read(lesson.vocabulary.decode(lesson.passage));
  other.choose(lesson.pair.position);
  expect(probabilities).toEqual(other.forward().probabilities);
  expect(probabilities).not.toEqual(before.probabilities);
});

test("a model without a trainer writes its own passage, and its optimizer remembers nothing", async () => {
  const trainer = await trained({ optimizer: "adagrad" });
  const model = await modelFromBytes(modelToBytes(trainer.model, trainer.steps));
  const lesson = await createLesson(model);
  expect(lesson.passage.length).toBe(48);
  expect(lesson.parameters().map(({ values }) => values)).toEqual(
    model.engine.tensors.filter(({ role }) => role === "parameter").map(({ name }) => model.engine.readTensor(name)),
  );
  for (const { slots, gradient } of lesson.learn().parameters) {
    expect(slots[0]!.before.every((value) => value === 0)).toBe(true);
    const squares = gradient.map((value) => Math.fround(value * value));
    expect(slots[0]!.after).toEqual(squares);
  }
});

test("a model on the plain engine has its lesson in WebAssembly", async () => {
  const wasm = await createLesson(await trained({}, 0));
  const plain = await createLesson(await trained({ backend: "js", precision: "float64" }, 0));
  expectClose(plain.forward().logits, wasm.forward().logits, "logits");
});

test("what cannot be done is refused with a reason", async () => {
  const lesson = await createLesson(await trained({}));
  expect(() => lesson.choose(47)).toThrow(/position: expected a whole number from 0 to 46, got 47/);
  expect(() => lesson.read("I")).toThrow(/passage: expected at least 2 tokens, got 1/);
  expect(() => lesson.read("Zebra")).toThrow(/passage: "Z" .* is not in the model's vocabulary/);
  expect(() => lesson.checkGradients([{ tensor: "rnn.weight", index: 0 }])).toThrow(/parameter "rnn.weight": expected/);
  expect(() => lesson.checkGradients([{ tensor: "decoder.bias", index: 99 }])).toThrow(/decoder.bias: expected/);
});

function oracleOf(recipe: Recipe, vocabularySize: number): ReferenceEngine {
  const { cell, optimizer, hiddenSize, batchSize, sequenceLength, layers, embeddingSize, activation, bias, tied } =
    recipe;
  const sizes = { vocabularySize, hiddenSize, batchSize, sequenceLength, layers, embeddingSize };
  return createReferenceEngine({ cell, optimizer, activation, bias, tied, ...sizes }, "float64");
}
