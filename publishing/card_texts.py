"""The card's texts about Action100M itself: facts from the paper and its release."""

from __future__ import annotations

from ..converters.storing.provenance import ACTION100M, AUTHORS, PREVIEW_PAGE
from ..core.wording import percent
from ..views import release
from .facts import Facts
from .licence import FAIR_LINK

#: The least number of videos for training, judging by the paper's scaling.
_FEW = 100_000


def about(facts: Facts, repo: str) -> str:
    """Returns the section on origin and links."""
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
        f"- **The full release:** {release.VIDEOS:,} videos (14.6 years), "
        f"{release.NODES / 1e6:.0f} million segments, and annotations of "
        f"{release.ANNOTATION_WORDS / 1e9:g} billion English words. This dataset has "
        f"{facts.videos:,} of these videos.",
    ]
    return "\n".join(lines)


def uses(facts: Facts) -> str:
    """Returns the section on uses."""
    small = (
        f"- Training at scale: {facts.videos:,} videos are too few. The paper's gains need "
        "millions of segments; this dataset shows nothing about training dynamics.\n"
        if facts.videos < _FEW
        else ""
    )
    return f"""\
**Direct use.** Explore the annotations and their hierarchy; build and try pipelines for video \
understanding; compare captions and actions on several levels of detail. The full release serves \
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
the originals are no longer on YouTube. {percent(release.TRANSCRIBED)} of them have a \
transcript. Their producers are the people who uploaded them to YouTube.

No human has written or checked any annotation. According to the paper ({ACTION100M.paper}):

1. **Segments.** V-JEPA 2 (ViT-g-384) embeds the frames. Ward clustering of neighbouring frames \
makes a tree: the whole video is its root, and segments get shorter level by level. Segments under \
0.5 s are dropped.
2. **First captions.** Llama-3.2-Vision-11B describes the middle frame of each leaf, and \
PerceptionLM-3B every other segment from 32 of its frames, at 320² pixels. Both write at most \
1,024 tokens. (`plm_*` and `llama3_*`)
3. **Refined captions.** GPT-OSS-120B reads the captions of a segment, its descendants and the \
root, and the video's title, description and transcript. It writes five texts and revises them \
three times (Self-Refine). Segments under 4 s get none. (`gpt_*`)

This took {_V100} GPU hours on V100s for segments and first captions, and {_H100} on H100s and \
H200s for the refined ones.
"""

LIMITS = f"""\
- The videos are instructional, mostly cooking, crafts and repairs, in English and from YouTube: \
they represent neither all activities nor all people. Topics such as relationships and finance \
were left out of the source.
- Captions are written by models. They name things that are not there, and repeat what is said \
instead of what is shown, the unrefined ones more often.
- Actions have a long tail: "speak to camera" is the most frequent one of the full release, with \
2.13 million segments, and 7.58 million groups of equal actions hold 141.8 million segments.
- The action of a segment without one (an intro, an advertisement) is `N/A` in the release, for \
{percent(release.NO_ACTION, 2)} of the segments. It has no `gpt_action_brief` and no \
`gpt_action_detailed` here.
- Voices, names, places and speech remain in clips, titles, descriptions and transcripts, and may \
identify people, although faces are blurred in the source.
- View and like counts are from the day on which the record was made.
"""

ADVICE = """\
- Prefer the refined captions (`gpt_*`) to the unrefined ones (`plm_*`, `llama3_*`).
- Resample before training: grouping actions of the same meaning, as in section 5.4 of the paper, \
levels the long tail.
- Look at the videos that a conclusion rests on.
"""
