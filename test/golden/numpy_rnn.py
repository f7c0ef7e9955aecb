"""Recurrent language models and their optimizers in plain numpy, for five_systems.py.

T time steps, N batch rows, D input width, H hidden size, V vocabulary size. A model is its weights, by PyTorch's names, and a
cell; without bias tensors it has no biases. Everything works in the weights' own type.
"""

import numpy as np

# ---- cells: x (T, N, D) and a state to h (T, N, H), and back ----


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


class VanillaCell:
    """h' = f(W_ih x + b + W_hh h), f being tanh or the identity."""

    states = 1

    def __init__(self, activation):
        self.linear = activation == "linear"

    def forward(self, weight_ih, weight_hh, bias, x, state):
        hidden = [state[0]]
        for x_t in x:
            z = x_t @ weight_ih.T + bias + hidden[-1] @ weight_hh.T
            hidden.append(z if self.linear else np.tanh(z))
        return np.array(hidden[1:]), [hidden[-1]], hidden

    def backward(self, weight_hh, hidden, grad_h):
        """∂loss/∂(W_ih x + b), the sum before f, of each step."""
        grad_z, carried = [None] * len(grad_h), 0
        for t in reversed(range(len(grad_h))):
            grad = grad_h[t] + carried
            grad_z[t] = grad if self.linear else grad * (1 - hidden[t + 1] ** 2)
            carried = grad_z[t] @ weight_hh
        return np.array(grad_z), np.array(hidden[:-1])


class LstmCell:
    """i, f, o = σ(...), g = tanh(...) of the four blocks i | f | g | o of W_ih x + b + W_hh h; c' = f c + i g; h' = o tanh(c')."""

    states = 2

    def forward(self, weight_ih, weight_hh, bias, x, state):
        hidden, memory, gates = [state[0]], [state[1]], []
        for x_t in x:
            i, f, g, o = np.split(x_t @ weight_ih.T + bias + hidden[-1] @ weight_hh.T, 4, axis=1)
            i, f, g, o = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)
            memory.append(f * memory[-1] + i * g)
            hidden.append(o * np.tanh(memory[-1]))
            gates.append((i, f, g, o))
        return np.array(hidden[1:]), [hidden[-1], memory[-1]], (hidden, memory, gates)

    def backward(self, weight_hh, kept, grad_h):
        hidden, memory, gates = kept
        grad_z, carried_h, carried_c = [None] * len(grad_h), 0, 0
        for t in reversed(range(len(grad_h))):
            i, f, g, o = gates[t]
            squashed = np.tanh(memory[t + 1])
            grad = grad_h[t] + carried_h
            grad_c = carried_c + grad * o * (1 - squashed**2)
            grad_i = grad_c * g * i * (1 - i)
            grad_f = grad_c * memory[t] * f * (1 - f)
            grad_g = grad_c * i * (1 - g**2)
            grad_o = grad * squashed * o * (1 - o)
            grad_z[t] = np.concatenate([grad_i, grad_f, grad_g, grad_o], axis=1)
            carried_h, carried_c = grad_z[t] @ weight_hh, grad_c * f
        return np.array(grad_z), np.array(hidden[:-1])


# ---- model: weights by PyTorch's names, one-hot input, layers of one cell, a decoder, softmax ----


def layer_count(weights):
    return sum(name.startswith("rnn.weight_hh_l") for name in weights)


def zero_state(cell, weights, rows):
    like = weights["rnn.weight_hh_l0"]
    return [[np.zeros((rows, like.shape[1]), like.dtype)] * cell.states for _ in range(layer_count(weights))]


def loss_and_gradients(cell, weights, tokens, targets, state):
    """The loss summed over tokens and targets (T, N), its gradients, and the state after them."""
    layers = range(layer_count(weights))
    x = np.eye(weights["decoder.weight"].shape[0], dtype=weights["decoder.weight"].dtype)[tokens]
    inputs, kept, new_state = [], [], []
    for l in layers:
        bias = weights.get(f"rnn.bias_ih_l{l}", 0)
        inputs.append(x)
        x, last, keep = cell.forward(weights[f"rnn.weight_ih_l{l}"], weights[f"rnn.weight_hh_l{l}"], bias, x, state[l])
        kept.append(keep)
        new_state.append(last)
    logits = x @ weights["decoder.weight"].T + weights.get("decoder.bias", 0)
    logits = logits - logits.max(axis=2, keepdims=True)
    log_probabilities = logits - np.log(np.exp(logits).sum(axis=2, keepdims=True))
    chosen = targets[:, :, None]
    loss = -np.take_along_axis(log_probabilities, chosen, axis=2).sum()

    # loss = Σ -log p[target]  →  ∂logits = p - onehot(target)
    grad_logits = np.exp(log_probabilities)
    np.put_along_axis(grad_logits, chosen, np.take_along_axis(grad_logits, chosen, axis=2) - 1, axis=2)
    gradients = {"decoder.weight": np.einsum("tnv,tnh->vh", grad_logits, x), "decoder.bias": grad_logits.sum(axis=(0, 1))}
    grad_x = grad_logits @ weights["decoder.weight"]
    for l in reversed(layers):
        grad_z, previous = cell.backward(weights[f"rnn.weight_hh_l{l}"], kept[l], grad_x)
        gradients[f"rnn.weight_ih_l{l}"] = np.einsum("tnz,tnd->zd", grad_z, inputs[l])
        gradients[f"rnn.weight_hh_l{l}"] = np.einsum("tnz,tnh->zh", grad_z, previous)
        gradients[f"rnn.bias_ih_l{l}"] = grad_z.sum(axis=(0, 1))
        grad_x = grad_z @ weights[f"rnn.weight_ih_l{l}"]
    return loss, {name: gradients[name] for name in weights}, new_state


def weight_shapes(vocabulary_size, hidden_size, gates, layers, bias):
    shapes = {}
    for l in range(layers):
        shapes[f"rnn.weight_ih_l{l}"] = (gates * hidden_size, hidden_size if l > 0 else vocabulary_size)
        shapes[f"rnn.weight_hh_l{l}"] = (gates * hidden_size, hidden_size)
        if bias:
            shapes[f"rnn.bias_ih_l{l}"] = (gates * hidden_size,)
    shapes["decoder.weight"] = (vocabulary_size, hidden_size)
    if bias:
        shapes["decoder.bias"] = (vocabulary_size,)
    return shapes


def check_gradients():
    """Central differences for every element of small models, from a state that is not zero."""
    rng = np.random.default_rng(1)
    for cell, gates, layers, bias in [
        (VanillaCell("tanh"), 1, 1, True),
        (VanillaCell("tanh"), 1, 2, False),
        (VanillaCell("linear"), 1, 1, False),
        (LstmCell(), 4, 1, True),
        (LstmCell(), 4, 2, True),
    ]:
        shapes = weight_shapes(5, 3, gates, layers, bias)
        weights = {name: rng.uniform(-0.8, 0.8, shape) for name, shape in shapes.items()}
        tokens, targets = rng.integers(0, 5, (2, 6, 2))
        state = [[rng.uniform(-0.5, 0.5, (2, 3)) for _ in range(cell.states)] for _ in range(layers)]
        _, gradients, _ = loss_and_gradients(cell, weights, tokens, targets, state)
        for name, values in weights.items():
            differences = np.zeros_like(values)
            for element in np.ndindex(values.shape):
                value, losses = values[element], []
                for moved in (value + 1e-5, value - 1e-5):
                    values[element] = moved
                    losses.append(loss_and_gradients(cell, weights, tokens, targets, state)[0])
                values[element] = value
                differences[element] = (losses[0] - losses[1]) / 2e-5
            error = np.linalg.norm(gradients[name] - differences) / np.linalg.norm(differences)
            assert error < 1e-8, f"{type(cell).__name__}, {layers} layers: gradient of {name} is off by {error}"


# ---- optimizers: update(weights, gradients, learning_rate) ----


class Sgd:
    def update(self, weights, gradients, learning_rate):
        for name, gradient in gradients.items():
            weights[name] -= learning_rate * gradient


class Adagrad:
    """m += g²; p -= η g / √(m + ε)"""

    def __init__(self):
        self.memory = {}

    def update(self, weights, gradients, learning_rate):
        for name, g in gradients.items():
            self.memory[name] = self.memory.get(name, 0) + g * g
            weights[name] -= learning_rate * g / np.sqrt(self.memory[name] + 1e-8)


class RmsProp:
    """v = β v + (1 - β) g²; p -= η g / (√v + ε)"""

    def __init__(self, beta):
        self.beta, self.v = beta, {}

    def update(self, weights, gradients, learning_rate):
        for name, g in gradients.items():
            self.v[name] = self.beta * self.v.get(name, 0) + (1 - self.beta) * g * g
            weights[name] -= learning_rate * g / (np.sqrt(self.v[name]) + 1e-8)


class AdamW:
    """p *= 1 - η λ; m = β₁ m + (1 - β₁) g; v = β₂ v + (1 - β₂) g²; p -= η (m / (1 - β₁ᵗ)) / (√(v / (1 - β₂ᵗ)) + ε)"""

    def __init__(self, weight_decay):
        self.weight_decay, self.t, self.m, self.v = weight_decay, 0, {}, {}

    def update(self, weights, gradients, learning_rate):
        self.t += 1
        for name, g in gradients.items():
            self.m[name] = 0.9 * self.m.get(name, 0) + 0.1 * g
            self.v[name] = 0.999 * self.v.get(name, 0) + 0.001 * g * g
            m, v = self.m[name] / (1 - 0.9**self.t), self.v[name] / (1 - 0.999**self.t)
            weights[name] *= 1 - learning_rate * self.weight_decay
            weights[name] -= learning_rate * m / (np.sqrt(v) + 1e-8)
