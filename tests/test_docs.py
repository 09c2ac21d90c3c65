"""The documentation lists every operator and function, and its Python and its examples run."""

from __future__ import annotations

import copy
import doctest
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fiftyone as fo
import fiftyone_action100m
import pytest
import yaml
from fiftyone_action100m import __all__ as PUBLIC
from fiftyone_action100m import convert, segments
from fiftyone_action100m.internals.database import samples_of
from fiftyone_action100m.operators import OPERATORS
from fiftyone_action100m.views import indexes
from material import small_record, write_parquet, write_video
from word_encoder import WordEncoder

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGES = [
    *sorted(DOCS.glob("navigate*.md")), DOCS / "export.md", DOCS / "fields.md", DOCS / "search.md",
    DOCS / "resample.md", DOCS / "quality.md", DOCS / "review.md",
]  # fmt: skip
FUNCTIONS = [n for n in PUBLIC if ".views." in getattr(fiftyone_action100m, n).__module__]
#: The examples name a node of the first.
UIDS = ("node", "video-a", "video-b")


def operators_in_docs() -> list[tuple[str, str]]:
    """The rows of the table of operators: label and name."""
    text = (DOCS / "navigate.md").read_text()
    return re.findall(r"^\| ([^|]+?) \| `(\w+)` \| [A-Z][^|]+ \|$", text, re.MULTILINE)


def test_docs_manifest_and_code_list_the_same_operators(repo_root: Path) -> None:
    listed = operators_in_docs()
    in_code = [(op.config.label, op.config.name) for op in (cls() for cls in OPERATORS)]
    manifest = yaml.safe_load((repo_root / "fiftyone.yml").read_text())["operators"]
    assert sorted(listed) == sorted(in_code)
    assert sorted(name for _, name in listed) == sorted(manifest)


def test_every_function_is_in_the_docs() -> None:
    text = "".join(page.read_text() for page in PAGES)
    assert [name for name in FUNCTIONS if not re.search(rf"\b{name}\b[(`,]", text)] == []


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Iterator[fo.Dataset]:
    """Three videos of 40 s; in each, somebody kneads the dough."""
    folder = tmp_path_factory.mktemp("docs")
    records = [small_record(uid, seconds=40.0, leaves=24) for uid in UIDS]
    for record in records:
        with_text = [
            n for n in record["nodes"] if n["gpt"] and n["gpt"]["action"]["brief"] != "N/A"
        ]
        with_text[-1]["gpt"]["action"]["brief"] = "Knead the dough."
        write_video(folder / "videos" / f"{record['video_uid']}.mp4", seconds=40.0)
    shard = write_parquet(folder / "shard.parquet", records)
    made, _ = convert(shard, folder / "videos", "test-docs", folder / "out")
    yield made
    fo.delete_dataset("test-docs")


@pytest.fixture(scope="module")
def clips(dataset: fo.Dataset) -> fo.DatasetView:
    """The actions as clips."""
    return segments(dataset, "gpt_action_brief")


@pytest.fixture
def names(
    dataset: fo.Dataset, clips: fo.DatasetView, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, Any]]:
    """What the docs' Python takes for granted; the dataset is as it was afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(indexes._by_name, None, indexes.remember(WordEncoder()))
    public = {name: getattr(fiftyone_action100m, name) for name in PUBLIC}
    public["index"](dataset)
    sample = dataset.first()
    label = sample["gpt_action_brief"].detections[7]
    before, documents = stored(dataset), list(samples_of(dataset).find({}))
    yield public | {
        "dataset": dataset, "sample": sample, "clips": clips, "label": label, "Path": Path,
    }  # fmt: skip
    if stored(dataset) != before:
        public["drop_clusters"](dataset)
        public["drop_cut"](dataset)
        public["drop_words"](dataset)
        public["clear_check_tags"](dataset)
        forget_reviews(dataset, documents)


def forget_reviews(dataset: fo.Dataset, documents: list[dict[str, Any]]) -> None:
    """Puts a dataset back to what it was before it was reviewed."""
    paths = [path for path in dataset.get_field_schema(flat=True) if path.endswith(".review")]
    if paths:
        dataset.delete_sample_fields(paths)
        dataset.info.pop("action100m_review_sample", None)
        dataset.save()
        for document in documents:
            samples_of(dataset).replace_one({"_id": document["_id"]}, document)
        dataset.reload()


def stored(dataset: fo.Dataset) -> list[object]:
    """Returns what an example may have changed: the schema and the samples."""
    return [sorted(dataset.get_field_schema(flat=True)), *samples_of(dataset).find_raw_batches({})]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_python_of_a_page_runs(page: Path, names: dict[str, Any]) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)
    assert blocks
    for block in blocks:
        before = copy.copy(names)
        exec(block, names)
        for name in names.keys() - before.keys() - {"__builtins__"}:
            value = names[name]
            if isinstance(value, fo.DatasetView):
                assert len(value) > 0, f"{name} in {block}"


def has_example(name: str) -> bool:
    function = getattr(fiftyone_action100m, name)
    return bool(re.search(r"Example::|>>>", function.__doc__ or ""))


@pytest.mark.parametrize("name", filter(has_example, FUNCTIONS))
def test_example_of_a_function_runs(name: str, names: dict[str, Any]) -> None:
    text = textwrap.dedent("    " + (names[name].__doc__ or ""))
    if ">>>" in text:
        test = doctest.DocTestParser().get_doctest(text, names, name, None, None)
        said: list[str] = []
        result = doctest.DocTestRunner(verbose=False).run(test, out=said.append)
        assert result.attempted and not result.failed, "".join(said)
        return
    example = re.search(r"Example::\n\n((?:(?: {4}.*)?\n)+)", text)
    assert example is not None
    exec(textwrap.dedent(example[1]), names)
