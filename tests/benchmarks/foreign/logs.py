# ruff: noqa: E501  (the lines are the tools' own)
"""Outputs as the tools print them, the figures invented."""

ANDROID = """\
07-14 13:14:52.001  2283  2283 I tflite  : Log parameter values verbosely: [0]
07-14 13:14:52.001  2283  2283 I tflite  : Num threads: [4]
07-14 13:14:52.001  2283  2283 I tflite  : Graph: [/data/local/tmp/tiny_int8.tflite]
07-14 13:14:52.001  2283  2283 I tflite  : #threads used for CPU inference: [4]
07-14 13:14:52.001  2283  2283 I tflite  : Use gpu: [0]
07-14 13:14:52.099  2283  2283 I tflite  : Loaded model /data/local/tmp/tiny_int8.tflite
07-14 13:14:52.113  2283  2283 I tflite  : Created TensorFlow Lite XNNPACK delegate for CPU.
07-14 13:14:52.115  2283  2283 I tflite  : Replacing 30 out of 32 node(s) with delegate (TfLiteXNNPackDelegate) node, yielding 3 partitions for subgraph 0.
07-14 13:14:52.190  2283  2283 I tflite  : The input model file size (MB): 3.06409
07-14 13:14:52.190  2283  2283 I tflite  : Initialized session in 92.5ms.
07-14 13:14:52.859  2283  2283 I tflite  : count=3 first=235158 curr=200386 min=199462 max=235158 avg=211669 std=16613 p5=199462 median=200386 p95=235158
07-14 13:14:56.520  2283  2283 I tflite  : count=25 first=187533 curr=140990 min=140071 max=195121 avg=145528 std=13583 p5=140545 median=141253 p95=187533
07-14 13:14:56.521  2283  2283 I tflite  : Inference timings in us: Init: 92500, First inference: 235158, Warmup (avg): 211669, Inference (avg): 145528
07-14 13:14:56.521  2283  2283 I tflite  : Memory footprint delta from the start of the tool (MB): init=54.25 overall=73.5
"""

OLD = """\
STARTING!
Log parameter values verbosely: [0]
Min num runs: [50]
Num threads: [1]
Graph: [models/tiny.tflite]
Use gpu: [1]
Loaded model models/tiny.tflite
INFO: Created TensorFlow Lite delegate for GPU.
Explicitly applied GPU delegate, and the model graph will be completely executed by the delegate.
The input model file size (MB): 1.41812
Initialized session in 870.557ms.
Running benchmark for at least 1 iterations and at least 0.5 seconds but terminate if exceeding 150 seconds.
count=4 first=130565 curr=120829 min=117370 max=130565 avg=122373 std=4930

Running benchmark for at least 50 iterations and at least 1 seconds but terminate if exceeding 150 seconds.
count=100 first=119212 curr=118055 min=113737 max=124776 avg=119375 std=1000

Inference timings in us: Init: 870557, First inference: 130565, Warmup (avg): 122373, Inference (avg): 119375
Note: as the benchmark tool itself affects memory footprint, the following is only APPROXIMATE to the actual memory footprint.
Memory footprint delta from the start of the tool (MB): init=8.97656 overall=18.7227
Overall peak memory footprint (MB) via periodic monitoring: 21.5
"""

REFUSED = """\
INFO: Log parameter values verbosely: [0]
INFO: Graph: [tiny.tflite]
INFO: Use gpu: [1]
INFO: Loaded model tiny.tflite
INFO: Created TensorFlow Lite delegate for GPU.
ERROR: Following operations are not supported by GPU delegate:
ERROR: Failed to apply GPU delegate.
ERROR: Benchmarking failed.
"""

CSV = """\
model_size,init_time,warmup_avg,warmup_min,warmup_max,warmup_stddev,inference_avg,inference_min,inference_max,inference_stddev,\
init_max_rss,init_total_alloc,init_in_use_alloc,overall_max_rss,overall_total_alloc,overall_in_use_alloc
4.27635,5388,92755.2,90000,101726,1200,90865.9,90100,93000,250,4.5,1,1,7.5,2,2
"""

REPORT = '{"name": "TFLite benchmark", "status": "OK", "average time in us": "init: 1007529, warmup: 1686.59, inference: 1687.92"}'

LITERT = """\
2026-11-25 04:53:29 INFO benchmark_litert_model: Model:           /models/tiny.tflite
2026-11-25 04:53:29 INFO benchmark_litert_model: Accelerators:    CPU
2026-11-25 04:53:29 INFO benchmark_litert_model: Num threads:     2

========================================
 BENCHMARK RESULTS
========================================
Model initialization:  1.36 ms
Warmup (first):        0.22 ms
Warmup (avg):          0.11 ms (5 runs)
Inference (avg):       0.06 ms (50 runs)
Inference (min):       0.05 ms
Inference (max):       0.10 ms
Inference (median):    0.055 ms
Inference (std):       0.01 ms
Inference (p5):        0.05 ms
Inference (p95):       0.08 ms
Throughput:            31.24 MB/s
Fully accelerated:     True
========================================
"""

LITERT_CPP = """\
INFO: [benchmark_litert_model.h:70]
========== BENCHMARK RESULTS ==========
INFO: [benchmark_litert_model.h:71] Model initialization: 45.32 ms
INFO: [benchmark_litert_model.h:72] Warmup (first):       120.45 ms
INFO: [benchmark_litert_model.h:74] Warmup (avg):         98.76 ms (5 runs)
INFO: [benchmark_litert_model.h:76] Inference (avg):      85.23 ms (50 runs)
INFO: [benchmark_litert_model.h:80] Inference (min):      82.10 ms
INFO: [benchmark_litert_model.h:82] Inference (max):      92.45 ms
INFO: [benchmark_litert_model.h:84] Inference (std):      3.21
INFO: [benchmark_litert_model.h:101] Peak memory:          130.50 MB
"""

LITERT_JSON = """\
{"model": "/models/tiny.tflite", "model_size_mb": 0.04, "accelerators": ["GPU", "CPU"], "fully_accelerated": true, "num_threads": 1,
 "latency": {"init_ms": 1.36, "warmup_first_ms": 0.22, "warmup_avg_ms": 0.11, "num_warmup_runs": 5, "avg_ms": 0.06, "min_ms": 0.05,
 "max_ms": 0.1, "median_ms": 0.06, "std_ms": 0.01, "p5_ms": 0.05, "p95_ms": 0.08, "num_runs": 50}, "throughput_mb_s": 31.24}
"""

OPENVINO = """\
[Step 1/11] Parsing and validating input arguments
[ INFO ] Input command: benchmark_app -m /models/tiny.xml -d CPU -api sync
[Step 5/11] Resizing model to match image sizes and given batch
[ INFO ] Model batch size: 2
[Step 7/11] Loading the model to the device
[ INFO ] Compile model took 189.93 ms
[Step 8/11] Querying optimal runtime parameters
[ INFO ]   INFERENCE_NUM_THREADS: 2
[ INFO ]   INFERENCE_PRECISION_HINT: f32
[Step 10/11] Measuring performance (Start inference synchronously, limits: 2000 ms duration)
[ INFO ] First inference took 5.54 ms
[Step 11/11] Dumping statistics report
[ INFO ] Execution Devices:['CPU']
[ INFO ] Count:            2784 iterations
[ INFO ] Duration:         2000.01 ms
[ INFO ] Latency:
[ INFO ]    Median:        218.29 us
[ INFO ]    Average:       696.08 us
[ INFO ]    Min:           155.50 us
[ INFO ]    Max:           5662.94 us
[ INFO ] Throughput:   1391.99 FPS
"""

OPENVINO_ASYNC = OPENVINO.replace(
    "Start inference synchronously, limits: 2000 ms duration",
    "Start inference asynchronously, 4 inference requests, limits: 2000 ms duration",
)

OPENVINO_JSON = """\
{"cmd_options": {"-m": "C:\\\\models\\\\tiny.onnx", "-d": "GPU"}, "configuration_setup": {"topology": "Model1", "target device": "GPU",
 "API": "async", "precision": "UNSPECIFIED", "batch size": "1", "number of parallel infer requests": "1"},
 "execution_results": {"compile model time (ms)": "189.93", "first inference time (ms)": "5.54",
 "total number of iterations": "2784", "latency (ms)": "0.22", "avg latency": "0.70", "min latency": "0.16", "max latency": "5.66",
 "throughput": "1391.99"}}
"""

OPENVINO_CSV = """\
Command line parameters
-m;/models/tiny.onnx
-d;CPU

Configuration setup
target device;CPU
API;async
batch size;1
number of parallel infer requests;2

Execution results
compile model time (ms);129.07
first inference time (ms);7.67
total number of iterations;6696
latency (ms);0.28
avg latency;0.27
min latency;0.13
max latency;4.57
throughput;6693.19
"""
