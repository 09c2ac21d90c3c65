"""A service behind an address that speaks OpenAI's protocol: vLLM, llama.cpp, Ollama and others.

A key comes from the environment, never from the address, and goes to no other host and over no
unencrypted network. It is in no message.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any, NoReturn
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3
from urllib3.exceptions import HTTPError, MaxRetryError, ReadTimeoutError
from urllib3.util import Retry, Timeout

from ..core.wording import shorten

#: How often a request is sent again, and the longest wait before it that is respected, in seconds.
RETRIES, LONGEST_WAIT = 5, 60.0

#: Statuses of a busy or restarting server, which is asked again.
BUSY = (429, 500, 502, 503, 504)

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class ServiceError(Exception):
    """A service does not answer, or not as it should.

    Attributes:
        reason: ``address``, ``unreachable``, ``timeout``, ``busy``, ``unauthorized`` (401, 403),
            ``unknown`` (404, as of a wrong address or model), ``refused`` (any other status) or
            ``nonsense`` (an answer of another shape)
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Service:
    """One path of a service.

    A request that fails as a busy or restarting server's does (429, 5xx, no connection) is sent
    again, after the wait that the server asks for.

    Args:
        address: up to and without the path, as in ``https://api.openai.com/v1``
        path: with a slash
        key: sent as a bearer token; empty for none
        variable: the environment variable that keys come from, for messages
        requests: the most requests in flight at once
        seconds: how long the service may be silent
        backoff: the first wait before a request is sent again, in seconds; it doubles
        silences: how often a request is sent again to which there was no answer

    Raises:
        ServiceError: ``address``, if it is not one, holds a secret, or would show the key
    """

    def __init__(
        self,
        address: str,
        path: str,
        key: str,
        variable: str,
        requests: int,
        seconds: float = 60.0,
        backoff: float = 1.0,
        silences: int = RETRIES,
    ) -> None:
        self._key, self._path = key, path
        self.url = _checked(address, key, variable) + path
        self._seconds = seconds
        self._retry = _BoundedRetry(
            total=RETRIES,
            read=silences,
            backoff_factor=backoff,
            backoff_max=LONGEST_WAIT,
            allowed_methods=None,
            status_forcelist=BUSY,
            raise_on_status=False,
        )
        self._pool = _pool(self.url, requests)

    @property
    def host(self) -> str | None:
        """The address's host."""
        return urlsplit(self.url).hostname

    def ask(self, question: Mapping[str, Any], most: int, seconds: float) -> Any:
        """Sends a question and returns the answer, both of JSON.

        Args:
            question: the request's body
            most: bytes of the answer
            seconds: that the answer may take from its first byte

        Raises:
            ServiceError: if there is no answer, or it is no JSON
        """
        return self.send(json.dumps(question).encode(), "application/json", most, seconds)

    def send(self, body: bytes, content_type: str, most: int, seconds: float) -> Any:
        """Sends a request and returns the answer, of JSON.

        Args:
            body: of the request
            content_type: the body's
            most: bytes of the answer
            seconds: that the answer may take from its first byte

        Raises:
            ServiceError: if there is no answer, or it is no JSON
        """
        headers = {"Content-Type": content_type, "Accept-Encoding": "identity"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        try:
            response = self._pool.request(
                "POST",
                self.url,
                body=body,
                headers=headers,
                redirect=False,
                retries=self._retry,
                timeout=Timeout(connect=10.0, read=self._seconds),
                preload_content=False,
            )
            try:
                answer = self._read(response, most, seconds)
            finally:
                response.release_conn()
        except HTTPError as error:
            cause = error.reason if isinstance(error, MaxRetryError) else error
            reason = "timeout" if isinstance(cause, ReadTimeoutError) else "unreachable"
            self.fail(reason, f"cannot be reached ({error}): run the same command again later")
        if response.status != 200:
            self.fail(_reason(response.status), f"answers {response.status}: {_complaint(answer)}")
        try:
            return json.loads(answer)
        except (ValueError, RecursionError) as error:
            self.fail_shape(error)

    def fail(self, reason: str, what: str) -> NoReturn:
        """Raises an error that says what the service does, without the key."""
        text = f"{self.url} {what}"
        raise ServiceError(reason, text.replace(self._key, "…") if self._key else text) from None

    def fail_shape(self, error: Exception) -> NoReturn:
        """Raises an error about an answer that is of another shape."""
        self.fail("nonsense", f"does not answer as {self._path} does ({error}): check the address")

    def _read(self, response: urllib3.BaseHTTPResponse, most: int, seconds: float) -> bytes:
        """Returns an answer that is neither too large nor too slow."""
        begun, parts, size = time.monotonic(), [], 0
        while part := response.read1(1 << 16):
            parts.append(part)
            size += len(part)
            if size > most:
                response.close()
                self.fail("nonsense", f"sends more than {most:,} bytes for one request")
            if time.monotonic() - begun > seconds:
                response.close()
                self.fail("timeout", f"takes longer than {seconds:.0f} s to send an answer")
        return b"".join(parts)


class _BoundedRetry(Retry):
    """Waits no longer than :data:`LONGEST_WAIT`, whatever the server asks for."""

    def get_retry_after(self, response: urllib3.BaseHTTPResponse) -> float | None:
        try:
            wait = super().get_retry_after(response)
        except (HTTPError, OverflowError):  # not a number, nor a date
            return None
        return None if wait is None else min(wait, LONGEST_WAIT)


def _reason(status: int) -> str:
    if status in BUSY:
        return "busy"
    return {401: "unauthorized", 403: "unauthorized", 404: "unknown"}.get(status, "refused")


def _checked(address: str, key: str, variable: str) -> str:
    """Returns an address without a slash at its end.

    Raises:
        ServiceError: if it is not one, holds a secret, or would show the key
    """
    try:
        parts = urlsplit(address)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known:
        message = f"{shorten(address, 200)} is not an address: write https://host/v1"
        raise ServiceError("address", message)
    if parts.username or parts.password or parts.query:
        raise ServiceError(
            "address",
            f"an address with a user, a password or a query is refused, as it is kept: put the "
            f"key in {variable}",
        )
    if key and parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise ServiceError(
            "address",
            f"{address} is not encrypted, and {variable} is set: use https, or unset {variable}",
        )
    return address.rstrip("/")


def _pool(url: str, requests: int) -> urllib3.PoolManager:
    """Returns the connections to a host, through the environment's proxy if it has one."""
    parts = urlsplit(url)
    proxy = getproxies().get(parts.scheme)
    if proxy and not proxy_bypass(parts.hostname or ""):
        return urllib3.ProxyManager(proxy, maxsize=requests)
    return urllib3.PoolManager(maxsize=requests)


def _complaint(answer: bytes) -> str:
    """Returns what an answer says is wrong, on one line."""
    text = answer[:4096].decode("utf-8", "replace")
    try:
        said = json.loads(text)
        error = said.get("error", said.get("message", said.get("detail", text)))
        text = str(error.get("message", error) if isinstance(error, dict) else error)
    except (ValueError, AttributeError, RecursionError):
        pass
    return shorten(text, 300) or "no reason given"
