"""A process that talks to a loopback Hub: it runs what tests send it, one piece after the other.

The client reads ``HF_ENDPOINT`` when it is imported, and the tests' own process is kept from every
Hub. One process for a module.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import socket
import subprocess
import traceback
from pathlib import Path
from typing import Any

import forks

_SERVE = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import hub_client; \
hub_client.serve(int(sys.argv[1]))"

REPO = "someone/steps"
PUBLISH = """
import fiftyone as fo
from fiftyone_action100m.publishing.hub import Patience
from fiftyone_action100m.publishing.publish import Publication
job = Publication(fo.load_dataset(name), repo, accept_license=True,
                  patience=Patience(pause=0.01), **options)
for step in job.run():
    pass
result = job.report.to_dict()
"""


class HubFailure(Exception):
    """What the process raised, with its trace."""


class Client:
    """The process.

    Args:
        environment: of the Hub
        home: where it keeps what it fetches
    """

    def __init__(self, environment: dict[str, str], home: Path) -> None:
        env = {**os.environ, **environment, "HF_HOME": str(home / "hf")}
        env["FIFTYONE_DEFAULT_DATASET_DIR"] = str(home / "datasets")
        env["FIFTYONE_DATASET_ZOO_DIR"] = str(home / "zoo")
        with socket.create_server(("127.0.0.1", 0)) as server:
            self._process = forks.start(_SERVE, str(server.getsockname()[1]), env=env)
            server.settimeout(1)
            while True:
                try:
                    self._socket, _ = server.accept()
                    break
                except TimeoutError:
                    self._check()
        self._socket.setblocking(True)
        self._answers = self._socket.makefile(encoding="utf-8")

    def run(self, code: str, **names: Any) -> Any:
        """Runs code that knows these names; returns what it calls ``result``, or what it prints.

        Raises:
            HubFailure: if it raises
        """
        self._socket.sendall((json.dumps([code, names]) + "\n").encode())
        line = self._answers.readline()
        if not line:
            self._process.wait(60)
            self._check()
        answer, failed = json.loads(line)
        if failed:
            raise HubFailure(answer)
        return answer

    def command(self, *arguments: str) -> tuple[int, str]:
        """Runs the command line; returns its exit code and what it printed."""
        code = "from fiftyone_action100m.cli import main\nprint(main(arguments))"
        said = str(self.run(code, arguments=arguments))
        text, _, last = said.rstrip("\n").rpartition("\n")
        return int(last), text

    def stop(self) -> None:
        """Ends it."""
        self._answers.close()
        self._socket.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def _check(self) -> None:
        if self._process.poll() is not None:
            raise HubFailure(f"the process has ended: {self._process.communicate()}")


def publish(client: Client, name: str, **options: Any) -> dict[str, Any]:
    """Pushes a dataset to :data:`REPO`; returns the report."""
    return dict(client.run(PUBLISH, name=name, repo=REPO, options=options))


def serve(port: int) -> None:
    """Runs what comes in, until nothing does any more: lines of JSON, there and back."""
    with (
        socket.create_connection(("127.0.0.1", port)) as connected,
        connected.makefile("rw", encoding="utf-8") as stream,
    ):
        for line in stream:
            code, names = json.loads(line)
            said = io.StringIO()
            try:
                with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                    exec(code, names)
                answer = [names.get("result", said.getvalue()), False]
            except BaseException:
                answer = [said.getvalue() + traceback.format_exc(), True]
            stream.write(json.dumps(answer) + "\n")
            stream.flush()
