"""What is wrong with a claim that does not hold, and the smallest change that repairs it."""
