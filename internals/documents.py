"""The documents in which FiftyOne keeps a dataset's settings and schema."""

from __future__ import annotations

from collections.abc import Mapping

import fiftyone as fo
import fiftyone.core.odm as foo


def name_and_persist(dataset: fo.Dataset, name: str) -> None:
    """Renames a dataset and makes it persistent in one write.

    FiftyOne's setters write one after the other: a process that is killed in between leaves a
    dataset that has its name and is deleted with the last client, or the reverse.

    Raises:
        ValueError: if another dataset has the name
    """
    dataset._doc.persistent = True
    dataset.name = name


def describe_fields(dataset: fo.Dataset, descriptions: Mapping[str, str | None]) -> None:
    """Sets fields' descriptions, of read-only fields too, which ``field.save()`` refuses.

    All in one write: ``field.save()`` reads and writes the whole schema for each field.

    Args:
        dataset: the dataset
        descriptions: the texts by the fields' paths; None removes one
    """
    if not descriptions:
        return
    dataset._sample_doc_cls._reload_fields()
    for path, description in descriptions.items():
        dataset.get_field(path).description = description
        dataset._sample_doc_cls._get_field_doc(path).description = description
    dataset.save()


def restore_field_document(dataset: fo.Dataset, name: str) -> bool:
    """Makes a field's document in memory say what the loaded field says.

    Loading a dataset gives the document of an embedded field (``metadata``) anew, without
    descriptions, and the next ``dataset.save()`` writes it so.

    Returns:
        whether the document was another; call ``dataset.save()`` to keep it
    """
    field = dataset.get_field(name)
    documents = dataset._doc.sample_fields
    changed = False
    for place, document in enumerate(documents):
        if document.name == name and field is not None:
            documents[place] = foo.SampleFieldDocument.from_field(field)
            changed |= documents[place].to_dict() != document.to_dict()
    return changed
