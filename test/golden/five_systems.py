"""Reference runs of five well-known small text systems in numpy float64, for test/golden/five-systems.test.ts.

Reads the corpora sonnets.txt and dinosaurs.txt of a folder and writes, into another:

  five-systems.json              per case: text, command-line options, losses in nats per token, learning rates
  five-systems.*.safetensors     initial weights, float32, drawn by numpy, under PyTorch's names

The systems:

  min-char-rnn       vanilla tanh cell; one continuous stream; Adagrad with ε in the root; gradient elements within ±5
  word-rnn           vanilla cell without biases; a line of words an example, whose last target is the next line's first word;
                     plain SGD, its rate halved whenever the mean loss, looked at every 5 epochs, has risen
  dinosaurs          vanilla tanh cell; a name an example, from newline to newline; AdamW; gradient elements within ±1
  lstm-shakespeare   LSTM with initial weights around 0.5 for its gates; one continuous stream; plain SGD
  char-rnn           two layers of LSTM; the stream cut into rows read side by side; gradients of the mean loss; RMSprop,
                     its rate multiplied by 0.97 after each epoch from the tenth on; the end of the text kept to validate on

T time steps, N batch rows, V vocabulary size. A token is a character, or a word in word-rnn; token i is the i-th of the text's
distinct ones, sorted by code point. Before anything is written, the gradients are compared with central differences.

Made by `npm run golden`, with Debian's python3-numpy.
"""

import hashlib
import json
import struct
import sys

import numpy as np
from numpy_rnn import (
    AdamW,
    Adagrad,
    LstmCell,
    RmsProp,
    Sgd,
    VanillaCell,
    check_gradients,
    loss_and_gradients,
    weight_shapes,
    zero_state,
)

# ---- texts: to tokens, and to what a step reads ----


def indexed(tokens):
    """The number of distinct tokens, and each token's index."""
    vocabulary = sorted(set(tokens))
    index = {token: i for i, token in enumerate(vocabulary)}
    return len(vocabulary), index


def column(tokens):
    return np.array(tokens)[:, None]


def word_examples(text):
    lines = [line.split() for line in text.split("\n") if line.strip() != ""]
    size, index = indexed([word for line in lines for word in line])
    lines = [[index[word] for word in line] for line in lines]
    following = lines[1:] + lines[:1]
    return size, [(column(line), column(line[1:] + after[:1])) for line, after in zip(lines, following)]


def name_examples(text):
    size, index = indexed(text)
    newline = index["\n"]
    names = [[index[character] for character in line] for line in text.split("\n") if line != ""]
    return size, [(column([newline] + name), column(name + [newline])) for name in names]


def stream(tokens, time_steps, rows):
    """Chunk after chunk (T, N) without end, each with whether it begins a pass, and how many passes are done."""
    row_length = (len(tokens) - 1) // rows
    position, passes = 0, 0
    while True:
        if position + time_steps >= row_length:
            position, passes = 0, passes + 1
        starts = [row * row_length + position for row in range(rows)]
        chunk = [np.stack([tokens[s + shift : s + shift + time_steps] for s in starts], axis=1) for shift in (0, 1)]
        yield *chunk, position == 0, passes
        position += time_steps


# ---- systems: from weights to losses ----


def clipped(gradients, bound):
    return {name: np.clip(gradient, -bound, bound) for name, gradient in gradients.items()}


def continuous_run(cell, weights, tokens, time_steps, optimizer, learning_rate, clip, steps):
    """min-char-rnn and lstm-shakespeare."""
    losses = []
    chunks = stream(tokens, time_steps, 1)
    for _ in range(steps):
        inputs, targets, first, _ = next(chunks)
        if first:
            state = zero_state(cell, weights, 1)
        loss, gradients, state = loss_and_gradients(cell, weights, inputs, targets, state)
        optimizer.update(weights, clipped(gradients, clip), learning_rate)
        losses.append(loss / time_steps)
    return {"losses": losses}


def mean_loss(cell, weights, examples):
    zero = zero_state(cell, weights, 1)
    nats = sum(loss_and_gradients(cell, weights, *example, zero)[0] for example in examples)
    return nats / sum(len(inputs) for inputs, _ in examples)


def word_run(cell, weights, examples, learning_rate, epochs):
    losses, rates, train_losses = [], [], {}
    previous = initial = mean_loss(cell, weights, examples)
    for epoch in range(1, epochs + 1):
        for inputs, targets in examples:
            loss, gradients, _ = loss_and_gradients(cell, weights, inputs, targets, zero_state(cell, weights, 1))
            Sgd().update(weights, gradients, learning_rate)
            losses.append(loss / len(inputs))
            rates.append(learning_rate)
        if epoch % 5 == 0:
            mean = mean_loss(cell, weights, examples)
            if mean > previous:
                learning_rate /= 2
            previous = train_losses[len(losses)] = mean
    return {"losses": losses, "learningRates": rates, "initialTrainLoss": initial, "trainLosses": train_losses}


def name_run(cell, weights, examples, steps):
    optimizer, losses = AdamW(weight_decay=1e-4), []
    for step in range(steps):
        inputs, targets = examples[step % len(examples)]
        loss, gradients, _ = loss_and_gradients(cell, weights, inputs, targets, zero_state(cell, weights, 1))
        optimizer.update(weights, clipped(gradients, 1), 1e-3)
        losses.append(loss / len(inputs))
    return {"losses": losses}


def validation_loss(cell, weights, tokens, time_steps, rows):
    """Mean over all targets but the few that do not fill a row; each row from a zero state."""
    row_length = (len(tokens) - 1) // rows
    state, nats = zero_state(cell, weights, rows), 0
    for start in range(0, row_length, time_steps):
        end = min(start + time_steps, row_length)
        inputs, targets = (
            np.stack([tokens[r * row_length + start + shift : r * row_length + end + shift] for r in range(rows)], axis=1)
            for shift in (0, 1)
        )
        loss, _, state = loss_and_gradients(cell, weights, inputs, targets, state)
        nats += loss
    return nats / (rows * row_length)


def char_rnn_run(cell, weights, tokens, time_steps, rows, steps, validate_every):
    kept = int(0.05 * len(tokens))
    training, validation = tokens[:-kept], tokens[-kept:]
    optimizer, losses, rates, validation_losses = RmsProp(0.95), [], [], {}
    chunks = stream(training, time_steps, rows)
    for step in range(1, steps + 1):
        inputs, targets, first, epochs_done = next(chunks)
        if first:
            state = zero_state(cell, weights, rows)
        loss, gradients, state = loss_and_gradients(cell, weights, inputs, targets, state)
        count = time_steps * rows
        mean = {name: gradient / count for name, gradient in gradients.items()}
        rates.append(2e-3 * 0.97 ** max(0, epochs_done - 9))
        optimizer.update(weights, clipped(mean, 5), rates[-1])
        losses.append(loss / count)
        if step % validate_every == 0:
            validation_losses[step] = validation_loss(cell, weights, validation, time_steps, rows)
    return {"losses": losses, "learningRates": rates, "valLosses": validation_losses}


# ---- initial weights ----


def wide_normal(rng, name, shape):
    """For min-char-rnn: twenty times its own deviation, so that some gradient elements are clipped."""
    return rng.normal(0, 0.2, shape) if len(shape) == 2 else np.zeros(shape)


def one_over_root_of_width(rng, name, shape):
    """word-rnn's; the one-hot input is V wide."""
    return rng.uniform(-1, 1, shape) / np.sqrt(shape[1])


def unsaturated_normal(rng, name, shape):
    """For dinosaurs: large enough for every part of the cell to matter."""
    return rng.normal(0, 0.1, shape)


def around_one_half(rng, name, shape):
    """lstm-shakespeare's: N(0.5, 0.1²) for the gates, N(0, 0.1²) for the candidate g, the third block, and the decoder."""
    if len(shape) == 1:
        return np.zeros(shape)
    values = rng.normal(0, 0.1, shape)
    if name.startswith("rnn."):
        i, f, g, o = np.split(values, 4)
        values = np.concatenate([i + 0.5, f + 0.5, g, o + 0.5])
    return values


def narrow_uniform(rng, name, shape):
    """char-rnn's: everything in ±0.08, but forget biases 1."""
    values = rng.uniform(-0.08, 0.08, shape)
    if name.startswith("rnn.bias"):
        np.split(values, 4)[1][:] = 1
    return values


def draw_weights(how, seed, *sizes):
    rng = np.random.default_rng(seed)
    return {name: how(rng, name, shape).astype("<f4") for name, shape in weight_shapes(*sizes).items()}


# ---- cases ----


def cut(corpora, source):
    if "literal" in source:
        return source["literal"]
    text = corpora[source["corpus"]]
    if "characters" in source:
        return text[: source["characters"]]
    lines = text.split("\n")[: source["lines"]]
    if source.get("capitalized"):
        lines = [line[:1].upper() + line[1:] for line in lines]
    return "".join(f"{line}\n" for line in lines)


# word-rnn's: with a state of zero before each line, all of it can be learnt
TOY = {"literal": "你 好 李 焕 英\n夏 洛 特 烦 恼\n"}
# every pair of sides stands there twice, once before either side: nothing can be learnt, the loss rises, the rate is halved
COINS = {
    "literal": "heads tails\nheads tails\ntails tails\ntails heads\nheads heads\ntails heads\ntails tails\nheads heads\n"
}
SONNETS = {"corpus": "sonnets", "lines": 32}  # two of them blank


def min_char_rnn(text):
    size, index = indexed(text)
    weights = draw_weights(wide_normal, 20150521, size, 37, 1, 1, True)
    tokens = [index[character] for character in text]
    return weights, lambda w: continuous_run(VanillaCell("tanh"), w, tokens, 13, Adagrad(), 0.01, 5, 300)


def word_rnn(activation, hidden_size, learning_rate, epochs):
    def case(text):
        size, examples = word_examples(text)
        weights = draw_weights(one_over_root_of_width, 5, size, hidden_size, 1, 1, False)
        return weights, lambda w: word_run(VanillaCell(activation), w, examples, learning_rate, epochs)

    return case


def dinosaurs(text):
    size, examples = name_examples(text.lower())
    weights = draw_weights(unsaturated_normal, 1, size, 30, 1, 1, True)
    return weights, lambda w: name_run(VanillaCell("tanh"), w, examples, 350)


def lstm_shakespeare(text):
    size, index = indexed(text)
    weights = draw_weights(around_one_half, 3, size, 24, 4, 1, True)
    tokens = [index[character] for character in text]
    return weights, lambda w: continuous_run(LstmCell(), w, tokens, 25, Sgd(), 1e-4, np.inf, 200)


def char_rnn(text):
    size, index = indexed(text)
    weights = draw_weights(narrow_uniform, 123, size, 16, 4, 2, True)
    tokens = [index[character] for character in text]
    return weights, lambda w: char_rnn_run(LstmCell(), w, tokens, 10, 4, 320, 80)


# name, preset, name of the weights' file, text, what the command line says beyond the preset, run
CASES = [
    # 100 chunks of 13 and one character: the last chunk is not read
    (
        "min-char-rnn",
        "min-char-rnn",
        "min-char-rnn",
        {"corpus": "sonnets", "characters": 1301},
        "--hidden 37 --seq 13 --lr 0.01",
        min_char_rnn,
    ),
    ("word-rnn, toy, linear", "word-rnn", "toy", TOY, "", word_rnn("linear", 100, 0.005, 100)),
    ("word-rnn, toy, tanh", "word-rnn", "toy", TOY, "--activation tanh", word_rnn("tanh", 100, 0.005, 100)),
    ("word-rnn, coins, linear", "word-rnn", "coins", COINS, "--hidden 20 --lr 0.1", word_rnn("linear", 20, 0.1, 22)),
    (
        "word-rnn, coins, tanh",
        "word-rnn",
        "coins",
        COINS,
        "--hidden 20 --lr 0.1 --activation tanh",
        word_rnn("tanh", 20, 0.1, 22),
    ),
    ("word-rnn, sonnets, linear", "word-rnn", "words", SONNETS, "--hidden 20 --lr 0.02", word_rnn("linear", 20, 0.02, 12)),
    (
        "word-rnn, sonnets, tanh",
        "word-rnn",
        "words",
        SONNETS,
        "--hidden 20 --lr 0.03 --activation tanh",
        word_rnn("tanh", 20, 0.03, 12),
    ),
    # capitals are for the preset to lower; the text is read once and a little
    (
        "dinosaurs",
        "dinosaurs",
        "dinosaurs",
        {"corpus": "dinosaurs", "lines": 300, "capitalized": True},
        "--hidden 30",
        dinosaurs,
    ),
    (
        "lstm-shakespeare",
        "lstm-shakespeare",
        "lstm-shakespeare",
        {"corpus": "sonnets", "characters": 3000},
        "--hidden 24",
        lstm_shakespeare,
    ),
    # 23 chunks a pass, hence 13 epochs and their rates; 12 targets a row to validate on, hence a short last chunk
    (
        "char-rnn",
        "char-rnn",
        "char-rnn",
        {"corpus": "sonnets", "characters": 1000},
        "--hidden 16 --batch 4 --seq 10 --eval-every 80",
        char_rnn,
    ),
]


# ---- files ----


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


def rounded(value):
    """12 significant digits: far below what the float64 comparison lets pass."""
    return float(f"{value:.12g}")


def changes(values):
    """[step, value] wherever the value is not that of the step before; the first step is 1."""
    return [[i + 1, value] for i, value in enumerate(values) if i == 0 or value != values[i - 1]]


def read_corpus(path):
    with open(path, encoding="utf-8", newline="") as file:
        return file.read()


def main(corpus_folder, folder):
    check_gradients()
    corpora = {name: read_corpus(f"{corpus_folder}/{name}.txt") for name in ("sonnets", "dinosaurs")}
    cases = []
    for name, preset, weights_name, source, arguments, case in CASES:
        text = cut(corpora, source)
        weights, run = case(text)
        file = f"five-systems.{weights_name}.init.safetensors"
        write_safetensors(f"{folder}/{file}", weights)
        found = run({tensor: values.astype(np.float64) for tensor, values in weights.items()})
        fixture = {
            "name": name,
            "preset": preset,
            "arguments": arguments.split(),
            "weights": file,
            "text": {**source, "sha256": hashlib.sha256(text.encode()).hexdigest()},
            "losses": [rounded(loss) for loss in found["losses"]],
        }
        if "learningRates" in found:
            fixture["learningRates"] = changes(found["learningRates"])
        if "initialTrainLoss" in found:
            fixture["initialTrainLoss"] = rounded(found["initialTrainLoss"])
        for means in ("trainLosses", "valLosses"):
            if means in found:
                fixture[means] = [[step, rounded(loss)] for step, loss in found[means].items()]
        cases.append(fixture)
    with open(f"{folder}/five-systems.json", "w", encoding="utf-8") as file:
        lines = ",\n".join(json.dumps(case, ensure_ascii=False, separators=(",", ":")) for case in cases)
        file.write(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
