"""Changes the documents in which FiftyOne stores a dataset's settings and schema."""

from __future__ import annotations

from collections.abc import Mapping

import fiftyone as fo
import fiftyone.core.odm as foo


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
