"""Small tokenizers of the kinds that no packaged model has."""

from typing import Any

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from app.engine.inputs import TextInputs

UNKNOWN = "<unk>"
CORPUS = [
    "the cat sat on the mat and the dog sat on the log",
    "attention is all you need, and the keys are on the table",
    "注意力机制让模型看向句子里的其他词",
    "模型在处理每个词时看向其他词",
] * 20


def trained(kind: str, split: bool = True) -> TextInputs:
    """The inputs of a small Metaspace tokenizer trained on English and Chinese."""
    return TextInputs(metaspace(kind, split))


def metaspace(kind: str, split: bool = True) -> PreTrainedTokenizerFast:
    if kind == "unigram":
        backend = Tokenizer(models.Unigram())
        trainer: Any = trainers.UnigramTrainer(
            vocab_size=160, special_tokens=[UNKNOWN], unk_token=UNKNOWN
        )
    else:
        backend = Tokenizer(models.BPE(unk_token=UNKNOWN, byte_fallback=True))
        pieces = [f"<0x{byte:02X}>" for byte in range(256)]
        trainer = trainers.BpeTrainer(vocab_size=600, special_tokens=[UNKNOWN, *pieces])
    backend.pre_tokenizer = pre_tokenizers.Metaspace()
    backend.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace()])
    backend.train_from_iterator(CORPUS, trainer)
    if not split:
        # As Llama 2 does: merges keep to words, but nothing splits the text into words first.
        backend.pre_tokenizer = None
        backend.normalizer = normalizers.Sequence(
            [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
        )
    tokenizer: Any = PreTrainedTokenizerFast
    fast: PreTrainedTokenizerFast = tokenizer(tokenizer_object=backend, unk_token=UNKNOWN)
    return fast
