"""The `headscope` command, `python -m app` in a checkout. Torch is imported only where needed."""

import sys
import webbrowser
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from .engine.catalog import Entry, build_catalog
from .engine.packages import install, packaged
from .errors import HeadscopeError, InvalidRequest
from .settings import Settings, read_settings

INSTALLED = __package__ == "headscope"
PROGRAM = "headscope" if INSTALLED else f"python -m {__package__}"

cli = typer.Typer(
    help="See what every attention head of a transformer looks at.",
    no_args_is_help=True,
    add_completion=INSTALLED,
    pretty_exceptions_enable=False,
)
models_cli = typer.Typer(help="List the models, or install the packaged ones.")
cli.add_typer(models_cli, name="models")


def _known_ids(incomplete: str) -> list[str]:
    return [id for id in build_catalog(Settings()).ids() if id.startswith(incomplete)]


def _packaged_ids(incomplete: str) -> list[str]:
    return [model.id for model in packaged(Settings()) if model.id.startswith(incomplete)]


ModelWords = Annotated[
    list[str] | None,
    typer.Option(
        "--model",
        metavar="ID|NAME=FOLDER",
        help="A model to offer; the first is loaded.",
        autocompletion=_known_ids,
    ),
]
Host = Annotated[
    str, typer.Option(help="The address to listen on; one beyond this machine asks for a token.")
]
Port = Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")]
Device = Annotated[Literal["cpu", "cuda", "mps"] | None, typer.Option(help="Measured on cpu only.")]


def main() -> None:
    """Run the command; what goes wrong as expected ends in a sentence, not in a traceback."""
    try:
        cli(prog_name=PROGRAM)
    except HeadscopeError as error:
        typer.echo(error.detail, err=True)
        sys.exit(1)


@cli.command()
def serve(
    folders: Annotated[
        list[str] | None, typer.Argument(metavar="FOLDER", help="Folders with a model each.")
    ] = None,
    model: ModelWords = None,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    allow_any_model: Annotated[
        bool, typer.Option("--allow-any-model", help="Offer every model of the Hub by its id.")
    ] = False,
    device: Device = None,
    lesson: Annotated[
        Path | None, typer.Option(help="A lesson to give: docs/lessons.md.", dir_okay=False)
    ] = None,
    token: Annotated[
        str | None, typer.Option(help="The token to ask for; without it one is made if needed.")
    ] = None,
    no_token: Annotated[
        bool, typer.Option("--no-token", help="Ask for no token, whoever can reach the server.")
    ] = False,
    allowed_host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A further name that the server is opened by."),
    ] = None,
    open_page: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
) -> None:
    """Serve the page and the API until Ctrl+C."""
    from .serving import serve

    if token is not None and no_token:
        raise InvalidRequest("--token and --no-token contradict each other: leave one out.")
    settings = _settings(
        [*(folders or ()), *(model or ())],
        device=device,
        lesson=lesson,
        token=token,
        allow_any_model=allow_any_model or None,
        allowed_hosts=(*_settings().allowed_hosts, *(allowed_host or ())),
    )
    if no_token:
        settings = settings.model_copy(update={"token": None})
    serve(settings, host, port, make_token=not no_token, open_page=open_page)


@cli.command()
def analyze(
    text: Annotated[str, typer.Argument(help="What the model reads.")],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            help="A file: .svg, .pdf or .png draws, .npz, .npy, .csv and .json hold the weights, "
            ".html is a page.",
            dir_okay=False,
        ),
    ],
    model: Annotated[
        str,
        typer.Option(
            metavar="ID|NAME=FOLDER|FOLDER",
            help="The model that reads it.",
            autocompletion=_known_ids,
        ),
    ] = "minilm-l6",
    pair: Annotated[str | None, typer.Option(help="A second text, for models of pairs.")] = None,
    layers: Annotated[str | None, typer.Option(help="Such as 0,5; all if not given.")] = None,
    heads: Annotated[str | None, typer.Option(help="Such as 0,5; all if not given.")] = None,
    hide: Annotated[str | None, typer.Option(help="Such as special,punctuation.")] = None,
    renormalise: Annotated[
        bool, typer.Option("--renormalise", help="Give what hidden keys had to the others.")
    ] = False,
    unit: Annotated[
        Literal["token", "word"] | None,
        typer.Option(
            help="What queries and keys are; of words sums over keys, means over queries."
        ),
    ] = None,
    between: Annotated[
        str | None, typer.Option(help="Of a pair: aa, ab, ba or bb, queries then keys.")
    ] = None,
    keep: Annotated[
        str | None, typer.Option(help="What is left of each row: min:0.05, top:5 or mass:0.7.")
    ] = None,
    scale: Annotated[
        Literal["linear", "sqrt", "log"] | None, typer.Option(help="Of a figure's colours.")
    ] = None,
    theme: Annotated[Literal["light", "dark"] | None, typer.Option(help="Of a figure.")] = None,
) -> None:
    """Write the attention of a text to a file: a figure, its weights, or a page to open."""
    from .analysis import analyze
    from .services.saving import suffix_of

    suffix_of(output)
    read: dict[str, Any] = {
        "hide": hide,
        "renormalise": renormalise or None,
        "unit": unit,
        "between": between,
        "keep": keep,
        "scale": scale,
        "theme": theme,
    }
    read = {name: value for name, value in read.items() if value is not None}
    analyze(text, model, pair).save(output, layers, heads, **read)


@cli.command()
def view(
    file: Annotated[
        Path,
        typer.Argument(
            help="Attention weights: .npy, .npz, .safetensors or .json. docs/python.md says how "
            "they are named in it.",
            dir_okay=False,
        ),
    ],
    tokens: Annotated[
        Path | None,
        typer.Option(help="A file of their tokens: a JSON list, or one a line.", dir_okay=False),
    ] = None,
    target_tokens: Annotated[
        Path | None,
        typer.Option(help="The same of a decoder beside an encoder.", dir_okay=False),
    ] = None,
    batch: Annotated[
        int | None, typer.Option(min=0, help="Which text, where there are several.")
    ] = None,
    layers: Annotated[str | None, typer.Option(help="Such as 0,5; all if not given.")] = None,
    title: Annotated[
        str | None, typer.Option(help="What they are called; the file's name if not given.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "--out",
            "-o",
            help="Where to write the page (.html); a temporary file if not given.",
            dir_okay=False,
        ),
    ] = None,
    open_page: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the page in a browser.")
    ] = True,
) -> None:
    """Look at attention weights that you have already, without a model and without a server."""
    from .showing import notice_of, view, write_page

    found = view(file, tokens, target_tokens, batch, title)
    page = write_page(found.to_html(layers), output)
    if notice := notice_of(found):
        typer.echo(notice, err=True)
    typer.echo(page)
    if open_page:
        webbrowser.open(page.as_uri())


@cli.command()
def doctor(
    model: ModelWords = None,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    device: Device = None,
) -> None:
    """Say what is wrong with this installation and what to do; exit code 1 if it cannot serve."""
    from .doctor import examine

    verdicts = set()
    for finding in examine(_settings(model, device=device), PROGRAM, host, port):
        typer.echo(finding)
        verdicts.add(finding.verdict)
    if "wrong" in verdicts:
        raise typer.Exit(1)


@models_cli.callback(invoke_without_command=True)
def list_models(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        for entry in build_catalog(_settings()).entries():
            typer.echo(_line(entry))


@models_cli.command("install")
def install_models(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME...", help="Ids of packaged models.", autocompletion=_packaged_ids
        ),
    ],
) -> None:
    """Install the weights of packaged models; does nothing where they are there already."""
    settings = _settings()
    for name in names:
        install(name, settings, typer.echo)


def _settings(models: list[str] | None = None, **said: Any) -> Settings:
    """The settings of the environment, overridden by what the command line says."""
    said["models"] = tuple(models or ()) or None
    return read_settings(**{name: value for name, value in said.items() if value is not None})


def _line(entry: Entry) -> str:
    shape = f"{entry.layers} x {entry.heads} heads" if entry.layers and entry.heads else ""
    size = f"{entry.size_bytes / 1e6:.0f} MB" if entry.size_bytes else ""
    place = "on disk" if entry.on_disk else "not installed" if entry.source == "packaged" else "Hub"
    return f"{entry.id:<36}{shape:<16}{size:>8}  {place}"
