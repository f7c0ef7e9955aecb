/*
 * C, on core.wasm as C: build.sh has wasm2c translate it. The training is that of ../training.mjs, and half of it once more from a
 * saved state.
 *   examples/embed/c/build.sh && examples/embed/c/build/host
 */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "charloom.h"
#include "core.h"
#include "sha256.h"

enum { MODULUS = 13, ROWS = 4, TIME_STEPS = 10, STEPS = 200, SAVED_AT = 100, SEED = 7, MOST_TENSORS = 256 };
static const double BETA1 = 0.9, BETA2 = 0.999;

static w2c_charloom core;

typedef struct named_tensor {
  char name[CHARLOOM_NAME_BYTES + 1];
  charloom_tensor layout;
} named_tensor;

typedef struct host_model {
  uint32_t handle;
  int tensor_count;
  named_tensor tensors[MOST_TENSORS];
} host_model;

/* Where an address is now: to be asked again after memory may have grown. */
static void *at(uint32_t address) {
  return w2c_charloom_memory(&core)->data + address;
}

/* What an export answered, if it is no status of refusal. */
static int32_t done(uint32_t answer) {
  if ((int32_t)answer < 0) {
    fprintf(stderr, "core.wasm: expected the call to be accepted, got status %d\n", (int32_t)answer);
    exit(1);
  }
  return (int32_t)answer;
}

static uint32_t allocate(uint32_t bytes) {
  uint32_t address = w2c_charloom_allocate(&core, bytes);
  if (address == 0) {
    fprintf(stderr, "core.wasm: expected memory for %u bytes, and there is none\n", bytes);
    exit(1);
  }
  return address;
}

typedef uint32_t write_name(struct w2c_charloom *, uint32_t index, uint32_t buffer);

/* The index of a cell or an optimizer. */
static int32_t index_of(const char *wanted, uint32_t count, write_name *write, uint32_t buffer) {
  for (uint32_t i = 0; i < count; i++) {
    size_t length = (size_t)done(write(&core, i, buffer));
    if (length == strlen(wanted) && memcmp(at(buffer), wanted, length) == 0) return (int32_t)i;
  }
  fprintf(stderr, "core.wasm: expected to find \"%s\", and it is not there\n", wanted);
  exit(1);
}

static const charloom_tensor *find(const host_model *model, const char *name) {
  for (int i = 0; i < model->tensor_count; i++) {
    if (strcmp(model->tensors[i].name, name) == 0) return &model->tensors[i].layout;
  }
  fprintf(stderr, "core.wasm: expected a tensor \"%s\", and it is not there\n", name);
  exit(1);
}

/* By squaring, as charloom does it: other ways end in other last bits. */
static double power(double base, unsigned exponent) {
  double result = 1;
  for (; exponent > 0; exponent /= 2) {
    if (exponent % 2 == 1) result *= base;
    base *= base;
  }
  return result;
}

static bool is_parameter(int32_t kind) {
  return kind == CHARLOOM_TENSOR_KIND_PARAMETER;
}

/* What the next step depends on, besides its number and its chunk. */
static bool is_training_state(int32_t kind) {
  return is_parameter(kind) || kind == CHARLOOM_TENSOR_KIND_OPTIMIZER_SLOT || kind == CHARLOOM_TENSOR_KIND_STATE;
}

typedef bool choose_kind(int32_t kind);

/* How many elements the tensors of some kinds have in all. */
static size_t element_count(const host_model *model, choose_kind *chosen) {
  size_t elements = 0;
  for (int i = 0; i < model->tensor_count; i++) {
    const charloom_tensor *t = &model->tensors[i].layout;
    if (chosen(t->kind)) elements += (size_t)t->rows * (size_t)t->columns;
  }
  return elements;
}

/* Copies these elements, tensor by tensor and row by row whatever the strides, to `values` or, to restore them, from there. */
static void copy_elements(const host_model *model, choose_kind *chosen, float *values, bool restore) {
  for (int i = 0; i < model->tensor_count; i++) {
    const charloom_tensor *t = &model->tensors[i].layout;
    if (!chosen(t->kind)) continue;
    float *first = at(t->address);
    for (int row = 0; row < t->rows; row++) {
      for (int column = 0; column < t->columns; column++) {
        float *element = first + row * t->row_stride + column * t->column_stride, *value = values++;
        if (restore) *element = *value;
        else *value = *element;
      }
    }
  }
}

/* The elements of the tensors of some kinds, for the caller to free. */
static float *save(const host_model *model, choose_kind *chosen) {
  float *values = malloc(element_count(model, chosen) * sizeof *values);
  if (values == NULL) abort();
  copy_elements(model, chosen, values, false);
  return values;
}

static void print_hash(const host_model *model) {
  float *values = save(model, is_parameter);
  uint8_t hash[32];
  sha256((const uint8_t *)values, element_count(model, is_parameter) * sizeof *values, hash);
  for (int i = 0; i < 32; i++) printf("%02x", hash[i]);
  free(values);
}

/* A model of zeros. */
static void create_model(host_model *model) {
  uint32_t name = allocate(CHARLOOM_NAME_BYTES), config = allocate(sizeof(charloom_config));
  charloom_config fields = {
      .vocabulary_size = MODULUS,
      .hidden_size = 24,
      .batch_size = ROWS,
      .sequence_length = TIME_STEPS,
      .cell = index_of("lstm", w2c_charloom_cellCount(&core), w2c_charloom_cellName, name),
      .optimizer = index_of("adam", w2c_charloom_optimizerCount(&core), w2c_charloom_optimizerName, name),
      .layers = 2,
      .bias = 1,
      .threads = 1,
  };
  memcpy(at(config), &fields, sizeof fields);
  done(w2c_charloom_checkConfig(&core, config));
  model->handle = w2c_charloom_createModel(&core, config);
  if (model->handle == 0) {
    fprintf(stderr, "core.wasm: expected memory for the model, and there is none\n");
    exit(1);
  }

  uint32_t record = allocate(sizeof(charloom_tensor));
  model->tensor_count = done(w2c_charloom_tensorCount(&core, model->handle));
  if (model->tensor_count > MOST_TENSORS) abort();
  for (int i = 0; i < model->tensor_count; i++) {
    named_tensor *tensor = &model->tensors[i];
    int32_t length = done(w2c_charloom_tensorName(&core, model->handle, (uint32_t)i, name));
    memcpy(tensor->name, at(name), (size_t)length);
    done(w2c_charloom_describeTensor(&core, model->handle, (uint32_t)i, record));
    memcpy(&tensor->layout, at(record), sizeof(charloom_tensor));
  }
}

/* Trains from one step to another, both included; returns the loss of the last, in nats a token. */
static double train(const host_model *model, uint32_t first, uint32_t last) {
  uint32_t step = allocate(sizeof(charloom_step));
  uint32_t *tokens = at(find(model, "tokens")->address), *targets = at(find(model, "targets")->address);
  double loss = 0;
  for (uint32_t number = first; number <= last; number++) {
    for (uint32_t time = 0; time < TIME_STEPS; time++) {
      for (uint32_t row = 0; row < ROWS; row++) {
        uint32_t position = 1000 * row + TIME_STEPS * (number - 1) + time;
        tokens[ROWS * time + row] = position * position % MODULUS;
        targets[ROWS * time + row] = (position + 1) * (position + 1) % MODULUS;
      }
    }
    charloom_step settings = {
        .time_steps = TIME_STEPS,
        .learning_rate = 0.01f,
        .clip_value = INFINITY,
        .clip_norm = 5,
        .loss_scale = 1.0f / (TIME_STEPS * ROWS),
        .epsilon = 1e-8f,
        .beta1 = BETA1,
        .beta2 = BETA2,
        .bias_correction1 = 1 - power(BETA1, number),
        .bias_correction2 = 1 - power(BETA2, number),
        .dropout = 0.1f,
        .seed_low = SEED,
        .number_low = number,
    };
    memcpy(at(step), &settings, sizeof settings);
    done(w2c_charloom_trainStep(&core, model->handle, step, 1));
    memcpy(&settings, at(step), sizeof settings);
    loss = settings.loss / (TIME_STEPS * ROWS);
  }
  return loss;
}

int main(void) {
  wasm2c_charloom_instantiate(&core);
  if (w2c_charloom_abiVersion(&core) != CHARLOOM_ABI_VERSION) {
    fprintf(stderr, "core.wasm: expected ABI version %d, got %u\n", CHARLOOM_ABI_VERSION, w2c_charloom_abiVersion(&core));
    return 1;
  }

  static host_model model, restored;
  create_model(&model);
  done(w2c_charloom_initializeParameters(&core, model.handle, CHARLOOM_INITIALIZATION_UNIFORM, 0.2, SEED, 0));
  double first_loss = train(&model, 1, 1);
  train(&model, 2, SAVED_AT);
  float *state = save(&model, is_training_state);
  double last_loss = train(&model, SAVED_AT + 1, STEPS);
  printf("loss %.4f -> %.4f nats a token, parameters ", first_loss, last_loss);
  print_hash(&model);

  create_model(&restored);
  copy_elements(&restored, is_training_state, state, true);
  done(w2c_charloom_parametersChanged(&core, restored.handle));
  free(state);
  train(&restored, SAVED_AT + 1, STEPS);
  printf("\nfrom the state of step %d on: parameters ", SAVED_AT);
  print_hash(&restored);
  printf("\n");
  wasm2c_charloom_free(&core);
  return 0;
}
