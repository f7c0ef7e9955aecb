/*
 * The ABI of core.wasm for C: constants, records and prototypes. docs/abi.md explains them; a test holds this file equal to the
 * module's exports and to assembly/abi/constants.ts.
 *
 * Records are copied into the module's memory, which is little-endian: on a little-endian machine a structure below is its record,
 * byte for byte. An address is an offset from the start of that memory, never a pointer of the host's.
 *
 * The prototypes are those that wasm2c gives a module named "charloom" (wasm2c core.wasm -n charloom). Other engines of WebAssembly
 * find the exports by the same names without "w2c_charloom_", and take the same arguments but the first.
 */
#ifndef CHARLOOM_H
#define CHARLOOM_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Compare with abiVersion() before anything else. */
#define CHARLOOM_ABI_VERSION 5

/* The largest sizes of a configuration. */
#define CHARLOOM_MOST_VOCABULARY 1114112
#define CHARLOOM_MOST_HIDDEN 8192
#define CHARLOOM_MOST_BATCH 65536
#define CHARLOOM_MOST_TIME_STEPS 100000
#define CHARLOOM_MOST_LAYERS 64
#define CHARLOOM_TEAM_MEMBERS 64

/* Room that a name wants, in bytes; names are UTF-8 and come without a terminating zero. */
#define CHARLOOM_NAME_BYTES 128

/* In the place of a target: nothing is asked of this token. */
#define CHARLOOM_NO_TARGET UINT32_C(0xffffffff)

/* What an export answers: negative if it refused the call, and then has done nothing. */
enum charloom_status {
  CHARLOOM_STATUS_DONE = 0,
  CHARLOOM_STATUS_BAD_MODEL = -1,
  CHARLOOM_STATUS_BAD_ADDRESS = -2,
  CHARLOOM_STATUS_BAD_THREADS = -3,
  CHARLOOM_STATUS_BAD_INDEX = -4,
  CHARLOOM_STATUS_BAD_TOKEN = -5,
  CHARLOOM_STATUS_BAD_TARGET = -6,
  CHARLOOM_STATUS_BAD_INITIALIZATION = -7,
  CHARLOOM_STATUS_BAD_TEMPERATURE = -8,
  CHARLOOM_STATUS_BAD_UNIT = -9,
  CHARLOOM_STATUS_BAD_CONFIG = -1000, /* minus the offset of the field of charloom_config */
  CHARLOOM_STATUS_BAD_STEP = -2000    /* minus the offset of the field of charloom_step */
};

enum charloom_tensor_kind {
  CHARLOOM_TENSOR_KIND_PARAMETER = 0,
  CHARLOOM_TENSOR_KIND_GRADIENT = 1,
  CHARLOOM_TENSOR_KIND_OPTIMIZER_SLOT = 2,
  CHARLOOM_TENSOR_KIND_STATE = 3,
  CHARLOOM_TENSOR_KIND_SAMPLER_STATE = 4,
  CHARLOOM_TENSOR_KIND_TOKENS = 5,
  CHARLOOM_TENSOR_KIND_WORKSPACE = 6
};

enum charloom_initialization { CHARLOOM_INITIALIZATION_NORMAL = 0, CHARLOOM_INITIALIZATION_UNIFORM = 1 };

enum charloom_activation {
  CHARLOOM_ACTIVATION_TANH = 0,
  CHARLOOM_ACTIVATION_RELU = 1,
  CHARLOOM_ACTIVATION_LINEAR = 2
};

/* What createModel reads. */
typedef struct charloom_config {
  int32_t vocabulary_size; /* V */
  int32_t hidden_size;     /* H */
  int32_t batch_size;      /* N */
  int32_t sequence_length; /* T, the longest chunk in time steps */
  int32_t cell;            /* index of cellName */
  int32_t optimizer;       /* index of optimizerName */
  int32_t layers;          /* L */
  int32_t embedding_size;  /* D, or 0 for one-hot input */
  int32_t activation;      /* enum charloom_activation, of vanilla cells */
  int32_t bias;            /* 0 or 1 */
  int32_t tied;            /* 0 or 1: the decoder's weight is the embedding's, which D = H allows */
  int32_t threads;         /* 1, but of a team */
} charloom_config;

/* One step of training: what it is to do, then, in the fields marked "out", what it found. */
typedef struct charloom_step {
  int32_t time_steps;           /* 1 to sequence_length */
  float learning_rate;          /* finite */
  float clip_value;             /* above 0; INFINITY for none */
  float clip_norm;              /* above 0; INFINITY for none */
  double loss;                  /* out: nats, summed over time steps and rows */
  double gradient_squared_norm; /* out: over all parameters, before clipping */
  float loss_scale;             /* above 0: gradients are of this times the summed loss */
  float weight_decay;           /* 0 for none */
  float momentum;               /* 0 for none */
  float epsilon;                /* 0 or more */
  int32_t nesterov;             /* 0 or 1 */
  int32_t epsilon_in_root;      /* 0 or 1 */
  double beta1;                 /* 0 to below 1 */
  double beta2;                 /* 0 to below 1 */
  double bias_correction1;      /* 1 - beta1 to the power of the step's number */
  double bias_correction2;      /* 1 - beta2 to the power of the step's number */
  float dropout;                /* 0 to below 1 */
  uint32_t seed_low;
  uint32_t seed_high;
  uint32_t number_low; /* of the step, counted from 1 */
  uint32_t number_high;
} charloom_step;

/* What describeTensor writes. Strides are in elements: element (i, j) is at address + 4 * (i * row_stride + j * column_stride). */
typedef struct charloom_tensor {
  int32_t kind;     /* enum charloom_tensor_kind */
  uint32_t address; /* bytes from the start of memory */
  int32_t rank;     /* 1 or 2 */
  int32_t rows;     /* of rank 1: the number of elements */
  int32_t columns;  /* of rank 1: 1 */
  int32_t row_stride;
  int32_t column_stride;
  int32_t unused;
} charloom_tensor;

#ifdef __cplusplus
#define CHARLOOM_ASSERT(condition) static_assert(condition, #condition)
#else
#define CHARLOOM_ASSERT(condition) _Static_assert(condition, #condition)
#endif

CHARLOOM_ASSERT(offsetof(charloom_config, vocabulary_size) == 0);
CHARLOOM_ASSERT(offsetof(charloom_config, hidden_size) == 4);
CHARLOOM_ASSERT(offsetof(charloom_config, batch_size) == 8);
CHARLOOM_ASSERT(offsetof(charloom_config, sequence_length) == 12);
CHARLOOM_ASSERT(offsetof(charloom_config, cell) == 16);
CHARLOOM_ASSERT(offsetof(charloom_config, optimizer) == 20);
CHARLOOM_ASSERT(offsetof(charloom_config, layers) == 24);
CHARLOOM_ASSERT(offsetof(charloom_config, embedding_size) == 28);
CHARLOOM_ASSERT(offsetof(charloom_config, activation) == 32);
CHARLOOM_ASSERT(offsetof(charloom_config, bias) == 36);
CHARLOOM_ASSERT(offsetof(charloom_config, tied) == 40);
CHARLOOM_ASSERT(offsetof(charloom_config, threads) == 44);
CHARLOOM_ASSERT(sizeof(charloom_config) == 48);

CHARLOOM_ASSERT(offsetof(charloom_step, time_steps) == 0);
CHARLOOM_ASSERT(offsetof(charloom_step, learning_rate) == 4);
CHARLOOM_ASSERT(offsetof(charloom_step, clip_value) == 8);
CHARLOOM_ASSERT(offsetof(charloom_step, clip_norm) == 12);
CHARLOOM_ASSERT(offsetof(charloom_step, loss) == 16);
CHARLOOM_ASSERT(offsetof(charloom_step, gradient_squared_norm) == 24);
CHARLOOM_ASSERT(offsetof(charloom_step, loss_scale) == 32);
CHARLOOM_ASSERT(offsetof(charloom_step, weight_decay) == 36);
CHARLOOM_ASSERT(offsetof(charloom_step, momentum) == 40);
CHARLOOM_ASSERT(offsetof(charloom_step, epsilon) == 44);
CHARLOOM_ASSERT(offsetof(charloom_step, nesterov) == 48);
CHARLOOM_ASSERT(offsetof(charloom_step, epsilon_in_root) == 52);
CHARLOOM_ASSERT(offsetof(charloom_step, beta1) == 56);
CHARLOOM_ASSERT(offsetof(charloom_step, beta2) == 64);
CHARLOOM_ASSERT(offsetof(charloom_step, bias_correction1) == 72);
CHARLOOM_ASSERT(offsetof(charloom_step, bias_correction2) == 80);
CHARLOOM_ASSERT(offsetof(charloom_step, dropout) == 88);
CHARLOOM_ASSERT(offsetof(charloom_step, seed_low) == 92);
CHARLOOM_ASSERT(offsetof(charloom_step, seed_high) == 96);
CHARLOOM_ASSERT(offsetof(charloom_step, number_low) == 100);
CHARLOOM_ASSERT(offsetof(charloom_step, number_high) == 104);
CHARLOOM_ASSERT(sizeof(charloom_step) == 112);

CHARLOOM_ASSERT(offsetof(charloom_tensor, kind) == 0);
CHARLOOM_ASSERT(offsetof(charloom_tensor, address) == 4);
CHARLOOM_ASSERT(offsetof(charloom_tensor, rank) == 8);
CHARLOOM_ASSERT(offsetof(charloom_tensor, rows) == 12);
CHARLOOM_ASSERT(offsetof(charloom_tensor, columns) == 16);
CHARLOOM_ASSERT(offsetof(charloom_tensor, row_stride) == 20);
CHARLOOM_ASSERT(offsetof(charloom_tensor, column_stride) == 24);
CHARLOOM_ASSERT(sizeof(charloom_tensor) == 32);

/*
 * An instance of the module: a memory of its own and any number of models in it.
 *
 * wasm2c calls every i32 uint32_t. Where docs/abi.md has a Status, or a count or token in its place, cast the answer to int32_t.
 */
struct w2c_charloom;

uint32_t w2c_charloom_abiVersion(struct w2c_charloom *);
float w2c_charloom_probeMultiplyAdd(struct w2c_charloom *, float a, float b, float c);
uint32_t w2c_charloom_allocate(struct w2c_charloom *, uint32_t bytes);
uint32_t w2c_charloom_cellCount(struct w2c_charloom *);
uint32_t w2c_charloom_cellName(struct w2c_charloom *, uint32_t index, uint32_t buffer);
uint32_t w2c_charloom_optimizerCount(struct w2c_charloom *);
uint32_t w2c_charloom_optimizerName(struct w2c_charloom *, uint32_t index, uint32_t buffer);

uint32_t w2c_charloom_checkConfig(struct w2c_charloom *, uint32_t config);
double w2c_charloom_modelBytes(struct w2c_charloom *, uint32_t config);
uint32_t w2c_charloom_createModel(struct w2c_charloom *, uint32_t config);

uint32_t w2c_charloom_tensorCount(struct w2c_charloom *, uint32_t model);
uint32_t w2c_charloom_tensorName(struct w2c_charloom *, uint32_t model, uint32_t index, uint32_t buffer);
uint32_t w2c_charloom_describeTensor(struct w2c_charloom *, uint32_t model, uint32_t index, uint32_t record);
uint32_t w2c_charloom_initializeParameters(struct w2c_charloom *, uint32_t model, uint32_t initialization, double scale,
                                           uint32_t seed_low, uint32_t seed_high);
uint32_t w2c_charloom_parametersChanged(struct w2c_charloom *, uint32_t model);

uint32_t w2c_charloom_resetState(struct w2c_charloom *, uint32_t model);
uint32_t w2c_charloom_lossAndGradients(struct w2c_charloom *, uint32_t model, uint32_t step, uint32_t threads);
uint32_t w2c_charloom_trainStep(struct w2c_charloom *, uint32_t model, uint32_t step, uint32_t threads);
uint32_t w2c_charloom_evaluate(struct w2c_charloom *, uint32_t model, uint32_t step, uint32_t threads);

uint32_t w2c_charloom_resetSampler(struct w2c_charloom *, uint32_t model);
uint32_t w2c_charloom_copyStateToSampler(struct w2c_charloom *, uint32_t model);
uint32_t w2c_charloom_samplerStep(struct w2c_charloom *, uint32_t model, uint32_t token, uint32_t threads);
uint32_t w2c_charloom_samplerSoftmax(struct w2c_charloom *, uint32_t model, float inverse_temperature);
uint32_t w2c_charloom_samplerDraw(struct w2c_charloom *, uint32_t model, uint32_t token, float inverse_temperature, double unit,
                                  uint32_t threads);
double w2c_charloom_samplerLoss(struct w2c_charloom *, uint32_t model, uint32_t target);

uint32_t w2c_charloom_createTeam(struct w2c_charloom *);
void w2c_charloom_serve(struct w2c_charloom *, uint32_t team, uint32_t index);

#ifdef __cplusplus
}
#endif

#endif
