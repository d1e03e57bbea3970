"""The parts of an installation: which command each one is, in the order they are started."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from core.settings import Settings
from orchestration.instance import prepare_instance
from orchestration.services import Part, free_port, python_module

ROOT: Final = Path(__file__).resolve().parent.parent
COCKPITS_SCRIPT: Final = ROOT / "dashboards" / "streamlit_app.py"
LOCATION: Final = ("-m", "orchestration.location")


def parts(settings: Settings, *, database_url: str) -> list[Part]:
    """Return service, worker, cockpits and Dagster, each on its wanted port or the next free one.

    The parts learn each other's real ports through the environment, so that links work after a port was taken.
    """
    taken: set[int] = set()
    ports = []
    for wanted in (settings.service_port, settings.cockpits_port, settings.dagster_port):
        port = free_port(settings.host, wanted, taken)
        taken.add(port)
        ports.append(port)
    service_port, cockpits_port, dagster_port = ports
    environment = {
        "ANJU_DATABASE_URL": database_url,
        "ANJU_SERVICE_PORT": str(service_port),
        "ANJU_COCKPITS_PORT": str(cockpits_port),
        "ANJU_DAGSTER_PORT": str(dagster_port),
        "DAGSTER_HOME": str(prepare_instance(settings)),
        "PYTHONPATH": str(ROOT),
    }
    host, loopback = settings.host, "127.0.0.1"
    return [
        Part("service", python_module("ticket_service"), host, service_port, "/health", environment),
        Part("worker", python_module("ops_db", "worker"), environment=environment),
        Part("cockpits", _streamlit(host, cockpits_port), host, cockpits_port, "/_stcore/health", environment),
        Part(
            "dagster",
            python_module("dagster_webserver", "-h", loopback, "-p", str(dagster_port), *LOCATION),
            loopback,
            dagster_port,
            "/server_info",
            environment,
        ),
        Part("dagster-daemon", python_module("dagster._daemon", "run", *LOCATION), environment=environment),
    ]


def _streamlit(host: str, port: int) -> tuple[str, ...]:
    address = ("--server.address", host, "--server.port", str(port))
    return python_module("streamlit", "run", str(COCKPITS_SCRIPT), *address, "--server.headless", "true")
