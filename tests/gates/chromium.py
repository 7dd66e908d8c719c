"""What a browser makes of a page: Chromium without a network, at the width of a phone or of a desk."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import escape, unescape
from pathlib import Path
from typing import Any

PROGRAM = next((p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p), None)
OFFLINE = "--host-resolver-rules=MAP * ~NOTFOUND"
PROBE = """<script>
document.title = "width " + document.documentElement.scrollWidth;
</script>"""
SECONDS = 300  # the whole library on one page takes 20 on a machine with nothing else to do
DARK = "--blink-settings=preferredColorScheme=0"

# A window of Chromium is 500 px wide at least, a frame may be as narrow as a phone. What runs off the frame must stand
# in a box that scrolls by itself; the report says what does not, and how much there is of everything.
FRAME = """<!doctype html><meta charset="utf-8"><style>body {{ margin: 0 }} iframe {{ border: 0 }}</style>
<iframe width="{width}" height="{height}" srcdoc="{page}"></iframe>
<pre id="report" hidden></pre>
<script>
const report = document.getElementById("report");
document.querySelector("iframe").addEventListener("load", event => {{
  const page = event.target.contentDocument, root = page.documentElement, edge = root.clientWidth;
  const parts = [...page.querySelectorAll("body :not(.katex *, svg *)")];
  const scrolls = new Set(parts.filter(
    e => ["auto", "scroll"].includes(page.defaultView.getComputedStyle(e).overflowX)));
  const off = parts.filter(e => {{
    const box = e.getBoundingClientRect();
    if (box.width === 0 || (box.right <= edge + 1 && box.left >= -1)) return false;
    for (let above = e.parentElement; above; above = above.parentElement) if (scrolls.has(above)) return false;
    return true;
  }});
  report.textContent = "REPORT" + JSON.stringify({{
    width: edge, scrolls: root.scrollWidth,
    off: off.slice(0, 20).map(e => e.tagName + "." + e.getAttribute("class") + ": " + e.textContent.slice(0, 60)),
    formulas: page.querySelectorAll(".katex").length, errors: page.querySelectorAll(".katex-error").length,
    displays: page.querySelectorAll(".display").length,
  }}) + "END";
}});
</script>"""


def missing() -> str | None:
    """Why no browser can be used here; None if one can."""
    return None if PROGRAM else "chromium is not installed (apt install chromium)"


def opened(page: Path, folder: Path, width: int) -> str:
    """The document as it stands after its scripts have run; its title says how wide it became."""
    probed = folder / f"probed-{width}.html"
    probed.write_text(page.read_text(encoding="utf-8").replace("</body>", PROBE + "</body>"), encoding="utf-8")
    return _run(folder, width, "--dump-dom", probed.as_uri())


def framed(page: Path, folder: Path, width: int, height: int = 800) -> Path:
    """A page that shows the page in a frame of that width, and reports what runs off it."""
    shown = escape(page.read_text(encoding="utf-8"))
    frame = folder / f"framed-{width}.html"
    frame.write_text(FRAME.format(width=width, height=height, page=shown), encoding="utf-8")
    return frame


def measured(page: Path, folder: Path, width: int) -> dict[str, Any]:
    """What the frame reports: its width, how far it scrolls sideways, what runs off, how many formulas and errors."""
    dom = _run(folder, width, "--hide-scrollbars", "--dump-dom", framed(page, folder, width).as_uri())
    found = re.search("REPORT(.*?)END", dom)
    assert found is not None, "the page did not finish loading"
    report: dict[str, Any] = json.loads(unescape(found[1]))
    return report


def picture(page: Path, folder: Path, width: int, height: int = 1600, *, dark: bool = False) -> bytes:
    """A screenshot, as PNG."""
    shot = folder / f"shot-{width}.png"
    options = [DARK] if dark else []
    _run(folder, width, f"--screenshot={shot}", "--hide-scrollbars", *options, page.as_uri(), height=height)
    return shot.read_bytes()


def _run(folder: Path, width: int, *arguments: str, height: int = 1600) -> str:
    assert PROGRAM is not None
    command = [PROGRAM, "--headless", "--no-sandbox", "--disable-gpu", OFFLINE, f"--user-data-dir={folder}/profile"]
    command += [f"--window-size={width},{height}", "--virtual-time-budget=10000", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=SECONDS).stdout
