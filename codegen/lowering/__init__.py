"""From index notation to array operations: what is contracted, gathered, cut and put together."""
