"""From a file to its formulas with their places: one reader for each format, one way of finding formulas in a text."""
