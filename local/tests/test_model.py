"""The parts of a lake, by name."""

from __future__ import annotations

import pytest
from lake_local.errors import UserError
from lake_local.lake.model import Model, Stream, Zone


def a_lake() -> Model:
    zones = [Zone("drop", "b0", 0, "raw"), Zone("raw", "b1", 1, "curated"), Zone("curated", "b2", 2, None)]
    names = [("raw", "incoming"), ("raw", "late"), ("drop", "incoming")]
    streams = [Stream(zone, name, f"{name}/", "", "url", None) for zone, name in names]
    return Model(zones=zones, streams=streams)


@pytest.mark.parametrize(("name", "zone"), [("incoming", "drop"), ("drop/incoming", "drop"), ("raw/incoming", "raw"), ("late", "raw")])
def test_a_stream_is_that_of_the_first_zone_that_has_one(name: str, zone: str) -> None:
    assert a_lake().stream(name).zone == zone


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("orders", "the lake has no stream 'orders', only: incoming, incoming, late"),
        ("curated/late", "the lake has no stream 'curated/late', only: raw/incoming, raw/late, drop/incoming"),
    ],
)
def test_an_unknown_stream_is_named_with_those_that_are_there(name: str, message: str) -> None:
    with pytest.raises(UserError) as error:
        a_lake().stream(name)
    assert str(error.value) == message
