"""Recurrences as loops, with what need not be in the loop outside it."""
