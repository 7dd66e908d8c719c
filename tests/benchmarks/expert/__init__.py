"""NumPy as an expert writes it by hand, knowing sizes and seeing forward and backward at once.

Each function takes a case's numbers and returns a step: one forward and one backward pass, results in fresh arrays,
everything else in place, sums over rows and columns as products with a vector of ones.
"""
