"""save and load: files are readable by this package and by others."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from tests.nn.test_module import Tied
from tinygrad_w2v import nn
from tinygrad_w2v.errors import InputError, MissingExtraError

MODEL = nn.Sequential(nn.Linear(3, 2, rng=0), nn.Dropout(0.5, rng=1))


@pytest.fixture(params=[".npz", ".safetensors"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param == ".safetensors":
        pytest.importorskip("safetensors")
    return tmp_path / f"model{request.param}"


def test_loaded_model_has_the_generator_state(path: Path) -> None:
    x = np.ones((4, 3), np.float32)
    nn.save(MODEL, path)
    loaded = nn.load(path)
    np.testing.assert_array_equal(loaded(x).detach().numpy(), MODEL(x).detach().numpy())
    np.testing.assert_array_equal(loaded(x).detach().numpy(), MODEL(x).detach().numpy())


def test_shared_parameters_are_saved_once_and_shared_after_loading(path: Path) -> None:
    model = Tied()
    nn.save(model, path)
    loaded = nn.load(path, allow=["tests.nn.test_module"])
    assert loaded.decoder.weight is loaded.encoder.weight
    np.testing.assert_array_equal(
        loaded.decoder.weight.detach().numpy(), model.encoder.weight.detach().numpy()
    )


def test_npz_is_readable_by_numpy_without_pickle(tmp_path: Path) -> None:
    nn.save(MODEL, tmp_path / "model.npz")
    with np.load(tmp_path / "model.npz", allow_pickle=False) as archive:
        np.testing.assert_array_equal(archive["0.weight"], MODEL[0].weight._data)


def test_safetensors_file_is_readable_by_its_package(tmp_path: Path) -> None:
    numpy_files = pytest.importorskip("safetensors.numpy")
    nn.save(MODEL, tmp_path / "model.safetensors")
    arrays = numpy_files.load_file(tmp_path / "model.safetensors")
    assert sorted(arrays) == ["0.bias", "0.weight"]
    np.testing.assert_array_equal(arrays["0.weight"], MODEL[0].weight._data)


def test_state_from_pytorch_is_loaded(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    torch_files = pytest.importorskip("safetensors.torch")
    numpy_files = pytest.importorskip("safetensors.numpy")
    theirs = torch.nn.LSTM(3, 2)
    torch_files.save_file(theirs.state_dict(), tmp_path / "lstm.safetensors")
    ours = nn.LSTM(3, 2)
    ours.load_state_dict(numpy_files.load_file(tmp_path / "lstm.safetensors"))
    x = np.ones((4, 1, 3), np.float32)
    expected, _ = theirs(torch.from_numpy(x))
    np.testing.assert_allclose(ours(x)[0].detach().numpy(), expected.detach().numpy(), atol=1e-6)


def test_missing_package_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "safetensors", None)
    monkeypatch.setitem(sys.modules, "safetensors.numpy", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'tinygrad-w2v\[io\]'"):
        nn.save(MODEL, tmp_path / "model.safetensors")
    assert list(tmp_path.iterdir()) == []


def test_other_endings_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"ends in '.pkl': name a file .npz or .safetensors"):
        nn.save(MODEL, tmp_path / "model.pkl")


def test_model_without_a_spec_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no import path"):
        nn.save(nn.Lambda(lambda x: x), tmp_path / "model.npz")
    assert list(tmp_path.iterdir()) == []


def test_file_without_a_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    with pytest.raises(InputError, match=r"cannot read the model .*No such file"):
        nn.load(path)
    path.write_bytes(b"not an archive")
    with pytest.raises(InputError, match="is damaged"):
        nn.load(path)
    np.savez(path, weight=np.ones(3))
    with pytest.raises(InputError, match=r"holds arrays but no spec: .*load_state_dict"):
        nn.load(path)


def test_missing_class_is_named_with_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nn.save(Tied(), tmp_path / "model.npz")
    monkeypatch.delattr("tests.nn.test_module.Tied")
    with pytest.raises(InputError, match=r"model.npz: spec.type is 'tests.nn.test_module:Tied'"):
        nn.load(tmp_path / "model.npz", allow=["tests.nn.test_module:Tied"])
