/**
 * Training of recurrent language models in TensorFlow.js, on its WebAssembly backend with SIMD and one thread.
 *
 *   node tfjs-rnn.mjs FOLDER
 *
 * does the task in the folder (task.ts) by the protocol of process-contender.ts. Needs @tensorflow/tfjs and
 * @tensorflow/tfjs-backend-wasm, which this project does not depend on. The cells and the optimizers are written from
 * operations: those of the library differ in where the ε stands and reset the state with every batch.
 */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";

const require = createRequire(import.meta.url);
const tf = require("@tensorflow/tfjs");
const wasm = require("@tensorflow/tfjs-backend-wasm");

const EVIDENCE_STEPS = 3;

/** Sizes as in the engine's configuration; weights by PyTorch's names, (outputs, inputs). */
class Trainer {
  constructor({ config, settings, resetsEveryChunk, parameters }, values, tokens) {
    Object.assign(this, { config, settings, resetsEveryChunk, tokens });
    this.slice = Math.floor((tokens.length - 1) / config.batchSize);
    this.position = 0;
    this.state = [];
    this.weights = {};
    this.sums = {};
    let start = 0;
    for (const { name, length } of parameters) {
      const part = values.slice(start, start + length);
      const inputs = length / this.outputs(name);
      const shape = name.includes("weight") ? [this.outputs(name), inputs] : [length];
      this.weights[name] = tf.variable(tf.tensor(part, shape));
      this.sums[name] = tf.variable(tf.zeros(shape));
      start += length;
    }
  }

  outputs(name) {
    const { cell, vocabularySize, hiddenSize } = this.config;
    if (name.startsWith("decoder")) return vocabularySize;
    return (cell === "lstm" ? 4 : 1) * hiddenSize;
  }

  /** Tokens (T·N), time-major, `ahead` further on in the text, as one-hot rows (T·N, V). */
  oneHot(length, ahead) {
    const { batchSize, vocabularySize } = this.config;
    const indices = new Int32Array(length * batchSize);
    for (let i = 0; i < indices.length; i++) {
      const [t, row] = [Math.floor(i / batchSize), i % batchSize];
      indices[i] = this.tokens[row * this.slice + this.position + t + ahead];
    }
    return tf.oneHot(tf.tensor1d(indices, "int32"), vocabularySize).toFloat();
  }

  /** Hidden states (T·N, H) of one layer from its input (T·N, D); its last h and c go to `last`. */
  layer(input, index, length, last) {
    const { batchSize, hiddenSize, cell } = this.config;
    const weight = (name) => this.weights[`rnn.${name}_l${index}`];
    const sums = tf.add(tf.matMul(input, weight("weight_ih"), false, true), weight("bias_ih"));
    const zeros = () => tf.zeros([batchSize, hiddenSize]);
    let [h, c] = this.state[index] ?? [zeros(), zeros()];
    const results = [];
    for (const sum of tf.unstack(sums.reshape([length, batchSize, this.outputs("rnn")]))) {
      const gates = tf.add(sum, tf.matMul(h, weight("weight_hh"), false, true));
      if (cell === "lstm") {
        const [i, f, g, o] = tf.split(gates, 4, 1);
        c = tf.add(tf.mul(tf.sigmoid(f), c), tf.mul(tf.sigmoid(i), tf.tanh(g)));
        h = tf.mul(tf.sigmoid(o), tf.tanh(c));
      } else {
        h = tf.tanh(gates);
      }
      results.push(h);
    }
    last.push([h, c]);
    return tf.concat(results);
  }

  /** One training step on the next chunk; the loss in nats, summed. */
  step(length) {
    const { layers } = this.config;
    if (this.position === 0 || this.resetsEveryChunk) this.keepState([]);
    return tf.tidy(() => {
      const last = [];
      const targets = this.oneHot(length, 1);
      const { value, grads } = tf.variableGrads(() => {
        let hidden = this.oneHot(length, 0);
        for (let index = 0; index < layers; index++) hidden = this.layer(hidden, index, length, last);
        const weight = this.weights["decoder.weight"];
        const logits = tf.add(tf.matMul(hidden, weight, false, true), this.weights["decoder.bias"]);
        this.keepState(last.map((parts) => parts.map((part) => tf.keep(part.clone()))));
        return tf.neg(tf.sum(tf.mul(targets, tf.logSoftmax(logits)))).mul(this.settings.lossScale);
      }, Object.values(this.weights));
      for (const [name, variable] of Object.entries(this.weights)) this.update(name, variable, grads[variable.name]);
      this.position += length;
      if (this.slice - this.position <= length) this.position = 0;
      return value.dataSync()[0] / this.settings.lossScale;
    });
  }

  keepState(state) {
    tf.dispose(this.state);
    this.state = state;
  }

  update(name, variable, gradient) {
    const { clipValue, learningRate, epsilon, beta2 } = this.settings;
    const g = tf.clipByValue(gradient, -clipValue, clipValue);
    const sum = this.sums[name];
    if (this.config.optimizer === "adagrad") {
      sum.assign(tf.add(sum, tf.square(g)));
      variable.assign(tf.sub(variable, tf.div(tf.mul(g, learningRate), tf.sqrt(tf.add(sum, epsilon)))));
    } else {
      sum.assign(tf.add(tf.mul(sum, beta2), tf.mul(tf.square(g), 1 - beta2)));
      variable.assign(tf.sub(variable, tf.div(tf.mul(g, learningRate), tf.add(tf.sqrt(sum), epsilon))));
    }
  }
}

function readNumbers(Numbers, path) {
  return new Numbers(new Uint8Array(readFileSync(path)).buffer);
}

wasm.setWasmPaths(`${dirname(require.resolve("@tensorflow/tfjs-backend-wasm/package.json"))}/dist/`);
tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
await tf.setBackend("wasm");

const folder = process.argv[2];
const task = JSON.parse(readFileSync(join(folder, "task.json"), "utf8"));
const values = readNumbers(Float32Array, join(folder, "parameters.float32"));
const trainer = new Trainer(task, values, readNumbers(Int32Array, join(folder, "tokens.int32")));
console.log(Array.from({ length: EVIDENCE_STEPS }, () => trainer.step(task.evidenceLength)).join(" "));
trainer.position = 0;
for await (const seconds of createInterface(process.stdin)) {
  const { sequenceLength, batchSize } = task.config;
  const begin = performance.now();
  let elapsed = 0;
  let characters = 0;
  while (elapsed < Number(seconds)) {
    trainer.step(sequenceLength);
    characters += sequenceLength * batchSize;
    elapsed = (performance.now() - begin) / 1000;
  }
  console.log(characters / elapsed);
}
