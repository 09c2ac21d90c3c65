"""The keys in ``dataset.info``, and the names of execution stores."""

from __future__ import annotations

#: The conversion's parameters and provenance, in ``dataset.info``.
INFO_KEY = "action100m"
#: Which fields have stored cuts, in ``dataset.info``.
CUTS_KEY = "action100m_stored_cuts"
#: Which fields have stored verbs, in ``dataset.info``.
VERBS_KEY = "action100m_verbs"
#: The stored words: their files and fields, in ``dataset.info``.
WORDS_KEY = "action100m_stored_words"
#: The indexes of captions, by brain key, in ``dataset.info``.
INDEX_KEY = "action100m_index"
#: Which fields have semantic clusters, with their parameters, in ``dataset.info``.
CLUSTERS_KEY = "action100m_clusters"
#: How the sample of nodes to review was drawn, in ``dataset.info``.
REVIEW_SAMPLE_KEY = "action100m_review_sample"
#: The source of a dataset of :func:`..views.zero_shot.zero_shot`, in its ``dataset.info``.
ZERO_SHOT_KEY = "action100m_zero_shot"

#: The execution store of the operators.
STORE = "action100m"
#: The execution store of the overview panel's counts.
OVERVIEW_STORE = "action100m_overview"
#: The execution store in which an upgrade records its changes.
UPGRADE_STORE = "action100m-upgrade"
