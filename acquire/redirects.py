"""Checks each address before yt-dlp requests it, including every hop of a redirect."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from yt_dlp import YoutubeDL

Check = Callable[[str], None]


def guard_redirects(ydl: YoutubeDL, check: Check) -> None:
    """Calls a check with each address right before yt-dlp requests it.

    yt-dlp follows redirects inside its request handlers. Only the two that allow a check, Requests
    and Urllib, are kept; curl_cffi follows redirects inside libcurl, out of reach.

    Args:
        ydl: a ``YoutubeDL`` that has not requested anything yet
        check: raises if an address must not be requested; ``ydl.urlopen`` then raises a
            ``RequestError`` with that exception as its ``cause``
    """
    from yt_dlp.networking.exceptions import RequestError

    def judge(url: str) -> None:
        try:
            check(url)
        except Exception as error:  # on any other error, yt-dlp tries its next handler
            raise RequestError(str(error), cause=error) from error

    ways = {"Requests": _judge_session, "Urllib": _judge_opener}
    handlers = ydl._request_director.handlers
    for key in list(handlers):
        if key in ways:
            handlers[key]._create_instance = ways[key](handlers[key]._create_instance, judge)
        else:
            handlers.pop(key).close()


def _judge_session(create: Callable[..., Any], judge: Check) -> Callable[..., Any]:
    """Wraps the factory of a ``requests.Session``, whose ``send`` is called for each hop."""

    def created(*args: Any, **kwargs: Any) -> Any:
        session = create(*args, **kwargs)
        send = session.send

        def judged(request: Any, **options: Any) -> Any:
            judge(request.url)
            return send(request, **options)

        session.send = judged
        return session

    return created


def _judge_opener(create: Callable[..., Any], judge: Check) -> Callable[..., Any]:
    """Wraps the factory of a ``urllib`` opener, which calls its handlers for each hop."""

    def created(*args: Any, **kwargs: Any) -> Any:
        opener = create(*args, **kwargs)
        opener.add_handler(_Judge(judge))
        return opener

    return created


class _Judge(urllib.request.BaseHandler):
    handler_order = 0  # before all others

    def __init__(self, judge: Check) -> None:
        self._judge = judge

    def http_request(self, request: urllib.request.Request) -> urllib.request.Request:
        self._judge(request.full_url)
        return request

    https_request = http_request
