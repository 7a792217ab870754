"""The ops: one file a family; a record holds an op's forward, rules, names and sample calls.

Importing this package imports its files, which registers the ops. Each is an attribute of it under
its own name.
"""

import importlib
import pkgutil

from tinygrad_w2v.engine import surfaces

for _file in pkgutil.iter_modules(__path__, f"{__name__}."):
    importlib.import_module(_file.name)

__all__ = surfaces.expose("ops", globals())
