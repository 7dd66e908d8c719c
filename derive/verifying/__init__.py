"""Reading what a person derived by hand, and judging it: formulas with places, meaning, verdicts, repairs."""
