"""What all tests share: a cache of their own, and the field's data sets where they are present."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tinygrad_w2v.kernels.backend import set_backend

# How long an example takes says nothing. CI draws the same examples each time, people new ones.
settings.register_profile("patient", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("patient")


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the user's cache out of the tests, also out of the processes that they start."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TINYGRAD_W2V_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(autouse=True)
def _restored_backend() -> Iterator[None]:
    """Restore the NumPy kernels after each test: the command line chooses others."""
    yield
    set_backend("numpy")


@pytest.fixture
def numba_backend() -> None:
    """Run a test with the Numba kernels, or skip it."""
    pytest.importorskip("numba")
    set_backend("numba")


@pytest.fixture(params=["numpy", "numba"])
def backend(request: pytest.FixtureRequest) -> str:
    """Run a test with each backend."""
    if request.param == "numba":
        request.getfixturevalue("numba_backend")
    return str(request.param)


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of the evaluation sets and corpora, or a skip."""
    beside = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("TINYGRAD_W2V_DATA", beside))
    if not folder.is_dir():
        pytest.skip("no data sets; set TINYGRAD_W2V_DATA to the folder that holds eval/ and ptb/")
    return folder


@pytest.fixture(scope="session")
def _started_ray() -> Iterator[Any]:
    """Ray on this machine, small."""
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        warnings.simplefilter("ignore")  # those of Ray's own imports
        ray = pytest.importorskip("ray")
        patch.setenv("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        patch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))  # the working folder may change
        ray.init(
            address="local",  # a running cluster is not used
            num_cpus=8,
            include_dashboard=False,
            log_to_driver=False,
            logging_level="ERROR",
            object_store_memory=100 * 2**20,
        )
    yield ray
    ray.shutdown()


@pytest.fixture
def ray(_started_ray: Any) -> Any:
    """The module ray, started; a skip without it."""
    return _started_ray
