"""The documents that the project was asked to cover: every figure that they print, reproduced from the layer text."""
