"""English text without end, a different one for every seed."""

import random

SUBJECTS = ("the keeper", "a girl", "her brother", "the river", "an old ship", "two sailors")
VERBS = ("wrote", "found", "carried", "asked for", "read aloud", "forgot", "followed", "sold")
OBJECTS = ("a letter", "the keys", "every bottle", "the long road", "a song", "seven stones")
PLACES = ("in autumn", "near the coast", "before dawn", "on the table", "without a word", "at home")


def english(seed: int, words: int) -> str:
    """At least `words` words of simple sentences."""
    draw = random.Random(seed)  # noqa: S311
    sentences: list[str] = []
    while sum(len(sentence.split()) for sentence in sentences) < words:
        parts = [draw.choice(pool) for pool in (SUBJECTS, VERBS, OBJECTS, PLACES)]
        sentences.append(" ".join(parts).capitalize() + ".")
    return " ".join(sentences)
