"""Kills itself in the middle of the installation of a packaged model, at every instant in turn.

`python -m tests.reliability.killed FOLDER` prints how many instants there were and what was found
after each: a process is killed whenever it is about to touch a file below FOLDER.
"""

import os
import shutil
import signal
import sys
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
from gguf import GGUFWriter

from app.engine import packages
from app.settings import Settings

ID = "smollm2-135m-q4"
EMBEDDING, FEED_FORWARD, VOCABULARY = 32, 48, 99
SHAPES = {
    "token_embd": (VOCABULARY, EMBEDDING),
    "output_norm": (EMBEDDING,),
    "blk.0.attn_norm": (EMBEDDING,),
    "blk.0.ffn_norm": (EMBEDDING,),
    "blk.0.attn_q": (EMBEDDING, EMBEDDING),
    "blk.0.attn_k": (EMBEDDING // 2, EMBEDDING),
    "blk.0.attn_v": (EMBEDDING // 2, EMBEDDING),
    "blk.0.attn_output": (EMBEDDING, EMBEDDING),
    "blk.0.ffn_gate": (FEED_FORWARD, EMBEDDING),
    "blk.0.ffn_up": (FEED_FORWARD, EMBEDDING),
    "blk.0.ffn_down": (EMBEDDING, FEED_FORWARD),
}


def write_gguf(path: Path) -> None:
    """A llama of one layer: the real one takes half a minute to convert."""
    writer = GGUFWriter(path, "llama")
    writer.add_block_count(1)
    writer.add_context_length(64)
    writer.add_embedding_length(EMBEDDING)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(4)
    writer.add_head_count_kv(2)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(VOCABULARY)
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(["<|endoftext|>", *map(chr, range(33, 127)), "Ġ", "Ċ", "th", "the"])
    writer.add_token_types([3] + [1] * (VOCABULARY - 1))
    writer.add_token_merges(["t h", "th e"])
    random = np.random.default_rng(0)
    for name, shape in SHAPES.items():
        writer.add_tensor(f"{name}.weight", random.normal(size=shape).astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def kill_at(instant: int, folder: Path) -> None:
    """This process, when it is about to touch a file below the folder for the `instant`th time."""
    seen = 0

    def hear(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal seen
        below = bool(arguments) and str(arguments[0]).startswith(str(folder))
        # What `rmtree` removes is told by name only.
        if below or event in ("os.remove", "os.rmdir"):
            seen += 1
            if seen == instant:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hear)


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def killed(instant: int, settings: Settings) -> bool:
    """Whether an installation in a process of its own was killed, and had not ended before."""
    child = os.fork()
    if not child:
        kill_at(instant, settings.cache_dir)
        packages.install(ID, settings, lambda _: None)
        os._exit(0)
    return os.waitpid(child, 0)[1] != 0


def main(folder: Path) -> None:
    write_gguf(folder / "tiny.gguf")
    made = packages.packaged

    def small(settings: Settings) -> tuple[packages.Packaged, packages.Packaged]:
        minilm, smollm2 = made(settings)
        return minilm, replace(smollm2, gguf=str(folder / "tiny.gguf"))

    packages.packaged = small
    before = Settings(cache_dir=folder / "before")
    packages.install(ID, before, print)
    expected = content(before.cache_dir / ID)
    (before.cache_dir / ID / "origin.txt").write_text("of an older version")
    for instant in count(1):
        settings = Settings(cache_dir=folder / str(instant))
        shutil.copytree(before.cache_dir, settings.cache_dir)
        if not killed(instant, settings):
            return
        model = small(settings)[1]
        found = content(model.converted) if model.folder else None
        packages.install(ID, settings, lambda _: None)
        left = sorted(path.name for path in settings.cache_dir.iterdir())
        again = content(model.converted) == expected and left == ["install.lock", ID]
        what = "absent" if found is None else "whole" if found == expected else "broken"
        sys.stdout.write(
            f"after {instant}: {what}, {'whole' if again else 'broken'} when run again\n"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
