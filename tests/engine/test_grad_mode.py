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


def test_set_grad_enabled_restores_the_mode_of_a_block() -> None:
    x = tg.tensor([1.0], requires_grad=True)
    for mode in (True, False):
        with tg.set_grad_enabled(mode):
            assert (x * 2).requires_grad is mode
    assert tg.is_grad_enabled()
    tg.set_grad_enabled(False)
    try:
        assert not (x * 2).requires_grad
    finally:
        tg.set_grad_enabled(True)

    @tg.set_grad_enabled(False)
    def doubled() -> bool:
        return bool((x * 2).requires_grad)

    assert (x * 2).requires_grad
    assert not doubled()


def test_no_grad_decorates_without_brackets() -> None:
    x = tg.tensor([1.0], requires_grad=True)
    for decorate in (tg.no_grad, tg.no_grad(), tg.inference_mode, tg.inference_mode()):
        assert not decorate(lambda: x * 2)().requires_grad
    with tg.inference_mode(False):
        assert (x * 2).requires_grad


def test_the_decorator_needs_no_brackets(w):
    @tg.no_grad
    def plain(x):
        return (x * 2).requires_grad

    @tg.inference_mode()
    def bracketed(x):
        return (x * 2).requires_grad

    assert plain(w) is bracketed(w) is False
    assert (w * 2).requires_grad


def test_a_generator_runs_in_the_mode_and_its_caller_does_not(w):
    @tg.no_grad()
    def each():
        yield (w * 2).requires_grad
        yield (w * 2).requires_grad

    assert [(inside, (w * 2).requires_grad) for inside in each()] == [(False, True)] * 2


def test_set_grad_enabled_acts_from_now_on_or_in_a_block(w):
    tg.set_grad_enabled(False)
    assert not (w * 2).requires_grad
    with tg.set_grad_enabled(True):
        assert (w * 2).requires_grad
    assert not (w * 2).requires_grad
    tg.set_grad_enabled(True)
    assert (w * 2).requires_grad
    with tg.set_grad_enabled(False):
        assert not (w * 2).requires_grad
    assert (w * 2).requires_grad

    @tg.set_grad_enabled(False)
    def decorated():
        return (w * 2).requires_grad

    assert (w * 2).requires_grad
    assert decorated() is False
    assert tg.is_grad_enabled()
    assert not tg.engine.grad_mode.ACTIVE


def test_inference_mode_can_be_switched_off(w):
    with tg.inference_mode(False):
        assert (w * 2).requires_grad
