"""Training on many machines: rounds of training alone, and merges of the changes."""
