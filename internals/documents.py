"""Changes the documents in which FiftyOne stores a dataset's settings and schema."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone

import fiftyone as fo
import fiftyone.core.odm as foo

from .database import dataset_id


def name_and_persist(dataset: fo.Dataset, name: str) -> None:
    """Renames a dataset and makes it persistent in one write.

    FiftyOne's setters are separate writes: a process that is killed in between leaves a dataset
    with its name that is deleted with the last client, or the reverse.

    Raises:
        ValueError: if another dataset has the name
    """
    dataset._doc.persistent = True
    dataset.name = name


def describe_fields(dataset: fo.Dataset, descriptions: Mapping[str, str | None]) -> None:
    """Sets the descriptions of fields, including read-only ones, which ``field.save()`` refuses.

    It is one write; ``field.save()`` reads and writes the whole schema for each field.

    Args:
        dataset: the dataset
        descriptions: the texts by field path; None removes one
    """
    if not descriptions:
        return
    dataset._sample_doc_cls._reload_fields()
    for path, description in descriptions.items():
        dataset.get_field(path).description = description
        dataset._sample_doc_cls._get_field_doc(path).description = description
    dataset.save()


def declare_attributes(
    dataset: fo.Dataset, ftype: type[fo.Field], described: Mapping[str, str]
) -> None:
    """Declares missing attributes of detections, each in one update.

    Any number of processes may do so at once: ``add_sample_field`` reads the attributes of a field
    and writes them all back, without those that were declared in between.

    Args:
        dataset: the dataset
        ftype: the type of all of them
        described: their paths, ``FIELD.detections.NAME``, and what the App says of each

    Raises:
        ValueError: if one is declared with another type
    """
    known = {path: dataset.get_field(path) for path in described}
    for path, field in known.items():
        if not isinstance(field, ftype | None):
            raise ValueError(f"{path} is {type(field).__name__}, not {ftype.__name__}")
    missing: dict[str, foo.SampleFieldDocument] = {}
    place = "sample_fields.$[field].fields.$[list].fields"
    for path in [path for path, field in known.items() if field is None]:
        name, list_, attribute = path.split(".")
        added = ftype(description=described[path])
        added.name = added.db_field = attribute
        added._set_created_at(datetime.now(timezone.utc).replace(tzinfo=None))
        missing[path] = foo.SampleFieldDocument.from_field(added)
        where = [{"field.name": name}, {"list.name": list_, "list.fields.name": {"$ne": attribute}}]
        foo.get_db_conn().datasets.update_one(
            {"_id": dataset_id(dataset)},
            {"$push": {place: missing[path].to_mongo()}},
            array_filters=where,
        )
    samples = dataset._sample_doc_cls
    if missing:
        samples._reload_fields()
    for path, document in missing.items():
        _, labels, documents, _ = samples._parse_path(path)
        # Another thread that read the dataset before may have replaced what was read here.
        found = next((each for each in documents if each.name == document.name), document)
        labels._declare_field(dataset, path, found)


def restore_field_document(dataset: fo.Dataset, name: str) -> bool:
    """Restores the description in a field's document in memory from the loaded field.

    Loading a dataset recreates the document of an embedded field (``metadata``) without
    descriptions, and the next ``dataset.save()`` would store it.

    Returns:
        whether the document changed; call ``dataset.save()`` to store it
    """
    field = dataset.get_field(name)
    documents = dataset._doc.sample_fields
    changed = False
    for place, document in enumerate(documents):
        if document.name == name and field is not None:
            documents[place] = foo.SampleFieldDocument.from_field(field)
            changed |= documents[place].to_dict() != document.to_dict()
    return changed
