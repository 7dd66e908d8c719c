"""Does mermaid accept a graph? Its own parser answers, in one node process for all the graphs of a call."""

import json
import os
import shutil
import subprocess
from pathlib import Path

SCRIPT = Path(__file__).with_name("mermaid.mjs")
SECONDS = 120


def node_modules() -> Path:
    """The folder where `.ci/run` installs what package.json lists; CHAINRULE_NODE_MODULES names another."""
    default = Path.home() / ".cache" / "chainrule" / "node_modules"
    return Path(os.environ.get("CHAINRULE_NODE_MODULES", default))


def missing() -> str | None:
    """Why this gate cannot run here, and what to do; None if it can."""
    if shutil.which("node") is None:
        return "node is not installed"
    absent = [name for name in ("mermaid", "jsdom") if not (node_modules() / name).is_dir()]
    if absent:
        return (
            f"no {' and '.join(absent)} in {node_modules()}: copy tests/gates/package.json into "
            f"{node_modules().parent} and run npm install there"
        )
    return None


def check(sources: list[str]) -> list[str | None]:
    """For each mermaid graph None, or what the parser has against it."""
    node = subprocess.run(
        ["node", str(SCRIPT), str(node_modules())],
        input=json.dumps(sources),
        capture_output=True,
        encoding="utf-8",
        timeout=SECONDS,
    )
    if node.returncode:
        raise RuntimeError(f"the mermaid gate itself failed:\n{node.stderr}")
    complaints: list[str | None] = json.loads(node.stdout)
    return complaints
