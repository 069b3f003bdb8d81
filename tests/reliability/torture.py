"""Texts that break programs which read text."""

TEXTS = {
    "empty": "",
    "blanks": "   ",
    "invisible": "\u00a0\u200b\ufeff",
    "NUL": "a\0b",
    "half a surrogate pair": "a \ud800 b",
    "the other half": "\udfff",
    "right to left": "\u202e\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    "family and flag": "👨\u200d👩\u200d👧\u200d👦🇨🇳",
    "marks": "e" + "\u0301" * 1000,
    "composed and decomposed": "\u00e9 e\u0301",
    "no spaces": "中文 ภาษาไทย",
    "ligature": "\ufdfa",
    "last character": "\U0010ffff",
    "noncharacter": "\ufffe",
    "breaks": "a\r\nb\u2028c",
    "one word of 1 MB": "a" * 10**6,
    "1 MB of words": "a " * 500_000,
    "literal special tokens": "[MASK] [SEP] <|endoftext|> </s>",
    "template": "{{7*7}}",
    "script": "</script><script>alert(1)</script>",
    "image": "<img src=x onerror=alert(1)>",
    "bold": "<b>x</b>",
    "formula": "=cmd|'/c calc'!A1",
    "path": "../../etc/passwd",
    "newlines": "\n" * 10_000,
}
REFUSED = {"half a surrogate pair", "the other half"}
"""No character at all, so no model can read them."""
HUGE = {"one word of 1 MB", "1 MB of words", "newlines"}
