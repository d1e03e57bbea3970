"""`python -m demo.screenshots`: photographs a running demonstration, in both languages and on both screens."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import quote

import typer
from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright
from playwright.sync_api import Error as BrowserError
from rich.console import Console
from rich.progress import track

from core.settings import get_settings
from demo.codes import FORM
from demo.estate.load import DEMO_PASSWORD
from demo.walks import PROCESS, WALKS
from orchestration import services

BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
SCREENS: Final[dict[str, ViewportSize]] = {
    "desktop": {"width": 1440, "height": 900},
    "phone": {"width": 360, "height": 740},
}
LANGUAGES: Final = {"en": "en", "zh": "zh-CN"}
PATIENCE_MS: Final = 120_000
DRAWING_MS: Final = 2_000
TALLEST: Final = 6_000
DOCUMENTATION: Final = Path(__file__).resolve().parents[1] / "docs" / "screenshots"
DOCUMENTED: Final = (
    "executive-en-desktop",
    "quality-en-desktop",
    "ticket-en-desktop",
    "job-en-phone",
    "report-en-phone",
    "designer-en-desktop",
    "designer-zh-desktop",
    "walked-en-desktop",
    "walked-zh-desktop",
    "approvals-en-desktop",
    "form-designer-en-desktop",
    "form-designer-zh-desktop",
    "code-zh-phone",
    "code-en-phone",
    "poster-zh-desktop",
)
"""The pictures that README and manuals show."""


@dataclass(frozen=True, slots=True)
class Sight:
    """A page to photograph: whose it is and where; or the link to follow from there, and what to add to its address.

    A process that has no draft to show gets one at `begin`, an address of the API. Where the page is no longer than its
    screen but for what is below, `is_whole` is false.
    """

    name: str
    path: str
    login: str | None = None
    follow: str | None = None
    then: str = ""
    begin: str = ""
    is_cockpit: bool = False
    is_whole: bool = True


WALKED: Final = quote(WALKS[4].description[:5])
"""The ticket whose path is shown: it was surveyed, two people approved, and material is being bought."""

SIGHTS: Final = (
    Sight("sign-in", "/sign-in"),
    Sight("report", "/report"),
    Sight("password", "/account/password", "desk"),
    Sight("queue", "/desk", "desk"),
    Sight("ticket", "/desk", "desk", follow=".queue-title"),
    Sight("new-ticket", "/desk/new", "desk"),
    Sight("jobs", "/work", "technician"),
    Sight("job", "/work", "technician", follow="main a[href^='/work/']"),
    Sight("ticket-path", "/desk", "desk", follow=".queue-title", then="/path"),
    Sight("processes", "/manage/processes", "manager"),
    Sight("process-rules", "/manage/process-rules", "manager"),
    Sight("process", "/manage/processes/standard_repair/versions/1", "manager"),
    Sight("process-try", "/manage/processes/standard_repair/versions/1/try", "manager"),
    Sight("service-levels", "/manage/service-levels", "manager"),
    Sight("forms", "/manage/forms", "manager"),
    Sight("form", "/manage/forms/report", "manager"),
    Sight("form-preview", "/manage/forms/report/preview?version=1", "manager"),
    Sight(
        "designer",
        f"/manage/processes/{PROCESS}/draft",
        "manager",
        begin=f"/api/v1/processes/{PROCESS}/draft",
        is_whole=False,
    ),
    Sight("walked", f"/desk?q={WALKED}", "supervisor", follow=".queue-title", then="/path"),
    Sight("approvals", "/approvals", "finance"),
    Sight("form-designer", f"/manage/forms/{FORM}/design", "manager", is_whole=False),
    Sight("codes", f"/manage/forms/{FORM}", "manager"),
    Sight("code", f"/manage/forms/{FORM}", "manager", follow="main a[href*='/f/']"),
    Sight("poster", f"/manage/forms/{FORM}", "manager", follow="main a[href*='/poster?link=']"),
    Sight("executive", "/executive", "executive", is_cockpit=True),
    Sight("quality", "/quality", "executive", is_cockpit=True),
    Sight("telephone", "/telephone", "executive", is_cockpit=True),
    Sight("list", "/tickets?measure=csat_process", "executive", is_cockpit=True),
)


class NothingToPhotographError(Exception):
    """The demonstration does not run, or there is no browser."""


def photograph(
    into: Annotated[Path, typer.Option(help="The folder of the pictures.")] = Path("screenshots"),
    only: Annotated[str, typer.Option(help="Pages by name, with commas between; all without it.")] = "",
    *,
    documentation: Annotated[bool, typer.Option(help="Put those that README shows into docs/screenshots too.")] = False,
) -> None:
    """Photograph the pages of the demonstration that runs in this installation."""
    service, cockpits = _addresses()
    chosen = [sight for sight in SIGHTS if not only or sight.name in only.split(",")]
    into.mkdir(parents=True, exist_ok=True)
    shots = [
        (screen, tag, login, [sight for sight in chosen if sight.login == login])
        for screen in SCREENS
        for tag in LANGUAGES
        for login in dict.fromkeys(sight.login for sight in chosen)
    ]
    count = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_browser_path(), args=["--no-sandbox", "--disable-gpu"])
        for screen, tag, login, sights in track(shots, "Photographing", console=Console(stderr=True)):
            page = _somebodys_page(browser, service, SCREENS[screen], login, LANGUAGES[tag])
            for sight in sights:
                page.set_viewport_size(SCREENS[screen])
                _visit(page, cockpits if sight.is_cockpit else service, sight)
                path = into / f"{sight.name}-{tag}-{screen}.png"
                page.screenshot(path=path, full_page=sight.is_whole and not sight.is_cockpit)
                count += 1
                if documentation and path.stem in DOCUMENTED:
                    _keep_small(path, DOCUMENTATION / path.name)
            page.context.close()
        browser.close()
    typer.echo(f"{count} pictures are in {into}.")


def _keep_small(picture: Path, copy: Path) -> None:
    """Pages have few colours: a palette of 256 looks the same at a third of the size."""
    with Image.open(picture) as opened:
        opened.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(copy, optimize=True)


def _addresses() -> tuple[str, str]:
    settings = get_settings()
    running = [services.find(settings, name) for name in ("service", "cockpits")]
    found = [part.url for part in running if part is not None and part.url is not None]
    if len(found) != len(running):
        raise NothingToPhotographError("The demonstration does not run here. Start it in another window: make demo")
    return found[0], found[1]


def _browser_path() -> str:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        raise NothingToPhotographError("There is no Chromium. `make browser` installs it on Debian as root.")
    return found


def _somebodys_page(browser: Browser, service: str, size: ViewportSize, login: str | None, language: str) -> Page:
    """A window of that size in which `login`, if anybody, has signed in and chosen the language."""
    context = browser.new_context(viewport=size, base_url=service)
    context.set_default_timeout(PATIENCE_MS)
    headers = {"Origin": service}
    if login:
        context.request.post(
            "/sign-in", form={"login": login, "password": DEMO_PASSWORD}, headers=headers, max_redirects=0
        )
    context.request.post("/language", form={"language": language}, headers=headers, max_redirects=0)
    return context.new_page()


def _visit(page: Page, site: str, sight: Sight) -> None:
    """Go there, and wait until everything is drawn; a cockpit's window is made as tall as what it shows."""
    if sight.begin:
        # Where there is a draft already the answer is a refusal, and the draft is what is wanted.
        page.request.post(site + sight.begin, data={"from_version": 1}, headers={"Origin": site})
    page.goto(site + sight.path)
    if sight.follow:
        found = str(page.locator(sight.follow).first.get_attribute("href"))
        page.goto(site + (found.split("?", maxsplit=1)[0] + sight.then if sight.then else found))
    if not sight.is_cockpit:
        page.wait_for_load_state("networkidle")
        return
    size = page.viewport_size
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    page.locator("h1").first.wait_for()
    page.wait_for_load_state("networkidle")
    height = page.evaluate("document.querySelector('[data-testid=stMainBlockContainer]')?.scrollHeight ?? 0")
    if size is not None and height > size["height"]:
        page.set_viewport_size({"width": size["width"], "height": min(height, TALLEST)})
    # Charts are drawn after the page has its size, and nothing on the page says when the last one is.
    page.wait_for_timeout(DRAWING_MS)


def main() -> None:
    """Run the command; what is missing is one sentence and exit code 1."""
    try:
        typer.run(photograph)
    except (NothingToPhotographError, BrowserError) as error:
        typer.secho(str(error), fg=typer.colors.RED, err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
