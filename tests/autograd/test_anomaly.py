"""The first op that makes a NaN or an infinity is named, with the user's line."""

import numpy as np
import pytest

import tinygrad_w2v as tg


def leaf(*values):
    return tg.tensor(np.array(values), requires_grad=True)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
class TestAnomalies:
    def test_a_forward_call_is_named_with_its_line(self):
        x = leaf(1.0, 0.0)
        with tg.detect_anomaly(), pytest.raises(tg.AnomalyError) as caught:
            np.log(x)
        message = str(caught.value)
        assert message.startswith(
            "log returned -inf (1 of 2 values) for finite inputs of shapes (2,)"
        )
        assert "test_anomaly.py:" in message

    def test_a_backward_rule_is_named_with_the_line_of_its_forward(self):
        x = leaf(0.0, 4.0)
        with tg.detect_anomaly():
            y = np.sqrt(x)
            with pytest.raises(tg.AnomalyError, match=r"sqrt: the rule for 'x' returned inf"):
                y.sum().backward()

    def test_input_that_is_not_finite_is_not_reported(self):
        with tg.detect_anomaly():
            assert np.isnan((leaf(np.nan) * 2).detach().numpy()).all()

    def test_outside_the_block_nothing_is_checked(self):
        with tg.detect_anomaly():
            pass
        assert np.isinf(np.log(leaf(0.0)).detach().numpy()).all()


def test_finite_values_pass():
    x = leaf(1.0, 2.0)
    with tg.detect_anomaly():
        np.log(x).sum().backward()
        tg.nn.functional.embedding([0], tg.tensor(np.ones((2, 2)), requires_grad=True)).sum()
    assert x.grad.tolist() == [1.0, 0.5]
