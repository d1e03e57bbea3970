"""What repairs leave behind: costs and who bears them, messages, and the calls that the desk wrote down."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from core.vocabulary import ActorKind, Channel
from demo.estate import phrases
from demo.estate.arrivals import CHANNELS
from demo.estate.behaviour import taxonomy
from demo.estate.construction import Construction
from demo.estate.draws import Integers, around, instants, labels, uuids
from demo.estate.journeys import Journeys
from demo.estate.people import People
from demo.estate.property import DAY_SECONDS, Property
from demo.estate.standing import CLOSED, INTAKE
from demo.estate.workforce import Workforce

_KINDS: Final = ("labour", "material", "subcontract", "compensation")
_PAYERS: Final = ("developer", "contractor", "owner")
_CONTRACTOR_WARRANTY_DAYS: Final = 2 * 365
_BACK_CHARGED_SHARE: Final = 0.55
_OWNER_PAYS_SHARE: Final = 0.03
_ANSWERED_AT_ONCE: Final = 0.88
_COMPENSATED: Final = {"water": 0.025, "plumbing": 0.01}


def costs(
    rng: np.random.Generator, journeys: Journeys, estate: Property, construction: Construction, ticket_ids: pl.Series
) -> pl.DataFrame:
    """The table `cost_entry`: wages and material of each repair, or a firm's bill instead of wages; rarely damages."""
    works = {name: np.concatenate([work[name] for work in journeys.works]) for name in journeys.works[0]}
    arrivals, ticket, count = journeys.arrivals, works["ticket"], len(works["ticket"])
    component = arrivals.component[ticket]
    kinds = taxonomy().components
    wage = around(rng, np.array([kind.labour_fen for kind in kinds])[component] * 1.0, 0.35, count)
    wage *= np.where(works["is_repair"] == 1, 1.0, 0.45) * np.clip(works["minutes"] / 75.0, 0.5, 3.0)
    price = np.array([kind.material_fen for kind in kinds])[component]
    quantity = 1.0 + np.floor(rng.exponential(0.7, count))
    by_firm = rng.random(count) < 0.16
    has_material = rng.random(count) < np.where(works["is_repair"] == 1, 0.68, 0.3)
    damages_share = np.array([_COMPENSATED.get(kind.category_code, 0.0) for kind in kinds])[component]
    has_damages = rng.random(count) < damages_share
    damages = around(rng, 90_000.0, 0.8, count)
    rows = np.concatenate([np.arange(count), np.flatnonzero(has_material), np.flatnonzero(has_damages)])
    kind = np.concatenate([np.where(by_firm, 2, 0), np.full(has_material.sum(), 1), np.full(has_damages.sum(), 3)])
    amount = np.select(
        [kind == 1, kind == 2, kind == 3], [(price * quantity)[rows], wage[rows] * 1.5, damages[rows]], wage[rows]
    )
    payer = _payers(rng, journeys, estate, ticket, works["at"])[rows]
    building = arrivals.building[ticket][rows]
    is_material = kind == 1
    contractor = np.where(payer == 1, construction.contractor[building, component[rows]], -1)
    materials = [kind.material_code for kind in kinds]
    moment = works["at"][rows]
    return pl.DataFrame(
        {
            "id": uuids(rng, moment),
            "ticket_id": ticket_ids.gather(ticket[rows]),
            "kind": labels(_KINDS, kind),
            # Bills are made in whole jiao.
            "amount_fen": np.maximum(np.round(amount / 10) * 10, 10).astype(np.int64),
            "quantity": pl.Series(np.where(is_material, quantity[rows], 0)).set(pl.Series(~is_material), None),
            "material_code": labels(materials, np.where(is_material, component[rows], -1)),
            "payer": labels(_PAYERS, payer),
            "contractor_id": labels(construction.frames["contractor"]["id"], contractor),
            "incurred_at": instants(moment),
        }
    )


def _payers(
    rng: np.random.Generator, journeys: Journeys, estate: Property, ticket: Integers, moment: Integers
) -> Integers:
    """The firm that built it pays for half of what breaks in its warranty, the owner rarely, the developer the rest."""
    arrivals = journeys.arrivals
    accepted = (
        estate.frames["building"]["completion_acceptance_date"].to_physical().to_numpy()[arrivals.building[ticket]]
    )
    in_warranty = moment // DAY_SECONDS - accepted < _CONTRACTOR_WARRANTY_DAYS
    draw = rng.random(len(ticket))
    charged = in_warranty & (draw < _BACK_CHARGED_SHARE)
    owner = (draw > 1 - _OWNER_PAYS_SHARE) & (arrivals.unit[ticket] >= 0)
    return np.where(charged, 1, np.where(owner, 2, 0))


def messages(
    rng: np.random.Generator, journeys: Journeys, ticket_ids: pl.Series, people: People, workforce: Workforce
) -> pl.DataFrame:
    """The table `message`: owners ask the more the longer it takes, the desk answers, notes stay inside."""
    arrivals, now = journeys.arrivals, journeys.world.now
    end = np.minimum(journeys.standing.closed_at, now)
    days = np.clip((end - arrivals.reported) / DAY_SECONDS, 0, 20)
    asks = np.flatnonzero((rng.random(len(arrivals)) < 0.05 + 0.022 * days) & (arrivals.reporter >= 0))
    asked = arrivals.reported[asks] + (rng.uniform(0.1, 0.9, len(asks)) * (end - arrivals.reported)[asks]).astype(
        np.int64
    )
    answers = rng.random(len(asks)) < 0.85
    answered = asked[answers] + (around(rng, 40.0, 0.8, int(answers.sum())) * 60).astype(np.int64)
    notes = np.flatnonzero(rng.random(len(arrivals)) < 0.09)
    noted = arrivals.reported[notes] + (rng.uniform(0.1, 0.9, len(notes)) * (end - arrivals.reported)[notes]).astype(
        np.int64
    )
    ticket = np.concatenate([asks, asks[answers], notes])
    sent = np.concatenate([asked, answered, noted])
    kind = np.repeat([0, 1, 2], [len(asks), int(answers.sum()), len(notes)])
    happened = sent <= now
    ticket, sent, kind = ticket[happened], sent[happened], kind[happened]
    is_owner = kind == 0
    author = np.where(is_owner, arrivals.reporter[ticket] + len(workforce.account_ids), journeys.agent[ticket])
    said = (phrases.OWNER_URGES, phrases.DESK_ANSWERS, phrases.INTERNAL_NOTES)
    first = np.concatenate([[0], np.cumsum([len(lines) for lines in said])])
    line = first[kind] + np.floor(rng.random(len(kind)) * np.diff(first)[kind]).astype(np.int64)
    return pl.DataFrame(
        {
            "id": uuids(rng, sent),
            "ticket_id": ticket_ids.gather(ticket),
            "author_kind": labels((ActorKind.OWNER.value, ActorKind.ACCOUNT.value), (~is_owner).astype(np.int64)),
            "author_id": labels(pl.concat([workforce.account_ids, people.frames["person"]["id"]]), author),
            "body": labels([text for lines in said for text in lines], line),
            "is_internal": kind == 2,
            "sent_at": instants(sent),
        }
    )


def calls(
    rng: np.random.Generator,
    journeys: Journeys,
    first: int,
    ticket_ids: pl.Series,
    estate: Property,
    people: People,
    workforce: Workforce,
) -> pl.DataFrame:
    """The table `call`: reports by telephone, owners who urge, questions without a ticket, return calls.

    `first` is the position of the first of these tickets in the estate. The column `caller_phone` stands for the blind
    index, which loading makes.
    """
    arrivals, now = journeys.arrivals, journeys.world.now
    by_phone = np.flatnonzero((arrivals.channel == CHANNELS.index(Channel.PHONE)) & (arrivals.reporter >= 0))
    end = np.minimum(journeys.standing.closed_at, now)
    waits = end - arrivals.reported
    urges = by_phone[rng.random(len(by_phone)) < np.clip(waits[by_phone] / DAY_SECONDS * 0.02, 0, 0.3)]
    asks = by_phone[rng.random(len(by_phone)) < 0.34]
    rings = np.flatnonzero(journeys.called_back <= now)
    ticket = np.concatenate([by_phone, urges, asks, rings])
    kind = np.repeat([0, 1, 2, 3], [len(by_phone), len(urges), len(asks), len(rings)])
    length = around(rng, np.array([170.0, 95.0, 110.0, 75.0])[kind], 0.5, len(kind)).astype(np.int64) + 8
    begun = np.where(kind == 0, arrivals.reported[ticket] - length * 3 // 4, arrivals.reported[ticket])
    begun = np.where(kind == 1, begun + (rng.uniform(0.3, 0.9, len(kind)) * waits[ticket]).astype(np.int64), begun)
    elsewhen = rng.integers(-9, 40, len(kind)) * DAY_SECONDS + rng.integers(0, 3600, len(kind))
    begun = np.where(kind == 2, begun + elsewhen, begun)
    begun = np.where(kind == 3, journeys.called_back[ticket] - length, begun)
    happened = begun + length <= now
    ticket, kind, length, begun = ticket[happened], kind[happened], length[happened], begun[happened]
    is_question = kind == 2
    inquiry = np.floor(rng.random(len(kind)) * len(phrases.INQUIRIES)).astype(np.int64)
    notes = (phrases.REPORT_CALL, phrases.URGE_CALL, phrases.RETURN_CALL, *phrases.INQUIRIES)
    caller = labels(people.frames["person"]["phone"], np.where(kind == 3, -1, arrivals.reporter[ticket]))
    # Of a question the desk does not always ask which home it is about.
    unit = np.where(is_question & (rng.random(len(kind)) < 0.2), -1, arrivals.unit[ticket])
    standing = journeys.standing
    is_decided = is_question | ((kind == 0) & (standing.node[ticket] != INTAKE))
    was_solved = (standing.state[ticket] == CLOSED) & (standing.technician[ticket] < 0)
    is_resolved = pl.Series(np.where(is_question, rng.random(len(kind)) < _ANSWERED_AT_ONCE, was_solved))
    return pl.DataFrame(
        {
            "id": uuids(rng, begun),
            "direction": labels(("inbound", "outbound"), (kind == 3).astype(np.int64)),
            "project_id": labels(estate.frames["project"]["id"], arrivals.project[ticket]),
            "unit_id": labels(estate.frames["unit"]["id"], unit),
            "ticket_id": labels(ticket_ids, np.where(is_question, -1, ticket)),
            "agent_id": workforce.staff_ids.gather(journeys.agent[ticket]),
            "exchange_key": "EX" + pl.Series((first + ticket) * 4 + kind).cast(pl.String).str.zfill(8),
            "caller_phone": caller,
            "started_at": instants(begun),
            "ended_at": instants(begun + length),
            "is_resolved": is_resolved.set(pl.Series(~is_decided), None),
            "note": labels(notes, np.where(kind == 3, 2, np.where(is_question, 3 + inquiry, kind))),
        }
    )
