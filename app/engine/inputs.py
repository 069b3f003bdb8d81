"""Text to model inputs, with a label, an offset and a word for every position."""

import json
from dataclasses import dataclass
from typing import Any

import torch
from tokenizers import Encoding, Tokenizer
from torch import Tensor

from ..errors import InvalidRequest, ModelRefused, TooManyTokens
from ..records import Token
from ..stopping import check_wanted
from .failing import told
from .labels import label, labels
from .lost_bytes import Span, lacking, true_spans
from .windows import windows


@dataclass(frozen=True)
class Encoded:
    """One input as the model takes it, and as a person should see it."""

    tokens: tuple[Token, ...]
    type_ids: tuple[int, ...]
    count: int
    """How many tokens the whole input takes; more than there are here if it was truncated."""
    windows: tuple[Span, ...] | None = None
    """Parts [start, stop) of a text that was asked for as a preview and is too long, in code
    points, each of which the model reads whole."""

    @property
    def truncated(self) -> bool:
        return self.count > len(self.tokens)


class TextInputs:
    """Tokenises for one model; any number of threads may use it at once."""

    def __init__(self, tokenizer: Any) -> None:
        """`tokenizer` is a transformers tokenizer with a fast backend.

        Raises ModelRefused where it has none: offsets and words come from there.
        """
        if not getattr(tokenizer, "is_fast", False):
            raise ModelRefused(
                "This model's tokenizer keeps no offsets (it has no tokenizer.json). Convert it to "
                "a fast tokenizer with transformers and save it beside the weights."
            )
        self._source: str = tokenizer.backend_tokenizer.to_str()
        self._byte_level = "ByteLevel" in json.dumps(json.loads(self._source).get("decoder"))
        self._lost = lacking(tokenizer.get_vocab()) if self._byte_level else frozenset()
        self._backends: dict[tuple[bool, int | None], Tokenizer] = {}
        # A part of the text that spells the unknown token out is that token, not unknown.
        self._unknown = (tokenizer.unk_token_id, tokenizer.unk_token)
        self._special_ids = frozenset(tokenizer.all_special_ids)
        self._takes_segments = "token_type_ids" in tokenizer.model_input_names
        # transformers writes 1e30 for "no limit".
        limit = tokenizer.model_max_length
        self.limit: int | None = limit if limit is not None and limit < 1_000_000 else None

    @property
    def pairs(self) -> bool:
        """Whether the tokenizer marks where a second text begins."""
        backend = self._backend(True, None)
        return backend.num_special_tokens_to_add(True) > backend.num_special_tokens_to_add(False)

    @property
    def vocabulary(self) -> int:
        """How many ids have a token; an embedding may be padded beyond them."""
        return self._backend(True, None).get_vocab_size()

    def label(self, id: int) -> str:
        """Of an id outside of any text."""
        spelling = self._backend(True, None).id_to_token(id) or ""
        return label(spelling, self._byte_level)

    def added_ids(self) -> list[int]:
        """Of the tokens that the tokenizer puts around a text and between two."""
        backend = self._backend(True, None)
        return [*backend.encode("").ids, *backend.encode("", "").ids]

    def tokenize(
        self,
        text: str,
        text_pair: str | None = None,
        *,
        add_special_tokens: bool = True,
        parse_special: bool = True,
        truncate: bool = False,
        limit: int | None = None,
    ) -> Encoded:
        """Tokens of one text or a pair; more than `limit` are cut (longest text first) or refused.

        Raises TooManyTokens, InvalidRequest where no token is left to look at, and ModelFailed.
        """
        texts = [text] if text_pair is None else [text, text_pair]
        encoding = self._whole(texts, parse_special, add_special_tokens)
        count = len(encoding)
        if limit is not None and count > limit:
            if not truncate:
                raise TooManyTokens(
                    f"The text has {count:,} tokens and this model reads at most {limit:,}. "
                    "Shorten it, or ask for it to be truncated."
                )
            encoding = self._encode(texts, parse_special, limit, add_special_tokens)
        return Encoded(self._tokens(encoding, texts), tuple(encoding.type_ids), count)

    def preview(self, text: str, text_pair: str | None, limit: int | None) -> Encoded:
        """The same, cut to `limit`; a single text that was cut comes with its windows."""
        texts = [text] if text_pair is None else [text, text_pair]
        encoding = self._whole(texts, True, True)
        count, parts = len(encoding), None
        if limit is not None and count > limit:
            if text_pair is None:
                parts = self._windows(encoding, text, limit)
            encoding = self._encode(texts, True, limit, True)
        return Encoded(self._tokens(encoding, texts), tuple(encoding.type_ids), count, parts)

    def _whole(self, texts: list[str], parse_special: bool, add_special: bool) -> Encoding:
        try:
            "".join(texts).encode()
        except UnicodeEncodeError:
            raise InvalidRequest(
                "The text holds half of a surrogate pair, which is no character. Remove it."
            ) from None
        encoding = self._encode(texts, parse_special, None, add_special)
        if len(encoding) == 0:
            raise InvalidRequest(
                "The text gives no tokens for this model. Type at least one character."
            )
        return encoding

    def _windows(self, encoding: Encoding, text: str, limit: int) -> tuple[Span, ...]:
        segments, added = _segments(encoding.sequence_ids)
        spans = self._spans(encoding, segments, added, [text])
        own = [span for span, extra in zip(spans, added, strict=True) if not extra]

        def excess(part: str) -> int:
            check_wanted()
            return len(self._encode([part], True, None, True)) - limit

        return windows(text, own, limit - sum(added), excess)

    def tensors(self, encoded: Encoded, device: str) -> dict[str, Tensor]:
        """The model's inputs, each (1, tokens)."""
        ids = torch.tensor([[token.id for token in encoded.tokens]], device=device)
        inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
        if self._takes_segments:
            inputs["token_type_ids"] = torch.tensor([encoded.type_ids], device=device)
        return inputs

    def _encode(
        self, texts: list[str], parse_special: bool, limit: int | None, add_special: bool
    ) -> Encoding:
        backend = self._backend(parse_special, limit)
        with told("when it split the text into tokens", "Try a shorter text, or another model."):
            pair = texts[1] if len(texts) > 1 else None
            return backend.encode(texts[0], pair, add_special_tokens=add_special)

    def _backend(self, parse_special: bool, limit: int | None) -> Tokenizer:
        """An own copy for each way to read a text, as a backend's settings are shared state."""
        key = (parse_special, limit)
        if key not in self._backends:
            backend = Tokenizer.from_str(self._source)
            backend.no_padding()
            if limit is None:
                backend.no_truncation()
            else:
                backend.enable_truncation(limit, strategy="longest_first")
            backend.encode_special_tokens = not parse_special
            self._backends[key] = backend
        return self._backends[key]

    def _tokens(self, encoding: Encoding, texts: list[str]) -> tuple[Token, ...]:
        # Each attribute of an encoding is a whole new list every time it is read.
        ids = encoding.ids
        segments, added = _segments(encoding.sequence_ids)
        spans = self._spans(encoding, segments, added, texts)

        def source(place: int) -> str:
            start, end = spans[place]
            return texts[segments[place]][start:end]

        unknown = [
            id == self._unknown[0] and not added[place] and source(place) != self._unknown[1]
            for place, id in enumerate(ids)
        ]
        words = _words(encoding, texts)
        special = [id in self._special_ids for id in ids]
        for place, named in enumerate(special):
            if named and unknown[place]:
                special[place] = False
            elif named:
                words[place] = None
        starts, ends = zip(*spans, strict=True)
        shown = labels(encoding.tokens, self._byte_level, source, segments, ends)
        columns = (ids, shown, special, unknown, words, starts, ends, segments, added)
        return tuple(map(Token, range(len(ids)), *columns))

    def _spans(
        self, encoding: Encoding, segments: list[int], added: list[bool], texts: list[str]
    ) -> list[Span]:
        spans: list[Span] = encoding.offsets
        if all(self._lost.isdisjoint(text.encode()) for text in texts):
            return spans
        pieces, mended = encoding.tokens, list(spans)
        for segment, text in enumerate(texts):
            own = [
                place
                for place, (of, extra) in enumerate(zip(segments, added, strict=True))
                if of == segment and not extra
            ]
            known = [pieces[place] for place in own], [spans[place] for place in own]
            found = true_spans(text, *known, self._lost)
            for place, span in zip(own, found, strict=True):
                mended[place] = span
        return mended


def _segments(sequences: list[int | None]) -> tuple[list[int], list[bool]]:
    """The text that each token belongs to, and whether the tokenizer added it; what it added
    belongs to the text before."""
    segments, segment = [], 0
    for sequence in sequences:
        segment = segment if sequence is None else sequence
        segments.append(segment)
    return segments, [sequence is None for sequence in sequences]


def _words(encoding: Encoding, texts: list[str]) -> list[int | None]:
    """Word numbers that are unique over both texts, None for special tokens.

    The tokenizer's own; where it never splits into words (Metaspace without a pre-tokenizer) every
    stretch between white space is one.
    """
    places = list(zip(encoding.sequence_ids, encoding.word_ids, strict=True))
    of = [text for text, _ in dict.fromkeys(places)]
    whole = [text for text in range(len(texts)) if of.count(text) < 2]
    if whole:
        for place, span in enumerate(encoding.offsets):
            text, word = places[place]
            if text in whole and word is not None:
                places[place] = text, _stretch(texts[text], *span)
    named = [known for known in dict.fromkeys(places) if None not in known]
    numbers = {known: number for number, known in enumerate(named)}
    return [numbers.get(known) for known in places]


def _stretch(text: str, start: int, end: int) -> int:
    """Which stretch between white space the first visible character of text[start:end] is in."""
    piece = text[start:end]
    first = end - len(piece.lstrip())
    return len(text[: first + 1].split())
