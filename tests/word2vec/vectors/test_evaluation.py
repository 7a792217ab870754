from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.word2vec.vectors.samples import (
    evaluation_file,
    gensim_of,
    random_vectors,
    royal_family,
)
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.word2vec.vectors import (
    AnalogySection,
    KeyedVectors,
    evaluate_analogies,
    evaluate_pairs,
    evaluation,
)

SCORED = [("man", "woman", 8.0), ("king", "queen", 9.0), ("man", "table", 1.0)]


# --- pairs -----------------------------------------------------------------------------------


def test_pairs_ordered_by_score_correlate_fully() -> None:
    result = evaluate_pairs(royal_family(), SCORED)
    assert result.spearman == pytest.approx(1)
    assert 0.9 < result.pearson < 1
    assert (result.pairs_used, result.pairs_total, result.missing) == (3, 3, ())


def test_unknown_words_are_omitted_counted_and_named() -> None:
    pairs = [*SCORED, ("man", "duke", 3.0), ("Duke", "duke", 3.0)]
    result = evaluate_pairs(royal_family(), pairs)
    assert (result.pairs_used, result.pairs_total) == (3, 5)
    assert result.missing == ("duke", "Duke")
    assert str(result) == (
        "pairs: Spearman 1.000, Pearson 1.000 (3 of 5 pairs; 2 unknown: duke, Duke)"
    )


def test_case_is_ignored_by_default() -> None:
    kv = KeyedVectors(["King", "king", "Man", "w"], [[1, 0], [0, 1], [1, 0.1], [1, 2]])
    pairs = [("KING", "man", 2.0), ("man", "w", 1.0)]
    assert evaluate_pairs(kv, pairs).spearman == pytest.approx(1)  # "King" comes before "king"
    assert evaluate_pairs(kv, pairs, lowercase=False).missing == ("KING", "man")


@pytest.mark.parametrize("pairs", [[], [("man", "king", 1.0)], [("man", "king", 1.0)] * 3])
def test_undefined_correlation_is_nan(pairs) -> None:
    result = evaluate_pairs(royal_family(), pairs)
    assert math.isnan(result.spearman)
    assert math.isnan(result.pearson)
    assert "no correlation: too few known pairs, or constant values" in str(result)


def test_comments_titles_and_blank_lines_are_skipped(tmp_path) -> None:
    path = tmp_path / "set.tsv"
    path.write_text("# origin\nWord 1\tWord 2\tMean\n\nman\twoman\t8\n# x\nking queen 9\n")
    result = evaluate_pairs(royal_family(), path)
    assert (result.name, result.pairs_used, result.pairs_total) == ("set.tsv", 2, 2)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "man woman 8\nking queen\n",
            ", line 2: expected two words and a score, found 'king queen'; correct or remove",
        ),
        ("a b c\nman woman 8\nking queen x\n", ", line 3: expected two words and a score, found"),
        ("man woman nan\n", ", line 1: expected two words and a score, found 'man woman nan'"),
        ("a,b,1\na,b,2\n", ", line 2: expected two words and a score, found 'a,b,2'"),
        ("# nothing\n", " has no pairs: expected lines of two words and a score; name another"),
        ("", " has no pairs"),
    ],
)
def test_malformed_pair_line_is_named(content, message, tmp_path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text(content)
    with pytest.raises(InputError) as caught:
        evaluate_pairs(royal_family(), path)
    assert str(caught.value).startswith(f"{path}{message}")


@settings(deadline=None)  # the first example pays for importing SciPy
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=3))
def test_correlations_with_ties_match_scipy(points: list[tuple[int, int]]) -> None:
    stats = pytest.importorskip("scipy.stats")
    x, y = np.array(points, np.float64).T
    np.testing.assert_array_equal(evaluation._ranks(x), stats.rankdata(x))
    if np.ptp(x) and np.ptp(y):
        assert evaluation._pearson(x, y) == pytest.approx(stats.pearsonr(x, y).statistic, abs=1e-12)
        rho = evaluation._pearson(evaluation._ranks(x), evaluation._ranks(y))
        assert rho == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-12)


@pytest.mark.parametrize("lowercase", [True, False])
def test_pairs_match_gensim(lowercase, tmp_path) -> None:
    rng = np.random.default_rng(1)
    kv = random_vectors([*(f"w{i}" for i in range(20)), "W3", "W30", "x"], 8)
    words = [*kv.words, "absent", "W1", "w30"]
    chosen = np.transpose([rng.integers(0, size, 80) for size in (len(words), len(words), 9)])
    pairs = [(words[a], words[b], score) for a, b, score in chosen]
    # A word paired with itself has cosine 1 up to rounding, which would decide the ranks.
    lines = [f"{a}\t{b}\t{score}" for a, b, score in pairs if a.lower() != b.lower()]
    path = tmp_path / "pairs.tsv"
    path.write_text("\n".join(lines) + "\n")
    pearson, spearman, unknown = gensim_of(kv).evaluate_word_pairs(path, case_insensitive=lowercase)
    result = evaluate_pairs(kv, path, lowercase=lowercase)
    assert result.pearson == pytest.approx(pearson[0], abs=1e-6)
    assert result.spearman == pytest.approx(spearman[0], abs=1e-6)
    assert 100 * (1 - result.pairs_used / result.pairs_total) == pytest.approx(unknown)


@pytest.mark.parametrize(("name", "size"), [("wordsim353.tsv", 353), ("simlex999.txt", 999)])
def test_published_pair_files_are_read(name, size) -> None:
    assert evaluate_pairs(royal_family(), evaluation_file(name)).pairs_total == size


# --- analogies -------------------------------------------------------------------------------

QUESTIONS = """: royal
man king woman queen
Woman QUEEN man king
man king woman table
man king woman duchess

: furniture
chair duchess table duke
"""


@pytest.fixture
def questions(tmp_path):
    path = tmp_path / "questions.txt"
    path.write_text(QUESTIONS)
    return path


def test_questions_are_counted_by_section(questions) -> None:
    result = evaluate_analogies(royal_family(), questions)
    assert result.name == "questions.txt"
    assert result.sections == (
        AnalogySection("royal", correct=2, used=3, total=4),
        AnalogySection("furniture", correct=0, used=0, total=1),
    )
    assert result.overall == AnalogySection("overall", correct=2, used=3, total=5)
    assert result.accuracy == pytest.approx(2 / 3)
    assert str(result).splitlines() == [
        "questions.txt",
        "  royal       66.7%  2 of 3 (in the file 4)",
        "  furniture       -  0 of 0 (in the file 1)",
        "  overall     66.7%  2 of 3 (in the file 5)",
    ]
    assert math.isnan(result.sections[1].accuracy)


def test_case_of_questions_is_ignored_by_default(questions) -> None:
    assert evaluate_analogies(royal_family(), questions, lowercase=False).overall.used == 2


def test_questions_with_word_beyond_restriction_are_omitted(questions) -> None:
    used = [
        evaluate_analogies(royal_family(), questions, restrict_vocab=size).overall.used
        for size in (3, 4, 5, None)
    ]
    assert used == [0, 2, 3, 3]


def test_other_spelling_of_query_word_is_not_an_answer(tmp_path) -> None:
    kv = royal_family()
    path = tmp_path / "questions.txt"
    path.write_text(": royal\nman king woman queen\n")
    # Exactly the query, so that it is not the answer only because of its case.
    shouted = KeyedVectors([*kv.words, "KING", "King"], [*kv.vectors, *[kv["queen"] * 3] * 2])
    assert evaluate_analogies(shouted, path).overall.correct == 1
    alone = KeyedVectors(["man", "king", "woman", "KING", "queen"], np.ones((5, 2)))
    assert evaluate_analogies(alone, path, restrict_vocab=4).overall.used == 0


def test_question_is_wrong_when_no_answer_remains(tmp_path) -> None:
    path = tmp_path / "questions.txt"
    path.write_text(": s\na b c a\n")
    kv = KeyedVectors(["a", "b", "c"], np.eye(3))
    assert evaluate_analogies(kv, path).overall == AnalogySection("overall", 0, 1, 1)


def test_answers_do_not_depend_on_blocks(monkeypatch) -> None:
    unit = random_vectors([f"w{i}" for i in range(30)], 4).unit_vectors
    asked = np.random.default_rng(0).integers(0, 30, (50, 3))
    spelling = np.arange(30) // 2 * 2
    whole = evaluation._answers(unit, asked, spelling)
    monkeypatch.setattr(evaluation, "_BLOCK_SCORES", 7 * 30)
    np.testing.assert_array_equal(evaluation._answers(unit, asked, spelling), whole)


@pytest.mark.parametrize("restrict", [30000, 45])
def test_analogies_match_gensim(restrict, tmp_path) -> None:
    rng = np.random.default_rng(3)
    kv = random_vectors([f"w{i}" for i in range(50)] + ["W3", "W7"], 3)
    lines = [" ".join(f"w{i}" for i in four) for four in rng.integers(0, 55, (400, 4))]
    lines += [" ".join(f"w{i}" for i in four) for four in zip(*[range(40)] * 4, strict=True)]
    # With correct answers, so that their number is not near zero by chance.
    for a, b, c in rng.integers(0, 50, (100, 3)):
        a, b, c = (f"w{i}" for i in (a, b, c))
        lines.append(f"{a} {b} {c} {kv.most_similar([b, c], a, topn=1)[0][0].lower()}")
    path = tmp_path / "questions.txt"
    path.write_text(": first\n" + "\n".join(lines[:200]) + "\n: second\n" + "\n".join(lines[200:]))
    accuracy, sections = gensim_of(kv).evaluate_word_analogies(
        path, restrict_vocab=restrict, case_insensitive=True, dummy4unknown=False
    )
    result = evaluate_analogies(kv, path, restrict_vocab=restrict)
    assert result.overall.correct > 50
    assert result.accuracy == pytest.approx(accuracy)
    for ours, theirs in zip(result.sections, sections[:-1], strict=True):
        right, wrong = len(theirs["correct"]), len(theirs["incorrect"])
        assert (ours.name, ours.correct, ours.used) == (theirs["section"], right, right + wrong)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (": s\na b c\n", ", line 2: expected four words, or ': ' and the name of a section, found"),
        ("\na b c d\n", ", line 2: a question precedes the first section; insert a line ': name"),
        (": s\n", " has no questions: expected lines of four words below a line ': name"),
    ],
)
def test_malformed_question_line_is_named(content, message, tmp_path) -> None:
    path = tmp_path / "questions.txt"
    path.write_text(content)
    with pytest.raises(InputError) as caught:
        evaluate_analogies(royal_family(), path)
    assert str(caught.value).startswith(f"{path}{message}")


def test_restriction_to_no_words_is_refused(questions) -> None:
    with pytest.raises(
        InputError, match="restrict_vocab is 0: it must be an integer of at least 1"
    ):
        evaluate_analogies(royal_family(), questions, restrict_vocab=0)


def test_google_questions_are_read() -> None:
    result = evaluate_analogies(royal_family(), evaluation_file("questions-words.txt"))
    assert len(result.sections) == 14
    assert result.overall.total == 19544
    assert result.overall == AnalogySection("overall", 2, 2, 19544)


# --- files that cannot be read ---------------------------------------------------------------


@pytest.mark.parametrize("evaluate", [evaluate_pairs, evaluate_analogies])
def test_unreadable_file_is_named(evaluate, tmp_path) -> None:
    path = tmp_path / "set.txt"
    with pytest.raises(InputError, match=r"no such file: .*set.txt; check the path"):
        evaluate(royal_family(), path)
    with pytest.raises(InputError, match="Is a directory; check the path"):
        evaluate(royal_family(), tmp_path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match=r"set.txt is not UTF-8 text .*; convert it to"):
        evaluate(royal_family(), path)


@pytest.mark.parametrize("evaluate", [evaluate_pairs, evaluate_analogies])
def test_endless_and_long_files_are_refused(evaluate, tmp_path):
    kv = KeyedVectors(["a", "b"], np.eye(2, dtype=np.float32))
    (tmp_path / "long.txt").write_bytes(b"a" * (1 << 25))
    paths = [tmp_path / "long.txt"] + (["/dev/zero"] if Path("/dev/zero").exists() else [])
    for path in paths:
        with pytest.raises(InputError, match=r" is longer than 16,777,216 bytes; name ano"):
            evaluate(kv, path)
