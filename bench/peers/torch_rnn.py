"""Training and sampling of recurrent language models in PyTorch: what charloom's bench races against.

    torch_rnn.py FOLDER

does the task in the folder (task.ts) by the protocol of process-contender.ts, as a user of PyTorch would who wants it
fast: nn.RNN or nn.LSTM over whole chunks, nn.Linear, cross_entropy, torch.optim.

The choices that are PyTorch's to win or lose, each the faster of what was tried with 1.13 on CPU:

- one-hot rows are looked up in an identity matrix; F.one_hot and a conversion take longer;
- gradients are set to None, not to zero;
- a sampler steps in inference_mode, and its draw is numpy's, from the cumulative sum: torch.multinomial takes three times
  as long for one row.

PyTorch's cells have two biases that only ever add up. The second stays at 0 here, untrained: that is the same model as
everyone else's.
"""

import json
import os
import sys
import time

import numpy as np
import torch
from torch.nn import functional

EVIDENCE_STEPS = 3
DRAWS_A_LOOK_AT_THE_CLOCK = 100


class Model(torch.nn.Module):
    def __init__(self, config):
        super().__init__()
        cells = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM}
        vocabulary_size, hidden_size = config["vocabularySize"], config["hiddenSize"]
        self.rnn = cells[config["cell"]](vocabulary_size, hidden_size, config["layers"])
        self.decoder = torch.nn.Linear(hidden_size, vocabulary_size)
        self.register_buffer("one_hot", torch.eye(vocabulary_size), persistent=False)
        for name, parameter in self.rnn.named_parameters():
            if name.startswith("bias_hh"):
                torch.nn.init.zeros_(parameter)
                parameter.requires_grad = False

    def forward(self, tokens, state):
        """Tokens (T, N) and a state, None for zeros, to logits (T, N, V) and the next state."""
        hidden, state = self.rnn(self.one_hot[tokens], state)
        return self.decoder(hidden), state

    def load(self, lengths, values):
        parameters = dict(self.named_parameters())
        start = 0
        for name, length in ((entry["name"], entry["length"]) for entry in lengths):
            parameter = parameters[name]
            parameter.data.copy_(torch.from_numpy(values[start : start + length]).reshape(parameter.shape))
            start += length


def create_optimizer(name, settings, parameters):
    rate, epsilon = settings["learningRate"], settings["epsilon"]
    betas, decay = (settings["beta1"], settings["beta2"]), settings["weightDecay"]
    if name == "adagrad":
        # sqrt(epsilon + sum of squares): epsilon inside the root
        return torch.optim.Adagrad(parameters, rate, initial_accumulator_value=epsilon, eps=0)
    if name == "rmsprop":
        return torch.optim.RMSprop(parameters, rate, alpha=settings["beta2"], eps=epsilon)
    if name == "adam":
        return torch.optim.Adam(parameters, rate, betas=betas, eps=epsilon)
    if name == "adamw":
        return torch.optim.AdamW(parameters, rate, betas=betas, eps=epsilon, weight_decay=decay)
    raise ValueError(f"optimizer: expected adagrad, rmsprop, adam or adamw, got {name}")


class Trainer:
    def __init__(self, task, model, tokens):
        self.config, self.settings = task["config"], task["settings"]
        self.resets_every_chunk = task["resetsEveryChunk"]
        self.model = model
        self.parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
        self.optimizer = create_optimizer(self.config["optimizer"], self.settings, self.parameters)
        rows = self.config["batchSize"]
        self.slice = (len(tokens) - 1) // rows
        # (slice + 1, N): a row's slice is a column, its last token the first of the next
        starts = np.arange(rows) * self.slice
        self.columns = torch.from_numpy(tokens[starts[None, :] + np.arange(self.slice + 1)[:, None]].astype(np.int64))
        self.position = 0
        self.state = None

    def step(self, length):
        """One training step on the next chunk of each row's slice; the loss in nats, summed."""
        if self.position == 0 or self.resets_every_chunk:
            self.state = None
        start, end = self.position, self.position + length
        self.position = 0 if self.slice - end <= length else end
        logits, state = self.model(self.columns[start:end], self.state)
        targets = self.columns[start + 1 : end + 1].reshape(-1)
        loss = functional.cross_entropy(logits.reshape(-1, logits.shape[-1]), targets, reduction="sum")
        self.optimizer.zero_grad(set_to_none=True)
        (loss if self.settings["lossScale"] == 1 else loss * self.settings["lossScale"]).backward()
        torch.nn.utils.clip_grad_value_(self.parameters, self.settings["clipValue"])
        self.optimizer.step()
        # carried on, without the gradient
        self.state = tuple(part.detach() for part in state) if isinstance(state, tuple) else state.detach()
        return loss.item()

    def evidence(self, length):
        losses = [self.step(length) for _ in range(EVIDENCE_STEPS)]
        self.position = 0
        return losses

    def run(self):
        """One step; the characters that it read."""
        self.step(self.config["sequenceLength"])
        return self.config["sequenceLength"] * self.config["batchSize"]


class Sampler:
    def __init__(self, task, model, tokens):
        self.model = model
        self.random = np.random.default_rng(1)
        self.state = None
        self.token = torch.zeros((1, 1), dtype=torch.int64)
        for token in tokens[: task["config"]["sequenceLength"]]:
            self.probabilities = self.feed(int(token))

    def feed(self, token):
        """Probabilities (V) after one more token."""
        with torch.inference_mode():
            self.token.fill_(token)
            logits, self.state = self.model(self.token, self.state)
            return torch.softmax(logits[0, 0], 0)

    def evidence(self, _):
        return self.probabilities.tolist()

    def run(self):
        """Draws some characters, and says how many."""
        for _ in range(DRAWS_A_LOOK_AT_THE_CLOCK):
            sums = self.probabilities.numpy().cumsum()
            token = int(sums.searchsorted(self.random.random() * sums[-1], side="right"))
            self.probabilities = self.feed(min(token, len(sums) - 1))
        return DRAWS_A_LOOK_AT_THE_CLOCK


def main():
    folder = sys.argv[1]
    with open(os.path.join(folder, "task.json")) as file:
        task = json.load(file)
    model = Model(task["config"])
    model.load(task["parameters"], np.fromfile(os.path.join(folder, "parameters.float32"), np.float32))
    tokens = np.fromfile(os.path.join(folder, "tokens.int32"), np.int32)
    work = (Trainer if task["work"] == "training" else Sampler)(task, model, tokens)
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
