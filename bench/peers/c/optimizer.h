/* Updates of all parameters at once, elementwise, each gradient held within ± the clip value first. */

#ifndef OPTIMIZER_H
#define OPTIMIZER_H

#include "task.h"

/* `first` and `second` are the optimizer's own, zeros before the first step; `step` counts from 1. */
typedef void Optimizer(const Task *task, int step, int count, float *parameters, const float *gradients, float *first,
                       float *second);

/* NULL for a name that is not known. */
Optimizer *find_optimizer(const char *name);

#endif
