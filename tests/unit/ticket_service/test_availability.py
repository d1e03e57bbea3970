"""What happens while the database is away, and afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import Engine, create_engine, text

from core.settings import Settings
from ticket_service.app import create_app

SignIn = Callable[..., TestClient]
CUT = text("select pg_terminate_backend(pid) from pg_stat_activity where datname = :name and pid <> pg_backend_pid()")


def test_a_cut_connection_is_503_once_and_the_pool_heals(
    sign_in: SignIn, create: Callable[..., dict[str, Any]], postgres_url: str, database_url: str
) -> None:
    desk = sign_in("desk")
    number = create(desk)["number"]
    with create_engine(postgres_url).begin() as connection:
        connection.execute(CUT, {"name": database_url.rpartition("/")[2]})
    answer = desk.get(f"/api/v1/tickets/{number}")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert int(answer.headers["retry-after"]) > 0
    assert desk.get(f"/api/v1/tickets/{number}").status_code == 200


def test_without_a_database_the_service_lives_and_says_that_it_is_not_ready(settings: Settings, free_port: int) -> None:
    away = settings.model_copy(
        update={"database_url": type(settings.database_url)(f"postgresql+psycopg://nobody:x@127.0.0.1:{free_port}/no")}
    )
    with TestClient(create_app(away)) as client:
        assert client.get("/health/live").status_code == 200
        answer = client.get("/health/ready")
    assert (answer.status_code, "retry-after" in answer.headers) == (503, True)


def test_a_row_that_somebody_holds_is_503_after_two_seconds_and_nothing_is_written(
    sign_in: SignIn, create: Callable[..., dict[str, Any]], engine: Engine
) -> None:
    desk = sign_in("desk")
    number = create(desk)["number"]
    body = {"action": "complete", "choice": "accept", "version": 1}
    with engine.begin() as connection:
        connection.execute(text("select from ops.ticket for update"))
        answer = desk.post(f"/api/v1/tickets/{number}/actions", json=body)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert desk.post(f"/api/v1/tickets/{number}/actions", json=body).status_code == 200


def test_a_failed_commit_is_never_a_success(sign_in: SignIn, ticket_body: dict[str, Any], engine: Engine) -> None:
    desk = sign_in("desk")
    with engine.begin() as connection:
        connection.execute(
            text("""create function ops.fail() returns trigger language plpgsql as $$
                    begin raise exception 'no' using errcode = '57P01'; end $$""")
        )
        connection.execute(
            text("""create constraint trigger fails after insert on ops.ticket deferrable initially deferred
                    for each row execute function ops.fail()""")
        )
    answer = desk.post("/api/v1/tickets", json=ticket_body, headers={"Idempotency-Key": "commit-fails"})
    assert answer.status_code == 503
    with engine.begin() as connection:
        assert connection.scalar(text("select count(*) from ops.ticket")) == 0


def test_a_transaction_that_lost_a_deadlock_is_tried_again(
    sign_in: SignIn, ticket_body: dict[str, Any], engine: Engine
) -> None:
    desk = sign_in("desk")
    with engine.begin() as connection:
        connection.execute(text("create sequence ops.tries"))
        connection.execute(text("grant usage on sequence ops.tries to public"))  # the service does not own it
        connection.execute(
            text("""create function ops.fail_once() returns trigger language plpgsql as $$
                    begin
                        if nextval('ops.tries') = 1 then raise exception 'no' using errcode = '40P01'; end if;
                        return new;
                    end $$""")
        )
        connection.execute(
            text("create trigger fails before insert on ops.ticket for each row execute function ops.fail_once()")
        )
    answer = desk.post("/api/v1/tickets", json=ticket_body, headers={"Idempotency-Key": "deadlock-0001"})
    assert answer.status_code == 201, answer.text
    with engine.begin() as connection:
        assert connection.scalar(text("select count(*) from ops.ticket")) == 1
        assert connection.scalar(text("select last_value from ops.tries")) == 2
