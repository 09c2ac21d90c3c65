"""Base classes for two of FiftyOne's extension points that have no public hooks."""

from __future__ import annotations

import fiftyone as fo
from fiftyone.utils.data.exporters import FiftyOneDatasetExporter, MediaExporter
from fiftyone.zoo.datasets import ZooDataset


class DatasetExporter(FiftyOneDatasetExporter):
    """FiftyOne's export of a dataset, with a media exporter of one's own.

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
    """A dataset of FiftyOne's zoo that is prepared in a folder and loaded from there."""

    def prepare(self, folder: str) -> int:
        """Makes the dataset's files in the zoo's folder; returns the number of samples."""
        raise NotImplementedError

    def load(self, dataset: fo.Dataset, folder: str) -> None:
        """Adds the samples to the dataset that the zoo has made."""
        raise NotImplementedError

    def _download_and_prepare(
        self, dataset_dir: str, _scratch: str, _split: str | None
    ) -> tuple[None, int, None]:
        # No importer and no classes: `load` needs neither.
        return None, self.prepare(dataset_dir), None

    def _load_dataset(self, dataset: fo.Dataset, dataset_dir: str) -> None:
        self.load(dataset, dataset_dir)
