"""From LaTeX as people write it to the syntax tree: tokens, macros, grammar; nothing is executed, all is bounded."""
