#include "task.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(const char *what, const char *which) {
  fprintf(stderr, "%s: %s\n", what, which);
  exit(1);
}

float *allocate_floats(int count) {
  const size_t line = 64, bytes = ((size_t)count * sizeof(float) + line) / line * line;
  float *floats = aligned_alloc(line, bytes);
  if (floats == NULL) fail("no memory", "floats");
  return memset(floats, 0, bytes);
}

/* A file's numbers of four bytes; this reads them as they stand, so the machine must be little-endian too. */
static void *read_numbers(const char *folder, const char *name, int *count) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "rb");
  if (file == NULL) fail("cannot open", path);
  fseek(file, 0, SEEK_END);
  *count = (int)(ftell(file) / 4);
  rewind(file);
  void *numbers = allocate_floats(*count);
  if (fread(numbers, 4, *count, file) != (size_t)*count) fail("cannot read", path);
  fclose(file);
  return numbers;
}

static void set(Task *task, const char *name, const char *value) {
  const struct {
    const char *name;
    char *text;
    int *whole;
    float *number;
  } fields[] = {
      {"work", .text = task->work},
      {"cell", .text = task->cell},
      {"optimizer", .text = task->optimizer},
      {"vocabulary_size", .whole = &task->vocabulary_size},
      {"hidden_size", .whole = &task->hidden_size},
      {"layers", .whole = &task->layers},
      {"batch_size", .whole = &task->batch_size},
      {"sequence_length", .whole = &task->sequence_length},
      {"evidence_length", .whole = &task->evidence_length},
      {"learning_rate", .number = &task->learning_rate},
      {"clip_value", .number = &task->clip_value},
      {"loss_scale", .number = &task->loss_scale},
      {"beta1", .number = &task->beta1},
      {"beta2", .number = &task->beta2},
      {"epsilon", .number = &task->epsilon},
      {"weight_decay", .number = &task->weight_decay},
  };
  if (strcmp(name, "resets_every_chunk") == 0) task->resets_every_chunk = strcmp(value, "true") == 0;
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
    if (strcmp(name, fields[i].name) != 0) continue;
    if (fields[i].text != NULL) snprintf(fields[i].text, sizeof task->work, "%s", value);
    if (fields[i].whole != NULL) *fields[i].whole = atoi(value);
    if (fields[i].number != NULL) *fields[i].number = strtof(value, NULL);
  }
}

Task read_task(const char *folder) {
  Task task = {0};
  char path[4096], name[64], value[64];
  snprintf(path, sizeof path, "%s/task.txt", folder);
  FILE *file = fopen(path, "r");
  if (file == NULL) fail("cannot open", path);
  while (fscanf(file, "%63s %63s", name, value) == 2) set(&task, name, value);
  fclose(file);
  task.tokens = read_numbers(folder, "tokens.int32", &task.token_count);
  task.parameters = read_numbers(folder, "parameters.float32", &task.parameter_count);
  return task;
}
