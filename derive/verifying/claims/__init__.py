"""What a note claims, one relation at a time: what is defined, what the truth is, and whether they agree."""
