"""How fast the generated code and the engine are: ``python -m tests.benchmarks``, from the root of the repository.

Opponents in the same run, interleaved: the seeds' own classes retyped (`seeds`), NumPy as an expert writes it
(`expert`), PyTorch where it is installed (`frameworks`). Times of two runs on a shared machine do not compare; the
ratios of one run do.
"""
