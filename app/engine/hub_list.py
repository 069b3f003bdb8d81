"""Models of the Hub that a server offers by default: those that people expect to type."""

from .entries import Entry
from .hub import HubModel

_FACTS = (
    # owner/name, family, layers, max_tokens, parameters, download in MB, license
    ("google-bert/bert-base-uncased", "bert", 12, 512, 109_482_240, 441, "apache-2.0"),
    ("google-bert/bert-base-chinese", "bert", 12, 512, 102_267_648, 412, "apache-2.0"),
    ("distilbert/distilbert-base-uncased", "distilbert", 6, 512, 66_362_880, 269, "apache-2.0"),
    ("FacebookAI/roberta-base", "roberta", 12, 512, 124_645_632, 502, "mit"),
    ("openai-community/gpt2", "gpt2", 12, 1024, 124_439_808, 551, "mit"),
    ("distilbert/distilgpt2", "gpt2", 6, 1024, 81_912_576, 356, "apache-2.0"),
)

DEFAULT_LIST = tuple(
    HubModel(
        Entry(
            id=id,
            title=id.partition("/")[2],
            family=family,
            source="hub",
            stacks=("decoder",) if family == "gpt2" else ("encoder",),
            layers=layers,
            heads=12,
            max_tokens=max_tokens,
            parameters=parameters,
            pairs=family != "gpt2",
            license=license,
            size_bytes=megabytes * 1_000_000,
        )
    )
    for id, family, layers, max_tokens, parameters, megabytes, license in _FACTS
)
