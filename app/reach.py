"""Who can reach a server: the token they need, the names it answers to, the link that opens it."""

import secrets
import socket
from dataclasses import dataclass
from ipaddress import ip_address

from pydantic import SecretStr

from .errors import InvalidRequest
from .settings import Settings

LOOPBACK = {4: "127.0.0.1", 6: "::1"}


@dataclass(frozen=True)
class Reach:
    settings: Settings
    """With the token that is asked for and the names that are answered to."""
    url: str
    """As this machine opens it."""
    link: str
    """The same, with the token if it was made here: one that was set is not shown."""
    notice: str | None
    """What is said where other machines can reach the server, or a token is set."""

    @property
    def credentials(self) -> dict[str, str]:
        token = self.settings.token
        return {"Authorization": f"Bearer {token.get_secret_value()}"} if token else {}


def is_local(listener: socket.socket) -> bool:
    """Whether only this machine can reach it."""
    return ip_address(listener.getsockname()[0]).is_loopback


def reach(settings: Settings, listener: socket.socket, host: str, *, make_token: bool) -> Reach:
    """How a listener that was asked for as `host` is reached.

    Raises InvalidRequest where anybody at all could have any model loaded.
    """
    address, port = listener.getsockname()[:2]
    ip = ip_address(address)
    machine = socket.gethostname().lower() if ip.is_unspecified else host
    here = LOOPBACK[ip.version] if ip.is_unspecified else host
    made = not is_local(listener) and make_token and settings.token is None
    token = SecretStr(secrets.token_urlsafe(24)) if made else settings.token
    if settings.allow_any_model and token is None and not is_local(listener):
        raise InvalidRequest(
            "With --allow-any-model whoever reaches this server makes it download models. Leave "
            "--no-token out, or serve on this machine only, with --host 127.0.0.1."
        )
    query = f"/?token={token.get_secret_value()}" if made and token else ""
    url = f"http://{_written(here)}:{port}"
    elsewhere = f"http://{_written(machine)}:{port}{query}" if ip.is_unspecified else None
    return Reach(
        settings.model_copy(
            update={"token": token, "allowed_hosts": (*settings.allowed_hosts, _written(machine))}
        ),
        url,
        url + query,
        _notice(is_local(listener), elsewhere, has_token=token is not None, made=made),
    )


def _notice(local: bool, elsewhere: str | None, *, has_token: bool, made: bool) -> str | None:
    said = []
    if elsewhere:
        said.append(
            f"Other machines open {elsewhere} or the same with this machine's address; a "
            "container is opened by the name and port that it is published under."
        )
    if has_token and not made:
        said.append("The page asks for the token that you set.")
    if not has_token and not local:
        said.append("There is no token: whoever reaches this machine can use Headscope.")
    return "\n".join(said) or None


def _written(host: str) -> str:
    """As in an address of the web."""
    return f"[{host}]" if ":" in host else host
