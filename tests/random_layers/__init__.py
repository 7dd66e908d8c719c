"""Random layers: small programs over the whole language, with a second meaning that never sees our engine."""
