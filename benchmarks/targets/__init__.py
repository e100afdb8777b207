"""Where a model can run: one file a target, each a module that keeps the protocol of `benchmarks.targets.base.Target`."""
