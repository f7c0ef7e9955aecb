// The training that every host in this folder does, as JavaScript engines do it: with the exports of core.wasm and docs/abi.md, and
// nothing of charloom's TypeScript, nor of Node or the web. An LSTM of two layers learns the squares 0, 1, 4, 9 … modulo 13, 200
// steps of Adam. c/host.c and python/host.py are the same in their languages.

const MODULUS = 13;
const ROWS = 4;
const TIME_STEPS = 10;
const STEPS = 200;
const SEED = 7;
const BETA1 = 0.9;
const BETA2 = 0.999;

const CONFIG_BYTES = 48;
const STEP_BYTES = 112;
const TENSOR_BYTES = 32;
const NAME_BYTES = 128;
const PARAMETER = 0;

/**
 * Trains, given an instance's exports. Returns what the first and the last step found, in nats a token, and the bytes that the hash of
 * the parameters is the SHA-256 of.
 */
export function train(core) {
  if (core.abiVersion() !== 5) throw new Error(`core.wasm: expected ABI version 5, got ${core.abiVersion()}`);
  // made anew at every use: a view is empty once the memory has grown
  const view = () => new DataView(core.memory.buffer);

  const name = core.allocate(NAME_BYTES);
  const readName = (length) => String.fromCharCode(...new Uint8Array(core.memory.buffer, name, length));
  const indexOf = (wanted, count, writeName) => {
    for (let i = 0; i < count; i++) if (readName(done(writeName(i, name))) === wanted) return i;
    throw new Error(`core.wasm: expected to find "${wanted}", and it is not there`);
  };

  const config = core.allocate(CONFIG_BYTES);
  const lstm = indexOf("lstm", core.cellCount(), core.cellName);
  const adam = indexOf("adam", core.optimizerCount(), core.optimizerName);
  // vocabulary, hidden size, rows, longest chunk, cell, optimizer, layers, one-hot input, tanh, biases, not tied, threads
  const fields = [MODULUS, 24, ROWS, TIME_STEPS, lstm, adam, 2, 0, 0, 1, 0, 1];
  for (const [i, value] of fields.entries()) view().setInt32(config + 4 * i, value, true);
  done(core.checkConfig(config));
  const model = core.createModel(config);
  if (model === 0) throw new Error("core.wasm: expected memory for the model, and there is none");

  const tensors = new Map();
  const record = core.allocate(TENSOR_BYTES);
  for (let i = 0; i < done(core.tensorCount(model)); i++) {
    const key = readName(done(core.tensorName(model, i, name)));
    done(core.describeTensor(model, i, record));
    const [kind, address, , rows, columns, rowStride, columnStride] = new Int32Array(core.memory.buffer, record, 7);
    tensors.set(key, { kind, address, rows, columns, rowStride, columnStride });
  }

  done(core.initializeParameters(model, 1, 0.2, SEED, 0)); // uniform in [-0.2, 0.2)

  const step = core.allocate(STEP_BYTES);
  const losses = [];
  for (let number = 1; number <= STEPS; number++) {
    for (let time = 0; time < TIME_STEPS; time++) {
      for (let row = 0; row < ROWS; row++) {
        const position = 1000 * row + TIME_STEPS * (number - 1) + time;
        const offset = 4 * (ROWS * time + row);
        view().setUint32(tensors.get("tokens").address + offset, position ** 2 % MODULUS, true);
        view().setUint32(tensors.get("targets").address + offset, (position + 1) ** 2 % MODULUS, true);
      }
    }
    view().setInt32(step, TIME_STEPS, true);
    view().setFloat32(step + 4, 0.01, true); // learning rate
    view().setFloat32(step + 8, Number.POSITIVE_INFINITY, true); // clip value: none
    view().setFloat32(step + 12, 5, true); // clip norm
    view().setFloat32(step + 32, 1 / (TIME_STEPS * ROWS), true); // loss scale: gradients of the mean
    view().setFloat32(step + 36, 0, true); // weight decay
    view().setFloat32(step + 40, 0, true); // momentum
    view().setFloat32(step + 44, 1e-8, true); // epsilon
    view().setInt32(step + 48, 0, true); // nesterov
    view().setInt32(step + 52, 0, true); // epsilon in root
    view().setFloat64(step + 56, BETA1, true);
    view().setFloat64(step + 64, BETA2, true);
    view().setFloat64(step + 72, 1 - power(BETA1, number), true);
    view().setFloat64(step + 80, 1 - power(BETA2, number), true);
    view().setFloat32(step + 88, 0.1, true); // dropout between the layers
    view().setUint32(step + 92, SEED, true);
    view().setUint32(step + 96, 0, true);
    view().setUint32(step + 100, number, true);
    view().setUint32(step + 104, 0, true);
    done(core.trainStep(model, step, 1));
    losses.push(view().getFloat64(step + 16, true) / (TIME_STEPS * ROWS));
  }

  const parameters = [...tensors.values()].filter(({ kind }) => kind === PARAMETER);
  const bytes = new Uint8Array(4 * parameters.reduce((sum, { rows, columns }) => sum + rows * columns, 0));
  const result = new DataView(bytes.buffer);
  let offset = 0;
  for (const { address, rows, columns, rowStride, columnStride } of parameters) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++, offset += 4) {
        const value = view().getUint32(address + 4 * (row * rowStride + column * columnStride), true);
        result.setUint32(offset, value, true);
      }
    }
  }
  return { firstLoss: losses[0], lastLoss: losses[STEPS - 1], parameters: bytes };
}

/** What a host prints: the same line wherever it runs. `sha256` is 32 bytes. */
export function report({ firstLoss, lastLoss }, sha256) {
  const hash = Array.from(sha256, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `loss ${firstLoss.toFixed(4)} -> ${lastLoss.toFixed(4)} nats a token, parameters ${hash}`;
}

/** `report` where there is the web's crypto. */
export async function trainAndReport(core) {
  const outcome = train(core);
  return report(outcome, new Uint8Array(await crypto.subtle.digest("SHA-256", outcome.parameters)));
}

/** What an export answered, if it is no Status of refusal. */
function done(answer) {
  if (answer < 0) throw new Error(`core.wasm: expected the call to be accepted, got status ${answer}`);
  return answer;
}

/** By squaring, as charloom does it: other ways end in other last bits. */
function power(base, exponent) {
  let result = 1;
  for (let n = exponent; n > 0; n = Math.floor(n / 2)) {
    if (n % 2 === 1) result *= base;
    base *= base;
  }
  return result;
}
