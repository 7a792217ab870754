"""The machine: memory allocator, BLAS threads, memory shared by processes, and atomic files.

- ``allocator``: retaining and releasing freed memory
- ``blas``: the number of BLAS threads
- ``shared_memory``: arrays shared with forked processes
- ``files``: atomic writes, checks of paths, the cache directory

Of the package, these modules import only ``errors``.
"""
