"""The calculus: local derivatives, named rewrites, the reverse sweep, closed forms, matrix notation."""
