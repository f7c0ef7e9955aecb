#include "model.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "activation.h"
#include "product.h"

/* What create_model has handed out so far of the task's parameters and of its own. */
typedef struct {
  const float *given;
  float *parameters, *gradients;
} Supply;

/* Of a weight that is given as (outputs, inputs). */
static Weight take_weight(Supply *supply, int outputs, int inputs, bool carries_back) {
  const int count = outputs * inputs;
  Weight weight = {inputs, outputs, supply->parameters, supply->gradients, NULL};
  transpose(outputs, inputs, supply->given, weight.value);
  if (carries_back) weight.transposed = allocate_floats(count);
  supply->given += count, supply->parameters += count, supply->gradients += count;
  return weight;
}

static Bias take_bias(Supply *supply, int count) {
  Bias bias = {supply->parameters, supply->gradients};
  memcpy(bias.value, supply->given, count * sizeof(float));
  supply->given += count, supply->parameters += count, supply->gradients += count;
  return bias;
}

Model create_model(const Task *task, int time_steps, int rows, bool trained) {
  const int hidden = task->hidden_size, vocabulary = task->vocabulary_size;
  const int gate_count = strcmp(task->cell, "lstm") == 0 ? 4 : 1, size = time_steps * rows * hidden;
  Model model = {
      .layer_count = task->layers,
      .vocabulary_size = vocabulary,
      .hidden_size = hidden,
      .rows = rows,
      .parameter_count = task->parameter_count,
      .parameters = allocate_floats(task->parameter_count),
      .gradients = allocate_floats(task->parameter_count),
  };
  Supply supply = {task->parameters, model.parameters, model.gradients};
  for (int i = 0; i < task->layers; i++) {
    Layer *layer = &model.layers[i];
    layer->rows = rows;
    layer->hidden_size = hidden;
    layer->gate_count = gate_count;
    layer->one_hot = i == 0;
    layer->weight_ih = take_weight(&supply, gate_count * hidden, i == 0 ? vocabulary : hidden, trained && i > 0);
    layer->weight_hh = take_weight(&supply, gate_count * hidden, hidden, trained);
    layer->bias = take_bias(&supply, gate_count * hidden);
    layer->gates = allocate_floats(gate_count * size);
    layer->hidden = allocate_floats(size + rows * hidden);
    layer->cell = allocate_floats(size + rows * hidden);
    layer->tanh_cell = allocate_floats(size);
    layer->grad_hidden = allocate_floats(size);
    layer->grad_cell = allocate_floats(rows * hidden);
  }
  model.decoder = take_weight(&supply, vocabulary, hidden, trained);
  model.decoder_bias = take_bias(&supply, vocabulary);
  model.logits = allocate_floats(time_steps * rows * vocabulary);
  parameters_changed(&model);
  return model;
}

static void weight_changed(Weight *weight) {
  if (weight->transposed != NULL) transpose(weight->inputs, weight->outputs, weight->value, weight->transposed);
}

void parameters_changed(Model *model) {
  for (int i = 0; i < model->layer_count; i++) {
    weight_changed(&model->layers[i].weight_ih);
    weight_changed(&model->layers[i].weight_hh);
  }
  weight_changed(&model->decoder);
}

void reset_state(Model *model) {
  const size_t bytes = (size_t)model->rows * model->hidden_size * sizeof(float);
  for (int i = 0; i < model->layer_count; i++) {
    memset(model->layers[i].hidden, 0, bytes);
    memset(model->layers[i].cell, 0, bytes);
  }
}

void carry_state(Model *model, int time_steps) {
  const size_t count = (size_t)model->rows * model->hidden_size;
  for (int i = 0; i < model->layer_count; i++) {
    Layer *layer = &model->layers[i];
    memcpy(layer->hidden, layer->hidden + time_steps * count, count * sizeof(float));
    memcpy(layer->cell, layer->cell + time_steps * count, count * sizeof(float));
  }
}

static void add_to(int count, const float *restrict from, float *restrict to) {
  for (int j = 0; j < count; j++) to[j] += from[j];
}

/* Of every layer but the first the input is the hidden states of the one below; results begin after the carried state. */
static float *hidden_results(const Layer *layer) { return layer->hidden + (size_t)layer->rows * layer->hidden_size; }

static void layer_forward(Layer *layer, const int *tokens, const float *input, int time_steps) {
  const int rows = layer->rows, hidden = layer->hidden_size, width = layer->gate_count * hidden;
  for (int i = 0; i < time_steps * rows; i++) {
    float *sums = layer->gates + (size_t)i * width;
    memcpy(sums, layer->bias.value, width * sizeof(float));
    if (layer->one_hot) add_to(width, layer->weight_ih.value + (size_t)tokens[i] * width, sums);
  }
  if (!layer->one_hot) {
    add_product(time_steps * rows, width, hidden, input, AS_IT_STANDS, layer->weight_ih.value, layer->gates);
  }
  for (int t = 0; t < time_steps; t++) {
    float *sums = layer->gates + (size_t)t * rows * width;
    add_product(rows, width, hidden, layer->hidden + (size_t)t * rows * hidden, AS_IT_STANDS, layer->weight_hh.value,
                sums);
    (layer->gate_count == 4 ? lstm_forward : vanilla_forward)(layer, t);
  }
}

/* From grad_hidden (T, N, H); `grad_input` (T, N, H) is overwritten, NULL for one-hot input. */
static void layer_backward(Layer *layer, const int *tokens, const float *input, float *grad_input, int time_steps) {
  const int rows = layer->rows, hidden = layer->hidden_size, width = layer->gate_count * hidden;
  const int count = time_steps * rows;
  memset(layer->grad_cell, 0, (size_t)rows * hidden * sizeof(float));
  for (int t = time_steps - 1; t >= 0; t--) {
    (layer->gate_count == 4 ? lstm_backward : vanilla_backward)(layer, t);
    /* sums[t] = … + W_hh h[t-1]; no gradient leaves the chunk */
    if (t > 0) {
      add_product(rows, hidden, width, layer->gates + (size_t)t * rows * width, AS_IT_STANDS,
                  layer->weight_hh.transposed, layer->grad_hidden + (size_t)(t - 1) * rows * hidden);
    }
  }
  add_product(hidden, width, count, layer->hidden, TRANSPOSED, layer->gates, layer->weight_hh.gradient);
  for (int i = 0; i < count; i++) {
    const float *grad_sums = layer->gates + (size_t)i * width;
    add_to(width, grad_sums, layer->bias.gradient);
    if (layer->one_hot) add_to(width, grad_sums, layer->weight_ih.gradient + (size_t)tokens[i] * width);
  }
  if (layer->one_hot) return;
  add_product(hidden, width, count, input, TRANSPOSED, layer->gates, layer->weight_ih.gradient);
  memset(grad_input, 0, (size_t)count * hidden * sizeof(float));
  add_product(count, hidden, width, layer->gates, AS_IT_STANDS, layer->weight_ih.transposed, grad_input);
}

void forward(Model *model, const int *tokens, int time_steps) {
  const int count = time_steps * model->rows, vocabulary = model->vocabulary_size;
  const float *below = NULL;
  for (int i = 0; i < model->layer_count; i++) {
    layer_forward(&model->layers[i], tokens, below, time_steps);
    below = hidden_results(&model->layers[i]);
  }
  for (int i = 0; i < count; i++) {
    memcpy(model->logits + (size_t)i * vocabulary, model->decoder_bias.value, vocabulary * sizeof(float));
  }
  add_product(count, vocabulary, model->hidden_size, below, AS_IT_STANDS, model->decoder.value, model->logits);
}

static void softmax_row(int count, float *row) {
  float max = row[0], sum = 0;
  for (int j = 1; j < count; j++) max = row[j] > max ? row[j] : max;
  for (int j = 0; j < count; j++) {
    row[j] = expf(clamp(row[j] - max, 80));
    sum += row[j];
  }
  const float scale = 1 / sum;
  for (int j = 0; j < count; j++) row[j] *= scale;
}

void softmax(Model *model, int time_steps) {
  const int vocabulary = model->vocabulary_size;
  for (int i = 0; i < time_steps * model->rows; i++) softmax_row(vocabulary, model->logits + (size_t)i * vocabulary);
}

double cross_entropy(Model *model, const int *targets, int time_steps, float scale) {
  const int vocabulary = model->vocabulary_size;
  double loss = 0;
  for (int i = 0; i < time_steps * model->rows; i++) {
    float *row = model->logits + (size_t)i * vocabulary;
    loss -= log(row[targets[i]]);
    /* loss = -log softmax(y)[target]  ->  dy = p - onehot(target) */
    row[targets[i]] -= 1;
    if (scale != 1)
      for (int j = 0; j < vocabulary; j++) row[j] *= scale;
  }
  return loss;
}

void backward(Model *model, const int *tokens, int time_steps) {
  const int count = time_steps * model->rows, hidden = model->hidden_size, vocabulary = model->vocabulary_size;
  memset(model->gradients, 0, (size_t)model->parameter_count * sizeof(float));
  Layer *top = &model->layers[model->layer_count - 1];
  add_product(hidden, vocabulary, count, hidden_results(top), TRANSPOSED, model->logits, model->decoder.gradient);
  for (int i = 0; i < count; i++) add_to(vocabulary, model->logits + (size_t)i * vocabulary, model->decoder_bias.gradient);
  memset(top->grad_hidden, 0, (size_t)count * hidden * sizeof(float));
  add_product(count, hidden, vocabulary, model->logits, AS_IT_STANDS, model->decoder.transposed, top->grad_hidden);
  for (int i = model->layer_count - 1; i >= 0; i--) {
    Layer *below = i > 0 ? &model->layers[i - 1] : NULL;
    layer_backward(&model->layers[i], tokens, below ? hidden_results(below) : NULL, below ? below->grad_hidden : NULL,
                   time_steps);
  }
}
