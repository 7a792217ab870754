from __future__ import annotations

import types

import pytest

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.training.cluster import session


@pytest.mark.parametrize(
    ("address", "message"),
    [
        (
            "local",
            "cannot start Ray on this machine (it timed out): see the logs in /tmp/ray, and repeat",
        ),
        (
            "ray://head:10001",
            "cannot connect to the cluster ray://head:10001 (it timed out): start one with `ray",
        ),
    ],
)
def test_whatever_ray_raises_is_reported_in_one_line(
    monkeypatch: pytest.MonkeyPatch, address: str, message: str
) -> None:
    def init(**options: object) -> None:
        raise Exception("it\ntimed out")

    ray = types.SimpleNamespace(is_initialized=lambda: False, init=init)
    monkeypatch.setattr(session, "import_ray", lambda: ray)
    with pytest.raises(InputError) as caught, session.connected(address, 2):
        pass
    assert str(caught.value).startswith(message)
