"""The forms in which code is written: one file a style, each with ``page(program) -> dict`` for its template."""
