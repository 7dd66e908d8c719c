"""What a browser makes of a page: Chromium without a network, at the width of a phone or of a desk."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

PROGRAM = next((p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p), None)
OFFLINE = "--host-resolver-rules=MAP * ~NOTFOUND"
PROBE = """<script>
document.title = "width " + document.documentElement.scrollWidth;
</script>"""


def missing() -> str | None:
    """Why no browser can be used here; None if one can."""
    return None if PROGRAM else "chromium is not installed (apt install chromium)"


def opened(page: Path, folder: Path, width: int) -> str:
    """The document as it stands after its scripts have run; its title says how wide it became."""
    probed = folder / f"probed-{width}.html"
    probed.write_text(page.read_text(encoding="utf-8").replace("</body>", PROBE + "</body>"), encoding="utf-8")
    return _run(folder, width, "--dump-dom", probed.as_uri())


def picture(page: Path, folder: Path, width: int, height: int = 1600) -> bytes:
    """A screenshot, as PNG."""
    shot = folder / f"shot-{width}.png"
    _run(folder, width, f"--screenshot={shot}", "--hide-scrollbars", page.as_uri(), height=height)
    return shot.read_bytes()


def _run(folder: Path, width: int, *arguments: str, height: int = 1600) -> str:
    assert PROGRAM is not None
    command = [PROGRAM, "--headless", "--no-sandbox", "--disable-gpu", OFFLINE, f"--user-data-dir={folder}/profile"]
    command += [f"--window-size={width},{height}", "--virtual-time-budget=10000", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
