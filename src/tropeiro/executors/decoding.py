"""Collecting a response body within a bound, decompressing on the way without ever holding more than the bound."""

from __future__ import annotations

import zlib

from tropeiro.ports.network import RequestError

ACCEPT_ENCODING = "gzip, deflate"


class BodyCollector:
    """Takes a body piece by piece. Both the received and the decompressed size are bounded.

    Every method raises `RequestError` (``response_too_large`` or ``response_broken``).
    """

    def __init__(self, encoding: str, limit: int) -> None:
        self._limit = limit
        self._received = 0
        self._body = bytearray()
        self._encoding = encoding.strip().lower()
        self._inflate: zlib._Decompress | None = None
        if self._encoding not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise _broken(
                f"the answer is compressed as {encoding[:40]!r}, although only {ACCEPT_ENCODING} was accepted"
            )

    def feed(self, data: bytes) -> None:
        """Add a piece, as received."""
        self._received += len(data)
        if self._received > self._limit:
            raise self._too_large()
        if self._encoding in ("", "identity"):
            self._body += data
            return
        while data:
            data = self._decompress(data)

    def finish(self) -> bytes:
        """The whole body."""
        if self._inflate is not None and not self._inflate.eof:
            raise _broken("the compressed data ends too early")
        return bytes(self._body)

    def _decompress(self, data: bytes) -> bytes:
        """Decompress all of ``data`` and return what follows the end of the stream."""
        if self._inflate is None or self._inflate.eof:
            # A gzip body may be several members one after the other (RFC 1952).
            self._inflate = zlib.decompressobj(_window(self._encoding, data))
        try:
            self._body += self._inflate.decompress(data, self._limit - len(self._body) + 1)
        except zlib.error as error:
            raise _broken(f"the compressed data is damaged ({error})") from None
        if len(self._body) > self._limit:
            raise self._too_large()
        return self._inflate.unused_data

    def _too_large(self) -> RequestError:
        return RequestError(
            "response_too_large",
            f"The answer is larger than {self._limit} bytes. Ask for less at a time, for example page by page.",
            sent=True,
        )


def _window(encoding: str, data: bytes) -> int:
    if encoding != "deflate":
        return zlib.MAX_WBITS | 16
    # "deflate" means the zlib format (RFC 9110, section 8.4.1.2), but some servers send it bare.
    wrapped = data[0] & 0x0F == 8 and (len(data) < 2 or int.from_bytes(data[:2], "big") % 31 == 0)
    return zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS


def _broken(what: str) -> RequestError:
    return RequestError("response_broken", f"The answer cannot be read: {what}.", sent=True)
