"""Reference losses of min-char-rnn in numpy float64, for test/golden/golden.test.ts.

Reads a text and writes, into the given folder:

  min-char-rnn.init.safetensors   initial weights, float32, drawn by numpy
  min-char-rnn.json               the losses (nats, summed over a chunk) of the runs from those weights

Two learning rates. At 0.1, min-char-rnn's own, the run is chaotic: the first Adagrad steps move every weight by about 0.1,
whatever the size of its gradient, and any two orders of summation, even in float64, part after some 25 steps. So that run
is short. At 0.01 it is stable, and long.

Made by `npm run golden`, with Debian's python3-numpy.
"""

import hashlib
import json
import struct
import sys

import numpy as np

HIDDEN = 40
SEQUENCE = 25
CLIP = 5.0
RUNS = [{"learningRate": 0.01, "steps": 400}, {"learningRate": 0.1, "steps": 10}]


def initial_weights(vocabulary_size):
    rng = np.random.default_rng(20150521)

    def normal(*shape):
        return (rng.standard_normal(shape) * 0.01).astype("<f4")

    return {
        "rnn.weight_ih_l0": normal(HIDDEN, vocabulary_size),
        "rnn.weight_hh_l0": normal(HIDDEN, HIDDEN),
        "rnn.bias_ih_l0": np.zeros(HIDDEN, "<f4"),
        "decoder.weight": normal(vocabulary_size, HIDDEN),
        "decoder.bias": np.zeros(vocabulary_size, "<f4"),
    }


def write_safetensors(path, tensors):
    header, data = {}, b""
    for name, values in tensors.items():
        begin = len(data)
        data += values.tobytes()
        header[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": [begin, len(data)]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def run(tokens, weights, learning_rate, steps):
    w_ih, w_hh, b, w_y, b_y = (weights[name].astype(np.float64) for name in weights)
    parameters = [w_ih, w_hh, b, w_y, b_y]
    memories = [np.zeros_like(parameter) for parameter in parameters]
    losses, position = [], None
    for _ in range(steps):
        if position is None or position + SEQUENCE + 1 >= len(tokens):
            position, state = 0, np.zeros(HIDDEN)
        inputs = tokens[position : position + SEQUENCE]
        targets = tokens[position + 1 : position + SEQUENCE + 1]

        hidden, grad_logits, loss = [state], [], 0.0
        for token, target in zip(inputs, targets):
            hidden.append(np.tanh(w_ih[:, token] + w_hh @ hidden[-1] + b))
            logits = w_y @ hidden[-1] + b_y
            shifted = np.exp(logits - logits.max())
            probabilities = shifted / shifted.sum()
            loss -= np.log(probabilities[target])
            probabilities[target] -= 1
            grad_logits.append(probabilities)

        gradients = [np.zeros_like(parameter) for parameter in parameters]
        g_ih, g_hh, g_b, g_y, g_by = gradients
        carried = np.zeros(HIDDEN)
        for t in reversed(range(SEQUENCE)):
            g_y += np.outer(grad_logits[t], hidden[t + 1])
            g_by += grad_logits[t]
            grad_z = (w_y.T @ grad_logits[t] + carried) * (1 - hidden[t + 1] ** 2)
            g_ih[:, inputs[t]] += grad_z
            g_hh += np.outer(grad_z, hidden[t])
            g_b += grad_z
            carried = w_hh.T @ grad_z

        for parameter, gradient, memory in zip(parameters, gradients, memories):
            np.clip(gradient, -CLIP, CLIP, out=gradient)
            memory += gradient * gradient
            parameter -= learning_rate * gradient / np.sqrt(memory + 1e-8)
        state = hidden[-1]
        position += SEQUENCE
        losses.append(float(loss))
    return losses


def main(text_path, folder):
    with open(text_path, encoding="utf-8", newline="") as file:
        text = file.read()
    vocabulary = sorted(set(text))
    index = {character: i for i, character in enumerate(vocabulary)}
    tokens = [index[character] for character in text]
    weights = initial_weights(len(vocabulary))
    write_safetensors(f"{folder}/min-char-rnn.init.safetensors", weights)
    golden = {
        "text": {"characters": len(text), "sha256": hashlib.sha256(text.encode()).hexdigest()},
        "hiddenSize": HIDDEN,
        "sequenceLength": SEQUENCE,
        "clipValue": CLIP,
        "runs": [{**each, "losses": run(tokens, weights, each["learningRate"], each["steps"])} for each in RUNS],
    }
    with open(f"{folder}/min-char-rnn.json", "w") as file:
        json.dump(golden, file)
        file.write("\n")


main(*sys.argv[1:])
