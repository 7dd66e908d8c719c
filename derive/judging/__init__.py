"""The judge: a slow, obvious evaluator, worlds to evaluate in, and verdicts on every equals sign."""
