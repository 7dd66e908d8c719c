"""The code in a note, read and never executed: layers with a forward and a backward pass, judged like formulas."""
