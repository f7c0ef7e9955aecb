#!/bin/sh
# Translates core.wasm to C and compiles it: build/host, the C host, and build/libcharloom.so, for hosts in other languages. Wants a C
# compiler, SIMDe (Debian: apt-get install gcc libsimde-dev), and wasm2c, which `npm ci` in the folder above installs.
set -eu
cd "$(dirname "$0")"
mkdir -p build
../node_modules/.bin/wasm2c ../../../build/core.wasm --module-name charloom --output build/core.c
# -ffp-contract=off: a compiler that fuses products and sums would make other bits
compile() { "${CC:-cc}" -std=gnu11 -O2 -ffp-contract=off -Ibuild -I. -I../../../include "$@"; }
compile -fPIC -c build/core.c -o build/core.o
compile -Wall -Wextra -Werror -fPIC -c wasm-rt.c -o build/wasm-rt.o
compile -Wall -Wextra -Werror host.c build/core.o build/wasm-rt.o -lm -o build/host
compile -Wall -Wextra -Werror -fPIC -shared library.c build/core.o build/wasm-rt.o -lm -o build/libcharloom.so
