"""From what a person wrote to our own expressions: names, shapes and products decided by what fits together."""
