"""Python, by ctypes, on the library that ../c/build.sh makes of core.wasm. The training is that of ../training.mjs.

    examples/embed/c/build.sh && python3 examples/embed/python/host.py
"""

import ctypes
import hashlib
import struct
from pathlib import Path

MODULUS, ROWS, TIME_STEPS, STEPS, SEED = 13, 4, 10, 200, 7
BETA1, BETA2 = 0.9, 0.999
CONFIG_BYTES, STEP_BYTES, TENSOR_BYTES, NAME_BYTES = 48, 112, 32, 128
PARAMETER, UNIFORM = 0, 1

library = ctypes.CDLL(Path(__file__).parent.parent / "c" / "build" / "libcharloom.so")
library.charloom_open.restype = ctypes.c_void_p
library.charloom_memory.restype = ctypes.c_void_p
library.charloom_memory.argtypes = [ctypes.c_void_p]
core = ctypes.c_void_p(library.charloom_open())


def call(export, *arguments):
    """What an export that gives an i32 answers, if it is no status of refusal. Whole numbers are passed as i32, others as f64.

    Addresses of 2 GiB and more would come out negative; this model ends far below.
    """
    converted = [ctypes.c_double(a) if isinstance(a, float) else ctypes.c_uint32(a) for a in arguments]
    answer = getattr(library, f"w2c_charloom_{export}")(core, *converted)
    if answer < 0:
        raise ValueError(f"core.wasm: expected {export} to be accepted, got status {answer}")
    return answer


def allocate(size):
    address = call("allocate", size)
    if address == 0:
        raise MemoryError(f"core.wasm: expected memory for {size} bytes, and there is none")
    return address


def read(address, size):
    return ctypes.string_at(library.charloom_memory(core) + address, size)


def write(address, data):
    ctypes.memmove(library.charloom_memory(core) + address, data, len(data))


def names(count, export, *handle):
    """The names that an export writes, by index."""
    return [read(buffer, call(export, *handle, i, buffer)).decode() for i in range(count)]


def power(base, exponent):
    """By squaring, as charloom does it: other ways end in other last bits."""
    result = 1.0
    while exponent > 0:
        if exponent % 2 == 1:
            result *= base
        base *= base
        exponent //= 2
    return result


if call("abiVersion") != 5:
    raise ValueError(f"core.wasm: expected ABI version 5, got {call('abiVersion')}")
buffer = allocate(NAME_BYTES)
config = allocate(CONFIG_BYTES)
lstm = names(call("cellCount"), "cellName").index("lstm")
adam = names(call("optimizerCount"), "optimizerName").index("adam")
# vocabulary, hidden size, rows, longest chunk, cell, optimizer, layers, one-hot input, tanh, biases, not tied, threads
write(config, struct.pack("<12i", MODULUS, 24, ROWS, TIME_STEPS, lstm, adam, 2, 0, 0, 1, 0, 1))
call("checkConfig", config)
model = call("createModel", config)
if model == 0:
    raise MemoryError("core.wasm: expected memory for the model, and there is none")

tensors = {}
record = allocate(TENSOR_BYTES)
for index, name in enumerate(names(call("tensorCount", model), "tensorName", model)):
    call("describeTensor", model, index, record)
    kind, address, _, rows, columns, row_stride, column_stride = struct.unpack("<iIiiiii", read(record, 28))
    tensors[name] = kind, address, rows, columns, row_stride, column_stride

call("initializeParameters", model, UNIFORM, 0.2, SEED, 0)

step = allocate(STEP_BYTES)
losses = []
for number in range(1, STEPS + 1):
    positions = [
        1000 * row + TIME_STEPS * (number - 1) + time for time in range(TIME_STEPS) for row in range(ROWS)
    ]
    write(tensors["tokens"][1], struct.pack(f"<{len(positions)}I", *(p**2 % MODULUS for p in positions)))
    write(tensors["targets"][1], struct.pack(f"<{len(positions)}I", *((p + 1) ** 2 % MODULUS for p in positions)))
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
    write(step, settings)
    call("trainStep", model, step, 1)
    losses.append(struct.unpack("<d", read(step + 16, 8))[0] / len(positions))

sha256 = hashlib.sha256()
for kind, address, rows, columns, row_stride, column_stride in tensors.values():
    if kind != PARAMETER:
        continue
    values = struct.unpack(f"<{rows * columns}f", read(address, 4 * rows * columns))
    in_order = [values[i * row_stride + j * column_stride] for i in range(rows) for j in range(columns)]
    sha256.update(struct.pack(f"<{len(in_order)}f", *in_order))
print(f"loss {losses[0]:.4f} -> {losses[-1]:.4f} nats a token, parameters {sha256.hexdigest()}")
