"""Every operator through FiftyOne's real executor, on the demo and on the six real records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import effects_changes
import effects_review
import effects_views
import pytest
from effects import EFFECTS, Stage
from fiftyone.core.odm import get_db_conn
from fiftyone_action100m.internals.database import samples_of
from fiftyone_action100m.operators import OPERATORS

NAMES = [operator().name for operator in OPERATORS]
REGISTERED = (effects_views, effects_changes, effects_review)


@pytest.fixture(scope="module", params=["demo", "records"])
def stage(request: pytest.FixtureRequest) -> Stage:
    return Stage(request.getfixturevalue(f"converted_{request.param}"))


def paths(fields: list[dict[str, Any]], above: str = "") -> Iterator[str]:
    """Yields the paths of stored fields."""
    for field in fields:
        path = above + field["name"]
        yield path
        yield from paths(field.get("fields") or [], f"{path}.")


@pytest.fixture
def untouched(stage: Stage) -> Iterator[None]:
    """Asserts that what others share is afterwards as it was, in the database."""

    def state() -> list[object]:
        samples = list(samples_of(stage.dataset).find_raw_batches({}))
        wanted = {"name": stage.dataset.name}
        (stored,) = get_db_conn().datasets.find(wanted, {"app_config": 1, "sample_fields": 1})
        return [stored["app_config"], list(paths(stored["sample_fields"])), samples]

    before = state()
    yield
    assert state() == before


def test_every_operator_has_a_test_of_its_effect() -> None:
    where = ", ".join(f"{module.__name__}.py" for module in REGISTERED)
    missing = set(NAMES) - set(EFFECTS)
    assert not missing, f"write an @effect test for {sorted(missing)} in {where}"
    assert set(EFFECTS) <= set(NAMES)


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("name", [name for name in NAMES if name in EFFECTS])
def test_it_does_what_it_says(stage: Stage, name: str) -> None:
    EFFECTS[name](stage)
