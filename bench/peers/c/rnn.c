/*
 * Training and sampling of recurrent language models in plain C, float32, one thread: what charloom's bench races against.
 *
 *   rnn FOLDER
 *
 * does the task in the folder (task.h). It writes a line of evidence, numbers with spaces between: the losses of three
 * training steps, or the probabilities (V) after the first sequence_length tokens. Then it answers each line of seconds
 * on standard input, after a round about as long, with characters per second.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "model.h"
#include "optimizer.h"
#include "task.h"

enum { EVIDENCE_STEPS = 3, DRAWS_A_LOOK_AT_THE_CLOCK = 100 };

typedef struct {
  const Task *task;
  Model model;
  Optimizer *update;
  float *first, *second;
  int step;
  /* Where in each row's slice of the text the next chunk begins. */
  int position;
  int *tokens, *targets;
} Trainer;

static Trainer create_trainer(const Task *task) {
  const int count = task->sequence_length * task->batch_size;
  Trainer trainer = {
      .task = task,
      .model = create_model(task, task->sequence_length, task->batch_size, true),
      .update = find_optimizer(task->optimizer),
      .first = allocate_floats(task->parameter_count),
      .second = allocate_floats(task->parameter_count),
      .tokens = malloc(count * sizeof(int)),
      .targets = malloc(count * sizeof(int)),
  };
  if (trainer.update == NULL) {
    fprintf(stderr, "optimizer: expected adagrad, rmsprop, adam or adamw, got %s\n", task->optimizer);
    exit(1);
  }
  return trainer;
}

/* The next chunk of every row's slice; where a slice has no more than that left, from the start, with a fresh state. */
static double train_step(Trainer *trainer, int time_steps) {
  const Task *task = trainer->task;
  const int rows = task->batch_size, slice = (task->token_count - 1) / rows;
  Model *model = &trainer->model;
  if (trainer->position == 0 || task->resets_every_chunk) reset_state(model);
  for (int t = 0; t < time_steps; t++) {
    for (int row = 0; row < rows; row++) {
      const int *source = task->tokens + row * slice + trainer->position + t;
      trainer->tokens[t * rows + row] = source[0];
      trainer->targets[t * rows + row] = source[1];
    }
  }
  trainer->position += time_steps;
  if (slice - trainer->position <= time_steps) trainer->position = 0;

  forward(model, trainer->tokens, time_steps);
  softmax(model, time_steps);
  const double loss = cross_entropy(model, trainer->targets, time_steps, task->loss_scale);
  backward(model, trainer->tokens, time_steps);
  carry_state(model, time_steps);
  trainer->update(task, ++trainer->step, model->parameter_count, model->parameters, model->gradients, trainer->first,
                  trainer->second);
  parameters_changed(model);
  return loss;
}

typedef struct {
  Model model;
  uint64_t random;
} Sampler;

static void feed(Sampler *sampler, int token) {
  forward(&sampler->model, &token, 1);
  carry_state(&sampler->model, 1);
  softmax(&sampler->model, 1);
}

/* From 0 to just below 1: xorshift64*, Vigna 2016. */
static float draw_unit(uint64_t *state) {
  *state ^= *state >> 12;
  *state ^= *state << 25;
  *state ^= *state >> 27;
  return (float)(*state * 0x2545F4914F6CDD1DULL >> 40) / (1 << 24);
}

static void draw(Sampler *sampler) {
  const float *probabilities = sampler->model.logits;
  float left = draw_unit(&sampler->random);
  int token = 0;
  while (token < sampler->model.vocabulary_size - 1 && (left -= probabilities[token]) >= 0) token++;
  feed(sampler, token);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + 1e-9 * time.tv_nsec;
}

static double training_round(Trainer *trainer, double seconds) {
  const double begin = now();
  double elapsed = 0, characters = 0;
  for (; elapsed < seconds; elapsed = now() - begin) {
    train_step(trainer, trainer->task->sequence_length);
    characters += trainer->task->sequence_length * trainer->task->batch_size;
  }
  return characters / elapsed;
}

static double sampling_round(Sampler *sampler, double seconds) {
  const double begin = now();
  double elapsed = 0, characters = 0;
  for (; elapsed < seconds; elapsed = now() - begin) {
    for (int i = 0; i < DRAWS_A_LOOK_AT_THE_CLOCK; i++) draw(sampler);
    characters += DRAWS_A_LOOK_AT_THE_CLOCK;
  }
  return characters / elapsed;
}

static void answer(double number, char end) {
  printf("%.9g%c", number, end);
  if (end == '\n') fflush(stdout);
}

static void train(const Task *task) {
  Trainer trainer = create_trainer(task);
  for (int i = 1; i <= EVIDENCE_STEPS; i++) {
    answer(train_step(&trainer, task->evidence_length), i < EVIDENCE_STEPS ? ' ' : '\n');
  }
  trainer.position = 0;
  double seconds;
  while (scanf("%lf", &seconds) == 1) answer(training_round(&trainer, seconds), '\n');
}

static void sample(const Task *task) {
  Sampler sampler = {.model = create_model(task, 1, 1, false), .random = 1};
  for (int i = 0; i < task->sequence_length; i++) feed(&sampler, task->tokens[i]);
  for (int i = 0; i < task->vocabulary_size; i++) {
    answer(sampler.model.logits[i], i + 1 < task->vocabulary_size ? ' ' : '\n');
  }
  double seconds;
  while (scanf("%lf", &seconds) == 1) answer(sampling_round(&sampler, seconds), '\n');
}

int main(int count, char **arguments) {
  if (count != 2) {
    fprintf(stderr, "usage: rnn FOLDER\n");
    return 2;
  }
  const Task task = read_task(arguments[1]);
  if (task.layers > MOST_LAYERS) {
    fprintf(stderr, "layers: expected at most %d, got %d\n", MOST_LAYERS, task.layers);
    return 1;
  }
  (strcmp(task.work, "training") == 0 ? train : sample)(&task);
  return 0;
}
