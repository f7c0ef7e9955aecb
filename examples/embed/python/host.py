"""Python, by ctypes, on the library that ../c/build.sh makes of core.wasm. The training is that of ../training.mjs, and half
of it once more, in another instance, from a saved state.

    examples/embed/c/build.sh && python3 examples/embed/python/host.py
"""

import ctypes
import hashlib
import struct
from pathlib import Path

MODULUS, ROWS, TIME_STEPS, STEPS, SAVED_AT, SEED = 13, 4, 10, 200, 100, 7
BETA1, BETA2 = 0.9, 0.999
CONFIG_BYTES, STEP_BYTES, TENSOR_BYTES, NAME_BYTES = 48, 112, 32, 128
PARAMETER, SLOT, STATE = 0, 2, 3
UNIFORM = 1

library = ctypes.CDLL(Path(__file__).parent.parent / "c" / "build" / "libcharloom.so")
library.charloom_open.restype = ctypes.c_void_p
library.charloom_memory.restype = ctypes.c_void_p
library.charloom_memory.argtypes = [ctypes.c_void_p]


class Core:
    """An instance of the module."""

    def __init__(self):
        self.instance = ctypes.c_void_p(library.charloom_open())
        if self.call("abiVersion") != 5:
            raise ValueError(f"core.wasm: expected ABI version 5, got {self.call('abiVersion')}")
        self.buffer = self.allocate(NAME_BYTES)

    def call(self, export, *arguments):
        """What an export that gives an i32 answers, if it is no status of refusal. Whole numbers are passed as i32, others as f64.

        Addresses of 2 GiB and more would come out negative; this model ends far below.
        """
        converted = [ctypes.c_double(a) if isinstance(a, float) else ctypes.c_uint32(a) for a in arguments]
        answer = getattr(library, f"w2c_charloom_{export}")(self.instance, *converted)
        if answer < 0:
            raise ValueError(f"core.wasm: expected {export} to be accepted, got status {answer}")
        return answer

    def allocate(self, size):
        address = self.call("allocate", size)
        if address == 0:
            raise MemoryError(f"core.wasm: expected memory for {size} bytes, and there is none")
        return address

    def read(self, address, size):
        return ctypes.string_at(library.charloom_memory(self.instance) + address, size)

    def write(self, address, data):
        ctypes.memmove(library.charloom_memory(self.instance) + address, data, len(data))

    def names(self, count, export, *handle):
        """The names that an export writes, by index."""
        return [self.read(self.buffer, self.call(export, *handle, i, self.buffer)).decode() for i in range(count)]


class Model:
    """The model of the example, all zeros, in an instance of its own."""

    def __init__(self):
        self.core = core = Core()
        config, record = core.allocate(CONFIG_BYTES), core.allocate(TENSOR_BYTES)
        lstm = core.names(core.call("cellCount"), "cellName").index("lstm")
        adam = core.names(core.call("optimizerCount"), "optimizerName").index("adam")
        # vocabulary, hidden size, rows, longest chunk, cell, optimizer, layers, one-hot input, tanh, biases, not tied, threads
        core.write(config, struct.pack("<12i", MODULUS, 24, ROWS, TIME_STEPS, lstm, adam, 2, 0, 0, 1, 0, 1))
        core.call("checkConfig", config)
        self.handle = core.call("createModel", config)
        if self.handle == 0:
            raise MemoryError("core.wasm: expected memory for the model, and there is none")
        self.step = core.allocate(STEP_BYTES)
        self.tensors = {}
        for index, name in enumerate(core.names(core.call("tensorCount", self.handle), "tensorName", self.handle)):
            core.call("describeTensor", self.handle, index, record)
            kind, address, _, *layout = struct.unpack("<iIiiiii", core.read(record, 28))
            self.tensors[name] = kind, address, layout

    def train(self, first, last):
        """Trains from one step to another, both included; returns the losses in nats a token."""
        losses = []
        for number in range(first, last + 1):
            positions = [
                1000 * row + TIME_STEPS * (number - 1) + time for time in range(TIME_STEPS) for row in range(ROWS)
            ]
            for name, ahead in ("tokens", 0), ("targets", 1):
                squares = [(position + ahead) ** 2 % MODULUS for position in positions]
                self.core.write(self.tensors[name][1], struct.pack(f"<{len(squares)}I", *squares))
            settings = struct.pack(
                "<i3f2d4f2i4df4I4x",
                TIME_STEPS,
                *(0.01, float("inf"), 5),  # learning rate, clip value, clip norm
                *(0, 0),  # out: loss, squared norm of the gradients
                *(1 / len(positions), 0, 0, 1e-8),  # loss scale, weight decay, momentum, epsilon
                *(0, 0),  # nesterov, epsilon in root
                *(BETA1, BETA2, 1 - power(BETA1, number), 1 - power(BETA2, number)),
                *(0.1, SEED, 0, number, 0),  # dropout, its seed, the step's number
            )
            self.core.write(self.step, settings)
            self.core.call("trainStep", self.handle, self.step, 1)
            losses.append(struct.unpack("<d", self.core.read(self.step + 16, 8))[0] / len(positions))
        return losses

    def save(self, *kinds):
        """The elements of all tensors of some kinds: row by row, as bytes, by name."""
        saved = {}
        for name, (kind, address, layout) in self.tensors.items():
            if kind in kinds:
                elements = struct.iter_unpack("4s", self.core.read(address, 4 * layout[0] * layout[1]))
                in_memory = [element for (element,) in elements]
                saved[name] = b"".join(in_memory[i] for i in places(*layout))
        return saved

    def restore(self, saved):
        for name, elements in saved.items():
            _, address, layout = self.tensors[name]
            for number, place in enumerate(places(*layout)):
                self.core.write(address + 4 * place, elements[4 * number : 4 * number + 4])
        self.core.call("parametersChanged", self.handle)

    def parameter_hash(self):
        return hashlib.sha256(b"".join(self.save(PARAMETER).values())).hexdigest()

    def close(self):
        library.charloom_close(self.core.instance)


def places(rows, columns, row_stride, column_stride):
    """Where the elements of a tensor are in its memory, row by row."""
    return [i * row_stride + j * column_stride for i in range(rows) for j in range(columns)]


def power(base, exponent):
    """By squaring, as charloom does it: other ways end in other last bits."""
    result = 1.0
    while exponent > 0:
        if exponent % 2 == 1:
            result *= base
        base *= base
        exponent //= 2
    return result


model = Model()
model.core.call("initializeParameters", model.handle, UNIFORM, 0.2, SEED, 0)
losses = model.train(1, SAVED_AT)
state = model.save(PARAMETER, SLOT, STATE)
losses += model.train(SAVED_AT + 1, STEPS)
print(f"loss {losses[0]:.4f} -> {losses[-1]:.4f} nats a token, parameters {model.parameter_hash()}")
model.close()

restored = Model()
restored.restore(state)
restored.train(SAVED_AT + 1, STEPS)
print(f"from the state of step {SAVED_AT} on: parameters {restored.parameter_hash()}")
restored.close()
