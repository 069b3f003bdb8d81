"""What stands on a figure, in the languages of the page."""

# ruff: noqa: RUF001  Chinese has commas and brackets of its own.

from typing import Literal

Language = Literal["en", "zh"]

WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "queries": "Query (attends from)",
        "keys": "Key (attends to)",
        "mean": "mean",
        "max": "maximum",
        "linear": "weight, linear",
        "sqrt": "weight, square root",
        "log": "weight, log",
        "nothing": "no weight on the scale",
        "masked": "masked by the model",
        "hidden": "hidden",
        "off": "off the scale",
        "model": "Model {id}, revision {revision}, {stack}. {head}. Method: {method}.",
        "scale": "Scale: {scale}, from {low} to {high}.",
        "off-keys": "Off the scale: {kinds} (keys {keys}).",
        "hidden-keys": "Hidden: {kinds} (keys {keys}); rows no longer sum to 1.",
        "renormalised-keys": "Hidden and renormalised: {kinds} (keys {keys}).",
        "special": "special tokens",
        "first": "first token",
        "punctuation": "punctuation",
        "and": " and ",
        "part": "Queries {queries}, keys {keys}.",
        "pooled": "{queries} x {keys} drawn as {rows} x {columns}, {pool} of each cell.",
        "read": "Read with {lens}.",
        "text": "Text: sha256 {hash}, {tokens} tokens. Headscope {version}.",
    },
    "zh": {
        "queries": "查询（从这里看）",
        "keys": "键（看向这里）",
        "mean": "平均",
        "max": "最大",
        "linear": "权重，线性",
        "sqrt": "权重，平方根",
        "log": "权重，对数",
        "nothing": "标度上没有权重",
        "masked": "被模型掩蔽",
        "hidden": "已隐藏",
        "off": "不计入标度",
        "model": "模型 {id}，修订 {revision}，{stack}。{head}。方法：{method}。",
        "scale": "标度：{scale}，{low} 到 {high}。",
        "off-keys": "不计入标度：{kinds}（键 {keys}）。",
        "hidden-keys": "已隐藏：{kinds}（键 {keys}）；各行之和不再为 1。",
        "renormalised-keys": "已隐藏并重新归一化：{kinds}（键 {keys}）。",
        "special": "特殊词元",
        "first": "首词元",
        "punctuation": "标点",
        "and": "和",
        "part": "查询 {queries}，键 {keys}。",
        "pooled": "{queries} x {keys} 绘为 {rows} x {columns}，每格取{pool}。",
        "read": "读取参数：{lens}。",
        "text": "文本：sha256 {hash}，{tokens} 个词元。Headscope {version}。",
    },
}
