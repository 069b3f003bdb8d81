"""HTTP/1.1 as uvicorn reads it with httptools, and no longer head than a request needs."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_BYTES = 65_536
"""Of request line and headers; httptools itself would take them without end."""


class BoundedProtocol(HttpToolsProtocol):
    _head = 0
    """Bytes that came since a message ended and that no head has made use of yet."""

    def data_received(self, data: bytes) -> None:
        self._counted = True
        super().data_received(data)
        if self._counted:
            self._head += len(data)
        if self._head > MOST_BYTES and not self.transport.is_closing():
            self.send_400_response("The head of this request is too long.")

    def on_headers_complete(self) -> None:
        self._begin_anew()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._begin_anew()
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._begin_anew()
        super().on_message_complete()

    def _begin_anew(self) -> None:
        """What this piece of data still holds is not counted, it is small enough."""
        self._head, self._counted = 0, False
