"""Words that differ by a slip of the finger."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator

_LEAST_LETTERS = 4
_MOST_CANDIDATES = 1500


class Lexicon:
    """A list of words that can be asked which of them a misspelt word may have meant.

    A slip leaves the beginning or the end of the word as it was, so the candidates are the words
    that share either half: two look-ups in sorted lists instead of a walk through all of them.
    """

    def __init__(self, words: Iterable[str]) -> None:
        self._words = sorted(word for word in words if len(word) >= _LEAST_LETTERS)
        self._mirrored = sorted(word[::-1] for word in self._words)

    def near(self, word: str, *, slips: int = 1) -> list[str]:
        """Other words at most that many slips away, nearest first; none for short words."""
        if len(word) < _LEAST_LETTERS or word.isdigit():
            return []
        kept = len(word) // (slips + 1)
        candidates = {
            *_starting(self._words, word[:kept]),
            *(mirrored[::-1] for mirrored in _starting(self._mirrored, word[::-1][:kept])),
        } - {word}
        distances = {
            candidate: distance
            for candidate in candidates
            if abs(len(candidate) - len(word)) <= slips
            and (distance := _distance(word, candidate, slips)) <= slips
        }
        return sorted(distances, key=lambda candidate: (distances[candidate], candidate))


def _starting(words: list[str], prefix: str) -> Iterator[str]:
    first = bisect_left(words, prefix)
    for word in words[first : first + _MOST_CANDIDATES]:
        if not word.startswith(prefix):
            return
        yield word


def _distance(one: str, other: str, most: int) -> int:
    """Letters missing, added, changed or swapped with their neighbour (the restricted
    Damerau-Levenshtein distance); anything above ``most`` is only known to be above."""
    while one and other and one[0] == other[0]:
        one, other = one[1:], other[1:]
    while one and other and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    if not one or not other:
        return len(one) + len(other)
    if most == 1:
        return 1 if len(one) == len(other) == 1 or (len(one) == 2 and one == other[::-1]) else 2
    older: list[int] = []
    above = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, facing in enumerate(other, 1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (letter != facing))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == facing:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        older, above = above, row
    return above[-1]
