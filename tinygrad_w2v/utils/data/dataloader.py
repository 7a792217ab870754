"""DataLoader and its functions, under PyTorch's path."""

from tinygrad_w2v.data.collate import default_collate as default_collate
from tinygrad_w2v.data.collate import default_convert as default_convert
from tinygrad_w2v.data.loader import DataLoader as DataLoader
from tinygrad_w2v.data.workers import get_worker_info as get_worker_info
