"""Headscope shows what every attention head of a pretrained transformer looks at."""

__version__ = "0.1.0"
