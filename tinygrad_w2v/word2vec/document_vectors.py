"""DocumentVectors: trained vectors of documents, and the inference of vectors of new documents."""

from __future__ import annotations

import copy
import dataclasses
import operator
import os
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.models import doc2vec
from tinygrad_w2v.models.bags import Bags
from tinygrad_w2v.models.doc2vec import DocumentWindows
from tinygrad_w2v.models.windows import Ids, Windows
from tinygrad_w2v.nn import Embedding, Module, Parameter
from tinygrad_w2v.nn.archive import damage_reported, read_archive, write_archive
from tinygrad_w2v.optim import SGD, LinearDecay
from tinygrad_w2v.runtime.blas import single_threaded_blas
from tinygrad_w2v.training import Trainer
from tinygrad_w2v.validation import integer
from tinygrad_w2v.word2vec.corpus import Corpus, Vocabulary, WindowBatches
from tinygrad_w2v.word2vec.corpus.corpus import as_lines
from tinygrad_w2v.word2vec.running import words_of
from tinygrad_w2v.word2vec.settings import Settings
from tinygrad_w2v.word2vec.vectors import KeyedVectors
from tinygrad_w2v.word2vec.vectors.archive_format import decoded_words, encoded_words

_KIND = "file of document vectors"
_TABLES = "documents", "words", "output"
# Settings that do not change the inference.
_OF_TRAINING = {"threads": 1, "reproducible": False, "init": "", "freeze": "", "validation": 0.0}


class DocumentBatches(WindowBatches):
    """The batches of a corpus whose lines are documents with tags.

    Parameters
    ----------
    corpus
        The text; a line is a document.
    tags
        The tags of each line.
    options
        See :class:`WindowBatches`. A word that is alone in its line is not dropped.
    """

    needs_context = False

    def __init__(self, corpus: Corpus, tags: Bags, **options: Any) -> None:
        super().__init__(corpus, **options)
        self.tags = tags
        self._first_line = self._begin - corpus.count_words(0, self._begin)

    def batch(self, windows: Windows, lines: Ids) -> DocumentWindows:
        """Return a batch with the documents of its words."""
        text = windows.tokens, windows.left, windows.right, windows.words
        return DocumentWindows(*text, *self.tags.select(lines + self._first_line))


class DocumentVectors:
    """The vectors of documents and words of a training, with which those of others are inferred.

    :class:`Doc2Vec` trains them, :meth:`load` reads them from a file.

    Attributes
    ----------
    tags : tuple of str
        The tags in the order of their first document, as strings.
    vocabulary : Vocabulary
        The words.
    model : models.Doc2Vec
        The model.
    settings : Settings
        Hyperparameters.
    """

    def __init__(
        self,
        tags: Sequence[str],
        vocabulary: Vocabulary,
        settings: Settings,
        **options: Any,
    ) -> None:
        self.tags, self.vocabulary, self.settings = tuple(tags), vocabulary, settings
        self.model = doc2vec.Doc2Vec(
            vocabulary.counts,
            len(self.tags),
            settings.dim,
            window=settings.window,
            straight_through=settings.straight_through,
            negative=settings.negative,
            shared=settings.shared or None,
            rng=settings.seed,
            **options,
        )
        self.model.output.block = settings.block

    def infer(
        self, documents: Iterable[Sequence[str]], *, epochs: int | None = None, seed: int = 0
    ) -> npt.NDArray[np.float32]:
        """Return vectors of new documents, which the trained words and output table determine.

        The model is not changed. All documents are trained together, as in :meth:`fit`; the result
        for one of them depends on the others only by the random numbers.

        Parameters
        ----------
        documents
            The words of each document; words outside the vocabulary are ignored.
        epochs
            Passes over the documents; by default those of the training.
        seed
            Of the initial vectors, the subsampling and the negative samples.

        Returns
        -------
        (N, dim)
            Zeros for a document without known words.
        """
        epochs = self.settings.epochs if epochs is None else integer("epochs", epochs, least=1)
        vocabulary = self.vocabulary
        ids = [vocabulary.ids(words, skip_unknown=True) for words in documents]
        known = [n for n, found in enumerate(ids) if len(found)]
        vectors = np.zeros((len(ids), self.settings.dim), np.float32)
        if not known:
            return vectors
        corpus = Corpus(vocabulary, as_lines([ids[n] for n in known]))
        rng = np.random.default_rng(seed)
        model = copy.copy(self.model)
        dim = self.settings.dim
        model.documents = Embedding(len(known), dim, scale=0.5 / dim, rng=rng)
        model.words, model.output = _frozen(self.model.words), _frozen(self.model.output)
        model.trains_words &= model.kind == "dm"  # DBOW's documents do not depend on its words
        model.output.sampler = copy.copy(self.model.output.sampler)
        model.output.sampler.rng = rng
        tags = Bags(np.arange(len(known)), np.ones(len(known)))
        batches = DocumentBatches(corpus, tags, **self._options(seed=seed))
        with single_threaded_blas():
            self._trainer(model, [batches], epochs).fit(batches, epochs)
        vectors[known] = model.vectors
        return vectors

    @property
    def dv(self) -> KeyedVectors:
        """The vectors of the tags."""
        return KeyedVectors(self.tags, self.model.vectors)

    @property
    def wv(self) -> KeyedVectors:
        """The vectors of the words; InputError if they are not trained."""
        if not self.model.trains_words:
            raise InputError("PV-DBOW trains no word vectors: use words=True")
        vocabulary = self.vocabulary
        return KeyedVectors(vocabulary.words, self.model.words.weight._data, vocabulary.counts)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write everything but the text to ``.npz`` or ``.safetensors``; no pickle.

        Inference is the same to the bit after :meth:`load`. The training cannot be continued.
        """
        model = self.model
        arrays = {name: getattr(model, name).weight._data for name in _TABLES}
        arrays["counts"] = self.vocabulary.counts
        for name, strings in (("vocabulary", self.vocabulary.words), ("tags", self.tags)):
            arrays[name], arrays[f"{name}_ends"] = encoded_words(strings, path)
        meta = {
            "version": 1,
            "kind": "documents",
            "settings": {**dataclasses.asdict(self.settings), **_OF_TRAINING},
            "model": {"kind": model.kind, "combine": model.combine, "words": model.trains_words},
        }
        write_archive(path, arrays, meta)

    @staticmethod
    def load(path: str | os.PathLike[str]) -> DocumentVectors:
        """Read a file of :meth:`save`; InputError if it is damaged or something else."""
        arrays, meta = read_archive(path, kind=_KIND)
        with damage_reported(path, _KIND):
            if not isinstance(meta, dict) or meta.get("kind") != "documents":
                raise ValueError("it holds something else")
            if meta["version"] != 1:
                raise ValueError(f"its version is {meta['version']!r}")
            settings, options = Settings(**meta["settings"]), meta["model"]
            words, tags = (
                decoded_words(arrays[name], arrays[f"{name}_ends"])
                for name in ("vocabulary", "tags")
            )
            width = 1 + 2 * settings.window * (
                (options["kind"], options["combine"]) == ("dm", "concat")
            )
            dim = settings.dim
            shapes = (len(tags), dim), (len(words), dim), (len(words), dim * width)
            for name, shape in zip(_TABLES, shapes, strict=True):
                if arrays[name].shape != shape or arrays[name].dtype != np.float32:
                    raise ValueError(f"{name!r} has shape {arrays[name].shape}, expected {shape}")
            result = DocumentVectors(tags, Vocabulary(words, arrays["counts"]), settings, **options)
            for name in _TABLES:
                getattr(result.model, name).weight._data[...] = arrays[name]
        return result

    def _options(self, **options: Any) -> dict[str, Any]:
        """Return the options of batches."""
        chosen, is_concat = self.settings, self.model.combine == "concat"
        return {
            "window": chosen.window,
            "batch_tokens": chosen.batch_tokens,
            "sample": chosen.sample,
            "seed": chosen.seed,
            "dynamic": not is_concat,
            **options,
        }

    def _trainer(self, model: Any, sources: Sequence[WindowBatches], epochs: int) -> Trainer:
        chosen = self.settings
        tables = [p for p in (model.documents.weight, model.words.weight) if p.requires_grad]
        groups = [{"params": tables, "lr": chosen.lr * chosen.input_rate}]
        if model.output.weight.requires_grad:
            groups.append({"params": [model.output.weight]})
        optimizer = SGD(groups, lr=chosen.lr, clip_row=chosen.clip_row or None)
        total = words_of(sources, epochs)
        return Trainer(
            model,
            optimizer,
            schedule=LinearDecay(optimizer, total=total),
            amount=operator.attrgetter("words"),
            predictions=model.predictions,
        )


def _frozen(module: Module) -> Any:
    """Return a copy of a module whose own parameters share memory and get no gradient."""
    result: Any = copy.copy(module)
    for name, value in vars(module).items():
        if isinstance(value, Parameter):
            setattr(result, name, Parameter(value.detach(), requires_grad=False))
    return result
