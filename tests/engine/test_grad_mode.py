"""Recording can be switched off, for a block, a function, a thread."""

import threading

import pytest

import tinygrad_w2v as tg


@pytest.fixture
def w():
    return tg.tensor([1.0], requires_grad=True)


def test_no_grad_records_nothing(w):
    with tg.no_grad():
        assert not tg.is_grad_enabled()
        assert not (w * 2).requires_grad
    assert (w * 2).requires_grad


def test_enable_grad_records_inside_no_grad(w):
    with tg.no_grad(), tg.enable_grad():
        assert (w * 2).requires_grad


def test_they_decorate_functions_recursive_ones_too(w):
    @tg.no_grad()
    def depth(n):
        return (w * 2).requires_grad if n == 0 else depth(n - 1)

    assert depth(3) is False
    assert tg.is_grad_enabled()


def test_an_exception_restores_the_mode():
    with pytest.raises(KeyError), tg.no_grad():
        raise KeyError
    assert tg.is_grad_enabled()


def test_each_thread_has_its_own(w):
    seen = []
    with tg.no_grad():
        thread = threading.Thread(target=lambda: seen.append((w * 2).requires_grad))
        thread.start()
        thread.join()
    assert seen == [True]
