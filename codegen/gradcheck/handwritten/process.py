"""The user's code runs in a process of its own, with a time limit and a memory bound, and nothing on our terminal."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from derive.errors import CannotJudge, ChainruleError, UnknownName

ROOT = Path(__file__).parents[3]
GIGABYTE = 2**30
MEMORY = 4 * GIGABYTE
REPORT, STAGE = "report.json", "stage"


@dataclass(frozen=True)
class Request:
    """What the other process is asked: a file, the name in it, the shapes, a layer text for the forward pass."""

    path: str
    name: str
    shapes: str = ""
    forward: str = ""
    seed: int = 0
    memory: int = field(default=MEMORY)


def ask(request: Request, seconds: float) -> dict[str, Any]:
    """The other process's answer, as JSON has it: the report, or what kept it from giving one.

    Errors: `CannotJudge` if it ran out of time or memory, ended itself, or found nothing to check;
    `UnknownName` if the request names something that is not there.
    """
    with tempfile.TemporaryDirectory(prefix="chainrule-") as folder:
        Path(folder, "request.json").write_text(json.dumps(asdict(request)), encoding="utf-8")
        code = _run([sys.executable, "-P", "-m", "codegen.gradcheck.handwritten.child", folder], seconds, folder)
        report = Path(folder, REPORT)
        if not report.exists():
            raise _ended(code, Path(folder, STAGE), seconds)
        answer: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    if "error" in answer:
        raise _refused(answer)
    return answer


def _run(command: list[str], seconds: float, folder: str) -> int | None:
    """The exit code, None if the time was up; the whole process group is ended then."""
    paths = (str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")]))
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONDONTWRITEBYTECODE": "1",
        "MPLBACKEND": "Agg",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    null = subprocess.DEVNULL
    with subprocess.Popen(
        command, stdin=null, stdout=null, stderr=null, env=environment, start_new_session=os.name == "posix"
    ) as child:
        try:
            return child.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        finally:
            _end(child)


def _end(child: subprocess.Popen[bytes]) -> None:
    """End the process and whatever it started."""
    try:
        if os.name == "posix":
            os.killpg(child.pid, signal.SIGKILL)
        elif child.poll() is None:
            child.kill()
    except (ProcessLookupError, PermissionError):
        pass
    child.wait()


def _ended(code: int | None, stage: Path, seconds: float) -> ChainruleError:
    doing = stage.read_text(encoding="utf-8") if stage.exists() else "starting"
    if code is None:
        return CannotJudge(
            f"no result within {seconds:g} s; it was {doing}",
            hint="give it longer by --timeout SECONDS, or let only definitions stand at the top of the module",
        )
    how = f"was ended by signal {-code}" if code < 0 else f"ended itself with exit code {code}"
    return CannotJudge(f"the module's process {how} while {doing}", hint="does it call os._exit, or need much memory?")


def _refused(answer: dict[str, Any]) -> ChainruleError:
    kind = UnknownName if answer.get("exit_code") == 2 else CannotJudge
    return kind(answer["error"], hint=answer.get("hint", ""))
