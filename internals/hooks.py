"""Base classes for FiftyOne's extension points without public hooks."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import fiftyone as fo
import fiftyone.core.stages as fosg
import numpy as np
from fiftyone.brain.similarity import SimilarityConfig, SimilarityIndex
from fiftyone.brain.visualization import VisualizationResults
from fiftyone.utils.data.exporters import FiftyOneDatasetExporter, MediaExporter
from fiftyone.zoo.datasets import ZooDataset

_PACKAGE = "fiftyone_action100m"
#: The name under which this process has imported the package.
_HERE = __name__.removesuffix(".internals.hooks")


def class_name(cls: type) -> str:
    """Returns the name by which FiftyOne finds a class of this package in another process.

    The App imports the plugin under a module name that exists only there.
    """
    root = _PACKAGE if find_spec(_PACKAGE) is not None else _HERE
    return f"{root}{cls.__module__.removeprefix(_HERE)}.{cls.__name__}"


class DatasetExporter(FiftyOneDatasetExporter):
    """FiftyOne's exporter of datasets with a custom media exporter.

    Attributes:
        media_exporter: the class that places the media files
    """

    media_exporter: type[MediaExporter] = MediaExporter

    def setup(self) -> None:
        """Prepares the export; called by FiftyOne."""
        super().setup()
        self._media_exporter = self.media_exporter(
            self.export_media, export_path=self._data_dir, chunk_size=self.chunk_size
        )
        self._media_exporter.setup()


class PreparedZooDataset(ZooDataset):
    """A dataset of FiftyOne's zoo that is prepared in a folder and loaded from it."""

    def prepare(self, folder: str) -> int:
        """Creates the dataset's files in the zoo's folder; returns the number of samples."""
        raise NotImplementedError

    def load(self, dataset: fo.Dataset, folder: str) -> None:
        """Adds the samples to the dataset that the zoo has created."""
        raise NotImplementedError

    def _download_and_prepare(
        self, dataset_dir: str, _scratch: str, _split: str | None
    ) -> tuple[None, int, None]:
        # No importer and no classes: `load` needs neither.
        return None, self.prepare(dataset_dir), None

    def _load_dataset(self, dataset: fo.Dataset, dataset_dir: str) -> None:
        self.load(dataset, dataset_dir)


class SortedByIndex(SimilarityIndex):
    """A similarity index of FiftyOne Brain that stores nothing in the database.

    FiftyOne's own sorts samples, or the patches of one field; a subclass returns its own stages.
    """

    def sorting(
        self,
        query: Any,
        k: int | None,
        reverse: bool,
        aggregation: str,
        dist_field: str | None,
    ) -> list[fosg.ViewStage]:
        """Returns the stages that sort the current view; arguments as ``sort_by_similarity``."""
        raise NotImplementedError

    def parse_query(self, query: Any) -> Any:
        """Returns the vectors of a query (also of texts), or its ids."""
        return self._parse_query(query)

    def sort_by_similarity(
        self,
        query: Any,
        k: int | None = None,
        reverse: bool = False,
        aggregation: str = "mean",
        dist_field: str | None = None,
        _mongo: bool = False,
    ) -> Any:
        """Sorts the current view; returns a view, or its MongoDB pipeline for a view's stage."""
        view = self.view
        stages = self.sorting(query, k, reverse, aggregation, dist_field)
        if not _mongo:
            for stage in stages:
                view = view.add_stage(stage)
            return view
        pipeline: list[Any] = []
        for stage in stages:
            stage.validate(view)
            pipeline.extend(stage.to_mongo(view))
        return pipeline

    @classmethod
    def _from_dict(
        cls,
        _d: dict[str, Any],
        samples: fo.Dataset | fo.DatasetView,
        config: SimilarityConfig,
        brain_key: str,
    ) -> SortedByIndex:
        return cls(samples, config, brain_key)


class PointsOfSegments(VisualizationResults):
    """A visualization of the ``TemporalDetections`` of one field, which is its patches field.

    FiftyOne's own does not support views of videos with patches. Points of segments outside the
    view are hidden, and segments without a point are allowed.
    """

    def use_view(
        self,
        sample_collection: fo.Dataset | fo.DatasetView,
        allow_missing: bool = True,
        warn_missing: bool = False,
    ) -> PointsOfSegments:
        """Restricts the points to a view of videos or of clips; arguments as FiftyOne's."""
        if isinstance(sample_collection, fo.Dataset):
            there = None
        else:
            there = np.array(_label_ids(sample_collection, self.config.patches_field), dtype=str)
        kept = slice(None) if there is None else np.flatnonzero(np.isin(self.label_ids, there))
        known = None if there is None else np.isin(there, self.label_ids)
        self._curr_view = sample_collection
        self._curr_points = self.points[kept]
        self._curr_sample_ids = self.sample_ids[kept]
        self._curr_label_ids = self.label_ids[kept]
        self._curr_keep_inds = None if there is None else kept
        self._curr_good_inds = None if known is None or known.all() else known
        return self


def _label_ids(view: fo.DatasetView, field: str) -> list[str]:
    """Returns the ids of a view's labels in a field; none for clips of another field."""
    if field not in view.get_field_schema():
        return []
    _, path = view._get_label_field_path(field, "id")
    ids: list[str] = view.values(path, unwind=True)
    return ids
