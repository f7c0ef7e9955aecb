/**
 * The Python file that an export to PyTorch writes beside the weights: the model as a module, loading, sampling, and training
 * on one process or, under torchrun, on many. It needs PyTorch (1.13 or later) alone; it reads and writes safetensors itself,
 * a page of struct and json, so that no package is missing where Debian has none.
 */

import { InvalidValueError } from "../core/errors.ts";
import { VERSION } from "../core/generated/version.ts";
import { type Unit, unitNoun } from "../data/unit.ts";
import { type LanguageModel, parameterCount } from "../model/language-model.ts";
import { TORCH_CELLS } from "./torch-cells.ts";

/** The file of the weights, beside the module. */
export const WEIGHTS_FILE = "model.safetensors";
/** The module's own file. */
export const MODULE_FILE = "model.py";

/** A text as its tokens, and tokens as a text, in Python; of bytes, lower case is A to Z's alone. */
const ENCODING: Readonly<Record<Unit, { split: (lowercase: boolean) => string; join: string; open: string }>> = {
  char: {
    split: (lowercase) => (lowercase ? "text.lower()" : "text"),
    join: '"".join(tokens)',
    open: 'encoding="utf-8", newline=""',
  },
  word: {
    split: (lowercase) => (lowercase ? "text.lower().split()" : "text.split()"),
    join: '" ".join(tokens)',
    open: 'encoding="utf-8", newline=""',
  },
  byte: {
    split: (lowercase) =>
      `(f"<0x{byte:02X}>" for byte in text.encode(errors="surrogateescape")${lowercase ? ".lower()" : ""})`,
    join: 'bytes(int(token[1:-1], 16) for token in tokens).decode(errors="replace")',
    open: 'encoding="utf-8", errors="surrogateescape", newline=""',
  },
};

/** The source of the module of a model. Throws a RangeError for a cell that has no form in PyTorch here. */
export function torchModule(model: LanguageModel): string {
  const { recipe, vocabulary } = model;
  const cell = TORCH_CELLS[recipe.cell];
  if (cell === undefined) {
    throw new InvalidValueError(
      `cell: expected ${Object.keys(TORCH_CELLS).join(" or ")} for PyTorch, got "${recipe.cell}"`,
    );
  }
  const { hiddenSize, layers, embeddingSize, unit, lowercase, tied } = recipe;
  const size = vocabulary.size;
  const bias = recipe.bias ? "True" : "False";
  const { split, join, open } = ENCODING[unit];
  const written = cell.definition?.(recipe) ?? "";
  const batchFirst = written === "" ? ", batch_first=True" : "";
  const dropout = layers > 1 ? recipe.dropout : 0; // between layers alone
  const input =
    embeddingSize > 0
      ? "self.embedding(tokens)"
      : "functional.one_hot(tokens, self.vocabulary_size).to(self.decoder.weight)";
  return `"""${recipe.cell}, ${layers} x ${hiddenSize} hidden units, ${size} ${unitNoun(unit)}s, ${parameterCount(model)} parameters. Made by charloom ${VERSION}.

    python3 model.py sample --prime "It was " --length 300 --temperature 0.7
    python3 model.py train book.txt --steps 1000
    torchrun --nproc_per_node 4 model.py train book.txt --steps 1000
    charloom import trained.safetensors

Needs PyTorch 1.13 or later. Weights, recipe and vocabulary are in ${WEIGHTS_FILE} beside it.
"""

import argparse
import json
import math
import os
import struct
import sys

import torch
from torch import nn
from torch.nn import functional

WEIGHTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "${WEIGHTS_FILE}")
DTYPES = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
${written}

class Model(nn.Module):
    """tokens (N, T), state -> logits (N, T, V), state. A state of None is zeros; else that of a call before."""

    def __init__(self):
        super().__init__()
        self.vocabulary_size = ${size}
${embeddingSize > 0 ? `        self.embedding = nn.Embedding(${size}, ${embeddingSize})\n` : ""}        self.rnn = ${cell.module(recipe)}(${embeddingSize || size}, ${hiddenSize}, num_layers=${layers}, bias=${bias}, dropout=${dropout}${batchFirst}${cell.options?.(recipe) ?? ""})
        self.decoder = nn.Linear(${hiddenSize}, ${size}, bias=${bias})
${tied ? "        self.decoder.weight = self.embedding.weight\n" : ""}
    def forward(self, tokens, state=None):
        x = ${input}
        x, state = self.rnn(x, state)
        return self.decoder(x), state


def read_safetensors(path):
    """The tensors by name, and the metadata."""
    with open(path, "rb") as file:
        (size,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(size))
        data = bytearray(file.read())
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        # a copy, so that every tensor lies aligned whatever the header's length
        tensors[name] = torch.frombuffer(data[begin:end], dtype=DTYPES[entry["dtype"]]).reshape(entry["shape"])
    return tensors, metadata


def write_safetensors(path, tensors, metadata):
    """Whole or not at all: the file takes its name when it is complete."""
    names = {dtype: name for name, dtype in DTYPES.items()}
    header, parts, offset = {"__metadata__": metadata}, [], 0
    for name, tensor in tensors.items():
        part = tensor.detach().cpu().contiguous().numpy().tobytes()
        end = offset + len(part)
        header[name] = {"dtype": names[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [offset, end]}
        parts.append(part)
        offset = end
    encoded = json.dumps(header).encode()
    encoded += b" " * (-len(encoded) % 8)
    with open(path + ".part", "wb") as file:
        file.write(struct.pack("<Q", len(encoded)) + encoded + b"".join(parts))
        file.flush()
        os.fsync(file.fileno())
    os.replace(path + ".part", path)


def load(path=WEIGHTS):
    """The model, its vocabulary (the token of each index), and the file's metadata."""
    tensors, metadata = read_safetensors(path)
    model = Model()
    if tensors["decoder.weight"].dtype == torch.float64:
        model.double()
    model.load_state_dict(tensors)
    return model, json.loads(metadata["vocabulary"]), metadata


def save(path, model, metadata, steps=0):
    """A file that load, and charloom import, read."""
    kept = {name: metadata[name] for name in ("recipe", "vocabulary") if name in metadata}
    kept.update(format="pt", step=str(int(metadata.get("step", 0)) + steps))
    write_safetensors(path, model.state_dict(), kept)


def encode(text, vocabulary):
    """The indices of a text's tokens; what the vocabulary lacks becomes <unk>, where it has that."""
    indices = {token: index for index, token in enumerate(vocabulary)}
    unknown = indices.get("<unk>")
    tokens = [indices.get(token, unknown) for token in ${split(lowercase)}]
    if None in tokens:
        sys.exit(f"${unitNoun(unit)} {tokens.index(None) + 1} of the text is not in the vocabulary of {len(vocabulary)}")
    return torch.tensor(tokens, dtype=torch.long)


def decode(tokens):
    return ${join}


@torch.no_grad()
def sample(model, vocabulary, prime="", length=300, temperature=1.0):
    """Text that follows the prime, or a line break; a temperature of 0 takes the likeliest token."""
    model.eval()
    device = model.decoder.weight.device
    start = ${unit === "byte" ? "10" : 'vocabulary.index("\\n") if "\\n" in vocabulary else 0'}
    tokens = encode(prime, vocabulary).tolist() or [start]
    drawn, state = [], None
    for _ in range(length):
        logits, state = model(torch.tensor([tokens], device=device), state)
        logits = logits[0, -1]
        if temperature == 0:
            token = int(logits.argmax())
        else:
            token = int(torch.multinomial(functional.softmax(logits / temperature, -1), 1))
        drawn.append(vocabulary[token])
        tokens = [token]
    return decode(drawn)


def train(arguments):
    """Truncated back-propagation over contiguous slices; under torchrun each process has slices of its own."""
    distributed = "RANK" in os.environ
    cuda = torch.cuda.is_available()
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0))) if cuda else torch.device("cpu")
    if distributed:
        torch.distributed.init_process_group("nccl" if cuda else "gloo")
    rank = torch.distributed.get_rank() if distributed else 0
    processes = torch.distributed.get_world_size() if distributed else 1
    torch.manual_seed(arguments.seed + rank)  # dropout differs, the weights are the file's

    model, vocabulary, metadata = load(arguments.weights)
    model.to(device).train()
    with open(arguments.text, ${open}) as file:
        tokens = encode(file.read(), vocabulary)
    rows = arguments.batch * processes
    width = (len(tokens) - 1) // rows
    if width < 1:
        sys.exit(f"{arguments.text}: expected more than {rows} tokens for {rows} rows, got {len(tokens)}")
    mine = slice(rank * arguments.batch, (rank + 1) * arguments.batch)
    inputs = tokens[: rows * width].view(rows, width)[mine].to(device)
    targets = tokens[1 : rows * width + 1].view(rows, width)[mine].to(device)

    trained = nn.parallel.DistributedDataParallel(model) if distributed else model
    optimizer = torch.optim.Adam(model.parameters(), lr=arguments.lr)
    position, state = 0, None
    for step in range(1, arguments.steps + 1):
        if position >= width:
            position, state = 0, None
        part = slice(position, position + arguments.seq)
        position += arguments.seq
        logits, state = trained(inputs[:, part], state)
        state = tuple(s.detach() for s in state) if isinstance(state, tuple) else state.detach()
        loss = functional.cross_entropy(logits.flatten(0, 1), targets[:, part].flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), arguments.clip_norm)
        optimizer.step()
        if rank == 0 and (step % 100 == 0 or step in (1, arguments.steps)):
            print(f"step {step}, loss {loss.item():.4f} nats per ${unitNoun(unit)}", flush=True)
    if rank == 0:
        save(arguments.out, model, metadata, arguments.steps)
        print(f"Saved {arguments.out}; charloom import {arguments.out} brings it back.")
    if distributed:
        torch.distributed.destroy_process_group()


def main():
    parser = argparse.ArgumentParser(description="Samples from the model, or trains it on.")
    commands = parser.add_subparsers(dest="command", required=True)
    drawing = commands.add_parser("sample", help="draw text")
    drawing.add_argument("--prime", default="")
    drawing.add_argument("--length", type=int, default=300)
    drawing.add_argument("--temperature", type=float, default=1.0)
    drawing.add_argument("--seed", type=int)
    training = commands.add_parser("train", help="train on, in one process or under torchrun")
    training.add_argument("text")
    training.add_argument("--steps", type=int, default=1000)
    training.add_argument("--batch", type=int, default=${Math.max(1, Math.min(recipe.batchSize, 1024))}, help="rows of each process")
    training.add_argument("--seq", type=int, default=${recipe.sequenceLength || 50})
    training.add_argument("--lr", type=float, default=0.001)
    training.add_argument("--clip-norm", type=float, default=5.0)
    training.add_argument("--seed", type=int, default=1)
    training.add_argument("--out", default="trained.safetensors")
    for command in (drawing, training):
        command.add_argument("--weights", default=WEIGHTS)
    arguments = parser.parse_args()
    if arguments.command == "train":
        train(arguments)
        return
    if arguments.seed is not None:
        torch.manual_seed(arguments.seed)
    model, vocabulary, _ = load(arguments.weights)
    print(sample(model, vocabulary, arguments.prime, arguments.length, arguments.temperature))


if __name__ == "__main__":
    main()
`;
}
