"""``python -m tests.benchmarks``: on one thread, unless the environment says otherwise."""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")
os.environ.setdefault("JAX_PLATFORMS", "cpu")
if os.environ["OMP_NUM_THREADS"] == "1" and hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # JAX counts the processors


def run() -> None:
    """Only now, so that NumPy sees the environment."""
    from tests.benchmarks.run import main

    main()


run()
