"""How each array library spells the kernels: one file a library."""
