"""The other side of test/interchange/pytorch.test.ts: PyTorch takes up what charloom exported, and makes what it imports.

    exchange.py check FOLDER    every subfolder's model.py computes logits, draws a sample and saves the model again
    exchange.py make FOLDER     models of PyTorch's own, as .pt and .safetensors, with their logits
"""

import importlib.util
import json
import os
import struct
import sys

import torch
from torch import nn

TIME_STEPS, ROWS = 9, 3


def tokens(size):
    return torch.tensor([[(3 * t + 5 * n + t * n + 1) % size for t in range(TIME_STEPS)] for n in range(ROWS)])


def write_json(path, content):
    with open(path, "w") as file:
        json.dump(content, file)


def check(folder):
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        spec = importlib.util.spec_from_file_location("exported", os.path.join(path, "model.py"))
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        model, vocabulary, metadata = module.load()
        model.eval()
        with torch.no_grad():
            given = tokens(len(vocabulary))
            logits, _ = model(given)
            # the state that comes out goes in again
            first, state = model(given[:, :4])
            rest, _ = model(given[:, 4:], state)
        write_json(
            os.path.join(path, "result.json"),
            {
                "logits": logits.tolist(),
                "inTwoParts": torch.cat([first, rest], 1).tolist(),
                "sample": module.sample(model, vocabulary, vocabulary[1], 40, 0),
            },
        )
        module.save(os.path.join(path, "back.safetensors"), model, metadata)


class Made(nn.Module):
    """Modules under whatever names, as people call them."""

    def __init__(self, modules):
        super().__init__()
        for name, module in modules.items():
            self.add_module(name, module)
        self.names = list(modules)

    def forward(self, given, size):
        *embedding, recurrent, decoder = [getattr(self, name) for name in self.names]
        x = embedding[0](given) if embedding else nn.functional.one_hot(given, size).to(decoder.weight.dtype)
        return decoder(recurrent(x)[0])


def write_safetensors(path, tensors):
    names = {torch.float64: "F64", torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16"}
    header, parts, offset = {}, [], 0
    for name, tensor in tensors.items():
        part = tensor.contiguous().view(torch.uint8 if tensor.dim() else tensor.dtype).numpy().tobytes()
        header[name] = {
            "dtype": names[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [offset, offset + len(part)],
        }
        parts.append(part)
        offset += len(part)
    encoded = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(encoded)) + encoded + b"".join(parts))


def make(folder):
    size, hidden, width = 13, 7, 5
    cases = {}
    for layers in (1, 2, 3):
        for cell, kind in (("rnn", nn.RNN), ("gru", nn.GRU), ("lstm", nn.LSTM)):
            cases[f"{cell}-{layers}"] = {"rnn": kind(size, hidden, layers, batch_first=True), "fc": nn.Linear(hidden, size)}
    cases["embedding"] = {
        "word_embeddings": nn.Embedding(size, width),
        "lstm": nn.LSTM(width, hidden, 2, batch_first=True, dropout=0.2),
        "head": nn.Linear(hidden, size),
    }
    cases["as-wide"] = {
        "encoder": nn.Embedding(size, hidden),
        "gru": nn.GRU(hidden, hidden, batch_first=True),
        "decoder": nn.Linear(hidden, size, bias=False),
    }
    cases["no-bias"] = {"g": nn.GRU(size, hidden, 2, bias=False, batch_first=True), "o": nn.Linear(hidden, size)}
    tied = {
        "emb": nn.Embedding(size, hidden),
        "rnn": nn.RNN(hidden, hidden, batch_first=True, nonlinearity="relu"),
        "out": nn.Linear(hidden, size),
    }
    tied["out"].weight = tied["emb"].weight
    cases["tied"] = tied
    results = {}
    for number, (name, modules) in enumerate(cases.items()):
        torch.manual_seed(number)
        model = Made(modules)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.uniform_(-0.6, 0.6)
        for dtype in (torch.float32, torch.float64, torch.float16, torch.bfloat16):
            short = str(dtype).split(".")[1]
            if dtype != torch.float32 and name != "embedding":
                continue
            kept = {key: value.to(dtype) for key, value in model.state_dict().items()}
            wrapped = {"module." + key: value for key, value in kept.items()} if number % 2 else kept
            stem = os.path.join(folder, f"{name}-{short}")
            torch.save(wrapped, stem + ".pt")
            write_safetensors(stem + ".safetensors", wrapped)
            model.load_state_dict({key: value.float() for key, value in kept.items()})
            with torch.no_grad():
                results[f"{name}-{short}"] = model.eval()(tokens(size), size).tolist()
    # what scripts also save: a checkpoint around the state dict, Parameters, tensors that are views of others
    lstm = cases["lstm-2"]
    state = Made(lstm).state_dict()
    torch.save({"epoch": 3, "loss": 0.25, "model_state_dict": state, "done": True, "note": None}, f"{folder}/checkpoint.pt")
    torch.save({key: nn.Parameter(value) for key, value in state.items()}, f"{folder}/parameters.pt")
    views = {key: value.t().contiguous().t() if value.dim() == 2 else value for key, value in state.items()}
    torch.save(views, f"{folder}/views.pt")
    torch.save(state, f"{folder}/protocol4.pt", pickle_protocol=4)
    torch.save(state, f"{folder}/legacy.pt", _use_new_zipfile_serialization=False)
    torch.save(Made(lstm), f"{folder}/module.pt")
    torch.save(nn.LSTM(size, hidden, bidirectional=True).state_dict(), f"{folder}/bidirectional.pt")
    torch.save(nn.LSTM(size, hidden, proj_size=3).state_dict(), f"{folder}/projection.pt")
    write_json(f"{folder}/results.json", results)


{"check": check, "make": make}[sys.argv[1]](sys.argv[2])
