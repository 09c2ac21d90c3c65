"""A process that talks to a loopback Hub: it runs what tests send it, one piece after the other.

The client reads ``HF_ENDPOINT`` when it is imported, and the tests' own process is kept from every
Hub. One process for a module, because it imports FiftyOne.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any

from services import Service

#: Lines of JSON on the way to the process and back.
_SERVE = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import hub_client; \
hub_client.serve()"

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
        there, self._out = os.pipe()
        self._in, back = os.pipe()
        command = [sys.executable, "-c", _SERVE, str(there), str(back)]
        self._service = Service(command, home / "client.log", env, (there, back))
        os.close(there)
        os.close(back)
        self._answers = os.fdopen(self._in, encoding="utf-8")

    def run(self, code: str, **names: Any) -> Any:
        """Runs code that knows these names; returns what it calls ``result``, or what it prints.

        Raises:
            HubFailure: if it raises
        """
        os.write(self._out, (json.dumps([code, names]) + "\n").encode())
        line = self._answers.readline()
        if not line:
            self._service.check()
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
        os.close(self._out)
        self._answers.close()
        self._service.stop()


def publish(client: Client, name: str, **options: Any) -> dict[str, Any]:
    """Pushes a dataset to :data:`REPO`; returns the report."""
    return dict(client.run(PUBLISH, name=name, repo=REPO, options=options))


def serve() -> None:
    """Runs what comes in, until nothing does any more."""
    with (
        os.fdopen(int(sys.argv[1]), encoding="utf-8") as asked,
        os.fdopen(int(sys.argv[2]), "w", encoding="utf-8") as answers,
    ):
        for line in asked:
            code, names = json.loads(line)
            said = io.StringIO()
            try:
                with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                    exec(code, names)
                answer = [names.get("result", said.getvalue()), False]
            except BaseException:
                answer = [said.getvalue() + traceback.format_exc(), True]
            answers.write(json.dumps(answer) + "\n")
            answers.flush()
