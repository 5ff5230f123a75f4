"""Secrets at rest open only where they were sealed."""

from __future__ import annotations

from uuid import UUID

import msgspec
import pytest
from cryptography.fernet import Fernet

from tropeiro.kernel.sealing import SealBroken, new_data_key, open_fields, seal_fields, unwrap, wrap

ORGANIZATION, OTHER = UUID(int=1), UUID(int=2)
CREDENTIAL = UUID(int=3)
FIELDS = {"token": "s3cret-value", "port": 8443, "scopes": ["a", "b"]}


@pytest.fixture
def keys() -> tuple[str, ...]:
    return (Fernet.generate_key().decode(),)


def test_what_was_sealed_opens_again(keys: tuple[str, ...]) -> None:
    wrapped = wrap(new_data_key(), keys)
    sealed = seal_fields(keys, wrapped, FIELDS, ORGANIZATION, CREDENTIAL)
    assert open_fields(keys, wrapped, sealed, ORGANIZATION, CREDENTIAL) == FIELDS


def test_no_value_can_be_read_in_what_is_stored_and_sealing_twice_differs(keys: tuple[str, ...]) -> None:
    wrapped = wrap(new_data_key(), keys)
    first = seal_fields(keys, wrapped, FIELDS, ORGANIZATION, CREDENTIAL)
    assert b"s3cret" not in first
    assert first != seal_fields(keys, wrapped, FIELDS, ORGANIZATION, CREDENTIAL)


@pytest.mark.parametrize(("organization", "credential"), [(OTHER, CREDENTIAL), (ORGANIZATION, OTHER)])
def test_a_sealed_value_that_was_moved_does_not_open(
    keys: tuple[str, ...], organization: UUID, credential: UUID
) -> None:
    wrapped = wrap(new_data_key(), keys)
    sealed = seal_fields(keys, wrapped, FIELDS, ORGANIZATION, CREDENTIAL)
    with pytest.raises(SealBroken):
        open_fields(keys, wrapped, sealed, organization, credential)


def test_a_value_that_was_put_under_another_field_does_not_open(keys: tuple[str, ...]) -> None:
    wrapped = wrap(new_data_key(), keys)
    sealed = msgspec.json.decode(seal_fields(keys, wrapped, {"a": 1, "b": 2}, ORGANIZATION, CREDENTIAL))
    swapped = msgspec.json.encode({"a": sealed["b"], "b": sealed["a"]})
    with pytest.raises(SealBroken, match="`a`"):
        open_fields(keys, wrapped, swapped, ORGANIZATION, CREDENTIAL)


def test_an_earlier_master_key_still_opens_after_a_new_one_was_put_before_it(keys: tuple[str, ...]) -> None:
    data_key = new_data_key()
    wrapped = wrap(data_key, keys)
    rotated = (Fernet.generate_key().decode(), *keys)
    assert unwrap(wrapped, rotated) == data_key
    with pytest.raises(SealBroken, match="master key"):
        unwrap(wrapped, rotated[:1])


def test_without_a_master_key_nothing_is_sealed() -> None:
    with pytest.raises(SealBroken, match="no master key"):
        wrap(new_data_key(), ())
