"""Training and sampling of a character-level vanilla RNN in numpy, float64: what charloom's bench races against.

    min_char_rnn.py FORM FOLDER

does the task in the folder (task.ts) by the protocol of process-contender.ts, on one thread, for one batch row.

Written from the equations; x is one-hot, so W_ih x is column x of W_ih:

    h_t = tanh(W_ih[:, x_t] + W_hh h_{t-1} + b)        y_t = W_out h_t + b_out
    loss = sum over t of  log sum_j exp(y_t[j]) - y_t[target_t]

Truncated back-propagation through time: exact within a chunk of T, the state carried over, the gradient not. Then each
gradient element is clipped, and an optimizer updates:

    adagrad   m += g*g, p -= lr * g / sqrt(m + epsilon)
    adamw     p -= lr * decay * p, m = b1 m + (1 - b1) g, v = b2 v + (1 - b2) g*g,
              p -= lr * m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + epsilon)

Two forms of the same training step. "step" makes every product when its time comes, as the well-known program of 2015
does: a product of a matrix and a vector, or an outer product, for each t. "chunk" does what numpy is better at: the
recurrence stays a loop, all else is one product over the T steps.
"""

import json
import os
import sys
import time

# before numpy loads its BLAS
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import numpy as np

EVIDENCE_STEPS = 3
DRAWS_A_LOOK_AT_THE_CLOCK = 100


class Model:
    """W_ih (H, V), W_hh (H, H), b (H), W_out (V, H), b_out (V); h (H), which is carried."""

    def __init__(self, config, values):
        """`values` has all parameters, one after the other in this order, row-major."""
        hidden_size, vocabulary_size = config["hiddenSize"], config["vocabularySize"]
        shapes = [(hidden_size, vocabulary_size), (hidden_size, hidden_size), hidden_size]
        shapes += [(vocabulary_size, hidden_size), vocabulary_size]
        ends = np.cumsum([np.prod(shape) for shape in shapes])
        parts = np.split(values.astype(np.float64), ends[:-1])
        self.parameters = [part.reshape(shape).copy() for part, shape in zip(parts, shapes)]
        self.hidden = np.zeros(hidden_size)
        self.one_hot = np.eye(vocabulary_size)

    def gradients_by_step(self, tokens, targets):
        """The loss, and the gradients in the order of `parameters`."""
        weight_ih, weight_hh, bias, weight_out, bias_out = self.parameters
        # a list's integers are quicker to index with than an array's
        tokens, targets = tokens.tolist(), targets.tolist()
        hidden = [self.hidden]
        probabilities = []
        loss = 0.0
        for token, target in zip(tokens, targets):
            h = np.tanh(weight_ih[:, token] + weight_hh @ hidden[-1] + bias)
            y = weight_out @ h + bias_out
            exponentials = np.exp(y - np.max(y))
            p = exponentials / np.sum(exponentials)
            loss -= np.log(p[target])
            hidden.append(h)
            probabilities.append(p)

        grads = [np.zeros_like(parameter) for parameter in self.parameters]
        grad_weight_ih, grad_weight_hh, grad_bias, grad_weight_out, grad_bias_out = grads
        grad_next = np.zeros_like(self.hidden)
        for t in reversed(range(len(tokens))):
            # loss = -log softmax(y)[target]  ->  dy = p - onehot(target)
            grad_y = probabilities[t]
            grad_y[targets[t]] -= 1.0
            # y = W_out h + b_out
            grad_weight_out += np.outer(grad_y, hidden[t + 1])
            grad_bias_out += grad_y
            grad_h = weight_out.T @ grad_y + grad_next
            # h = tanh(z)  ->  dz = dh (1 - h^2)
            grad_z = grad_h * (1.0 - hidden[t + 1] * hidden[t + 1])
            # z = W_ih[:, x] + W_hh h_{t-1} + b
            grad_weight_ih[:, tokens[t]] += grad_z
            grad_weight_hh += np.outer(grad_z, hidden[t])
            grad_bias += grad_z
            grad_next = weight_hh.T @ grad_z
        self.hidden = hidden[-1]
        return loss, grads

    def gradients_by_chunk(self, tokens, targets):
        """The same, with rows of matrices for time steps."""
        weight_ih, weight_hh, bias, weight_out, bias_out = self.parameters
        length = len(tokens)
        rows = np.arange(length)
        hidden = np.empty((length + 1, len(bias)))
        hidden[0] = self.hidden
        inputs = weight_ih.T[tokens] + bias
        for t in range(length):
            np.tanh(inputs[t] + weight_hh @ hidden[t], out=hidden[t + 1])
        y = hidden[1:] @ weight_out.T + bias_out
        y -= np.max(y, axis=1, keepdims=True)
        exponentials = np.exp(y)
        sums = np.sum(exponentials, axis=1, keepdims=True)
        loss = np.sum(np.log(sums)) - np.sum(y[rows, targets])

        grad_y = exponentials / sums
        grad_y[rows, targets] -= 1.0
        grad_h = grad_y @ weight_out
        slope = 1.0 - hidden[1:] * hidden[1:]
        grad_z = np.empty_like(grad_h)
        grad_z[-1] = grad_h[-1] * slope[-1]
        for t in reversed(range(length - 1)):
            grad_z[t] = (grad_h[t] + grad_z[t + 1] @ weight_hh) * slope[t]
        self.hidden = hidden[-1].copy()
        return loss, [
            # a product with one-hot rows: numpy 1's np.add.at is slower
            grad_z.T @ self.one_hot[tokens],
            grad_z.T @ hidden[:-1],
            np.sum(grad_z, axis=0),
            grad_y.T @ hidden[1:],
            np.sum(grad_y, axis=0),
        ]

    def probabilities_after(self, token):
        """One step of a sampler: probabilities (V) of the token that follows."""
        weight_ih, weight_hh, bias, weight_out, bias_out = self.parameters
        self.hidden = np.tanh(weight_ih[:, token] + weight_hh @ self.hidden + bias)
        y = weight_out @ self.hidden + bias_out
        exponentials = np.exp(y - np.max(y))
        return exponentials / np.sum(exponentials)


class Adagrad:
    def __init__(self, settings, parameters):
        self.rate, self.epsilon = settings["learningRate"], settings["epsilon"]
        self.sums_of_squares = [np.zeros_like(parameter) for parameter in parameters]

    def update(self, parameters, grads):
        for parameter, grad, sum_of_squares in zip(parameters, grads, self.sums_of_squares):
            sum_of_squares += grad * grad
            parameter -= self.rate * grad / np.sqrt(sum_of_squares + self.epsilon)


class AdamW:
    def __init__(self, settings, parameters):
        self.rate, self.epsilon = settings["learningRate"], settings["epsilon"]
        self.beta1, self.beta2 = settings["beta1"], settings["beta2"]
        self.keep = 1 - settings["learningRate"] * settings["weightDecay"]
        self.first = [np.zeros_like(parameter) for parameter in parameters]
        self.second = [np.zeros_like(parameter) for parameter in parameters]
        self.step = 0

    def update(self, parameters, grads):
        self.step += 1
        rate = self.rate / (1 - self.beta1**self.step)
        root_scale = 1 / np.sqrt(1 - self.beta2**self.step)
        for parameter, grad, first, second in zip(parameters, grads, self.first, self.second):
            first *= self.beta1
            first += (1 - self.beta1) * grad
            second *= self.beta2
            second += (1 - self.beta2) * grad * grad
            parameter *= self.keep
            parameter -= rate * first / (np.sqrt(second) * root_scale + self.epsilon)


class Trainer:
    """Steps through the text, chunk after chunk; at its end from the start again, with the state at zero."""

    def __init__(self, task, form, model, tokens):
        self.model, self.tokens = model, tokens
        self.length = task["config"]["sequenceLength"]
        self.resets_every_chunk = task["resetsEveryChunk"]
        self.clip_value = task["settings"]["clipValue"]
        optimizers = {"adagrad": Adagrad, "adamw": AdamW}
        self.optimizer = optimizers[task["config"]["optimizer"]](task["settings"], model.parameters)
        forms = {"step": model.gradients_by_step, "chunk": model.gradients_by_chunk}
        self.loss_and_gradients = forms[form]
        self.position = 0

    def step(self, length):
        start, end = self.position, self.position + length
        self.position = 0 if len(self.tokens) - 1 - end <= length else end
        if start == 0 or self.resets_every_chunk:
            self.model.hidden = np.zeros_like(self.model.hidden)
        loss, grads = self.loss_and_gradients(self.tokens[start:end], self.tokens[start + 1 : end + 1])
        for grad in grads:
            np.clip(grad, -self.clip_value, self.clip_value, out=grad)
        self.optimizer.update(self.model.parameters, grads)
        return float(loss)

    def evidence(self, length):
        losses = [self.step(length) for _ in range(EVIDENCE_STEPS)]
        self.position = 0
        return losses

    def run(self):
        """One step; the characters that it read."""
        self.step(self.length)
        return self.length


class Sampler:
    def __init__(self, task, _, model, tokens):
        self.model = model
        self.random = np.random.default_rng(1)
        for token in tokens[: task["config"]["sequenceLength"]]:
            self.probabilities = model.probabilities_after(token)

    def evidence(self, _):
        return self.probabilities.tolist()

    def run(self):
        """Draws some characters, and says how many."""
        for _ in range(DRAWS_A_LOOK_AT_THE_CLOCK):
            sums = self.probabilities.cumsum()
            token = sums.searchsorted(self.random.random() * sums[-1], side="right")
            self.probabilities = self.model.probabilities_after(min(token, len(sums) - 1))
        return DRAWS_A_LOOK_AT_THE_CLOCK


def main():
    form, folder = sys.argv[1:]
    with open(os.path.join(folder, "task.json")) as file:
        task = json.load(file)
    model = Model(task["config"], np.fromfile(os.path.join(folder, "parameters.float32"), np.float32))
    tokens = np.fromfile(os.path.join(folder, "tokens.int32"), np.int32)
    work = (Trainer if task["work"] == "training" else Sampler)(task, form, model, tokens)
    print(*work.evidence(task["evidenceLength"]), flush=True)
    for line in sys.stdin:
        seconds, characters, elapsed = float(line), 0, 0.0
        begin = time.perf_counter()
        while elapsed < seconds:
            characters += work.run()
            elapsed = time.perf_counter() - begin
        print(characters / elapsed, flush=True)


if __name__ == "__main__":
    main()
