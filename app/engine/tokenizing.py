"""The tokenizer of a folder: loaded without code, and refused where it does not fit the model."""

from pathlib import Path

from transformers import AutoTokenizer, PreTrainedConfig

from ..errors import ModelRefused
from .files import TEXT_LIMIT, read_object
from .inputs import TextInputs

_CLASSES = ("Tokenizer", "TokenizerFast", "Backend")


def load_inputs(folder: Path, config: PreTrainedConfig, rows: int) -> TextInputs:
    """`rows` is how many tokens the model has an embedding for. Raises ModelRefused."""
    _vet(folder, config)
    try:
        tokenizer = AutoTokenizer.from_pretrained(
            folder, config=config, local_files_only=True, trust_remote_code=False
        )
        inputs = TextInputs(tokenizer)
        largest = max([0, *tokenizer.get_vocab().values(), *inputs.added_ids()])
    except (ModelRefused, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # The tokenizers library panics past Exception.
        raise ModelRefused(
            f"Its tokenizer could not be loaded ({type(error).__name__}). Save the tokenizer "
            "beside the weights, as tokenizer.json."
        ) from error
    if largest >= rows:
        raise ModelRefused(
            f"Its tokenizer does not fit: it has tokens up to number {largest:,} and the model "
            f"knows {rows:,}. Save the tokenizer that the model was trained with."
        )
    return inputs


def _vet(folder: Path, config: PreTrainedConfig) -> None:
    """transformers looks its tokenizer classes up among all that it has; only they may be named."""
    path = folder / "tokenizer_config.json"
    values = read_object(path, TEXT_LIMIT) if path.exists() else {}
    for name in (values.get("tokenizer_class"), getattr(config, "tokenizer_class", None)):
        if name is not None and not (
            isinstance(name, str) and name.endswith(_CLASSES) and not name.startswith("Auto")
        ):
            raise ModelRefused(
                "Its tokenizer_config.json names a class that is no tokenizer. Save the tokenizer "
                "again with save_pretrained."
            )
