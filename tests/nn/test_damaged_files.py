"""A damaged model file loads or ends in one InputError, and takes no more memory than it holds."""

from __future__ import annotations

import json
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.damage import count_refused, damaged_bytes, damaged_json, needs_signals, with_meta
from tinygrad_w2v import nn
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.models import CBOW
from tinygrad_w2v.nn.archive import META, MOST_META

COUNTS = [5, 3, 2, 1]
MODELS: list[Callable[[], nn.Module]] = [
    lambda: nn.Sequential(nn.Linear(3, 2, rng=0), nn.Dropout(0.5, rng=1), nn.LayerNorm(2)),
    lambda: CBOW(COUNTS, 3, rng=0),
    lambda: CBOW(COUNTS, 3, loss=nn.HierarchicalSoftmaxLoss(3, COUNTS), rng=0),
    lambda: nn.LSTM(3, 2, num_layers=2, dropout=0.5, rng=0),
    lambda: nn.ModuleDict({"a": nn.MultiheadAttention(4, 2, rng=0), "b": nn.Lambda("relu")}),
    lambda: nn.Sequential(nn.Conv2d(2, 4, 3, groups=2, rng=0), nn.ReLU(), nn.MaxPool2d(2)),
]


@pytest.fixture(scope="module", params=[".npz", ".safetensors"])
def files(request: Any, tmp_path_factory: Any) -> list[tuple[str, bytes]]:
    """Good model files of one format."""
    if request.param == ".safetensors":
        pytest.importorskip("safetensors")
    path = tmp_path_factory.mktemp("good") / f"model{request.param}"
    contents = []
    for make in MODELS:
        nn.save(make(), path)
        nn.load(path)
        contents.append((request.param, path.read_bytes()))
    return contents


def load(path: Path) -> None:
    try:
        model = nn.load(path)
    except InputError as error:
        assert path.name in str(error)  # noqa: PT017
        raise
    assert isinstance(model, nn.Module)
    assert model.state_dict().keys() == dict(model.named_tensors()).keys()


def check_damaged(files: list[tuple[str, bytes]], folder: Path, seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)

    def content(index: int) -> bytes:
        ending, data = files[index // 2 % len(files)]
        if index % 2:
            return damaged_bytes(data, rng)
        return with_meta(ending, data, lambda meta: damaged_json(meta, rng))

    path = folder / f"model{files[0][0]}"
    assert count_refused(load, path, map(content, range(count)), most_message=5000) > 0.1 * count


@needs_signals
def test_damaged_files_load_or_are_refused(files: Any, tmp_path: Path) -> None:
    check_damaged(files, tmp_path, seed=0, count=300)


@needs_signals
@pytest.mark.exhaustive
@pytest.mark.parametrize("seed", range(100, 120))
def test_many_damaged_files_load_or_are_refused(files: Any, tmp_path: Path, seed: int) -> None:
    check_damaged(files, tmp_path, seed, count=5000)


# --- files that claim more than they hold --------------------------------------------------------


def meta_with(spec: Any, **parts: Any) -> bytes:
    meta = {"version": 1, "spec": spec, "shared": {}, "extra": {}, **parts}
    return json.dumps(meta).encode()


def npz(path: Path, meta: bytes, **arrays: Any) -> None:
    np.savez(path, **arrays, **{META: np.frombuffer(meta, np.uint8)})


def assert_refused_without_allocating(path: Path, match: str, floor: int = 3_000_000) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match=match):
            nn.load(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < floor + 2 * path.stat().st_size


N = 60_000
LARGE = [
    {"type": "Linear", "in_features": N, "out_features": N},
    {"type": "Linear", "in_features": 10**30, "out_features": 1},
    {"type": "Bilinear", "in1_features": N, "in2_features": N, "out_features": N},
    {"type": "Embedding", "num_embeddings": 10**9, "embedding_dim": 10},
    {"type": "EmbeddingBag", "num_embeddings": 10**9, "embedding_dim": 10},
    {"type": "Conv2d", "in_channels": N, "out_channels": N, "kernel_size": 3},
    {"type": "LayerNorm", "normalized_shape": [N, N]},
    {"type": "LSTM", "input_size": N, "hidden_size": N},
    {"type": "RNN", "input_size": 1, "hidden_size": 1, "num_layers": 10**9},
    {"type": "MultiheadAttention", "embed_dim": N, "num_heads": 1},
    {"type": "UnigramSampler", "counts": 10**12},
    {"type": "NegativeSamplingLoss", "embedding_dim": 10**9, "sampler": 1000},
    {"type": "HierarchicalSoftmaxLoss", "embedding_dim": 10**9, "counts": 1000},
    {"type": "CBOW", "counts": 10**11, "dim": 10},
    {"type": "CBOW", "counts": 1000, "dim": 10**8, "loss": "softmax"},
    {"type": "SkipGram", "counts": 1000, "dim": 10**8},
    {"type": "OneHotCBOW", "num_words": N, "dim": N},
]


@pytest.mark.parametrize("spec", LARGE, ids=lambda spec: spec["type"])
def test_large_layer_in_a_small_file_is_refused_before_allocation(
    spec: Any, tmp_path: Path
) -> None:
    path = tmp_path / "model.npz"
    npz(path, meta_with(spec))
    assert_refused_without_allocating(path, r"model.npz: spec: .*exceeds the arrays in the file")


def test_shared_names_do_not_raise_the_limit_without_end(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    shared = {f"layers.{index}.weight": "a" for index in range(5000)}
    spec = {"type": "LayerNorm", "normalized_shape": [5000, 100_000]}
    npz(path, meta_with(spec, shared=shared), a=np.zeros(100_000, np.float32))
    assert_refused_without_allocating(path, r"its arrays are shared by 5,000 times their size")


@pytest.mark.parametrize("layers", [[{"type": "ReLU"}] * 20_000, [0] * 300_000])
def test_spec_of_too_many_modules_or_values_is_refused(layers: Any, tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    npz(path, meta_with({"type": "Sequential", "layers": layers}))
    with pytest.raises(InputError, match=r"its spec has more than 10,000 modules or 200,000 va"):
        nn.load(path)


def test_long_list_of_arrays_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    with zipfile.ZipFile(path, "w") as archive:
        for index in range(70):
            archive.writestr(zipfile.ZipInfo(f"{index:060000d}"), b"")
    with pytest.raises(InputError, match=r"its list of arrays is longer than 4,194,304 bytes"):
        nn.load(path)
    path = tmp_path / "model.safetensors"
    path.write_bytes((2**40).to_bytes(8, "little") + b"{}")
    with pytest.raises(InputError, match=r"its header is longer than 12,582,912 bytes"):
        nn.load(path)


@pytest.mark.slow
def test_list_of_more_arrays_than_a_short_record_counts_is_read(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    npz(path, meta_with({"type": "ReLU"}))
    with zipfile.ZipFile(path, "a") as archive:
        for index in range(66_000):  # more than 65,535 need the record of large files
            archive.writestr(zipfile.ZipInfo(f"{index}"), b"")
    with pytest.raises(InputError, match=r"'0' is not an array in NumPy's format|longer than"):
        nn.load(path)


def test_deep_and_long_json_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    for depth in (300, 100_000):
        npz(path, b'{"version": 1, "spec": ' + b"[" * depth + b"]" * depth + b"}")
        with pytest.raises(InputError, match=r"nested deeper than 200|damaged \(.*recursion"):
            nn.load(path)
    npz(path, b" " * (MOST_META + 1))
    with pytest.raises(InputError, match=r"its JSON is longer than 4,194,304 bytes"):
        nn.load(path)


GOOD_HEADER = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"


@pytest.mark.parametrize(
    "header",
    [
        GOOD_HEADER.replace("(2, 3)", "(60000, 60000)"),
        GOOD_HEADER.replace("(2, 3)", "(2, 4)"),
        GOOD_HEADER.replace("(2, 3)", "(-2, -3)"),
        GOOD_HEADER.replace("(2, 3)", "(2, " + "9" * 5000 + ")"),
        GOOD_HEADER.replace("(2, 3)", "(" + "1, " * 1000 + "6)"),
        GOOD_HEADER.replace("<f4", "|O"),
        GOOD_HEADER.replace("<f4", "<U1"),
        GOOD_HEADER.replace("<f4", "<c8"),
        GOOD_HEADER.replace("<f4", "<f16"),
        GOOD_HEADER.replace("<f4", "<f1"),
        GOOD_HEADER.replace("False", "__import__('os')"),
        "(" * 5000,
        "[" + GOOD_HEADER + "]",
        "",
    ],
)
def test_header_that_lies_is_refused(header: str, tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    text = header.encode() + b"\n"
    entry = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + bytes(24)
    npz(path, meta_with({"type": "ReLU"}))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("a.npy", entry)
    assert_refused_without_allocating(path, r"model.npz is damaged \('a' (claims|has a header)")


def test_compressed_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    np.savez_compressed(path, a=np.zeros(10**7), **{META: np.zeros(3, np.uint8)})
    assert_refused_without_allocating(path, r"is damaged \(it is compressed")


def test_entries_that_overlap_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    npz(path, meta_with({"type": "ReLU"}), a=np.zeros(1000))
    with zipfile.ZipFile(path, "a") as archive:
        first = archive.infolist()[0]
        archive.filelist.extend([first] * 1000)
        archive._didModify = True
    assert_refused_without_allocating(path, r"is damaged \(it claims .* bytes and has")


@pytest.mark.parametrize(
    ("meta", "match"),
    [
        ([], r"its JSON is not a dict"),
        ({"version": 1}, r"'spec' in its JSON is not of type dict"),
        ({"version": "1"}, r"'version' in its JSON is not of type int"),
        ({"version": 2, "spec": {}, "shared": {}, "extra": {}}, r"has format version 2"),
    ],
)
def test_json_of_another_structure_is_refused(meta: Any, match: str, tmp_path: Path) -> None:
    npz(tmp_path / "model.npz", json.dumps(meta).encode())
    with pytest.raises(InputError, match=match):
        nn.load(tmp_path / "model.npz")


def test_wrong_generator_state_names_its_module(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    nn.save(nn.Sequential(nn.Dropout()), path)
    for state in (None, 3, {}, {"bit_generator": "PCG64", "state": {"state": 2**200, "inc": 1}}):
        meta = meta_with(
            {"type": "Sequential", "layers": [{"type": "Dropout"}]}, extra={"0": state}
        )
        npz(path, meta)
        with pytest.raises(InputError, match=r"model.npz: extra state of '0'"):
            nn.load(path)


def test_parameter_holds_floats(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    spec = {"type": "Linear", "in_features": 2, "out_features": 1, "bias": False}
    npz(path, meta_with(spec), weight=np.ones((1, 2), np.int64))
    with pytest.raises(InputError, match=r"the parameter weight has dtype int64: use floats"):
        nn.load(path)
    npz(path, meta_with(spec), weight=np.ones((1, 2), ">f4"))
    assert nn.load(path).weight.dtype == np.dtype("=f4")
