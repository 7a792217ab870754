"""``python -m tinygrad_w2v``: the command line."""

import sys

from tinygrad_w2v.cli import main

sys.exit(main())
