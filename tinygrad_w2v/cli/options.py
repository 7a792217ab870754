"""The commands with their options and examples; those of ``train`` besides the settings."""

from __future__ import annotations

import argparse
from typing import Any

from tinygrad_w2v.word2vec.presets import PRESETS

PATHS = {"FILE", "INPUT", "OUTPUT", "TEXT", "VECTORS"}
"""The metavars of paths."""

FORMATS = ["text", "binary", "npz", "safetensors", "projector"]

PROGRAM = "tinygrad-w2v"
DEFAULT_VECTORS = "vectors.txt"

DESCRIPTION = "Train word vectors on any text, query, evaluate, convert and draw them."
EPILOG = """examples:
  tinygrad-w2v train           train on the documentation of this Python
  tinygrad-w2v similar array   neighbours in the vectors just trained
  tinygrad-w2v explore         a page to search: vectors.txt.html
  tinygrad-w2v COMMAND --help  options and examples of a command

- as a file name is standard input or output.

exit status:
  0    success
  1    a check failed (opcheck)
  2    bad input or options: one line on standard error, and no incomplete file
  130  interrupted by Ctrl-C; 143 by SIGTERM
  141  the reader of the output closed it

environment:
  NO_COLOR                no colors
  TINYGRAD_W2V_CACHE      folder for encoded texts"""


def _option(purpose: str, metavar: str = "", **keywords: Any) -> dict[str, Any]:
    """Return the keywords of ``add_argument``; the help states the default."""
    if keywords.get("default") not in (None, [], argparse.SUPPRESS):
        purpose += f" (default: {keywords['default']})"
    return {"help": purpose, **({"metavar": metavar} if metavar else {}), **keywords}


def _vectors(metavar: str, **keywords: Any) -> dict[str, Any]:
    purpose = "file of vectors, in any format that convert reads"
    return _option(purpose, metavar, default=DEFAULT_VECTORS, **keywords)


def _files(purpose: str) -> dict[str, Any]:
    return _option(f"{purpose}; may be repeated", "FILE", action="append", default=[])


def _switch(purpose: str) -> dict[str, Any]:
    return _option(purpose, action="store_true")


COMMON: dict[str, dict[str, Any]] = {
    "--verbose": _switch("print the traceback of an error"),
}
"""Options of every command."""

_JSON = {"--json": _switch("print JSON")}
_NEIGHBOURS: dict[str, dict[str, Any]] = {
    "-v --vectors": _vectors("FILE"),
    "-n --topn": _option("number of words to list", "N", default=10, least=1),
    "--restrict-vocab": _option("search only the N first words", "N", least=1),
    **_JSON,
}
_PROJECTIONS = ["auto", "pca", "tsne", "umap"]
_PROJECTION = {
    "--method": _option(
        "projection to two dimensions; auto is umap if it is installed, else tsne, else pca",
        choices=_PROJECTIONS,
        default="auto",
    ),
    "--seed": _option("random seed of the projection", "N", default=0, least=0),
}
_PRESETS = "; ".join(f"{name}: {preset.purpose}" for name, preset in PRESETS.items())

# The options of each command by their flags. An integer has a key "least".
OPTIONS: dict[str, dict[str, dict[str, Any]]] = {
    "train": {
        "--config": _option(
            "run file (TOML or JSON) that describes the training, in sections named as the groups "
            "below; every training writes a complete one to VECTORS.run.toml",
            "FILE",
        ),
        "--allow": _option(
            "a module of your own, package.module, or a class or function in one, "
            "package.module:name, that the file may name; nothing else is imported; may be "
            "repeated",
            "PATH",
            action="append",
            default=[],
        ),
        "--preset": _option(
            f"replace the defaults of the options below; {_PRESETS} (default: none)",
            choices=list(PRESETS),
            default=argparse.SUPPRESS,
        ),
    },
    "similar": {
        "words": _option(
            "words whose vectors are added; without words, lines of words are asked for or read "
            "from standard input, where -WORD is subtracted",
            "WORD",
            nargs="*",
        ),
        "--minus": _option("words whose vectors are subtracted", "WORD", nargs="+", default=[]),
        **_NEIGHBOURS,
    },
    "analogy": {
        "a": _option("A is to B as C is to the answer", "A"),
        "b": _option("see A", "B"),
        "c": _option("see A", "C"),
        "--method": _option(
            "3cosadd adds the vectors, 3cosmul multiplies the similarities",
            choices=["3cosadd", "3cosmul"],
            default="3cosadd",
        ),
        **_NEIGHBOURS,
    },
    "evaluate": {
        "vectors": _vectors("VECTORS", nargs="?"),
        "--pairs": _files("word pairs with similarity scores, such as WordSim-353"),
        "--analogies": _files("questions in the format of questions-words.txt"),
        "--categories": _files("words with their categories, for the purity of clusters"),
        "--set": _files("a file of any of these kinds, which is detected"),
        "--restrict-vocab": _option(
            "use only the N most frequent words for analogies", "N", default=30000, least=1
        ),
        "--format": _option(
            "form of the results", choices=["table", "json", "csv"], default="table"
        ),
        "--json": _switch("the same as --format json"),
    },
    "plot": {
        "input": _option(
            "file of vectors, or metrics.jsonl of a training",
            "FILE",
            nargs="?",
            default=DEFAULT_VECTORS,
        ),
        "-o --output": _option(
            "the picture, .png, .svg or .pdf (default: the input's name and .png)", "FILE"
        ),
        "--words": _option("draw these words", "WORD", nargs="+", default=[]),
        "--top": _option("draw the N first words (default: 200)", "N", least=2),
        "--analogy": _option(
            "draw pairs of words with arrows between them, in the plane of their differences",
            "A:B",
            nargs="+",
            default=[],
        ),
        **_PROJECTION,
        "--title": _option("title of the picture", "TITLE"),
    },
    "explore": {
        "vectors": _vectors("VECTORS", nargs="?"),
        "-o --output": _option("the page (default: the vectors' name and .html)", "FILE"),
        "--words": _option("number of first words in the page", "N", default=20000, least=3),
        **_PROJECTION,
        "--title": _option("title of the page", "TITLE"),
    },
    "convert": {
        "input": _option("file of vectors", "INPUT"),
        "output": _option("file to write; its name selects the format", "OUTPUT"),
        "--from": _option(
            "format of the input (default: detected)", dest="from_format", choices=FORMATS
        ),
        "--to": _option(
            "format of the output (default: by its name)", dest="to_format", choices=FORMATS
        ),
        "--limit": _option("read only the N first words", "N", least=1),
        "--errors": _option(
            "handling of words that are not UTF-8",
            choices=["strict", "replace", "ignore"],
            default="strict",
        ),
        "--no-header": _switch("write text or binary without the header line, as GloVe's"),
        "--spaces": _option("replace white space in words by this string", "STRING"),
        "--dtype": _option(
            "smaller numbers in .npz and .safetensors",
            choices=["float32", "float16", "int8"],
            default="float32",
        ),
        "--remove-top": _option(
            "subtract the mean and remove the N first principal components", "N", least=0
        ),
        "--whiten": _option("degree of whitening, from 0 to 1", "X", type=float),
        "--unit": _switch("scale the vectors to norm 1"),
        "--mmap": _switch(
            "use a temporary file beside the output instead of memory, for vectors that are larger "
            "than memory"
        ),
    },
    "phrases": {
        "text": _option(
            "files, folders or URLs, a sentence per line, each read twice or more",
            "TEXT",
            nargs="+",
        ),
        "-o --output": _option("the text with phrases joined, as in new_york", "FILE"),
        "--passes": _option(
            "times to join; N passes find phrases of up to 2^N words", "N", default=1, least=1
        ),
        "--min-count": _option("fewest occurrences of a phrase", "N", default=5, least=0),
        "--threshold": _option(
            "a phrase has a higher score (default: 10; 0.5 for npmi)", "X", type=float
        ),
        "--scoring": _option(
            "word2phrase's score, or normalized pointwise mutual information",
            choices=["default", "npmi"],
            default="default",
        ),
        "--connectors": _option(
            "words that may be inside a phrase but not at its ends; en: of, the, and others",
            choices=["none", "en"],
            default="none",
        ),
        "--errors": _option(
            "handling of bytes that are not UTF-8",
            choices=["strict", "replace", "ignore"],
            default="strict",
        ),
        "--top": _option("print the N phrases of the highest scores", "N", default=10, least=0),
        **_JSON,
    },
    "info": {"vectors": _vectors("VECTORS", nargs="?"), **_JSON},
    "ops": {"ops": _option("names of ops (default: all)", "OP", nargs="*"), **_JSON},
    "opcheck": {
        "ops": _option("an op as MODULE:NAME, or the name of a registered one", "OP", nargs="+"),
        "--seed": _option("random seed of the samples and cotangents", "N", default=0, least=0),
        **_JSON,
    },
    "bench": {
        "--seconds": _option("approximate time of each measurement", "N", default=2, least=1),
        **_JSON,
    },
    "completion": {
        "shell": _option("the shell", choices=["bash", "zsh", "fish", "tcsh"]),
    },
}

# Options of ``train`` besides the settings, by group.
TRAIN_GROUPS: dict[str, dict[str, dict[str, Any]]] = {
    "training": {
        "--backend": _option(
            "implementation of the kernels; auto is numba if it is installed",
            choices=["auto", "numpy", "numba"],
            default="auto",
        ),
        "--resume": _option(
            "continue from the checkpoint of an interrupted run", action="store_true"
        ),
    },
    "cluster": {
        "--cluster": _option(
            "train with several workers: local starts them on this machine, otherwise the address "
            "of a running cluster of Ray",
            "ADDRESS",
        ),
        "--workers": _option(
            "number of workers, usually one for each machine; each has as many processes as "
            "--threads",
            "N",
            default=2,
            least=1,
        ),
        "--merge": _option(
            "rule that combines what the workers have learned",
            choices=["spectral", "adasum", "mean"],
            default="spectral",
        ),
        "--packing": _option(
            "numbers that the workers send to each other",
            choices=["int8", "bfloat16", "float32"],
            default="int8",
        ),
        "--overlap": _option(
            "part of the next round, at most 1, that a worker may train before a merge is applied; "
            "0 waits for each merge",
            "X",
            default=0.0,
            type=float,
        ),
        "--timeout": _option(
            "seconds without progress after which a worker is restarted", "N", default=60, least=1
        ),
    },
    "output": {
        "-o --output": _option("file for the vectors", "FILE", default=DEFAULT_VECTORS),
        "--format": _option(
            "format of the file (default: by its name; text for unknown ones)",
            choices=FORMATS,
        ),
        "--watch": _option(
            "print the neighbours of these words after each epoch", "WORD", nargs="+", default=[]
        ),
        "--quiet": _option("print only errors", action="store_true"),
    },
}

# The purpose and the examples of each command.
COMMANDS = {
    "train": """train word vectors on text
  tinygrad-w2v train
  tinygrad-w2v train corpus.txt.gz -o vectors.txt --dim 100 --epochs 5
  tinygrad-w2v train folder/ more.txt.bz2 -o vectors.bin --model skipgram
  zcat corpus.txt.gz | tinygrad-w2v train - -o vectors.bin
  tinygrad-w2v train corpus.txt.gz --preset classic --model skipgram --epochs 3
  tinygrad-w2v train --config vectors.txt.run.toml -o again.txt
  tinygrad-w2v train folder/ -o vectors.bin --cluster local --workers 2""",
    "similar": """list the words nearest to a word
  tinygrad-w2v similar array
  tinygrad-w2v similar king woman --minus man -v vectors.bin
  tinygrad-w2v similar --json < words.txt""",
    "analogy": """answer an analogy: A is to B as C is to ...
  tinygrad-w2v analogy man king woman -v vectors.bin""",
    "evaluate": """evaluate vectors on word similarity, analogies and categories
  tinygrad-w2v evaluate vectors.txt --pairs wordsim353.tsv
  tinygrad-w2v evaluate vectors.txt --analogies questions-words.txt --json
  tinygrad-w2v evaluate vectors.bin --set wordsim353.tsv --format csv""",
    "plot": """draw words in two dimensions, or the loss of a training
  tinygrad-w2v plot vectors.bin --top 200 -o words.svg
  tinygrad-w2v plot vectors.bin --words king queen man woman -o few.png
  tinygrad-w2v plot vectors.bin --analogy man:king woman:queen -o analogy.png""",
    "explore": """write a page to search and look around in: one file, offline
  tinygrad-w2v explore vectors.bin
  tinygrad-w2v explore vectors.bin -o page.html --words 50000 --method pca""",
    "convert": """convert vectors to another format, and post-process them
  tinygrad-w2v convert vectors.bin vectors.npz
  tinygrad-w2v convert vectors.bin small.npz --dtype int8 --limit 50000
  tinygrad-w2v convert vectors.bin glove.txt --no-header --remove-top 2 --unit
  zcat vectors.txt.gz | tinygrad-w2v convert - vectors.tsv""",
    "phrases": """join words that often occur together, before a training
  tinygrad-w2v phrases corpus.txt.gz -o phrases.txt
  tinygrad-w2v phrases folder/ -o phrases.txt --passes 2 --scoring npmi""",
    "info": """describe a file of vectors
  tinygrad-w2v info vectors.bin""",
    "ops": """list the registered ops: their inputs, and what their backward rules save
  tinygrad-w2v ops
  tinygrad-w2v ops embedding softmax""",
    "opcheck": """check an op: first and second derivatives, memory, dtypes and threads
  tinygrad-w2v opcheck tanh
  tinygrad-w2v opcheck mypackage.ops:gelu""",
    "bench": """measure the speed of this machine, in about a quarter of a minute
  tinygrad-w2v bench""",
    "completion": """print a script that completes commands and options in a shell
  d=~/.local/share/bash-completion/completions; mkdir -p $d
  tinygrad-w2v completion bash > $d/tinygrad-w2v
  d=~/.config/fish/completions; mkdir -p $d
  tinygrad-w2v completion fish > $d/tinygrad-w2v.fish
  tinygrad-w2v completion zsh > ~/.zfunc/_tinygrad-w2v
    and in ~/.zshrc: fpath=(~/.zfunc $fpath); autoload -U compinit; compinit""",
}
