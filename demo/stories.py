"""What happens in the demo's videos: instructional stories of our own invention."""

from __future__ import annotations

from .stories_kitchen import BREAD, COFFEE
from .stories_making import BOAT, BUTTON, SEEDLING, TUBE
from .story import Story

#: The demo's stories, in the order of its videos.
STORIES: tuple[Story, ...] = (BREAD, TUBE, COFFEE, BOAT, SEEDLING, BUTTON)
