"""The hot array routines: NumPy implementations, and Numba ones in :mod:`kernels.compiled`.

They take and return arrays and know nothing of Tensors. ``dispatch`` chooses the implementation
of each call, ``backend`` switches Numba on and off.
"""
