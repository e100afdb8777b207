/* A TFLite delegate small enough to read: it stands in for libedgetpu where there is no device.

   It takes every op of the custom name TAKES and computes out[i] = 2 * in[i] in float32. -DNO_DELEGATE makes its creation fail,
   -DNO_PREPARE its preparation. The layouts are those of tensorflow/lite/core/c/common.h, as far as they are used. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifndef TAKES
#define TAKES "edgetpu-custom-op"
#endif

typedef struct { int size; int data[]; } IntArray;
typedef struct Context Context;
typedef struct Delegate Delegate;
typedef struct Node { IntArray *inputs, *outputs; } Node;
typedef struct Tensor {
  int type; void *data; IntArray *dims; float scale; int32_t zero_point; int allocation_type; size_t bytes;
  const void *allocation; const char *name; Delegate *delegate; int buffer_handle; char stale, variable;
  int quantization_type; void *quantization; void *sparsity; const IntArray *dims_signature;
} Tensor;
typedef struct Registration {
  void *(*init)(Context *, const char *, size_t);
  void (*free)(Context *, void *);
  int (*prepare)(Context *, Node *);
  int (*invoke)(Context *, Node *);
  const char *(*profiling_string)(const Context *, const Node *);
  int32_t builtin_code; const char *custom_name; int version;
  void *registration_external; void *async_kernel; uint64_t inplace_operator;
} Registration;
struct Context {
  size_t tensors_size;
  int (*GetExecutionPlan)(Context *, IntArray **);
  Tensor *tensors;
  void *impl;
  int (*ResizeTensor)(Context *, Tensor *, IntArray *);
  void (*ReportError)(Context *, const char *, ...);
  int (*AddTensors)(Context *, int, int *);
  int (*GetNodeAndRegistration)(Context *, int, Node **, Registration **);
  int (*ReplaceNodeSubsetsWithDelegateKernels)(Context *, Registration, const IntArray *, Delegate *);
};
struct Delegate {
  void *data;
  int (*Prepare)(Context *, Delegate *);
  void *CopyFromBufferHandle, *CopyToBufferHandle, *FreeBufferHandle;
  int64_t flags;
  void *opaque_delegate_builder;
};

static int invoke(Context *context, Node *node) {
  const Tensor *in = &context->tensors[node->inputs->data[0]];
  Tensor *out = &context->tensors[node->outputs->data[0]];
  for (size_t i = 0; i < out->bytes / sizeof(float); i++)
    ((float *)out->data)[i] = 2 * ((const float *)in->data)[i];
  return 0;
}

static int prepare(Context *context, Delegate *delegate) {
#ifdef NO_PREPARE
  return 1;
#endif
  IntArray *plan;
  if (context->GetExecutionPlan(context, &plan)) return 1;
  IntArray *taken = calloc(1, sizeof(IntArray) + plan->size * sizeof(int));
  for (int i = 0; i < plan->size; i++) {
    Node *node;
    Registration *op;
    if (context->GetNodeAndRegistration(context, plan->data[i], &node, &op)) return 1;
    if (op->custom_name && !strcmp(op->custom_name, TAKES)) taken->data[taken->size++] = plan->data[i];
  }
  Registration kernel = {.invoke = invoke, .custom_name = "Doubling", .version = 1};
  int status = context->ReplaceNodeSubsetsWithDelegateKernels(context, kernel, taken, delegate);
  free(taken);
  return status;
}

Delegate *tflite_plugin_create_delegate(char **keys, char **values, size_t count, void (*report)(const char *)) {
  (void)keys; (void)values; (void)count;
#ifdef NO_DELEGATE
  report("no device is plugged in");
  return NULL;
#endif
  Delegate *delegate = calloc(1, sizeof(Delegate));
  delegate->Prepare = prepare;
  delegate->flags = 1; /* kTfLiteDelegateFlagsAllowDynamicTensors: asked before the ops that it takes are prepared */
  return delegate;
}

void tflite_plugin_destroy_delegate(Delegate *delegate) { free(delegate); }
