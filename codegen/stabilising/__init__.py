"""The same value by steps that neither overflow nor lose all digits."""
