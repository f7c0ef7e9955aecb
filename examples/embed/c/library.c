/*
 * What a host needs besides the exports where it sees no C structures: an instance, its memory, its end. Built into libcharloom.so with
 * the module itself, for hosts with a foreign function interface (../python/host.py).
 */
#include <stdlib.h>

#include "core.h"

/* An instance of the module, or NULL. */
w2c_charloom *charloom_open(void) {
  w2c_charloom *charloom = malloc(sizeof *charloom);
  if (charloom != NULL) wasm2c_charloom_instantiate(charloom);
  return charloom;
}

/* The first byte of its memory, which moves when the memory grows: `allocate`, `createModel` and `createTeam` may make it. */
uint8_t *charloom_memory(w2c_charloom *charloom) {
  return w2c_charloom_memory(charloom)->data;
}

void charloom_close(w2c_charloom *charloom) {
  wasm2c_charloom_free(charloom);
  free(charloom);
}
