"""word2vec's models, assembled from public parts only: nothing a user could not write outside.

Three stations of one story: :class:`OneHotCBOW` (products with one-hot vectors, a full softmax),
``CBOW(loss="softmax")`` (an Embedding in place of the one-hot product) and
``CBOW(loss="negative_sampling")``; and :class:`SkipGram`.
"""

from tinygrad_w2v.models.cbow import CBOW
from tinygrad_w2v.models.one_hot import OneHotCBOW
from tinygrad_w2v.models.skip_gram import SkipGram
from tinygrad_w2v.models.windows import Windows, contexts_and_targets

__all__ = ["CBOW", "OneHotCBOW", "SkipGram", "Windows", "contexts_and_targets"]
