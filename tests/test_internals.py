"""What the package relies on in FiftyOne's private parts, each against FiftyOne's public result."""

from __future__ import annotations

import ast
import json
import platform
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import bson
import fiftyone as fo
import fiftyone.core.stages as fos
import fiftyone.operators as foo
import forks
import numpy as np
import pytest
from bson import ObjectId, json_util
from bson.raw_bson import RawBSONDocument
from fiftyone import ViewField as F
from fiftyone.server.events import state
from fiftyone.utils.data.exporters import MediaExporter
from fiftyone_action100m.internals import backends, database, documents, hooks, requests, views
from pymongo.errors import BulkWriteError, ExecutionTimeout
from subset import subset_dataset

FIELD = "gpt_summary_brief"
LABELS = f"{FIELD}.detections.label"


@pytest.fixture(scope="module")
def dataset() -> Iterator[fo.Dataset]:
    """Three videos with trees, which do not exist as files. Shared: change nothing."""
    made = subset_dataset(f"test-internals-{uuid.uuid4().hex[:6]}")
    yield made
    made.delete()


@pytest.fixture
def own(dataset_name: str) -> fo.Dataset:
    """A dataset of the test's own."""
    return subset_dataset(dataset_name)


@pytest.fixture(scope="module")
def clips(dataset: fo.Dataset) -> fo.DatasetView:
    """The first video's captions as clips, without the first."""
    return dataset.limit(1).to_clips(FIELD).skip(1)


def fresh(name: str) -> fo.Dataset:
    """Loads a dataset as another process would."""
    fo.Dataset._instances.pop(name, None)
    return fo.load_dataset(name)


# database


def test_samples_are_the_documents_of_the_dataset(dataset: fo.Dataset) -> None:
    found = list(database.samples_of(dataset).find({}, sort=[("_id", 1)]))
    assert [str(document["_id"]) for document in found] == sorted(dataset.values("id"))
    assert {d["filepath"] for d in found} == set(dataset.values("filepath"))
    label = dataset.first()[FIELD].detections[0]
    (document,) = [d for d in found if str(d["_id"]) == dataset.first().id]
    stored = document[FIELD]["detections"][0]
    assert (str(stored["_id"]), stored["label"], stored["support"]) == (
        label.id, label.label, label.support
    )  # fmt: skip


def test_the_number_of_samples_follows_every_change(own: fo.Dataset) -> None:
    assert database.count_samples(own) == len(own) == 3
    assert sorted(map(str, database.sample_ids(own))) == sorted(own.values("id"))
    own.delete_samples([own.first().id])
    assert database.count_samples(own) == len(own) == 2
    own.clear()
    assert database.count_samples(own) == 0


def test_the_last_change_is_the_latest_time_of_any_sample(own: fo.Dataset) -> None:
    before = database.last_modified(own)
    assert before == max(own.values("last_modified_at"))
    sample = own.first()
    sample["note"] = "changed"
    sample.save()
    after = database.last_modified(own)
    assert after == max(own.values("last_modified_at"))
    assert before is not None and after is not None and after > before
    own.clear()
    assert database.last_modified(own) is None


def test_inserted_documents_are_samples(own: fo.Dataset) -> None:
    document = dict(database.samples_of(own).find_one({}) or {})
    new = RawBSONDocument(bson.encode({**document, "_id": ObjectId(), "filepath": "/x/new.mp4"}))
    database.insert_samples(own, [new])
    assert len(own) == 4
    assert own["/x/new.mp4"][FIELD].detections[0].label == own.first()[FIELD].detections[0].label
    with pytest.raises(ValueError) as refused:
        database.insert_samples(own, [new])
    assert isinstance(refused.value.__cause__, BulkWriteError)
    assert refused.value.__cause__.details["writeErrors"][0]["code"] == 11000


def test_samples_in_memory_are_refreshed(own: fo.Dataset) -> None:
    sample = own.first()
    database.samples_of(own).update_one(
        {"_id": ObjectId(sample.id)}, {"$set": {"filepath": "/x/moved.mp4"}}
    )
    assert sample.filepath != "/x/moved.mp4"
    other = own.last()
    other.filepath = "/x/unsaved.mp4"
    database.refresh_samples(own, ObjectId(sample.id))
    assert (sample.filepath, other.filepath) == ("/x/moved.mp4", "/x/unsaved.mp4")
    database.refresh_samples(own)
    assert other.filepath != "/x/unsaved.mp4"


def test_a_dataset_keeps_its_id(own: fo.Dataset) -> None:
    identity = database.dataset_id(own)
    ctx = foo.ExecutionContext({"dataset_name": own.name})
    foo.ExecutionStore.create("test-internals", identity).set("key", "value")
    assert ctx.store("test-internals").get("key") == "value"
    other = f"{own.name}-renamed"
    name, own.name = own.name, other
    assert database.dataset_id(fo.load_dataset(other)) == identity
    own.name = name


def test_datasets_are_found_without_loading_them(own: fo.Dataset) -> None:
    own.tags = ["test-internals-tag"]
    own.info["action100m"] = {"runs": [{"out": "/x/out"}]}
    own.save()
    other = fo.Dataset()
    identity = database.dataset_id(other)
    assert {database.dataset_id(own), identity} <= set(database.dataset_ids())
    other.delete()
    assert identity not in database.dataset_ids()
    tagged = database.find_datasets({"tags": "test-internals-tag"})
    assert tagged == fo.list_datasets(tags="test-internals-tag") == [own.name]
    assert database.find_datasets({"info.action100m.runs.out": "/x/out"}) == [own.name]
    ((name, samples),) = database.find_samples({"tags": "test-internals-tag"})
    assert (name, samples.name) == (own.name, database.samples_of(own).name)
    own.limit(1).to_clips(FIELD)  # makes a dataset that is not listed
    assert [name for name, _ in database.find_samples({})] == fo.list_datasets()
    assert len(database.dataset_ids()) > len(fo.list_datasets())


def test_a_dataset_that_cannot_be_loaded_is_deleted() -> None:
    name = f"test-{uuid.uuid4().hex[:10]}"
    made = fo.Dataset(name)
    samples = database.samples_of(made).name
    everything = database.named_collection("datasets")
    everything.update_one({"name": name}, {"$set": {"sample_fields": [{"name": 1, "ftype": 2}]}})
    fo.Dataset._instances.pop(name, None)
    with pytest.raises(Exception, match=r"."):
        fo.load_dataset(name)
    database.delete_unloadable(name)
    assert not fo.dataset_exists(name)
    assert samples not in everything.database.list_collection_names()


def test_a_collection_by_name_is_in_fiftyones_database(own: fo.Dataset) -> None:
    collection = database.named_collection(f"action100m.test-{uuid.uuid4().hex[:6]}")
    assert collection.database.name == fo.config.database_name
    assert collection.database == database.samples_of(own).database
    collection.insert_one({"_id": "one"})
    assert collection.find_one({}) == {"_id": "one"}
    collection.drop()


# views


def test_every_view_knows_the_videos_dataset(dataset: fo.Dataset, clips: fo.DatasetView) -> None:
    for collection in (dataset, dataset.view(), dataset.limit(1), clips, clips.limit(1)):
        assert views.source_dataset(collection) is dataset
    assert clips.dataset_name == dataset.name


def test_what_clips_were_made_from(dataset: fo.Dataset, clips: fo.DatasetView) -> None:
    assert views.source_collection(clips) == dataset.limit(1)
    subset = dataset.limit(2)
    assert views.source_collection(subset) is subset
    assert views.source_collection(dataset) is dataset


def test_the_field_that_clips_are_of(dataset: fo.Dataset, clips: fo.DatasetView) -> None:
    assert views.clip_field(clips) == views.clip_field(clips.limit(1)) == FIELD
    assert isinstance(clips.first()[FIELD], fo.Classification)
    assert views.clip_field(dataset) is views.clip_field(dataset.view()) is None
    assert views.clip_field(dataset.limit(1).to_clips([[[1, 5]]])) is None


def test_only_clips_and_the_like_are_generated(dataset: fo.Dataset, clips: fo.DatasetView) -> None:
    assert views.is_generated(clips)
    assert not views.is_generated(dataset.view())
    assert not views.is_generated(dataset.limit(1))


def test_the_stages_of_a_view(dataset: fo.Dataset, clips: fo.DatasetView) -> None:
    view = dataset.match(F(FIELD) != None).limit(2)  # noqa: E711 (an expression)
    assert [type(stage) for stage in views.stages_of(view)] == [fo.Match, fo.Limit]
    again = dataset.view()
    for stage in views.stages_of(view):
        again = again.add_stage(stage)
    assert again == view
    assert [type(stage) for stage in views.stages_of(clips)] == [fo.Skip]
    assert views.stages_of(dataset) == []


def test_a_serialised_view_is_built_again(dataset: fo.Dataset, clips: fo.DatasetView) -> None:
    filtered = dataset.filter_labels(FIELD, F("label").re_match("a")).sort_by("filepath")
    for view in (dataset.view(), filtered, clips):
        stages = views.serialize_view(view)
        sent = json_util.loads(json.dumps(json.loads(json_util.dumps(stages))))
        for each in (stages, sent):
            built = views.build_view(dataset, each)
            assert type(built) is type(view)
            assert built.values(FIELD if view is clips else LABELS) == view.values(
                FIELD if view is clips else LABELS
            )
    dataset.save_view("filtered", filtered)
    assert views.serialize_view(dataset.load_saved_view("filtered"), uuids=False) == (
        views.serialize_view(filtered, uuids=False)
    )
    dataset.delete_saved_view("filtered")


def test_equal_views_serialise_equally_without_uuids(dataset: fo.Dataset) -> None:
    one, other = dataset.limit(1), dataset.limit(1)
    assert views.serialize_view(one, uuids=False) == views.serialize_view(other, uuids=False)
    assert views.serialize_view(one) != views.serialize_view(other)


def test_a_mongo_stage_looks_no_frames_up(dataset: fo.Dataset) -> None:
    pipeline = [{"$match": {"filepath": {"$regex": "bb"}}}]
    ours, plain = dataset.add_stage(views.mongo_stage(pipeline)), dataset.mongo(pipeline)
    assert ours.values("id") == plain.values("id") == dataset.values("id")[1:2]
    assert isinstance(views.stages_of(ours)[0], fos.Mongo)
    assert "$lookup" not in str(ours._pipeline())
    assert "$lookup" in str(plain._pipeline()), "no longer needed"


def test_copies_of_a_view_share_the_pipeline_of_a_mongo_stage(dataset: fo.Dataset) -> None:
    pipeline = [{"$match": {"filepath": {"$regex": "bb"}}}]

    def shared(view: fo.DatasetView) -> bool:
        (stage, *_), (copied, *_) = views.stages_of(view), views.stages_of(view.limit(1))
        assert copied == stage and copied is not stage
        return copied.pipeline is stage.pipeline

    ours = dataset.add_stage(views.mongo_stage(pipeline))
    assert shared(ours)
    assert not shared(dataset.mongo(pipeline)), "no longer needed"
    stages = views.serialize_view(ours)
    assert (
        stages == json.loads(json_util.dumps(stages)) == bson.decode(bson.encode({"": stages}))[""]
    )


def test_a_pipeline_runs_after_the_views_stages(dataset: fo.Dataset) -> None:
    wanted = [{"$project": {"found": f"${LABELS}"}}]
    filtered = dataset.filter_labels(FIELD, F("label").re_match("a")).sort_by("id", reverse=True)
    for collection in (dataset, dataset.view(), dataset.limit(1), filtered):
        found = views.aggregate(collection, wanted)
        assert [str(row["_id"]) for row in found] == collection.values("id")
        assert [row["found"] for row in found] == collection.values(LABELS)
        assert list(views.stream(collection, wanted)) == found


def test_a_pipeline_on_clips_sees_the_clips(clips: fo.DatasetView) -> None:
    found = views.aggregate(clips, [{"$project": {"_sample_id": 1, "label": f"${FIELD}.label"}}])
    assert [row["label"] for row in found] == clips.values(f"{FIELD}.label")
    assert [str(row["_sample_id"]) for row in found] == clips.values("sample_id")


def test_a_pipeline_is_bounded(dataset: fo.Dataset) -> None:
    assert len(views.aggregate(dataset, [], first=2)) == 2
    # The first ones of the dataset, not those of the view.
    last = dataset.select(dataset.last().id)
    assert views.aggregate(last, [], first=2) == []
    adding = {"$add": ["$$value", {"$sin": "$$this"}]}
    numbers = {"input": {"$range": [0, 1_000_000]}, "initialValue": 0, "in": adding}
    slow = [{"$project": {"sum": {"$reduce": numbers}}}]
    with pytest.raises(ExecutionTimeout):
        views.aggregate(dataset, slow, max_ms=1)
    assert len(views.aggregate(dataset, [], max_ms=60_000)) == 3


# documents


def test_name_and_persistence_are_one_write(own: fo.Dataset) -> None:
    own.persistent = False
    name = f"{own.name}-done"
    everything = database.named_collection("datasets")
    everything.database.command("profile", 2)
    documents.name_and_persist(own, name)
    everything.database.command("profile", 0)
    asked = {"ns": everything.full_name, "op": "update"}
    profile = database.named_collection("system.profile")
    changes = [entry["command"]["u"].get("$set", {}) for entry in profile.find(asked)]
    profile.drop()
    naming = [change for change in changes if "name" in change or "persistent" in change]
    assert [(change["name"], change["persistent"]) for change in naming] == [(name, True)]
    loaded = fresh(name)
    assert loaded.persistent
    with pytest.raises(ValueError):
        other = fo.Dataset()
        documents.name_and_persist(other, name)
    other.delete()
    loaded.delete()


def test_a_read_only_field_is_described(own: fo.Dataset) -> None:
    field = own.get_field(FIELD)
    field.read_only = True
    field.save()
    field.description = "not saved"
    with pytest.raises(ValueError):
        field.save()
    documents.describe_fields(own, {FIELD: "described", "metadata.size_bytes": "Bytes"})
    assert own.get_field(FIELD).description == "described"
    loaded = fresh(own.name)
    assert loaded.get_field(FIELD).description == "described"
    documents.describe_fields(loaded, {FIELD: None})
    assert fresh(own.name).get_field(FIELD).description is None


def test_attributes_are_declared_where_a_thread_has_read_the_dataset_before(
    own: fo.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"{FIELD}.detections.late"
    # What another thread read before the update takes the place of what was read after it.
    monkeypatch.setattr(own._sample_doc_cls, "_reload_fields", lambda: None)
    documents.declare_attributes(own, fo.DictField, {path: "x"})
    assert isinstance(own.get_field(path), fo.DictField)
    monkeypatch.undo()
    assert fresh(own.name).get_field(path).description == "x"


def test_attributes_that_processes_declare_at_once_are_all_there(own: fo.Dataset) -> None:
    code = """if True:
        import sys, fiftyone as fo
        from fiftyone_action100m.internals.documents import declare_attributes
        dataset = fo.load_dataset(sys.argv[1])
        for k in range(20):
            path = f"gpt_summary_brief.detections.{sys.argv[2]}{k}"
            declare_attributes(dataset, fo.IntField, {path: "x"})
            assert dataset.get_field(path) is not None
    """
    own.persistent = True
    running = [forks.start(code, own.name, who) for who in "ab"]
    assert [process.communicate(60)[1] for process in running] == ["", ""]
    path = f"{FIELD}.detections.a0"
    documents.declare_attributes(own, fo.IntField, {path: "declared already"})
    with pytest.raises(ValueError, match="a0 is IntField, not FloatField"):
        documents.declare_attributes(own, fo.FloatField, {path: "of another type"})
    schema = fresh(own.name).get_field_schema(flat=True)
    expected = {f"{FIELD}.detections.{who}{k}" for who in "ab" for k in range(20)}
    assert expected <= schema.keys()
    assert own.get_field(path).description == "x"
    stored = database.named_collection("datasets").find_one({"name": own.name}) or {}
    (field,) = [field for field in stored["sample_fields"] if field["name"] == FIELD]
    names = [each["name"] for each in field["fields"][0]["fields"]]
    assert len(names) == len(set(names))


def test_a_fields_document_is_restored_from_the_field(own: fo.Dataset) -> None:
    own.get_field("metadata.size_bytes").description = "Bytes"
    assert documents.restore_field_document(own, "metadata")
    own.save()
    assert not documents.restore_field_document(own, "metadata")
    stored = database.named_collection("datasets").find_one({"name": own.name}) or {}
    (metadata,) = [field for field in stored["sample_fields"] if field["name"] == "metadata"]
    (size,) = [field for field in metadata["fields"] if field["name"] == "size_bytes"]
    assert size["description"] == "Bytes"


# requests


def test_contexts_of_one_request_share_the_dataset(dataset: fo.Dataset) -> None:
    request = {"dataset_name": dataset.name}
    for _ in range(2):
        requests.share_dataset(foo.ExecutionContext(request))
    one = foo.ExecutionContext(request)
    requests.share_dataset(one)
    request["dataset_name"] = "there is no such dataset"
    assert one.dataset is dataset
    none = foo.ExecutionContext({})
    requests.share_dataset(none)
    assert none.dataset is None


def test_contexts_of_one_request_share_the_view(dataset: fo.Dataset) -> None:
    request = {"dataset_name": dataset.name, "view": views.serialize_view(dataset.limit(1))}
    seen = []
    for _ in range(2):
        context = foo.ExecutionContext(request)
        requests.share_view(context)
        seen.append(context.view)
    assert seen[0] is seen[1] and len(seen[0]) == 1


def test_app_servers_are_told_apart_by_machine_and_port() -> None:
    port = state.get_port()
    try:
        state.set_port(5152)
        assert requests.server_name() == f"{platform.node()}:5152"
    finally:
        state.set_port(port)


# hooks


class Noting(MediaExporter):
    """Notes what it is given, and writes nothing."""

    given: list[str] = []  # noqa: RUF012

    def export(self, media_or_path: str, outpath: str | None = None) -> tuple[str, str]:
        Noting.given.append(media_or_path)
        name = f"noted-{len(Noting.given)}.mp4"
        return str(Path(self.export_path, name)), name


class NotingExporter(hooks.DatasetExporter):
    media_exporter = Noting


def test_an_export_places_media_by_the_exporters_class(
    dataset: fo.Dataset, tmp_path: Path, dataset_name: str
) -> None:
    exporter = NotingExporter(str(tmp_path / "export"), export_media="symlink")
    dataset.export(dataset_exporter=exporter, progress=False)
    assert Noting.given == dataset.values("filepath")
    loaded = fo.Dataset.from_dir(
        str(tmp_path / "export"), fo.types.FiftyOneDataset, name=dataset_name, progress=False
    )
    names = [str(tmp_path / "export" / "data" / f"noted-{n}.mp4") for n in (1, 2, 3)]
    assert loaded.values("filepath") == names
    assert loaded.values(LABELS) == dataset.values(LABELS)


class Zoo(hooks.PreparedZooDataset):
    name = "test-internals-zoo"
    supported_splits = None

    def prepare(self, folder: str) -> int:
        (Path(folder) / "prepared").write_text("here")
        return 7

    def load(self, dataset: fo.Dataset, folder: str) -> None:
        dataset.description = (Path(folder) / "prepared").read_text()


def test_a_zoo_dataset_is_prepared_and_loaded(tmp_path: Path, dataset_name: str) -> None:
    folder = tmp_path / "zoo"
    folder.mkdir()
    assert Zoo().download_and_prepare(str(folder)).num_samples == 7
    empty = fo.Dataset(dataset_name)
    Zoo()._load_dataset(empty, str(folder))  # as foz.load_zoo_dataset does, see test_zoo.py
    assert empty.description == "here"


# at_exit

_PROGRAM = """
import atexit
registered, unregistered = [], []
register = atexit.register
atexit.register = lambda call, *args, **kwargs: (registered.append(call), register(call, *args))[0]
import fiftyone as fo
fo.list_datasets()  # connects
atexit.unregister = unregistered.append
from fiftyone_action100m.internals.at_exit import skip_cleanup
skip_cleanup()
print([call in registered for call in unregistered])
"""


def test_the_cleanup_at_exit_is_unregistered() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[True]"


# everything else

#: Modules outside ``internals/`` that adapt another library's private parts.
_ADAPTERS = {
    "acquire/redirects.py": "yt-dlp",
    "converters/reading/hub_client.py": "huggingface_hub",
}
#: Public although they begin with an underscore; the last is the only name of argparse's class.
_PUBLIC = {"_asdict", "_exit", "_fields", "_make", "_replace", "_SubParsersAction"}


def _privates(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yields where a module uses what is private to another object or module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            owner = ast.unparse(node.value)
            if _is_private(node.attr) and owner not in ("self", "cls", "super()"):
                yield node.lineno, f"{owner}.{node.attr}"
        elif isinstance(node, ast.keyword) and _is_private(node.arg or ""):
            yield node.lineno, f"{node.arg}="
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from ((node.lineno, n) for n in names if _is_private(n.split(".")[-1]))
            yield from ((node.lineno, n) for n in names if n.startswith("fiftyone.core.odm"))
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
            yield from ((node.lineno, n) for n in names if n.startswith("fiftyone.core.odm"))


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name not in _PUBLIC


def test_private_parts_are_used_in_internals_only(repo_root: Path) -> None:
    packages = {path.parent for path in repo_root.glob("*/__init__.py")} | {
        repo_root / "benchmarks"
    }
    modules = {path for folder in packages for path in folder.glob("**/*.py")}
    assert repo_root / "internals" / "database.py" in modules
    found = {}
    for path in sorted({repo_root / "__init__.py", *modules}):
        name = path.relative_to(repo_root).as_posix()
        uses = [f"{line}: {use}" for line, use in _privates(ast.parse(path.read_text("utf-8")))]
        if uses and name not in _ADAPTERS and not name.startswith("internals/"):
            found[name] = uses
    assert not found, "put it into internals/, with a test here"


def test_a_backend_is_asked_for_the_nearest_ids(own: fo.Dataset, tmp_path: Path) -> None:
    pytest.importorskip("lancedb")
    import fiftyone.brain as fob

    count = len(own)
    vectors = np.random.default_rng(1).standard_normal((count, 8)).astype(np.float32)
    ids = own.values("id")
    uri = str(tmp_path / "lancedb")
    public = fob.compute_similarity(
        own, embeddings=vectors, backend="lancedb", brain_key="public", metric="cosine", uri=uri
    )
    there = backends.connect(own, "lancedb", uri=uri)
    there.add_to_index(vectors, ids)
    expected = public.sort_by_similarity(vectors[0], k=count).values("id")
    assert backends.nearest_ids(there, vectors[0], count) == expected
    place = backends.place_of(there)
    again = backends.connect(own, "lancedb", uri=uri, **place)
    assert again.total_index_size == count and own.list_brain_runs() == ["public"]
    assert "lancedb" in backends.similarity_backends()
    assert not backends.has_setting("lancedb", "no such setting")
    own.delete_brain_run("public")
