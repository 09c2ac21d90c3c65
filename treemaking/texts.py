"""The stages that make texts: transcripts, captions and their aggregation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from ..converters.clips.samples import SampledVideo
from ..core.tree import TreeOfCaptions
from .about import About, FilesBeside
from .aggregation import Aggregation
from .captions import Captions
from .features import FeaturesInfo
from .options import AGGREGATION, CAPTIONS, SPEECH, STAGES, BuildOptions
from .speech import Transcription


class TextStages:
    """The stages of a build that make texts.

    Args:
        options: the build's options

    Attributes:
        transcripts: the stage of transcription; None if no model is given
        captions: the stage of captions; None if the build ends before it
        aggregation: the stage of aggregation; None if the build ends before it
        stages: the existing stages, by the names of their counts in a report

    Raises:
        OptionError: if an option cannot be used
    """

    def __init__(self, options: BuildOptions) -> None:
        of, until = options.captions, STAGES.index(options.stage)
        self.transcripts = self.captions = self.aggregation = None
        self._beside = FilesBeside()
        if options.speech is not None:
            self.transcripts = Transcription(
                options.speech, of.requests, of.seconds, options.folder / SPEECH
            )
        if until >= STAGES.index("captions"):
            self.captions = Captions(of, options.folder / CAPTIONS)
        if until >= STAGES.index("aggregation") and self.captions is not None:
            self.aggregation = Aggregation(
                options.aggregation, self.captions.prompts, of.requests, of.seconds,
                options.folder / AGGREGATION,
            )  # fmt: skip
        stages = {
            "transcribed": self.transcripts,
            "calls": self.captions,
            "aggregated": self.aggregation,
        }
        self.stages = {name: stage for name, stage in stages.items() if stage is not None}

    def __bool__(self) -> bool:
        return bool(self.stages)

    def beside(self, video: Path) -> list[Path]:
        """Returns the files beside a video that describe it."""
        return self._beside.of(video)

    def about(self, video: Path) -> About:
        """Returns what is known of a video from the files beside it, and its transcript.

        Args:
            video: the video

        Raises:
            ClipError: if the sound is needed and cannot be decoded
            ModelDown: if a model fails at every call
            OSError: if an answer cannot be written
        """
        about = self._beside.about(video)
        if self.transcripts is not None and not about.info.transcript:
            said, about.waits = self.transcripts.of(video)
            about.info = replace(about.info, transcript=said)
        return about

    def add(
        self,
        video: SampledVideo,
        tree: TreeOfCaptions,
        found_in: FeaturesInfo,
        about: About,
        threads: int,
    ) -> TreeOfCaptions:
        """Adds texts to a tree; a node whose call fails stays without them.

        Args:
            video: the video
            tree: its tree
            found_in: the features that the tree was built from
            about: what is known of the video
            threads: ffmpeg's threads

        Raises:
            ClipError: if the video cannot be decoded
            ModelDown: if a model fails at every call
            OSError: if an answer cannot be written
        """
        if self.captions is not None:
            tree, missing = self.captions.add(video, tree, found_in, threads)
            if self.aggregation is not None:
                if about.waits:
                    missing.update(range(len(tree)))
                tree = self.aggregation.add(video.path, tree, about.info, missing)
        return tree

    def opened(self, options: BuildOptions) -> BuildOptions:
        """Returns a build's options with the opened models of these stages."""
        captions, aggregation, speech = options.captions, options.aggregation, options.speech
        if self.transcripts is not None:
            speech = self.transcripts.transcriber
        if self.captions is not None:
            captions = self.captions.opened()
        if self.aggregation is not None:
            aggregation = replace(aggregation, llm=self.aggregation.aggregator, model=None)
        return replace(options, captions=captions, aggregation=aggregation, speech=speech)

    def stop(self) -> None:
        """Makes no more calls; those in flight finish and are kept."""
        for stage in self.stages.values():
            stage.stop()

    def close(self) -> None:
        """Ends the threads."""
        for stage in self.stages.values():
            stage.close()

    def manifest(self) -> dict[str, Any]:
        """Describes the models and prompts of these stages as JSON values."""
        made = {
            "speech_by": self.transcripts,
            "captions_by": self.captions,
            "aggregation_by": self.aggregation,
        }
        return {name: stage.manifest() for name, stage in made.items() if stage is not None}
