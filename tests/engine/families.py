"""Tiny random models of many families, saved as a person would have them: a folder."""

from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import CONFIG_MAPPING, AutoModel, PreTrainedTokenizerFast
from transformers.models.auto.modeling_auto import MODEL_MAPPING_NAMES

VOCABULARY = 99
SMALL: dict[str, Any] = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 48,
    "max_position_embeddings": 96,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
GROUPED = {**SMALL, "num_key_value_heads": 2, "head_dim": 8}
GPT = {
    "vocab_size": VOCABULARY,
    "n_embd": 32,
    "n_layer": 2,
    "n_head": 4,
    "n_positions": 96,
    "bos_token_id": 1,
    "eos_token_id": 2,
}

KEEP_QKV: dict[str, tuple[str, dict[str, Any]]] = {
    "bert": ("bert", SMALL),
    "roberta": ("roberta", SMALL),
    "distilbert": (
        "distilbert",
        {"vocab_size": VOCABULARY, "dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 48},
    ),
    "albert": ("albert", {**SMALL, "embedding_size": 16, "num_hidden_layers": 3}),
    "electra": ("electra", {**SMALL, "embedding_size": 16}),
    "modernbert": (
        "modernbert",
        {**SMALL, "num_hidden_layers": 4, "local_attention": 8, "cls_token_id": 1},
    ),
    "gpt2": ("gpt2", GPT),
    "gpt_neox": ("gpt_neox", SMALL),
    "opt": (
        "opt",
        {**SMALL, "ffn_dim": 48, "word_embed_proj_dim": 32},
    ),
    "llama-grouped": ("llama", GROUPED),
    "mistral-window": ("mistral", {**GROUPED, "sliding_window": 6}),
    "qwen3": ("qwen3", GROUPED),
    "gemma2-soft-cap": (
        "gemma2",
        {**GROUPED, "sliding_window": 6, "attn_logit_softcapping": 2.0, "query_pre_attn_scalar": 8},
    ),
    "gemma3-bidirectional-window": (
        "gemma3_text",
        {**GROUPED, "sliding_window": 6, "use_bidirectional_attention": True},
    ),
    "layoutlm-additive-mask": ("layoutlm", SMALL),
    "deepseek_v2-narrow-values": (
        "deepseek_v2",
        {
            **SMALL,
            "q_lora_rank": None,
            "kv_lora_rank": 16,
            "qk_rope_head_dim": 8,
            "qk_nope_head_dim": 8,
            "v_head_dim": 8,
            "n_routed_experts": 2,
            "num_experts_per_tok": 1,
            "moe_intermediate_size": 32,
            "first_k_dense_replace": 1,
            "n_group": 1,
            "topk_group": 1,
        },
    ),
    "llama4-chunks": (
        "llama4_text",
        {**GROUPED, "num_local_experts": 2, "attention_chunk_size": 8, "intermediate_size_mlp": 48},
    ),
    "qwen3_next-hybrid": (
        "qwen3_next",
        {
            **GROUPED,
            "num_hidden_layers": 4,
            "layer_types": ["linear_attention", "full_attention"] * 2,
            "num_experts": 2,
            "num_experts_per_tok": 1,
            "moe_intermediate_size": 32,
            "shared_expert_intermediate_size": 32,
            "linear_num_key_heads": 2,
            "linear_num_value_heads": 4,
            "linear_key_head_dim": 8,
            "linear_value_head_dim": 8,
        },
    ),
    "gpt_oss-sinks": (
        "gpt_oss",
        {
            **GROUPED,
            "sliding_window": 6,
            "num_local_experts": 2,
            "num_experts_per_tok": 1,
            "layer_types": ["sliding_attention", "full_attention"],
        },
    ),
}
KEEP_WEIGHTS: dict[str, tuple[str, dict[str, Any]]] = {
    "bloom": ("bloom", {"vocab_size": VOCABULARY, "hidden_size": 32, "n_layer": 2, "n_head": 4}),
    "gpt_neo": (
        "gpt_neo",
        {
            "vocab_size": VOCABULARY,
            "hidden_size": 32,
            "num_layers": 2,
            "num_heads": 4,
            "attention_types": [[["global", "local"], 1]],
            "window_size": 6,
            "max_position_embeddings": 96,
            "bos_token_id": 1,
            "eos_token_id": 2,
        },
    ),
    "deberta-v2": (
        "deberta-v2",
        {**SMALL, "relative_attention": True, "pos_att_type": ["p2c", "c2p"]},
    ),
}
NEVER_WRONG: dict[str, tuple[str, dict[str, Any]]] = {
    "squeezebert": ("squeezebert", {**SMALL, "embedding_size": 32}),
    "mamba": ("mamba", {"vocab_size": VOCABULARY, "hidden_size": 32, "num_hidden_layers": 2}),
    "longformer": ("longformer", {**SMALL, "attention_window": 4}),
    "funnel": (
        "funnel",
        {
            "vocab_size": VOCABULARY,
            "d_model": 32,
            "n_head": 4,
            "d_head": 8,
            "d_inner": 48,
            "block_sizes": [1, 1],
        },
    ),
    "reformer": (
        "reformer",
        {
            "vocab_size": VOCABULARY,
            "hidden_size": 32,
            "num_attention_heads": 2,
            "attention_head_size": 16,
            "feed_forward_size": 48,
            "attn_layers": ["local", "lsh"],
            "axial_pos_shape": [8, 12],
            "axial_pos_embds_dim": [16, 16],
            "max_position_embeddings": 96,
            "is_decoder": True,
        },
    ),
    "bigbird-sparse": (
        "big_bird",
        {**SMALL, "attention_type": "block_sparse", "block_size": 4, "num_random_blocks": 1},
    ),
}


def save(folder: Path, family: tuple[str, dict[str, Any]], seed: int = 0) -> Path:
    """A random model of this family with a tokenizer of single letters, in `folder`."""
    torch.manual_seed(seed)
    kind, values = family
    config = CONFIG_MAPPING[kind](**values)
    # Funnel has two base models and asks the config which one it is.
    config.architectures = [MODEL_MAPPING_NAMES[kind][0]] if kind == "funnel" else None
    model: Any = AutoModel.from_config(config)  # type: ignore[no-untyped-call]
    with torch.no_grad():
        # Larger than an untrained model's, so that heads differ and masks and scaling matter.
        for name, parameter in model.named_parameters():
            if parameter.dim() > 1 or "sinks" in name:
                parameter.normal_(0.0, 0.2)
    model.save_pretrained(folder)
    letter_tokenizer().save_pretrained(folder)
    return folder


def letter_tokenizer() -> PreTrainedTokenizerFast:
    """One token a printable character, [CLS] ... [SEP] around it."""
    specials = ["[PAD]", "[CLS]", "[SEP]", "[UNK]"]
    letters = [chr(code) for code in range(33, 127)]
    vocabulary = {piece: index for index, piece in enumerate(specials + letters)}
    backend = Tokenizer(models.WordLevel(vocabulary, unk_token=specials[-1]))
    backend.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Split("", "isolated")]
    )
    backend.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 1), ("[SEP]", 2)],
    )
    names = ("pad_token", "cls_token", "sep_token", "unk_token")
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=backend, **dict(zip(names, specials, strict=True))
    )
