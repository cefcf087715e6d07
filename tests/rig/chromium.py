"""Chromium as Debian has it, driven by selenium; and axe, which says what bars people from a page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rig.daemon import library, needed, program

if TYPE_CHECKING:
    from selenium import webdriver

TAB, ENTER = "\ue004", "\ue007"  # keys, as WebDriver has them
AXE = Path("/usr/local/lib/ircbot-rig/node_modules/axe-core/axe.min.js")
_PATIENCE = 15.0  # seconds until what is waited for has to be there
_AXE = """
const done = arguments[0];
axe.run(document, {resultTypes: ["violations"]}).then(
    (found) => done(found.violations.map((one) => `${one.id}: ${one.nodes[0].html.slice(0, 200)}`)),
    (wrong) => done([String(wrong)]));
"""


class Browser:
    """A browser with one window. `console` is what it complained of since it was last asked."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def command(self, name: str, **given: Any) -> dict[str, Any]:
        """Tell Chromium itself something, by its own protocol."""
        found: dict[str, Any] = self.driver.execute_cdp_cmd(name, given)
        return found

    def look(self, address: str, width: int = 1280, height: int = 900) -> None:
        """Open a page in a window of that size."""
        self.resize(width, height)
        self.driver.get(address)

    def resize(self, width: int, height: int) -> None:
        """Give the window another size, in pixels."""
        self.command(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=False,
        )  # fmt: skip

    def prefer(self, scheme: str = "light", media: str = "") -> None:
        """Have it prefer a scheme, and show pages as on another medium, "print"."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.command("Emulation.setEmulatedMedia", media=media, features=features)

    def run(self, script: str, *given: object) -> Any:
        """Run a script in the page."""
        return self.driver.execute_script(script, *given)

    def text(self, selector: str) -> str:
        """What stands in the first element that a CSS selector finds, "" if there is none."""
        script = "return document.querySelector(arguments[0])?.textContent ?? ''"
        return " ".join(str(self.run(script, selector)).split())

    def wait(self, script: str, *given: object) -> Any:
        """Wait until a script returns something that is true."""
        from selenium.webdriver.support.wait import WebDriverWait

        wait = WebDriverWait(self.driver, _PATIENCE, 0.05)
        return wait.until(lambda _: self.run(script, *given), script)

    def wait_for(self, selector: str, text: str) -> None:
        """Wait until a text stands in what a CSS selector finds."""
        script = "return [...document.querySelectorAll(arguments[0])].some((node) => "
        self.wait(f"{script}node.textContent.includes(arguments[1]))", selector, text)

    def barriers(self) -> list[str]:
        """What bars people from the page, as axe finds it."""
        self.command("Page.enable")
        if not self.run("return 'axe' in window"):
            self.command("Runtime.evaluate", expression=AXE.read_text("utf-8"))
        found: list[str] = self.driver.execute_async_script(_AXE)
        return found

    @property
    def console(self) -> list[str]:
        """Errors and refusals."""
        return [str(one["message"]) for one in self.driver.get_log("browser")]  # type: ignore[no-untyped-call]


def start_chromium() -> Browser:
    """A browser without a window; whoever asks ends it by `driver.quit()`."""
    library("selenium")
    chromium, driver = program("chromium"), program("chromedriver")
    needed(AXE, "axe-core")
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service

    options = Options()
    options.binary_location = chromium
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    found = webdriver.Chrome(options=options, service=Service(driver))
    found.set_script_timeout(30)
    return Browser(found)
