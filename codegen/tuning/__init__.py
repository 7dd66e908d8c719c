"""Fewer passes over memory: sharing, in-place arithmetic, cheaper forms; never a different value."""
