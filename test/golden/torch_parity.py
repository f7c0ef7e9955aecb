"""PyTorch's logits, gradients and optimizer trajectories, in float64, for test/golden/torch-parity.test.ts.

Weights, tokens and targets come from formulas that the test repeats, so that the fixture holds results alone. Every cell runs
with 1, 2 and 3 layers, with one-hot input; one case more has an embedding and one neither biases nor one-hot input. Every
optimizer trains the 1-layer model for 10 steps, the state carried along.

A cell that PyTorch lacks stands here as its equations, step by step; the gradients are autograd's.

Made by `npm run golden`, with Debian's python3-torch.
"""

import json
import math
import sys

import torch

torch.set_default_dtype(torch.float64)

V, H, T, N, D = 7, 5, 6, 3, 4


class MinGRU(torch.nn.Module):
    """Of arXiv:2410.01201, in its recurrent form; blocks z and candidate."""

    def __init__(self, inputs, hidden, layers, bias=True):
        super().__init__()
        self.hidden, self.layers, self.bias = hidden, layers, bias
        for layer in range(layers):
            width = hidden if layer else inputs
            self.register_parameter(f"weight_ih_l{layer}", torch.nn.Parameter(torch.empty(2 * hidden, width)))
            if bias:
                self.register_parameter(f"bias_ih_l{layer}", torch.nn.Parameter(torch.empty(2 * hidden)))

    def forward(self, x, state):
        states = torch.zeros(self.layers, x.shape[1], self.hidden) if state is None else state
        last = []
        for layer in range(self.layers):
            bias = getattr(self, f"bias_ih_l{layer}") if self.bias else None
            sums = torch.nn.functional.linear(x, getattr(self, f"weight_ih_l{layer}"), bias)
            h, outputs = states[layer], []
            for z, candidate in zip(torch.sigmoid(sums[..., : self.hidden]), sums[..., self.hidden :]):
                h = (1 - z) * h + z * candidate
                outputs.append(h)
            x = torch.stack(outputs)
            last.append(h)
        return x, torch.stack(last)


CELLS = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "mingru": MinGRU}


def weight(index, shape):
    """Element i of tensor `index`: 0.4·sin(1 + 1.7·i + 0.9·index)."""
    count = math.prod(shape)
    values = [0.4 * math.sin(1 + 1.7 * i + 0.9 * index) for i in range(count)]
    return torch.tensor(values).reshape(shape)


def chunk(step):
    """Tokens and targets (T, N) of a step."""
    tokens = [[(3 * t + 5 * n + 2 * step) % V for n in range(N)] for t in range(T)]
    targets = [[(4 * t + 3 * n + step + 1) % V for n in range(N)] for t in range(T)]
    return torch.tensor(tokens), torch.tensor(targets)


class Model(torch.nn.Module):
    def __init__(self, cell, layers, activation="tanh", embedding=0, bias=True):
        super().__init__()
        self.embedding = torch.nn.Embedding(V, embedding) if embedding else None
        options = {"nonlinearity": activation} if cell == "rnn" else {}
        self.rnn = CELLS[cell](embedding or V, H, layers, bias=bias, **options)
        self.decoder = torch.nn.Linear(H, V, bias=bias)
        with torch.no_grad():
            for index, (name, parameter) in enumerate(sorted(self.named_parameters())):
                parameter.copy_(weight(index, parameter.shape))
                # the engine has one bias where two add up; GRU's b_hn, the last block, is real
                if ".bias_hh_" in name:
                    parameter[: 2 * H if cell == "gru" else None] = 0

    def forward(self, tokens, state):
        x = self.embedding(tokens) if self.embedding else torch.nn.functional.one_hot(tokens, V).double()
        hidden, state = self.rnn(x, state)
        return self.decoder(hidden), state


def loss_of(logits, targets, reduction="sum"):
    return torch.nn.functional.cross_entropy(logits.reshape(-1, V), targets.reshape(-1), reduction=reduction)


def gradients(case):
    model = Model(**case)
    tokens, targets = chunk(0)
    logits, _ = model(tokens, None)
    loss = loss_of(logits, targets)
    loss.backward()
    return {
        "case": case,
        "loss": loss.item(),
        "lastLogits": logits[-1, 0].tolist(),
        "gradients": {name: parameter.grad.flatten().tolist() for name, parameter in model.named_parameters()},
    }


def detach(state):
    return tuple(s.detach() for s in state) if isinstance(state, tuple) else state.detach()


def trajectory(name, make, settings):
    model = Model("rnn", 1)
    # the second bias is not the engine's
    trained = [parameter for key, parameter in model.named_parameters() if ".bias_hh_" not in key]
    optimizer = make(trained)
    state, losses = None, []
    for step in range(10):
        tokens, targets = chunk(step)
        logits, state = model(tokens, state)
        state = detach(state)
        loss = loss_of(logits, targets, "mean")
        optimizer.zero_grad()
        loss.backward()
        if "clipNorm" in settings:
            torch.nn.utils.clip_grad_norm_(trained, settings["clipNorm"])
        optimizer.step()
        losses.append(loss.item())
    parameters = {key: p.flatten().tolist() for key, p in model.named_parameters() if ".bias_hh_" not in key}
    return {"optimizer": name, "settings": settings, "losses": losses, "parameters": parameters}


def trajectories():
    o = torch.optim
    yield trajectory("sgd", lambda p: o.SGD(p, lr=0.5), {"learningRate": 0.5})
    yield trajectory(
        "sgd",
        lambda p: o.SGD(p, lr=0.3, momentum=0.9, weight_decay=0.01),
        {"learningRate": 0.3, "momentum": 0.9, "weightDecay": 0.01},
    )
    yield trajectory(
        "sgd",
        lambda p: o.SGD(p, lr=0.3, momentum=0.8, nesterov=True),
        {"learningRate": 0.3, "momentum": 0.8, "nesterov": True, "clipNorm": 0.5},
    )
    yield trajectory(
        "adagrad",
        lambda p: o.Adagrad(p, lr=0.05, weight_decay=0.02, eps=1e-6),
        {"learningRate": 0.05, "weightDecay": 0.02, "epsilon": 1e-6, "epsilonInRoot": False},
    )
    yield trajectory(
        "rmsprop",
        lambda p: o.RMSprop(p, lr=0.01, alpha=0.95, eps=1e-5, momentum=0.5, weight_decay=0.01),
        {"learningRate": 0.01, "beta2": 0.95, "epsilon": 1e-5, "momentum": 0.5, "weightDecay": 0.01},
    )
    yield trajectory(
        "adam",
        lambda p: o.Adam(p, lr=0.02, betas=(0.8, 0.99), eps=1e-6, weight_decay=0.05),
        {"learningRate": 0.02, "beta1": 0.8, "beta2": 0.99, "epsilon": 1e-6, "weightDecay": 0.05},
    )
    yield trajectory(
        "adamw",
        lambda p: o.AdamW(p, lr=0.02, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.1),
        {"learningRate": 0.02, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weightDecay": 0.1, "clipNorm": 0.3},
    )
    yield trajectory(
        "adamax",
        lambda p: o.Adamax(p, lr=0.02, betas=(0.8, 0.99), eps=1e-6, weight_decay=0.05),
        {"learningRate": 0.02, "beta1": 0.8, "beta2": 0.99, "epsilon": 1e-6, "weightDecay": 0.05},
    )


def main(folder):
    cases = [{"cell": cell, "layers": layers} for cell in CELLS for layers in (1, 2, 3)]
    cases += [{"cell": "rnn", "layers": 2, "activation": "relu"}]
    cases += [{"cell": cell, "layers": 2, "embedding": D} for cell in CELLS]
    cases += [{"cell": cell, "layers": 2, "embedding": D, "bias": False} for cell in CELLS]
    fixture = {
        "torch": torch.__version__,
        "sizes": {"vocabularySize": V, "hiddenSize": H, "sequenceLength": T, "batchSize": N},
        "cells": [gradients(case) for case in cases],
        "optimizers": list(trajectories()),
    }
    with open(f"{folder}/torch-parity.json", "w") as file:
        json.dump(fixture, file)
        file.write("\n")


main(*sys.argv[1:])
