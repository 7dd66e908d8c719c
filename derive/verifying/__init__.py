"""Reading what a person derived by hand, and judging it: formulas with their places, their meaning, verdicts, repairs."""
