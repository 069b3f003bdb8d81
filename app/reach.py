"""Who can reach a server: the token they need, the names it answers to, the link that opens it."""

import secrets
import socket
from dataclasses import dataclass
from ipaddress import ip_address

from pydantic import SecretStr

from .errors import InvalidRequest
from .settings import Settings

LOOPBACK = {4: "127.0.0.1", 6: "::1"}
OTHERS = (
    "Other machines open {} or the same with this machine's address; a container is opened by the "
    "name and port that it is published under."
)


@dataclass(frozen=True)
class Reach:
    settings: Settings
    """With the token that is asked for and the names that are answered to."""
    url: str
    """As this machine opens it."""
    link: str
    """The same, with the token if it was made here: one that was set is not shown."""
    notice: str
    """What is to be said where other machines can reach the server, or a token is set."""

    @property
    def credentials(self) -> dict[str, str]:
        token = self.settings.token
        return {"Authorization": f"Bearer {token.get_secret_value()}"} if token else {}


def is_local(listener: socket.socket) -> bool:
    """Whether only this machine can reach it."""
    return ip_address(listener.getsockname()[0]).is_loopback


def reach(settings: Settings, listener: socket.socket, host: str, *, make_token: bool) -> Reach:
    """How a listener that was asked for as `host` is reached. Raises InvalidRequest."""
    address, port = listener.getsockname()[:2]
    ip = ip_address(address)
    token = _token(settings, ip.is_loopback, make_token)
    made = token is not settings.token
    query = f"/?token={token.get_secret_value()}" if made and token else ""
    here = LOOPBACK[ip.version] if ip.is_unspecified else host
    machine = _written(socket.gethostname().lower() if ip.is_unspecified else host)
    url = f"http://{_written(here)}:{port}"
    said = []
    if ip.is_unspecified:
        said.append(OTHERS.format(f"http://{machine}:{port}{query}"))
    if token and not made:
        said.append("The page asks for the token that you set.")
    if not token and not ip.is_loopback:
        said.append("There is no token: whoever reaches this machine can use Headscope.")
    names = (*settings.allowed_hosts, machine)
    guarded = settings.model_copy(update={"token": token, "allowed_hosts": names})
    return Reach(guarded, url, url + query, "\n".join(said))


def _token(settings: Settings, local: bool, make_token: bool) -> SecretStr | None:
    if settings.token is not None or local:
        return settings.token
    if make_token:
        return SecretStr(secrets.token_urlsafe(24))
    if settings.allow_any_model:
        raise InvalidRequest(
            "With --allow-any-model whoever reaches this server makes it download models. Leave "
            "--no-token out, or serve on this machine only, with --host 127.0.0.1."
        )
    return None


def _written(host: str) -> str:
    """As in an address of the web."""
    return f"[{host}]" if ":" in host else host
