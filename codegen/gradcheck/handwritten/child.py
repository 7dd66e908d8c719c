"""The process that runs a user's module: reads a request, loads the module, checks it, writes the report as a file."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from codegen.gradcheck.handwritten.code_files import read_code
from codegen.gradcheck.handwritten.examining import examine
from codegen.gradcheck.handwritten.failures import told
from codegen.gradcheck.handwritten.loading import load
from codegen.gradcheck.handwritten.naming import layers_of
from codegen.gradcheck.handwritten.process import REPORT, STAGE, Request
from codegen.gradcheck.handwritten.shapes import parse
from codegen.gradcheck.report import Report
from derive.errors import CannotJudge, ChainruleError


def main(folder: Path) -> None:
    """Answer the request that lies in a folder."""
    request = Request(**json.loads((folder / "request.json").read_text(encoding="utf-8")))
    _bound_memory(request.memory)
    try:
        answer = _answer(request, folder)
    except ChainruleError as error:
        answer = {"error": _without_hint(error), "hint": error.hint, "exit_code": error.exit_code}
    except MemoryError:
        answer = {"error": f"it needs more than {request.memory >> 30} GB of memory", "exit_code": 3}
    except Exception as error:
        answer = {
            "error": f"This is a bug of chainrule, not of yours: {type(error).__name__}: {error}",
            "hint": "please report it with the code that you checked",
            "exit_code": 3,
        }
    unfinished = folder / "unfinished"
    unfinished.write_text(json.dumps(answer), encoding="utf-8")
    os.replace(unfinished, folder / REPORT)


def _answer(request: Request, folder: Path) -> dict[str, Any]:
    path = Path(request.path)
    code = read_code(path)
    (folder / STAGE).write_text(f"running {path.name}", encoding="utf-8")
    try:
        module = load(code)
    except MemoryError:
        raise
    except BaseException as error:  # also SystemExit and KeyboardInterrupt: it is the user's module that leaves
        raise CannotJudge(
            f"{path.name} cannot be run: {told(error)}", hint="chainrule check runs the module, as importing it does"
        ) from None
    (folder / STAGE).write_text(f"checking {request.name}", encoding="utf-8")
    report = _report(request, vars(module))
    content: dict[str, Any] = json.loads(report.to_json())
    return content


def _report(request: Request, namespace: dict[str, Any]) -> Report:
    asked = parse(request.shapes)
    if request.forward:
        from codegen.gradcheck.handwritten.specified import examine_as, program_of  # loads SymPy

        return examine_as(program_of(request.forward), request.name, namespace, asked, request.seed)
    candidates, things = layers_of(request.name, namespace)
    return examine(candidates, things, asked, request.seed)


def _without_hint(error: ChainruleError) -> str:
    return str(error).removesuffix(f"\nhint: {error.hint}") if error.hint else str(error)


def _bound_memory(most: int) -> None:
    """No more memory than that, where the system can be told so."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, ValueError, OSError):
        pass


if __name__ == "__main__":
    main(Path(sys.argv[1]))
    sys.stdout.flush()
    os._exit(0)  # threads that the user's module left behind do not keep us waiting
