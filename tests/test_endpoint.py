"""Embeddings from an OpenAI-compatible service: batches, failures, hostile answers, and the key."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import urllib3
from embeddings_server import DIMENSION, EmbeddingsServer, vector
from fiftyone_action100m.meaning import endpoint
from fiftyone_action100m.meaning.encoders import EncoderError, open_encoder
from fiftyone_action100m.meaning.endpoint import KEY, Endpoint
from fiftyone_action100m.meaning.service import RETRIES

SECRET = "sk-very-secret"


@pytest.fixture(autouse=True)
def no_key_and_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (KEY, "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def service() -> Iterator[EmbeddingsServer]:
    with EmbeddingsServer() as running:
        yield running


def opened(service: EmbeddingsServer, key: str = "") -> Endpoint:
    """Opens the service, with waits that are short."""
    encoder = Endpoint(service.address, "letters", key, backoff=0.01)
    service.seen.clear()
    return encoder


def test_vectors_are_of_the_texts_in_their_order(service: EmbeddingsServer) -> None:
    encoder = open_encoder(f"{service.address}/#letters")
    texts = [f"text {chr(97 + i % 26) * (i % 9)}" for i in range(300)]
    vectors = encoder.encode(texts)
    expected = np.array([vector(text) for text in texts], np.float32)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(vectors, expected, rtol=1e-5)
    assert vectors.dtype == np.float32
    assert encoder.dimension == DIMENSION and encoder.name == "letters at 127.0.0.1"
    assert {(seen.path, seen.model) for seen in service.seen} == {("/v1/embeddings", "letters")}
    assert encoder.encode([]).shape == (0, DIMENSION)


def test_batches_are_bounded(service: EmbeddingsServer) -> None:
    encoder = opened(service)
    texts = ["short"] * 300 + ["x" * 50_000] * 30
    encoder.encode(texts)
    assert sum(len(seen.texts) for seen in service.seen) == len(texts)
    for seen in service.seen:
        assert len(seen.texts) <= endpoint.BATCH_TEXTS
        assert sum(map(len, seen.texts)) <= endpoint.BATCH_CHARACTERS
        assert max(map(len, seen.texts)) <= endpoint.TEXT_CHARACTERS


def test_hostile_texts(service: EmbeddingsServer) -> None:
    encoder = opened(service)
    vectors = encoder.encode(["", " \n", "\0", "\ud800x", "\u202eabc", "🥚"])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
    assert service.seen[0].texts == [".", ".", "\0", "\ufffdx", "\u202eabc", "🥚"]


def test_a_busy_server_is_asked_again(service: EmbeddingsServer) -> None:
    encoder = opened(service)
    service.faults = [(429, {"Retry-After": "0"}, b"{}"), (503, {}, b""), (500, {}, b"<html>")]
    assert encoder.encode(["whisk"]).shape == (1, DIMENSION)
    assert len(service.seen) == 4


@pytest.mark.parametrize(
    ("asked", "waited"),
    [("7", 7), ("86400", 60), ("Fri, 31 Dec 9999 23:59:59 GMT", 60), ("soon", None), ("1e9", None)],
)
def test_no_wait_is_longer_than_the_longest(
    service: EmbeddingsServer, asked: str, waited: float | None
) -> None:
    response = urllib3.HTTPResponse(headers={"Retry-After": asked}, status=429)
    assert opened(service)._service._retry.get_retry_after(response) == waited


def test_a_server_that_stays_busy_is_given_up(service: EmbeddingsServer) -> None:
    encoder = opened(service)
    service.faults = [(429, {}, b'{"error": {"message": "no quota left"}}')] * (RETRIES + 5)
    with pytest.raises(EncoderError, match="answers 429: no quota left"):
        encoder.encode(["whisk"])
    assert len(service.seen) == RETRIES + 1


def test_no_server() -> None:
    with socket.socket() as taken:  # bound and not listening, so that nobody else answers there
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        with pytest.raises(EncoderError, match="cannot be reached"):
            Endpoint(address, "letters", backoff=0.01)


def test_a_refusal_is_not_repeated(service: EmbeddingsServer) -> None:
    encoder = opened(service)
    service.faults = [(400, {}, b'{"detail": "too\\nlong \\u001b[31m' + b"x" * 9000 + b'"}')]
    with pytest.raises(EncoderError, match="answers 400: ") as error:
        encoder.encode(["whisk"])
    assert len(service.seen) == 1
    assert len(str(error.value)) < 500 and str(error.value).isprintable()


def test_a_redirect_is_not_followed(service: EmbeddingsServer) -> None:
    encoder = opened(service, SECRET)
    with EmbeddingsServer() as other:
        service.faults = [(307, {"Location": f"{other.address}/embeddings"}, b"")]
        with pytest.raises(EncoderError, match="answers 307"):
            encoder.encode(["whisk"])
        assert not other.seen


@pytest.mark.parametrize(
    "change",
    [
        lambda good: b"",
        lambda good: b"<html>",
        lambda good: b"[" * 100_000,
        lambda good: [],
        lambda good: {"data": None},
        lambda good: {"data": good["data"][1:]},
        lambda good: {"data": good["data"] * 2},
        lambda good: {"data": [{**row, "index": 0} for row in good["data"]]},
        lambda good: {"data": [{**row, "index": "first"} for row in good["data"]]},
        lambda good: {"data": [{**row, "embedding": row["embedding"][1:]} for row in good["data"]]},
        lambda good: {"data": [{**row, "embedding": [0.0] * DIMENSION} for row in good["data"]]},
        lambda good: {"data": [{**row, "embedding": "AAAA"} for row in good["data"]]},
        lambda good: json.dumps(good).replace("1.0", "NaN").encode(),
        lambda good: json.dumps(good).replace("1.0", "1e999").encode(),
    ],
)
def test_answers_of_another_shape(service: EmbeddingsServer, change: Callable[[Any], Any]) -> None:
    encoder = opened(service)
    service.change = change
    with pytest.raises(EncoderError, match="does not answer as /embeddings does"):
        encoder.encode(["whisk", "beat"])


def test_an_endless_answer_is_cut(
    service: EmbeddingsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = opened(service)
    service.change = lambda good: b" " * (sum(endpoint.ANSWER_BYTES) + 1)
    with pytest.raises(EncoderError, match="sends more than"):
        encoder.encode(["whisk"])
    monkeypatch.setattr(endpoint, "ANSWER_SECONDS", 0.1)
    service.drip = True
    with pytest.raises(EncoderError, match="takes longer than"):
        encoder.encode(["whisk"])


def test_the_key_is_sent_and_never_told(
    service: EmbeddingsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY, SECRET)
    encoder = open_encoder(f"{service.address}#letters")
    assert service.seen[0].headers["Authorization"] == f"Bearer {SECRET}"
    monkeypatch.delenv(KEY)
    assert open_encoder(f"{service.address}#letters").digest == encoder.digest
    assert "Authorization" not in service.seen[1].headers
    service.faults = [(401, {}, f'{{"error": "wrong key: {SECRET}"}}'.encode())]
    with pytest.raises(EncoderError, match="answers 401: wrong key: …") as error:
        encoder.encode(["whisk"])
    assert SECRET not in f"{error.value!r}{encoder!r}{error.getrepr()}"


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("https://host/v1", "names no model"),
        ("https:///v1#m", "is not an address"),
        ("https://host:port/v1#m", "is not an address"),
        ("http://[::1#m", "is not an address"),
        (f"https://me:{SECRET}@host/v1#m", "is refused"),
        (f"https://host/v1?key={SECRET}#m", "is refused"),
        ("http://host.example/v1#m", "is not encrypted"),
    ],
)
def test_addresses_that_are_refused(
    spec: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY, "another")
    with pytest.raises(EncoderError, match=message) as error:
        open_encoder(spec)
    assert SECRET not in str(error.value)


def test_a_proxy_of_the_environment_is_used(
    service: EmbeddingsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", service.address.removesuffix("/v1"))
    encoder = Endpoint("http://nowhere.invalid/v1", "letters")
    assert encoder.dimension == DIMENSION
    assert service.seen[0].path == "http://nowhere.invalid/v1/embeddings"


def test_another_model_or_address_has_another_digest(service: EmbeddingsServer) -> None:
    with EmbeddingsServer() as other:
        specs = (f"{service.address}#a", f"{service.address}#b", f"{other.address}#a")
        assert len({open_encoder(spec).digest for spec in specs}) == 3
