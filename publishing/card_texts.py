"""What a card says of Action100M itself: facts of the paper and of its release, in our words."""

from __future__ import annotations

from ..converters.storing.provenance import ACTION100M, AUTHORS, PREVIEW_PAGE
from ..views import release
from .facts import Facts
from .licence import FAIR_LINK

#: Fewer videos than this are few to train on, by the paper's own scaling.
_FEW = 100_000


def about(facts: Facts, repo: str) -> str:
    """Returns who made it, of what, and where it all is."""
    owner = repo.split("/")[0] if "/" in repo else "the owner of this repository"
    lines = [
        f"- **Curated by:** {AUTHORS}",
        f"- **Shared by:** {owner}, who converted it to FiftyOne's format",
        "- **Language:** English",
        f"- **Licence:** [FAIR Noncommercial Research License]({FAIR_LINK})",
        f"- **Annotations:** the [Action100M preview]({PREVIEW_PAGE}), a tenth of the full release",
        f"- **Code:** {ACTION100M.homepage}",
        f"- **Paper:** {ACTION100M.paper}",
        "- **Source videos:** [HowTo100M](https://www.di.ens.fr/willow/research/howto100m/) "
        "(Miech et al., 2019), instructional videos from YouTube in 12 categories of WikiHow",
        f"- **The full release:** {release.VIDEOS:,} videos of 14.6 years together, "
        f"{release.NODES / 1e6:.0f} million segments, and annotations of "
        f"{release.ANNOTATION_WORDS / 1e9:g} billion English words. This dataset has "
        f"{facts.videos:,} of the videos.",
    ]
    return "\n".join(lines)


def uses(facts: Facts) -> str:
    """Returns what the data set is for, and what it is not for."""
    small = (
        f"- Training at scale: {facts.videos:,} videos are too few. The paper's gains come with "
        "millions of segments; this dataset tells nothing about training dynamics.\n"
        if facts.videos < _FEW
        else ""
    )
    return f"""\
**Direct use.** Explore the annotations and their hierarchy; build and try pipelines for video \
understanding; compare captions and actions on several levels of detail. The full release is made \
to train open-vocabulary action recognition, text-to-video retrieval and vision-language models, \
with embodied agents, wearable assistants, world models and procedural tasks in mind.

**Out of scope.**

{small}\
- Commercial use of any kind, and redistribution: the licence allows neither.
- Conclusions about all human activities or all people: see the biases below.
- Identification of the people in the videos."""


_V100, _H100 = (f"{hours / 1e6:g} million" for hours in release.GPU_HOURS)

PIPELINE = f"""\
The source videos are {release.VIDEOS:,} videos of HowTo100M, with faces blurred by Meta. Many of \
the originals are no longer on YouTube. A transcript of the speech was found for \
{release.TRANSCRIBED:.0%} of them. Their producers are the people who put them on YouTube.

No human has written or checked any annotation. By its authors' account ({ACTION100M.paper}):

1. **Segments.** V-JEPA 2 (ViT-g-384) embeds the frames. Ward clustering of neighbours with \
neighbours makes a tree of them: the whole video at its root, ever shorter segments below. What \
is under 0.5 s is dropped.
2. **First captions.** Llama-3.2-Vision-11B describes the middle frame of each leaf; \
PerceptionLM-3B describes every other segment by 32 of its frames, at 320² pixels. Both write \
1,024 tokens at most. (`plm_*` and `llama3_*`)
3. **Refined captions.** GPT-OSS-120B reads a segment's captions, those below it, the root's, and \
the video's title, description and transcript, and writes five texts, revised three times \
(Self-Refine). Segments under 4 s get none. (`gpt_*`)

This took {_V100} GPU hours on V100s for segments and first captions, and {_H100} on H100s and \
H200s for the refined ones.
"""

LIMITS = f"""\
- The videos are instructional, mostly cooking, crafts and repairs, in English and from YouTube: \
they stand for neither all activities nor all people. Topics such as relationships and finance \
were left out of the source.
- Captions are a model's. They name things that are not there, and repeat what is said rather than \
what is shown; the unrefined ones more often.
- Actions have a long tail: "speak to camera" is the most frequent one of the full release, with \
2.13 million segments, and 7.58 million groups of equal actions hold 141.8 million segments.
- A segment without an action (an intro, an advertisement) says `N/A` in the release, as \
{release.NO_ACTION:.2%} of the segments do. It has no `gpt_action_brief` and no \
`gpt_action_detailed` here.
- Voices, names, places and what is said remain in clips, titles, descriptions and transcripts, \
and may identify people, although faces are blurred in the source.
- View and like counts are those of the day on which the record was made.
"""

ADVICE = """\
- Prefer the refined captions (`gpt_*`) to the unrefined ones (`plm_*`, `llama3_*`) for anything \
built on top.
- Resample before training: groups of actions that mean the same, as in section 5.4 of the paper, \
level the long tail.
- Check by eye what a conclusion rests on.
"""
