"""The pretend estate: the same for the same seed, believable, and with its faults where the truth says."""

from __future__ import annotations

import datetime as dt
import re

import polars as pl
import pytest

from core.public_holidays import special_days_of
from core.vocabulary import Severity, SlaTarget
from core.working_time import DEFAULT_CALENDAR, WorkingTime
from demo.estate.behaviour import taxonomy
from demo.estate.generate import Estate, generate
from demo.estate.sizes import SIZES, Size
from ops_db.seed import PROMISED_MINUTES

NOW = dt.datetime(2026, 3, 18, 9, 30, tzinfo=dt.UTC)
TINY = Size("tiny", 3, 240, 700, 15, 4, 6, 20, chunk_tickets=300)


def test_the_same_seed_gives_the_same_estate_and_another_seed_another() -> None:
    first, again, other = generate(TINY, 11, NOW), generate(TINY, 11, NOW), generate(TINY, 12, NOW)
    assert first.truth == again.truth
    for name, frame in first.tables.items():
        assert frame.equals(again.tables[name]), name
    assert not first.tables["ticket"].equals(other.tables["ticket"])


def test_parts_that_are_asked_for_alone_are_those_of_the_whole() -> None:
    estate = generate(TINY, 11, NOW)
    parts = list(estate.ticket_parts())
    later = list(estate.ticket_parts(since_ticket=650))
    assert [part["ticket"].height for part in parts] == [300, 300, 100]
    assert len(later) == 1
    assert later[0]["ticket_event"].equals(parts[2]["ticket_event"])


@pytest.mark.parametrize("seed", range(20, 26))
def test_any_seed_gives_an_estate(seed: int) -> None:
    estate = generate(TINY, seed, NOW + dt.timedelta(days=97 * seed))
    assert estate.tables["ticket"].height == TINY.ticket_count


def test_an_estate_has_the_size_it_is_asked_for(small_estate: Estate) -> None:
    size = SIZES["small"]
    assert small_estate.frames["project"].height == size.project_count
    assert small_estate.tables["ticket"].height == size.ticket_count
    assert abs(small_estate.frames["unit"].height - size.home_count) <= size.project_count
    assert small_estate.tables["ticket"]["number"].to_list()[:2] == ["T00000001", "T00000002"]


def test_an_unknown_size_names_those_there_are() -> None:
    with pytest.raises(ValueError, match="small, medium, large"):
        generate("huge")


def test_ids_and_codes_are_unique_and_homes_are_spelled_canonically(small_estate: Estate) -> None:
    for name, frame in small_estate.tables.items():
        if "id" in frame.columns:
            assert frame["id"].is_unique().all(), name
    units = small_estate.frames["unit"]
    assert units["code"].is_unique().all()
    assert units["code"].str.contains(r"^[A-Z]{2}\d{2}-\d{2}-[1-9]\d{2,3}$").all()


def test_every_component_of_the_taxonomy_fails_now_and_then(small_estate: Estate) -> None:
    assert set(small_estate.tables["ticket"]["component_code"]) == {kind.code for kind in taxonomy().components}


def test_numbers_of_owners_belong_to_nobody(small_estate: Estate) -> None:
    assert small_estate.frames["person"]["phone"].str.contains(r"^160\d{8}$").all()
    assert small_estate.frames["person"]["phone"].is_unique().all()


def exposure(estate: Estate) -> pl.DataFrame:
    """Home months of each home, with the codes that a cause may hang on."""
    frames = estate.frames
    batches = frames["material_batch"].select(material_batch_id="id", batch="code")
    contractors = frames["contractor"].select(contractor_id="id", contractor="code")
    register = frames["installed_component"].join(batches, on="material_batch_id").join(contractors, on="contractor_id")
    types = frames["unit_type"].select(unit_type_id="id", plan="code")
    projects = frames["project"].select(project_id="id", project="code")
    lived = frames["unit"].filter(pl.col("handover_date").is_not_null())
    return (
        lived.with_columns(months=(pl.lit(estate.now.date()) - pl.col("handover_date")).dt.total_days() / 30.4)
        .join(types, on="unit_type_id")
        .join(projects, on="project_id")
        .join(register.select("building_id", "component_code", "batch", "contractor"), on="building_id")
        .with_columns(unit_id=pl.col("id"))
    )


def rate_ratio(estate: Estate, component: str, is_bad: pl.Expr) -> float:
    """Tickets per home month where it is bad, over those elsewhere."""
    homes = exposure(estate).filter(component_code=component)
    tickets = estate.tables["ticket"].filter(component_code=component).group_by("unit_id").agg(count=pl.len())
    counted = homes.join(tickets, on="unit_id", how="left").with_columns(pl.col("count").fill_null(0), bad=is_bad)
    rates = {
        bad: group["count"].sum() / group["months"].sum()
        for (bad,), group in counted.partition_by("bad", as_dict=True).items()
    }
    return rates[True] / rates[False]


def test_the_bad_batch_fails_more_than_twice_as_often_as_the_others(small_estate: Estate) -> None:
    fault = small_estate.truth["bad_batch"]
    ratio = rate_ratio(small_estate, fault["component_code"], pl.col("batch") == fault["batch_code"])
    assert 2.0 < ratio < 8.0


def test_the_bad_contractor_fails_at_its_component_and_at_no_other(small_estate: Estate) -> None:
    fault = small_estate.truth["bad_contractor"]
    is_bad = pl.col("contractor") == fault["contractor_code"]
    assert 2.0 < rate_ratio(small_estate, fault["component_code"], is_bad) < 6.0
    assert 0.5 < rate_ratio(small_estate, "wall_paint", is_bad) < 1.8


def test_bathrooms_of_one_plan_leak_in_one_room(small_estate: Estate) -> None:
    fault = small_estate.truth["leaking_bathroom"]
    is_bad = (pl.col("project") == fault["project_code"]) & (pl.col("plan") == fault["unit_type_code"])
    assert 2.5 < rate_ratio(small_estate, fault["component_code"], is_bad) < 9.0
    homes = exposure(small_estate).filter(is_bad).select("unit_id").unique()
    leaks = small_estate.tables["ticket"].filter(component_code=fault["component_code"]).join(homes, on="unit_id")
    rooms = leaks.join(small_estate.frames["space"].select(space_id="id", room="code"), on="space_id")
    assert (rooms["room"] == fault["space_code"]).mean() > 0.7


def test_the_slow_supervisor_lets_tickets_wait(small_estate: Estate) -> None:
    fault = small_estate.truth["slow_supervisor"]
    tasks = small_estate.tables["task"].filter(node_key="dispatch", state="done")
    tickets = small_estate.tables["ticket"].select(ticket_id="id", project_id="project_id")
    projects = small_estate.frames["project"].select(project_id="id", project="code")
    waits = tasks.join(tickets, on="ticket_id").join(projects, on="project_id")
    waits = waits.with_columns(hours=(pl.col("ended_at") - pl.col("opened_at")).dt.total_minutes() / 60)
    is_slow = pl.col("project").is_in(fault["project_codes"])
    assert waits.filter(is_slow)["hours"].median() > 1.8 * waits.filter(~is_slow)["hours"].median()


def test_rain_frost_and_heat_have_their_seasons(small_estate: Estate) -> None:
    tickets = small_estate.tables["ticket"].with_columns(month=pl.col("reported_at").dt.month())

    def share_in(component: str, months: list[int]) -> float:
        chosen = tickets.filter(component_code=component)["month"].is_in(months)
        return float(chosen.sum() / len(chosen))

    assert share_in("floor_heating", [11, 12, 1, 2]) > 0.55
    assert share_in("air_conditioner", [6, 7, 8, 9]) > 0.5
    assert share_in("exterior_wall", [6, 7, 8, 9]) > share_in("wall_paint", [6, 7, 8, 9])


def test_people_report_by_day_and_more_on_mondays(small_estate: Estate) -> None:
    local = small_estate.tables["ticket"]["reported_at"].dt.convert_time_zone("Asia/Shanghai")
    hours, weekdays = local.dt.hour(), local.dt.weekday()
    assert ((hours >= 8) & (hours < 22)).mean() > 0.9
    assert (weekdays == 1).sum() > 1.2 * (weekdays == 7).sum()


def test_some_tickets_come_again_for_the_same_trouble(small_estate: Estate) -> None:
    tickets = small_estate.tables["ticket"].filter(pl.col("unit_id").is_not_null()).sort("reported_at")
    gap = pl.col("reported_at").diff().over("unit_id", "component_code")
    assert 0.04 < tickets.select((gap <= dt.timedelta(days=90)).fill_null(value=False).mean()).item() < 0.25


def test_owners_answer_about_half_the_time_and_like_quick_repairs(small_estate: Estate) -> None:
    ratings = small_estate.tables["rating"]
    rated = ratings.filter(pl.col("rated_at").is_not_null())
    assert 0.35 < rated.height / ratings.height < 0.6
    tickets = small_estate.tables["ticket"].select(ticket_id="id", reported_at="reported_at", severity="severity")
    waited = rated.join(tickets, on="ticket_id").filter(severity="normal")
    waited = waited.with_columns(hours=(pl.col("requested_at") - pl.col("reported_at")).dt.total_hours())
    middle = waited["hours"].median()
    quick, slow = (
        waited.filter(chosen)["timeliness_score"].mean()
        for chosen in (pl.col("hours") < middle, pl.col("hours") > middle)
    )
    assert quick > slow + 0.2
    assert 3.6 < rated["timeliness_score"].mean() < 4.7


def test_the_backlog_is_what_a_service_has_on_a_usual_day(small_estate: Estate) -> None:
    tickets = small_estate.tables["ticket"]
    waiting = tickets.filter(state="open")
    assert 0.005 < waiting.height / tickets.height < 0.04
    assert {"repair", "dispatch", "acceptance"} <= set(waiting["node_key"])
    assert waiting["reported_at"].min() > small_estate.now - dt.timedelta(days=90)
    assert {"closed", "rejected", "cancelled"} <= set(tickets["state"])


def test_nothing_is_reported_before_the_home_was_handed_over(small_estate: Estate) -> None:
    units = small_estate.frames["unit"].select(unit_id="id", handover_date="handover_date")
    reported = small_estate.tables["ticket"].join(units, on="unit_id")
    assert (reported["reported_at"].dt.date() >= reported["handover_date"]).all()


def test_what_people_write_is_varied_and_about_the_defect(small_estate: Estate) -> None:
    tickets = small_estate.tables["ticket"]
    assert tickets["description"].n_unique() > 0.6 * tickets.height
    assert tickets["title"].str.len_chars().max() <= 60
    faucets = tickets.filter(component_code="faucet")["description"]
    assert faucets.str.contains("龙头").all()
    written = [*tickets["title"], *tickets["description"], *small_estate.tables["message"]["body"]]
    assert not any(re.search(r'["\\\x00-\x1f]', text) for text in written)


def test_promises_are_those_the_service_would_make(small_estate: Estate) -> None:
    time = WorkingTime(DEFAULT_CALENDAR, special_days_of("CN"))
    tickets = small_estate.tables["ticket"].gather_every(16)
    events = small_estate.tables["ticket_event"].join(tickets.select(ticket_id="id"), on="ticket_id", how="semi")
    steering = events.filter(pl.col("kind").is_in(["ticket:pause", "ticket:resume", "ticket:reopen"]))
    by_ticket = steering.sort("version").partition_by("ticket_id", as_dict=True)
    paused = 0
    for row in tickets.iter_rows(named=True):
        minutes = PROMISED_MINUTES[Severity(row["severity"])][SlaTarget.RESOLVE]
        start, pauses, due = row["reported_at"], [], time.deadline(row["reported_at"], minutes)
        history = by_ticket.get((row["id"],))
        for event in history.iter_rows(named=True) if history is not None else ():
            if event["kind"] == "ticket:reopen":
                start, pauses = event["occurred_at"], []
            elif event["kind"] == "ticket:pause":
                pauses.append((event["occurred_at"], event["occurred_at"]))
                continue
            else:
                pauses[-1] = (pauses[-1][0], event["occurred_at"])
                paused += 1
            due = time.deadline(start, minutes, pauses)
        assert row["resolve_due_at"] == due, row["number"]
    assert paused > 5
