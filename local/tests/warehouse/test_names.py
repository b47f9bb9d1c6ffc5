"""Names of users that Redshift takes and PostgreSQL cuts: a role of CloudFormation's has up to 64 characters."""

from __future__ import annotations

from lake_local.cloud.warehouse import warehouses

LONG = "IAMR:" + "Company-LakeWarehouseLoadLoaderRoleB7E29F8B-1234567890ab" + "abcdefgh"


def test_a_short_name_stays_as_it_is() -> None:
    assert warehouses._cut("IAMR:analyst") == "IAMR:analyst"
    assert warehouses._proxy_of("IAMR:analyst") == "api:IAMR:analyst"


def test_a_long_name_is_cut_as_statements_are_and_its_sign_in_is_its_own() -> None:
    cut = warehouses._cut(LONG)
    assert len(LONG) > 63 and cut == LONG[:63]
    proxy = warehouses._proxy_of(cut)
    assert len(proxy) <= 63
    assert proxy != warehouses._proxy_of(cut[:-1] + "x")
    assert len({warehouses._proxy_of("IAMR:" + "r" * length) for length in range(1, 59)}) == 58
