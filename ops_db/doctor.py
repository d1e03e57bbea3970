"""Is this installation sound? Each question is answered in a sentence that says what to do; red means act now.

A question that could not be asked is red too: silence must not look like health.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from alembic.runtime.migration import MigrationContext
from cryptography.fernet import InvalidToken
from sqlalchemy import Connection, ScalarResult, text
from sqlalchemy.exc import SQLAlchemyError

from core.settings import Settings
from ops_db.application_role import wrong_rights
from ops_db.clock import repository as clock
from ops_db.clock.years import standings
from ops_db.integrity import anchors
from ops_db.integrity.anchors import AnchorsUnreadable
from ops_db.integrity.verification import verify
from ops_db.migrate import newest_revision
from ops_db.models.base import SCHEMA
from ops_db.personal_data import PersonalData
from ops_db.reach import unconfined

ANCHOR_AGE: Final = dt.timedelta(hours=24)
TIMER_LATE: Final = dt.timedelta(minutes=10)
BACKUP_AGE: Final = dt.timedelta(hours=26)
_GIGABYTE: Final = 1024**3
_LITTLE_SPACE, _NO_SPACE = 0.10, 0.03


class Health(StrEnum):
    """How an answer is to be taken."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Answer:
    """One question answered."""

    name: str
    health: Health
    sentence: str


@dataclass(frozen=True, slots=True)
class Patient:
    """What the questions are asked of."""

    connection: Connection
    settings: Settings
    now: dt.datetime


Question = Callable[[Patient], tuple[Health, str]]


def examine(patient: Patient, *, with_logs: bool = True) -> list[Answer]:
    """All answers; without the logs it takes a moment, with them some seconds for each hundred thousand entries."""
    asked = QUESTIONS if with_logs else {name: one for name, one in QUESTIONS.items() if name != "logs"}
    return [_ask(name, question, patient) for name, question in asked.items()]


def _ask(name: str, question: Question, patient: Patient) -> Answer:
    try:
        with patient.connection.begin_nested():
            health, sentence = question(patient)
    except (SQLAlchemyError, OSError, ValueError) as error:
        words = str(error).splitlines()[0]
        return Answer(name, Health.RED, f"This could not be looked at: {words}")
    return Answer(name, health, sentence)


def _schema(patient: Patient) -> tuple[Health, str]:
    context = MigrationContext.configure(patient.connection, opts={"version_table_schema": SCHEMA})
    here, newest = context.get_current_revision(), newest_revision()
    if here == newest:
        return Health.GREEN, f"The database has the newest schema, {newest}."
    return Health.RED, f"The schema is {here} and should be {newest}. Run `python -m ops_db migrate`."


def _rights(patient: Patient) -> tuple[Health, str]:
    wrong = wrong_rights(patient.connection)
    if wrong:
        more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        return Health.RED, f"{wrong[0]}{more}. Run `python -m ops_db migrate`, which sets the rights again."
    open_tables = unconfined(patient.connection)
    if open_tables:
        return Health.RED, (
            f"Rows of other projects can be seen in {', '.join(open_tables)}. Somebody switched row-level security off:"
            " switch it on again, with its policy `reach`."
        )
    return Health.GREEN, "Service and workers own no table, add to the logs only, and see their projects alone."


def _durability(patient: Patient) -> tuple[Health, str]:
    found: dict[str, str] = {
        name: patient.connection.execute(text(f"show {name}")).scalar_one()
        for name in ("fsync", "synchronous_commit", "full_page_writes")
    }
    off = [name for name, value in found.items() if value == "off"]
    if not off:
        return Health.GREEN, "What is committed is on the disk before anybody is told."
    if patient.settings.database_url is None and not patient.settings.postgres_durable:
        return Health.AMBER, f"{', '.join(off)}: off, as ANJU_POSTGRES_DURABLE=false says. Only for throw-away data."
    return Health.RED, f"{', '.join(off)}: off. A power cut loses tickets; turn it on and restart Postgres."


def _checksums(patient: Patient) -> tuple[Health, str]:
    if patient.connection.execute(text("show data_checksums")).scalar_one() == "on":
        return Health.GREEN, "A page that the disk spoils is noticed."
    return (
        Health.AMBER,
        "Data checksums are off: a spoiled page would go unnoticed. Stop Postgres and run pg_checksums -e.",
    )


def _space(patient: Patient) -> tuple[Health, str]:
    home = patient.settings.home
    usage = shutil.disk_usage(home if home.exists() else Path("/"))
    share = usage.free / usage.total
    words = f"{usage.free / _GIGABYTE:.1f} GB ({share:.0%}) of the disk under {home} are free."
    if share < _NO_SPACE:
        return Health.RED, f"{words} Make room now: without space nothing can be written."
    return (Health.AMBER, f"{words} Make room soon.") if share < _LITTLE_SPACE else (Health.GREEN, words)


def _holidays(patient: Patient) -> tuple[Health, str]:
    rows = patient.connection.execute(clock.CALENDARS).all()
    found = list(standings(rows, patient.connection.execute(clock.YEARS).all(), patient.now))
    parts = [
        f"The holidays of {one.year} are not entered in the calendar {one.code}, so promises reckon with the statutory"
        " days alone. Update the package `holidays`, or enter the days on /manage/calendars."
        for one in found
        if one.is_missing
    ]
    parts += [
        f"The days of {one.year} in the calendar {one.code} changed after running deadlines were counted"
        f" ({one.counted_at:%Y-%m-%d}). Count them anew on /manage/calendars."
        for one in found
        if one.counted_at is not None
    ]
    if parts:
        return Health.AMBER, " ".join(parts)
    known = patient.now.astimezone(patient.settings.zone).year
    return Health.GREEN, f"The public holidays of {known} are known, and running deadlines were counted with them."


def _timers(patient: Patient) -> tuple[Health, str]:
    row = patient.connection.execute(
        text("""
            select count(*) filter (where state = 'planned' and due_at < :late) as late_count,
                   count(*) filter (where state = 'failed') as failed_count, min(due_at) filter (
                       where state = 'planned' and due_at < :late) as oldest
              from ops.timer where state in ('planned', 'failed')
        """),
        {"late": patient.now - TIMER_LATE},
    ).one()
    if row.late_count:
        return Health.RED, (
            f"{row.late_count} timers are overdue, the oldest since {row.oldest:%Y-%m-%d %H:%M} UTC."
            " Start a worker: `python -m ops_db worker`."
        )
    if row.failed_count:
        return Health.AMBER, f"{row.failed_count} timers failed. See `python -m ops_db timers status`."
    return Health.GREEN, "No timer is overdue."


def _webhooks(patient: Patient) -> tuple[Health, str]:
    row = patient.connection.execute(
        text("""
            select (select count(*) from ops.webhook_delivery where state = 'dead') as dead_count,
                   (select count(*) from ops.webhook_endpoint where disabled_at is not null) as disabled_count,
                   (select count(*) from ops.webhook_endpoint
                     where failing_since < :since and disabled_at is null) as failing_count
        """),
        {"since": patient.now - dt.timedelta(hours=1)},
    ).one()
    parts = [
        f"{row.disabled_count} endpoints were switched off after days of failure" if row.disabled_count else "",
        f"{row.failing_count} endpoints have failed for an hour or more" if row.failing_count else "",
        f"{row.dead_count} messages could not be delivered" if row.dead_count else "",
    ]
    said = ", ".join(filter(None, parts))
    if not said:
        return Health.GREEN, "Every webhook is delivered or under way."
    health = Health.RED if row.disabled_count else Health.AMBER
    return health, f"{said}. Look at /manage/webhooks, mend the receiver and replay."


def _personal_data(patient: Patient) -> tuple[Health, str]:
    sample: ScalarResult[bytes] = patient.connection.execute(
        text("select phone_ciphertext from ops.person where phone_ciphertext is not null order by created_at limit 20")
    ).scalars()
    personal_data = PersonalData.of(patient.settings)
    try:
        count = len([personal_data.decrypt(ciphertext) for ciphertext in sample])
    except InvalidToken:
        return Health.RED, "The encryption keys do not open the personal data. Restore secrets.json or the keys set."
    return Health.GREEN, f"The keys open the personal data ({count} tried)."


def _backup(patient: Patient) -> tuple[Health, str]:
    folder = patient.settings.home / "backups"
    newest = max((path.stat().st_mtime for path in folder.glob("*")), default=None) if folder.is_dir() else None
    if newest is None:
        return Health.AMBER, f"No backup is known in {folder}. A backup counts only once it was restored somewhere."
    age = patient.now - dt.datetime.fromtimestamp(newest, dt.UTC)
    words = f"The newest backup is {age.total_seconds() / 3600:.0f} hours old."
    return (Health.AMBER, f"{words} Make one a day.") if age > BACKUP_AGE else (Health.GREEN, words)


def _anchors(patient: Patient) -> tuple[Health, str]:
    path = anchors.file_of(patient.settings)
    try:
        known = anchors.read(path)
    except AnchorsUnreadable as error:
        return Health.RED, str(error)
    if not known:
        return Health.AMBER, "The logs were never anchored. Run a worker, or `python -m ops_db audit anchor`."
    newest = dt.datetime.fromisoformat(known[-1].at)
    unanchored: bool = patient.connection.execute(
        text("select exists (select from ops.ticket_event where id > :id and occurred_at < :before)"),
        {
            "id": max(one.last_id for one in known if one.table == "ticket_event") if known else 0,
            "before": patient.now - ANCHOR_AGE,
        },
    ).scalar_one()
    if unanchored and patient.now - newest > ANCHOR_AGE:
        return Health.RED, f"The logs were last anchored {newest:%Y-%m-%d %H:%M} UTC. Start a worker."
    return Health.GREEN, f"The logs are anchored in {path}; keep a copy of it on another machine."


def _logs(patient: Patient) -> tuple[Health, str]:
    found = verify(patient.connection, patient.settings)
    if found.finding_count:
        first = found.findings[0]
        return Health.RED, (
            f"{found.finding_count} findings in the logs, the first in {first.where}: {first.sentence}"
            " See `python -m ops_db audit verify`."
        )
    return Health.GREEN, f"{found.links} entries in {found.chains} chains are as they were written."


QUESTIONS: Final[dict[str, Question]] = {
    "schema": _schema,
    "rights": _rights,
    "durability": _durability,
    "checksums": _checksums,
    "space": _space,
    "holidays": _holidays,
    "timers": _timers,
    "webhooks": _webhooks,
    "personal_data": _personal_data,
    "backup": _backup,
    "anchors": _anchors,
    "logs": _logs,
}
"""What is asked, in this order; a new question is a line here."""
