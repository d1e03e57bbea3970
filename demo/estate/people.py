"""Owners and their households. Names and numbers are plain here; loading encrypts them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from core.vocabulary import HouseholdRole
from demo.estate.draws import Integers, dates, instants, labels, stream, uuids
from demo.estate.names import person_names, phone_numbers
from demo.estate.property import DAY_SECONDS, Property

_ROLES = (HouseholdRole.OWNER.value, HouseholdRole.FAMILY.value, HouseholdRole.TENANT.value)


@dataclass(frozen=True, slots=True)
class People:
    """Frames, and who lives in each home: `members[offsets[unit]:offsets[unit + 1]]` are people, the owner first."""

    frames: dict[str, pl.DataFrame]
    offsets: Integers
    members: Integers


def settle(seed: int, estate: Property) -> People:
    """Give every home that was handed over an owner, and some of them family or a tenant.

    The frame `person` has `name` and `phone` in place of the encrypted columns.
    """
    rng = stream(seed, "people")
    handover = estate.unit_handover_day
    handed = np.flatnonzero(handover > 0)
    has_family = rng.random(len(handed)) < 0.42
    has_tenant = rng.random(len(handed)) < 0.11
    unit = np.concatenate([handed, handed[has_family], handed[has_tenant]])
    role = np.repeat([0, 1, 2], [len(handed), has_family.sum(), has_tenant.sum()])
    since = handover[unit] + np.where(role == 2, rng.integers(20, 200, len(unit)), 0)
    order = np.lexsort((role, unit))
    unit, role, since = unit[order], role[order], since[order]
    person, person_count = _who(rng, role)
    moved_in = np.full(person_count, np.iinfo(np.int64).max)
    np.minimum.at(moved_in, person, since)
    people = pl.DataFrame(
        {
            "id": uuids(stream(seed, "person ids"), moved_in * DAY_SECONDS),
            "name": person_names(rng, person_count),
            "phone": phone_numbers(rng, person_count),
            "crm_key": "C" + pl.Series(np.arange(person_count) + 1).cast(pl.String).str.zfill(6),
            "created_at": instants(moved_in * DAY_SECONDS),
        }
    )
    members = pl.DataFrame(
        {
            "id": uuids(stream(seed, "member ids"), since * DAY_SECONDS),
            "unit_id": labels(estate.frames["unit"]["id"], unit),
            "person_id": people["id"].gather(person),
            "role": labels(_ROLES, role),
            "since_date": dates(since),
        }
    )
    offsets = np.searchsorted(unit, np.arange(len(handover) + 1))
    return People({"person": people, "household_member": members}, offsets, person)


def _who(rng: np.random.Generator, role: Integers) -> tuple[Integers, int]:
    """A person for each membership; one owner in twenty-five bought the home after the previous owner's as well."""
    person = np.arange(len(role))
    owners = np.flatnonzero(role == 0)
    buys_two = np.flatnonzero(rng.random(len(owners)) < 0.04)
    buys_two = buys_two[(buys_two > 0) & ~np.isin(buys_two - 1, buys_two)]
    person[owners[buys_two]] = person[owners[buys_two - 1]]
    known, renumbered = np.unique(person, return_inverse=True)
    return renumbered.astype(np.int64), len(known)
