"""Data sets, samplers and DataLoader, under the names of ``torch.utils.data``."""

from tinygrad_w2v.data.collate import default_collate as default_collate
from tinygrad_w2v.data.collate import default_convert as default_convert
from tinygrad_w2v.data.dataset import ChainDataset as ChainDataset
from tinygrad_w2v.data.dataset import ConcatDataset as ConcatDataset
from tinygrad_w2v.data.dataset import Dataset as Dataset
from tinygrad_w2v.data.dataset import IterableDataset as IterableDataset
from tinygrad_w2v.data.dataset import StackDataset as StackDataset
from tinygrad_w2v.data.dataset import Subset as Subset
from tinygrad_w2v.data.dataset import TensorDataset as TensorDataset
from tinygrad_w2v.data.dataset import random_split as random_split
from tinygrad_w2v.data.loader import DataLoader as DataLoader
from tinygrad_w2v.data.sampler import BatchSampler as BatchSampler
from tinygrad_w2v.data.sampler import RandomSampler as RandomSampler
from tinygrad_w2v.data.sampler import Sampler as Sampler
from tinygrad_w2v.data.sampler import SequentialSampler as SequentialSampler
from tinygrad_w2v.data.sampler import SubsetRandomSampler as SubsetRandomSampler
from tinygrad_w2v.data.sampler import WeightedRandomSampler as WeightedRandomSampler
from tinygrad_w2v.data.workers import WorkerInfo as WorkerInfo
from tinygrad_w2v.data.workers import get_worker_info as get_worker_info
