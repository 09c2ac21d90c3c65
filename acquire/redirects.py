"""Judges each address before yt-dlp asks for it, every hop of a redirect included."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable
from typing import Any

Check = Callable[[str], None]


def guard_redirects(ydl: Any, check: Check) -> None:
    """Has a check called with each address right before a request for it goes out.

    yt-dlp follows redirects inside its request handlers. The two that can be told to ask first are
    kept, Requests and Urllib; curl_cffi follows them inside libcurl, where nothing can be judged.

    Args:
        ydl: a ``YoutubeDL`` that has not asked for anything yet
        check: raises if an address must not be asked for; ``ydl.urlopen`` then raises a
            ``RequestError`` with that exception as its ``cause``
    """
    from yt_dlp.networking.exceptions import RequestError

    def judge(url: str) -> None:
        try:
            check(url)
        except Exception as error:  # yt-dlp asks its next handler on anything but its own errors
            raise RequestError(str(error), cause=error) from error

    ways = {"Requests": _judge_session, "Urllib": _judge_opener}
    handlers = ydl._request_director.handlers
    for key in list(handlers):
        if key in ways:
            handlers[key]._create_instance = ways[key](handlers[key]._create_instance, judge)
        else:
            handlers.pop(key).close()


def _judge_session(create: Callable[..., Any], judge: Check) -> Callable[..., Any]:
    """Wraps what makes a ``requests.Session``; its ``send`` is called for each hop."""

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
    """Wraps what makes a ``urllib`` opener; it calls its processors for each hop."""

    def created(*args: Any, **kwargs: Any) -> Any:
        opener = create(*args, **kwargs)
        opener.add_handler(_Judge(judge))
        return opener

    return created


class _Judge(urllib.request.BaseHandler):
    handler_order = 0  # before every other

    def __init__(self, judge: Check) -> None:
        self._judge = judge

    def http_request(self, request: urllib.request.Request) -> urllib.request.Request:
        self._judge(request.full_url)
        return request

    https_request = http_request
