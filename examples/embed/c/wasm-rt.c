#include "wasm-rt.h"

#include <stdio.h>
#include <stdlib.h>

void wasm_rt_allocate_memory(wasm_rt_memory_t *memory, uint64_t pages, uint64_t max_pages, bool is64, uint32_t page_size) {
  memory->page_size = page_size;
  memory->pages = pages;
  memory->max_pages = max_pages;
  memory->is64 = is64;
  memory->size = pages * page_size;
  memory->data = calloc(memory->size, 1);
  if (memory->data == NULL) abort();
}

uint64_t wasm_rt_grow_memory(wasm_rt_memory_t *memory, uint64_t pages) {
  uint64_t before = memory->pages;
  if (pages > memory->max_pages - before) return UINT64_MAX;
  uint64_t size = (before + pages) * memory->page_size;
  uint8_t *data = realloc(memory->data, size);
  if (data == NULL) return UINT64_MAX;
  memset(data + memory->size, 0, size - memory->size);
  memory->data = data;
  memory->pages = before + pages;
  memory->size = size;
  return before;
}

void wasm_rt_free_memory(wasm_rt_memory_t *memory) {
  free(memory->data);
}

void wasm_rt_trap(wasm_rt_trap_t trap) {
  fprintf(stderr, "core.wasm trapped (%d): this host has a bug\n", trap);
  abort();
}
