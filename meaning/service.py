"""A client of services with OpenAI's protocol: vLLM, llama.cpp, Ollama and others.

A key comes from the environment, never from the address. It is sent to no other host, never over an
unencrypted network, and appears in no message.
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

#: The most retries of a request, and the longest requested wait that is respected, in seconds.
RETRIES, LONGEST_WAIT = 5, 60.0

#: Statuses of a busy or restarting server, which lead to a retry.
BUSY = (429, 500, 502, 503, 504)

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class ServiceError(Exception):
    """A service does not answer, or answers incorrectly.

    Attributes:
        reason: ``address``, ``unreachable``, ``timeout``, ``busy``, ``unauthorized`` (401, 403),
            ``unknown`` (404, for a wrong address or model), ``refused`` (any other status) or
            ``nonsense`` (an invalid answer)
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Service:
    """One endpoint of a service.

    Requests that a busy or restarting server fails (429, 5xx, no connection) are retried, after the
    wait that the server asks for.

    Args:
        address: the address without the path, such as ``https://api.openai.com/v1``
        path: the path, with a leading slash
        key: the API key, sent as a bearer token; empty for none
        variable: the environment variable of the key, for messages
        requests: the most concurrent requests
        seconds: the longest time without data from the service
        backoff: seconds before the first retry; doubled before each further one
        silences: the most retries of a request without any answer

    Raises:
        ServiceError: with reason ``address``, if the address is invalid, contains a secret, or
            would reveal the key
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
        """Sends a JSON request and returns the JSON answer.

        Args:
            question: the request's body
            most: the most bytes of the answer
            seconds: the longest time of the answer from its first byte

        Raises:
            ServiceError: if there is no answer, or it is no JSON
        """
        return self.send(json.dumps(question).encode(), "application/json", most, seconds)

    def send(self, body: bytes, content_type: str, most: int, seconds: float) -> Any:
        """Sends a request and returns the JSON answer.

        Args:
            body: the request's body
            content_type: the type of the body
            most: the most bytes of the answer
            seconds: the longest time of the answer from its first byte

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
        """Raises an error about the service; the message never contains the key."""
        text = f"{self.url} {what}"
        raise ServiceError(reason, text.replace(self._key, "…") if self._key else text) from None

    def fail_shape(self, error: Exception) -> NoReturn:
        """Raises an error about an answer of another structure."""
        self.fail("nonsense", f"does not answer as {self._path} does ({error}): check the address")

    def _read(self, response: urllib3.BaseHTTPResponse, most: int, seconds: float) -> bytes:
        """Reads an answer, and refuses one that is too large or too slow."""
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
    """Retries that never wait longer than :data:`LONGEST_WAIT`, whatever the server asks for."""

    def get_retry_after(self, response: urllib3.BaseHTTPResponse) -> float | None:
        try:
            wait = super().get_retry_after(response)
        except (HTTPError, OverflowError):  # neither a number nor a date
            return None
        return None if wait is None else min(wait, LONGEST_WAIT)


def _reason(status: int) -> str:
    if status in BUSY:
        return "busy"
    return {401: "unauthorized", 403: "unauthorized", 404: "unknown"}.get(status, "refused")


def _checked(address: str, key: str, variable: str) -> str:
    """Returns an address without a trailing slash.

    Raises:
        ServiceError: if it is invalid, contains a secret, or would reveal the key
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
    """Returns a connection pool for a host, through the environment's proxy if there is one."""
    parts = urlsplit(url)
    proxy = getproxies().get(parts.scheme)
    if proxy and not proxy_bypass(parts.hostname or ""):
        return urllib3.ProxyManager(proxy, maxsize=requests)
    return urllib3.PoolManager(maxsize=requests)


def _complaint(answer: bytes) -> str:
    """Returns the error message in an answer, on one line."""
    text = answer[:4096].decode("utf-8", "replace")
    try:
        said = json.loads(text)
        error = said.get("error", said.get("message", said.get("detail", text)))
        text = str(error.get("message", error) if isinstance(error, dict) else error)
    except (ValueError, AttributeError, RecursionError):
        pass
    return shorten(text, 300) or "no reason given"
