"""What one answer may cost: refused before it is computed, with how to ask for less."""

from ..errors import AnswerTooLarge


def check_bytes(nbytes: int, limit: int, less: str) -> None:
    """`nbytes` is an upper bound of the answer's size; `less` says what to ask for instead."""
    if nbytes > limit:
        raise AnswerTooLarge(
            f"The answer would take up to {nbytes / 1e6:,.1f} MB and the limit is "
            f"{limit / 1e6:,.1f} MB. {less}"
        )


def check_cells(cells: int, limit: int) -> None:
    """`cells` are the weights that the answer is made of."""
    if cells > limit:
        raise AnswerTooLarge(
            f"The answer would be made of {cells:,} weights and the limit is {limit:,}. Ask for "
            "fewer layers or heads at once, or for a range of queries."
        )
