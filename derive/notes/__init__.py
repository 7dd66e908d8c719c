"""Notes and graphs: the ledger as a document tree, formulas in LaTeX, the words, the pictures."""
