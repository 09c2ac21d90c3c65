"""The stages that give the nodes of trees their texts: captions, then their aggregation."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..converters.clips.samples import SampledVideo
from ..core.records import VideoInfo
from ..core.tree import TreeOfCaptions
from .aggregation import Aggregation
from .caption_counts import CallCounts
from .captions import Captions
from .features import FeaturesInfo
from .options import AGGREGATION, CAPTIONS, STAGES, BuildOptions


class Texts:
    """The stages of a build that make texts.

    Args:
        options: the build's

    Attributes:
        captions: the stage of captions; None if the build ends before it
        aggregation: the stage of aggregation; None if the build ends before it

    Raises:
        OptionError: if an option cannot be used
    """

    def __init__(self, options: BuildOptions) -> None:
        of, until = options.captions, STAGES.index(options.stage)
        self.captions = self.aggregation = None
        if until >= STAGES.index("captions"):
            self.captions = Captions(of, options.folder / CAPTIONS)
        if until >= STAGES.index("aggregation") and self.captions is not None:
            self.aggregation = Aggregation(
                options.aggregation, self.captions.prompts, of.requests, of.seconds,
                options.folder / AGGREGATION,
            )  # fmt: skip
        self._stages = [stage for stage in (self.captions, self.aggregation) if stage is not None]

    def __bool__(self) -> bool:
        return bool(self._stages)

    @property
    def counts(self) -> list[CallCounts]:
        """The calls of each stage so far."""
        return [stage.counts for stage in self._stages]

    def add(
        self,
        video: SampledVideo,
        tree: TreeOfCaptions,
        found_in: FeaturesInfo,
        info: VideoInfo,
        threads: int,
    ) -> TreeOfCaptions:
        """Returns a tree with texts; a call that fails leaves its node without them.

        Args:
            video: the video
            tree: its tree
            found_in: the features that the tree was found in
            info: the video's title, description and transcript
            threads: ffmpeg's threads

        Raises:
            ClipError: if the video cannot be decoded
            ModelDown: if a model fails at every call
            OSError: if an answer cannot be written
        """
        if self.captions is not None:
            tree, missing = self.captions.add(video, tree, found_in, threads)
            if self.aggregation is not None:
                tree = self.aggregation.add(video.path, tree, info, missing)
        return tree

    def opened(self, options: BuildOptions) -> BuildOptions:
        """Returns a build's options with the models of these stages, which are open."""
        captions, aggregation = options.captions, options.aggregation
        if self.captions is not None:
            captions = replace(captions, captioner=self.captions.captioner)
        if self.aggregation is not None:
            aggregation = replace(aggregation, llm=self.aggregation.aggregator, model=None)
        return replace(options, captions=captions, aggregation=aggregation)

    def stop(self) -> None:
        """Makes no more calls; those in flight are finished and kept."""
        for stage in self._stages:
            stage.stop()

    def close(self) -> None:
        """Ends the threads that make calls."""
        for stage in self._stages:
            stage.close()

    def manifest(self) -> dict[str, Any]:
        """Returns what makes the texts, as plain JSON values."""
        made = {"captions_by": self.captions, "aggregation_by": self.aggregation}
        return {name: stage.manifest() for name, stage in made.items() if stage is not None}
