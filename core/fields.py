"""The names of record columns, sample fields and detection attributes, which are only spelled here.

The sample fields are those of the published ``Voxel51/action100m_tiny_subset`` and some more.
"""

from __future__ import annotations

from dataclasses import dataclass

NODE_ID = "node_id"
PARENT_ID = "parent_id"
LEVEL = "level"
TIER = "tier"
START = "start"
END = "end"
TRUNCATED = "truncated"
CUT_FROM = "cut_from"
CUT_UNTIL = "cut_until"
VERB = "verb"
CLUSTER = "semantic_cluster"
REVIEW = "review"
REVIEW_LOG = "review_log"
#: The reviews of a record.
REVIEWS = "reviews"

CAPTION_WORDS = "caption_words"

TIER_ROOT = "root"
TIER_MID = "mid"
TIER_LEAF = "leaf"

VIDEO_UID = "video_uid"
METADATA = "metadata"
NODES = "nodes"

TITLE = "title"
DESCRIPTION = "description"
URL = "full_video_url"
UPLOAD_DATE = "upload_date"
VIEW_COUNT = "view_count"
LIKE_COUNT = "like_count"
DURATION = "duration"
SOURCE_DURATION = "full_video_duration"
TRANSCRIPT = "transcript"
TREE_DEPTH = "tree_depth"
TRANSCRIPT_SEGMENTS = "transcript_segments"


@dataclass(frozen=True)
class CaptionField:
    """One text of a node, and the ``TemporalDetections`` field it becomes.

    Attributes:
        name: the sample field
        path: the keys of the text in a record's node, outermost first
        group: its group in ``--captions``: ``gpt``, ``plm`` or ``llama3``
        description: what the field holds, for the App and the dataset card
        action: whether the text ``N/A`` means that the segment has no action
        by: the model that made Action100M's own texts, as the description names it
    """

    name: str
    path: tuple[str, ...]
    group: str
    description: str
    action: bool = False
    by: str = ""

    def described(self, by: str | None) -> str:
        """Returns the description, which names the given model, if any."""
        return self.description.replace(self.by, by) if self.by and by else self.description


CAPTIONS: tuple[CaptionField, ...] = (
    CaptionField(
        "gpt_summary_brief",
        ("gpt", "summary", "brief"),
        "gpt",
        "What happens in the segment, in one sentence",
    ),
    CaptionField(
        "gpt_summary_detailed",
        ("gpt", "summary", "detailed"),
        "gpt",
        "Everything that is visible in the segment, at length",
    ),
    CaptionField(
        "gpt_action_brief",
        ("gpt", "action", "brief"),
        "gpt",
        "The step's name: a short verb phrase. Segments without an action (N/A) have none",
        action=True,
    ),
    CaptionField(
        "gpt_action_detailed",
        ("gpt", "action", "detailed"),
        "gpt",
        "How the step is done, as an instruction. Segments without an action (N/A) have none",
        action=True,
    ),
    CaptionField(
        "gpt_action_actor",
        ("gpt", "action", "actor"),
        "gpt",
        "Who or what performs the step. Segments without an action (N/A) have none",
        action=True,
    ),
    CaptionField(
        "plm_action",
        ("plm_action",),
        "plm",
        "A short action label by PLM-3B, unrefined (stage 2); on every node of the tree",
        by="PLM-3B",
    ),
    CaptionField(
        "plm_caption",
        ("plm_caption",),
        "plm",
        "A caption of the segment by PLM-3B, unrefined (stage 2)",
        by="PLM-3B",
    ),
    CaptionField(
        "llama3_caption",
        ("llama3_caption",),
        "llama3",
        "A caption of the middle frame by Llama-3.2-Vision-11B, unrefined (stage 2); leaves only",
        by="Llama-3.2-Vision-11B",
    ),
)

#: The caption that only leaves have, for which a build may use another model.
LEAVES = "llama3_caption"

#: The field of trees without texts: each node has a detection, whose label is not a caption.
SEGMENTS = CaptionField(
    "segments",
    (),
    "segments",
    "Every segment of the tree, without a caption: its label says from when to when it lasts",
)

#: The default captions of a conversion. ``plm_action`` is included because only segments of 4 s and
#: more have refined captions: without it, the tree has no leaves.
DEFAULT_CAPTIONS = ("gpt", "plm_action")


def select_captions(names: str | list[str] | tuple[str, ...]) -> tuple[CaptionField, ...]:
    """Resolves groups and field names to caption fields, in the order of :data:`CAPTIONS`.

    Args:
        names: groups (``gpt``, ``plm``, ``llama3``), field names or ``all``, as a list or separated
            by commas (``"gpt,plm_action"``); ``segments``, which ``all`` does not include, is a
            field without texts

    Returns:
        the chosen fields, without duplicates

    Raises:
        ValueError: if a name is neither a group nor a field, or none is given
    """
    if isinstance(names, str):
        names = names.split(",")
    wanted = {name.strip() for name in names if name.strip()}
    known = {"all", SEGMENTS.name} | {c.name for c in CAPTIONS} | {c.group for c in CAPTIONS}
    unknown = sorted(wanted - known)
    if unknown or not wanted:
        groups = ", ".join(dict.fromkeys(c.group for c in CAPTIONS))
        fields = ", ".join(c.name for c in CAPTIONS)
        raise ValueError(
            f"unknown captions {', '.join(unknown) or '(none given)'}: "
            f"choose from the groups {groups}, or all, or from the fields {fields}, or segments"
        )
    chosen = tuple(c for c in CAPTIONS if wanted & {"all", c.name, c.group})
    return (*chosen, SEGMENTS) if SEGMENTS.name in wanted else chosen
