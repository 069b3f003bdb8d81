"""Sentences on which claims about heads are measured, with the words that a claim is about."""

PLAIN = (
    "The committee met on Tuesday to discuss the budget.",
    "The keys to the cabinet are on the table.",
    "When the storm ended, the sailors repaired the torn sail. They sang all night.",
    "She bought bread, milk and a small red lamp, but forgot the cheese.",
    "My neighbour, who plays the cello, moved to Lisbon. He writes often.",
    "Snow fell on the hills; the road stayed open. Nobody complained.",
)

REPEATED = (
    "Zarbo met Quinlix at the harbour. Then Zarbo met Quinlix at the market.",
    "The plimdor wazzed over Krevish. Later the plimdor wazzed over Krevish again.",
    "Otto Fembik sold a blue trunnel to Mara. Next year Otto Fembik sold a blue trunnel to Ted.",
    "My zorgle likes velk soup, and your zorgle likes velk soup.",
    "Yestan drew nine hollow mirgs. Everyone says Yestan drew nine hollow mirgs.",
    "red lamp seven goat mirror vint; red lamp seven goat mirror vint",
)
"""Phrases that no model has seen, said twice."""

_NOUNS = (
    ("key", "to", "cabinet", "on the table"),
    ("dog", "of", "teacher", "in the garden"),
    ("letter", "from", "doctor", "in the drawer"),
    ("book", "behind", "lamp", "very old"),
    ("boat", "near", "island", "painted blue"),
    ("photo", "of", "girl", "on the wall"),
)

SUBJECTS = tuple(
    (f"{start} {subject} {link} the {other} {verb} {end}.", verb, subject, other)
    for one, link, two, end in _NOUNS
    for subject, other, verb in ((f"{one}s", two, "are"), (one, f"{two}s", "is"))
    for start in ("The", "In the old house the")
)
"""Text, verb, its subject, and a noun between them of the other number; the subject stands second
or after another noun."""

PRONOUNS = tuple(
    (text.format(first, second, pronoun), pronoun, meant, other)
    for text, she, he in (
        ("{} saw {} in the park and waved because {} was happy.", "Anna", "Peter"),
        ("{} told {} that {} would come late.", "Mary", "John"),
        ("The {} met the {} before {} left the palace.", "queen", "king"),
    )
    for first, second in ((she, he), (he, she))
    for pronoun, meant, other in (("she", she, he), ("he", he, she))
)
"""Text, pronoun, whom it means, and who else is there, in either order."""
