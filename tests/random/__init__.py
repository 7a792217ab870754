"""Random numbers are PyTorch's: `calls` lists calls, numbers.json what PyTorch 2.13.0 returned.

``python -m tests.random.calls`` writes the file again from the installed PyTorch.
"""
