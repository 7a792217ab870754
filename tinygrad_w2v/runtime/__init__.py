"""The machine: the allocator, BLAS threads, shared memory, and files written atomically."""
