"""Names of PyTorch that are outside on purpose, and modules that report that there is no GPU."""

from __future__ import annotations

import operator

import pytest

import tinygrad_w2v as tg
from tinygrad_w2v.absent import ABSENT


@pytest.mark.parametrize("path", ABSENT)
def test_an_absent_name_states_why_and_what_to_use(path: str) -> None:
    folder, _, name = path.rpartition(".")
    module = operator.attrgetter(folder)(tg) if folder else tg
    assert not hasattr(module, name)
    with pytest.raises(AttributeError) as error:
        getattr(module, name)
    assert str(error.value) == f"{path} is not in tinygrad_w2v: {ABSENT[path]}"
    assert ": " in ABSENT[path]


def test_other_names_are_unknown() -> None:
    with pytest.raises(AttributeError, match="module 'tinygrad_w2v' has no attribute 'zeroes'"):
        tg.zeroes  # noqa: B018
    with pytest.raises(AttributeError, match=r"cuda.LongTensor is not in .*: use LongTensor"):
        tg.cuda.LongTensor  # noqa: B018


def test_there_is_no_gpu() -> None:
    assert not tg.cuda.is_available()
    assert tg.cuda.device_count() == 0
    tg.cuda.manual_seed_all(0)
    tg.cuda.synchronize()
    tg.cuda.empty_cache()
    assert not tg.backends.mps.is_available()
    tg.backends.cudnn.benchmark = False
    assert tg.accelerator.current_accelerator() is None
    assert tg.version.cuda is None


def test_settings_of_the_process() -> None:
    before = tg.get_num_threads()
    tg.set_num_threads(1)
    assert tg.get_num_threads() == 1
    tg.set_num_threads(before)
    with pytest.raises(ValueError, match="num is 0: it must be an integer of at least 1"):
        tg.set_num_threads(0)
    tg.set_default_device("cpu")
    with pytest.raises(RuntimeError, match="device 'cuda' is not available"):
        tg.set_default_device("cuda")
    tg.use_deterministic_algorithms(True)
    tg.set_float32_matmul_precision("high")
    tg.set_default_tensor_type(tg.DoubleTensor)
    assert tg.zeros(1).dtype == tg.float64
    tg.set_default_tensor_type("torch.FloatTensor")
    assert tg.zeros(1).dtype == tg.float32
