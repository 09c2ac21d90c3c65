"""Accesses FiftyOne's MongoDB database: the samples of a dataset, and other collections.

Bulk reads and writes of a few attributes use MongoDB directly: FiftyOne's samples would build every
label of every video as a Python object.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import fiftyone as fo
import fiftyone.core.odm as foo
from bson import ObjectId
from bson.raw_bson import RawBSONDocument
from pymongo.collection import Collection

Document = dict[str, Any]


def samples_of(dataset: fo.Dataset) -> Collection[Document]:
    """Returns the collection that holds a dataset's samples, one document per sample."""
    collection: Collection[Document] = dataset._sample_collection
    return collection


def count_samples(dataset: fo.Dataset) -> int:
    """Returns the number of samples from the collection's metadata, without reading an index."""
    return int(dataset._sample_collection.estimated_document_count())


def sample_ids(dataset: fo.Dataset) -> list[ObjectId]:
    """Returns the ids of all samples from the index, without reading the samples."""
    return [found["_id"] for found in samples_of(dataset).find({}, {"_id": 1}, hint="_id_")]


def last_modified(dataset: fo.Dataset) -> datetime | None:
    """Returns the time when a sample was last saved (naive UTC); None without samples.

    It is one look-up in FiftyOne's index; ``dataset.max("last_modified_at")`` reads every sample.
    """
    found = dataset._sample_collection.find_one(
        {}, {"last_modified_at": 1}, sort=[("last_modified_at", -1)]
    )
    return found.get("last_modified_at") if found else None


def insert_samples(dataset: fo.Dataset, documents: Sequence[RawBSONDocument]) -> None:
    """Inserts encoded samples in one batch, as ``add_samples`` does after encoding.

    Raises:
        ValueError: if MongoDB refuses one; its cause is the ``BulkWriteError``
    """
    foo.insert_documents(documents, dataset._sample_collection, batcher=False, progress=False)


def refresh_samples(dataset: fo.Dataset, sample_id: ObjectId | None = None) -> None:
    """Reloads samples in this process's memory after a direct write to MongoDB.

    Args:
        dataset: the dataset
        sample_id: the sample that was written; by default any may have been
    """
    if sample_id is None:
        fo.Sample._reload_docs(dataset._sample_collection_name)
    else:
        fo.Sample._reload_doc(dataset._sample_collection_name, sample_id)


def dataset_id(dataset: fo.Dataset) -> ObjectId:
    """Returns a dataset's id, which renaming does not change."""
    identity: ObjectId = dataset._doc.id
    return identity


def dataset_ids() -> list[ObjectId]:
    """Returns the ids of all datasets, without loading any."""
    return [document["_id"] for document in foo.get_db_conn().datasets.find({}, {"_id": 1})]


def find_datasets(query: Mapping[str, Any]) -> list[str]:
    """Returns the names of the datasets whose documents match a query, without loading any."""
    return sorted(d["name"] for d in foo.get_db_conn().datasets.find(query, {"name": 1}))


def find_samples(query: Mapping[str, Any]) -> list[tuple[str, Collection[Document]]]:
    """Returns the names and samples of the datasets whose documents match a query, by name.

    No dataset is loaded; those that FiftyOne generates for clips, patches and frames are left out.
    """
    database = foo.get_db_conn()
    public = {"sample_collection_name": {"$regex": r"^samples\."}}
    asked = {"name": 1, "sample_collection_name": 1}
    found = database.datasets.find({"$and": [public, dict(query)]}, asked).sort("name", 1)
    return [(each["name"], database[each["sample_collection_name"]]) for each in found]


def delete_unloadable(name: str) -> None:
    """Deletes a dataset that ``fo.delete_dataset`` cannot load, as its schema is broken."""
    foo.delete_dataset(name)


def named_collection(name: str) -> Collection[Document]:
    """Returns a collection of FiftyOne's database; MongoDB creates it with its first document."""
    collection: Collection[Document] = foo.get_db_conn()[name]
    return collection
