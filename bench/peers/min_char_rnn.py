"""One training step of a character-level vanilla RNN in numpy, float64: what charloom's bench races against.

Written from the equations; x is one-hot, so W_ih x is column x of W_ih:

    h_t = tanh(W_ih[:, x_t] + W_hh h_{t-1} + b)        y_t = W_out h_t + b_out
    loss = sum over t of  log sum_j exp(y_t[j]) - y_t[target_t]

Truncated back-propagation through time: exact within a chunk of T, the state carried over, the gradient not. Then each
gradient element is clipped, and Adagrad: m += g*g, p -= lr * g / sqrt(m + 1e-8).

Two forms of the same training step. "step" makes every product when its time comes, as the well-known program of 2015
does: a product of a matrix and a vector, or an outer product, for each t. "chunk" does what numpy is better at: the
recurrence stays a loop, all else is one product over the T steps.

Reads JSON lines from stdin. The first holds form, sequenceLength, learningRate, clipValue, tokens and parameters (names
of PyTorch, values row-major) and is answered by the losses of the first three steps. Each further one holds seconds,
and is answered, after a round about as long, by charactersPerSecond.
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


class Model:
    """W_ih (H, V), W_hh (H, H), b (H), W_out (V, H), b_out (V), each with its sum of squares; h (H) carried."""

    def __init__(self, parameters):
        # dtype named: JSON writes 0.0 as 0
        arrays = {name: np.array(values, dtype=np.float64) for name, values in parameters.items()}
        bias, bias_out = arrays["rnn.bias_ih_l0"], arrays["decoder.bias"]
        hidden_size, vocabulary_size = len(bias), len(bias_out)
        weight_ih = arrays["rnn.weight_ih_l0"].reshape(hidden_size, vocabulary_size)
        weight_hh = arrays["rnn.weight_hh_l0"].reshape(hidden_size, hidden_size)
        weight_out = arrays["decoder.weight"].reshape(vocabulary_size, hidden_size)
        self.parameters = [weight_ih, weight_hh, bias, weight_out, bias_out]
        self.sums_of_squares = [np.zeros_like(parameter) for parameter in self.parameters]
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

    def update(self, grads, learning_rate, clip_value):
        for parameter, grad, sum_of_squares in zip(self.parameters, grads, self.sums_of_squares):
            np.clip(grad, -clip_value, clip_value, out=grad)
            sum_of_squares += grad * grad
            parameter -= learning_rate * grad / np.sqrt(sum_of_squares + 1e-8)


class Trainer:
    """Steps through the text, chunk after chunk; at its end from the start again, with the state at zero."""

    def __init__(self, settings):
        self.model = Model(settings["parameters"])
        self.tokens = np.array(settings["tokens"])
        self.length = settings["sequenceLength"]
        self.learning_rate = settings["learningRate"]
        self.clip_value = settings["clipValue"]
        forms = {"step": self.model.gradients_by_step, "chunk": self.model.gradients_by_chunk}
        self.loss_and_gradients = forms[settings["form"]]
        self.position = 0

    def step(self):
        start = self.position
        if start + self.length + 1 >= len(self.tokens):
            start = 0
            self.model.hidden = np.zeros_like(self.model.hidden)
        self.position = start + self.length
        tokens = self.tokens[start : start + self.length]
        targets = self.tokens[start + 1 : start + self.length + 1]
        loss, grads = self.loss_and_gradients(tokens, targets)
        self.model.update(grads, self.learning_rate, self.clip_value)
        return loss

    def round(self, seconds):
        steps = 0
        begin = time.perf_counter()
        elapsed = 0.0
        while elapsed < seconds:
            self.step()
            steps += 1
            elapsed = time.perf_counter() - begin
        return steps * self.length / elapsed


def answer(**values):
    print(json.dumps(values), flush=True)


def main():
    trainer = Trainer(json.loads(sys.stdin.readline()))
    answer(losses=[float(trainer.step()) for _ in range(EVIDENCE_STEPS)])
    for line in sys.stdin:
        answer(charactersPerSecond=trainer.round(json.loads(line)["seconds"]))


if __name__ == "__main__":
    main()
