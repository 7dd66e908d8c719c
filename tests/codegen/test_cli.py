"""The command line: what it prints, how it ends, and that nobody ever sees a traceback."""

import json
import os
import pty
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import codegen
from codegen import cli
from codegen.commands import derive as derive_command
from codegen.writing import MARK, ForeignFile, origin, write

ROOT = Path(codegen.__file__).resolve().parents[1]
COMMAND = [sys.executable, "-m", "codegen.cli"]
Finished = subprocess.CompletedProcess[str]


@pytest.fixture
def chainrule(tmp_path: Path) -> Callable[..., Finished]:
    """Run the command in a folder of its own, in a process of its own."""

    def run(*arguments: str, stdin: str = "", **variables: str) -> Finished:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
        return subprocess.run(
            [*COMMAND, *arguments], input=stdin, capture_output=True, text=True, cwd=tmp_path, env=environment
        )

    return run


@pytest.fixture
def here(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run the command in this process: exit code, stdout, stderr."""

    def run(*arguments: str) -> tuple[int, str, str]:
        code = cli.run(arguments)
        out, err = capsys.readouterr()
        return code, out, err

    return run


# --- what it does --------------------------------------------------------------------------------------------------


def test_help_names_every_command(here: Any) -> None:
    code, out, _ = here("--help")
    assert code == 0
    assert all(name in out for name in ("check", "demo", "derive", "doctor", "generate", "list"))


def test_help_does_without_heavy_imports(chainrule: Any) -> None:
    """What makes it answer at once; how fast that is depends on the machine."""
    started = time.perf_counter()
    finished = chainrule("--help")
    seconds = time.perf_counter() - started
    assert finished.returncode == 0
    assert seconds < 5, f"chainrule --help took {seconds:.2f} s"
    loaded = "import sys; from codegen.cli import run; run(['--help']); print(sorted(sys.modules), file=sys.stderr)"
    modules = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, cwd=ROOT).stderr
    for heavy in ("sympy", "numpy", "jinja2", "lark", "rich", "derive.calculus.chain_rule"):
        assert f"'{heavy}'" not in modules, f"chainrule --help imports {heavy}"


def test_version(here: Any) -> None:
    code, out, _ = here("--version")
    assert code == 0 and out.startswith("chainrule ")


def test_list(here: Any) -> None:
    code, out, _ = here("list")
    assert code == 0 and "two_layer_net" in out
    layers = json.loads(here("list", "--json")[1])["layers"]
    affine = next(layer for layer in layers if layer["name"] == "affine")
    assert [t["name"] for t in affine["given"]] == ["X", "W", "b"] and affine["outputs"] == ["U"]


def test_derive_prints_markdown(here: Any) -> None:
    code, out, err = here("derive", "affine", "--wrt", "W", "--detail", "brief")
    assert (code, err) == (0, "")
    assert r"X^{\mathsf T} \frac{\partial L}{\partial U}" in out and "Gradient with respect to $b$" not in out


@pytest.mark.parametrize(
    ("name", "start"), [("a.tex", r"\documentclass"), ("a.md", "# `affine`"), ("a.mmd", "graph LR"), ("a.svg", "<svg")]
)
def test_the_ending_of_a_file_chooses_the_form(here: Any, tmp_path: Path, name: str, start: str) -> None:
    assert here("derive", "affine", "-o", str(tmp_path / name))[0] == 0
    first, second, *_ = (tmp_path / name).read_text().splitlines()
    assert MARK in first and second.startswith(start)


def test_forward_mode_and_second_order(here: Any) -> None:
    code, out, _ = here("derive", "affine", "--jvp")
    assert code == 0
    assert r"\dot{U} &= \dot{X} W + X \dot{W} + \dot{b}" in out
    code, out, _ = here("derive", "softmax_cross_entropy", "--hvp", "-w", "Z", "--notation", "index")
    assert code == 0
    assert r"\frac{\partial \dot{L}}{\partial Z_{nc}}" in out
    code, out, _ = here("generate", "two_layer_net", "--hvp")
    assert code == 0
    assert 'return {"W1": ' in out and "v_W1" in out
    code, out, _ = here("generate", "affine", "--jvp")
    assert code == 0
    assert "dot_U = dot_X @ W + X @ dot_W + dot_b" in out


@pytest.mark.parametrize("arguments", [("derive", "relu", "--hvp"), ("generate", "mlp", "--hvp", "--jvp")])
def test_what_has_no_second_order_is_told(here: Any, arguments: tuple[str, ...]) -> None:
    code, _, err = here(*arguments)
    assert code == 2
    assert "scalar output" in err or "--jvp or --hvp" in err


def test_specs_are_chained(here: Any) -> None:
    code, out, _ = here("generate", "affine", "relu", "affine", "softmax_cross_entropy")
    assert code == 0
    assert "def forward(X, W1, b1, W2, b2, T):" in out


def test_a_layer_of_ones_own(chainrule: Any, tmp_path: Path) -> None:
    text = "layer swish\nx: input [N]\ny = x * sigmoid(x)\n"
    (tmp_path / "swish.layer").write_text(text)
    by_file, by_text, by_stdin = (
        chainrule("check", "swish.layer"),
        chainrule("check", "-e", text),
        chainrule("check", "-e", "-", stdin=text),
    )
    assert by_file.returncode == 0 and "every check passed" in by_file.stdout
    assert by_file.stdout == by_text.stdout == by_stdin.stdout


def test_check_tells_how_the_derivation_was_proved(here: Any) -> None:
    code, out, _ = here("check", "softmax_cross_entropy")
    assert code == 0 and "equals signs hold" in out and "dZ" in out
    assert json.loads(here("check", "relu", "--json")[1])["ok"] is True


def test_code_that_is_wrong_ends_with_one(here: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from codegen import generate

    right = generate.build

    def wrong(*arguments: Any) -> Any:
        module = right(*arguments)
        backward = module.backward
        module.__dict__["backward"] = lambda *a: {n: -g for n, g in backward(*a).items()}
        return module

    monkeypatch.setattr(generate, "build", wrong)
    code, out, err = here("check", "affine")
    assert code == 1 and "the sign is wrong" in out and err == ""


def test_doctor(here: Any) -> None:
    code, out, _ = here("doctor")
    assert code == 0 and "package derive" in out and str(ROOT / "derive") in out
    assert json.loads(here("doctor", "--json")[1])["ok"] is True


def test_doctor_finds_another_distribution_of_the_same_name(here: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.packages_distributions", lambda: {"derive": ["chainrule", "derive"]})
    code, out, _ = here("doctor")
    assert code == 1 and "installed by derive" in out and "pip uninstall derive" in out


def test_doctor_finds_a_package_that_shadows_ours_without_running_it(chainrule: Any, tmp_path: Path) -> None:
    (tmp_path / "derive").mkdir()
    (tmp_path / "derive" / "__init__.py").write_text("raise SystemExit('foreign code ran')\n")
    finished = chainrule("doctor")  # the folder that a module is run in comes first on its path
    assert finished.returncode == 1, finished.stderr
    assert "comes first on Python's path" in finished.stdout and "foreign code ran" not in finished.stderr


# --- how it fails --------------------------------------------------------------------------------------------------

MISTAKES = {
    "no layer of that name": ("derive", "afine"),
    "no file of that name": ("derive", "nowhere.layer"),
    "a bracket left open": ("derive", "-e", "layer f\nX: input [N\nY = X"),
    "no text": ("derive", "-e", ""),
    "hostile text": ("generate", "-e", "layer f\nx: input\ny = __import__('os').system('true')"),
    "no tensor of that name": ("derive", "affine", "--wrt", "V"),
    "no SPEC": ("check",),
    "SPEC and text": ("check", "affine", "-e", "layer f"),
    "an option that does not exist": ("derive", "affine", "--nosuch"),
    "a command that does not exist": ("prove",),
    "a style that the layer has not": ("generate", "relu", "--style", "network"),
    "layers that do not fit": ("derive", "softmax_cross_entropy", "affine"),
    "a folder for a file": ("generate", "relu", "-o", "."),
    "--all and a SPEC": ("generate", "relu", "--all"),
    "--check alone": ("generate", "relu", "--check"),
    "notation of a graph": ("derive", "relu", "--to", "svg", "--notation", "index"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_on_stderr(chainrule: Any, mistake: str) -> None:
    finished = chainrule(*MISTAKES[mistake])
    assert finished.returncode == 2, finished
    assert finished.stdout == "" and "Traceback" not in finished.stderr
    assert "bug" not in finished.stderr and len(finished.stderr) > 10


def test_what_cannot_be_judged_ends_with_three(here: Any) -> None:
    code, _, err = here("check", "-e", "layer f\nx: input [N]\ny = log(-x**2)")
    assert code == 3 and "no point" in err


def raising(error: BaseException) -> Callable[..., Any]:
    def opened(*_: Any) -> Any:
        raise error

    return opened


def test_a_bug_is_called_ours_and_shows_no_traceback(here: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derive_command, "opened", raising(ZeroDivisionError("oops")))
    code, out, err = here("derive", "affine")
    assert (code, out) == (3, "")
    assert "bug of chainrule" in err and "ZeroDivisionError: oops" in err and "Traceback" not in err
    monkeypatch.setenv("CHAINRULE_DEBUG", "1")
    assert "Traceback" in here("derive", "affine")[2]


def test_an_interrupt_is_no_error_of_ours(here: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derive_command, "opened", raising(KeyboardInterrupt()))
    code, _, err = here("derive", "affine")
    assert code == 130 and "Traceback" not in err


@pytest.mark.parametrize("arguments", [["list"], ["derive", "three_layer_net", "--detail", "full"]])
def test_a_closed_pipe_is_no_error(arguments: list[str]) -> None:
    process = subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    complaint = process.stderr.read()
    assert process.wait() == 141
    assert complaint == ""


# --- terminals -----------------------------------------------------------------------------------------------------


def on_a_terminal(*arguments: str, **variables: str) -> str:
    """What the command writes to a terminal."""
    leader, follower = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", **variables}
    process = subprocess.Popen([*COMMAND, *arguments], stdout=follower, stderr=follower, cwd=ROOT, env=environment)
    os.close(follower)
    seen = b""
    while True:
        try:
            read = os.read(leader, 1 << 16)
        except OSError:
            break
        if not read:
            break
        seen += read
    process.wait()
    os.close(leader)
    return seen.decode()


def test_a_terminal_sees_progress_and_a_pipe_does_not(chainrule: Any) -> None:
    assert "checking" in on_a_terminal("check", "affine")
    piped = chainrule("check", "affine")
    assert piped.stderr == "" and "\x1b" not in piped.stdout


def test_colour_can_be_switched_off() -> None:
    assert "\x1b[32m" in on_a_terminal("doctor")
    assert "\x1b[32m" not in on_a_terminal("doctor", NO_COLOR="1")


def test_any_locale_can_take_formulas(chainrule: Any) -> None:
    finished = chainrule("check", "relu", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0", PYTHONIOENCODING="ascii")
    assert finished.returncode == 0 and "✓" in finished.stdout


# --- files ---------------------------------------------------------------------------------------------------------


def test_a_file_of_someone_else_is_kept(here: Any, tmp_path: Path) -> None:
    mine = tmp_path / "relu.py"
    mine.write_text("precious = True\n")
    code, _, err = here("generate", "relu", "-o", str(mine))
    assert code == 2 and "--force" in err and mine.read_text() == "precious = True\n"
    assert here("generate", "relu", "-o", str(mine), "--force")[0] == 0
    assert here("generate", "relu", "--style", "class", "-o", str(mine))[0] == 0  # ours by now
    assert "class Relu" in mine.read_text()


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "deep" / "file.py"
    assert write(path, f"{MARK}: one") is True
    assert write(path, f"{MARK}: one") is False
    monkeypatch.setattr(os, "replace", raising(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        write(path, f"{MARK}: two")
    assert path.read_text() == f"{MARK}: one"
    assert [p.name for p in path.parent.iterdir()] == ["file.py"]


def test_a_link_stays_a_link_and_a_mode_a_mode(tmp_path: Path) -> None:
    real, link = tmp_path / "real.py", tmp_path / "link.py"
    write(real, MARK)
    real.chmod(0o600)
    link.symlink_to(real)
    write(link, f"{MARK}: new")
    assert link.is_symlink() and real.read_text() == f"{MARK}: new" and real.stat().st_mode & 0o777 == 0o600


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.md"
    path.write_text("mine")
    with pytest.raises(ForeignFile):
        write(path, "theirs")


def test_nothing_typed_can_end_a_docstring() -> None:
    line = origin('a """ b', "c \\ d \n e")
    assert '"' not in line and "\\" not in line and "\n" not in line


def test_generated_code_survives_a_hostile_file_name(chainrule: Any, tmp_path: Path) -> None:
    name = '"""; import os; os.mkdir("owned"); """.layer'
    (tmp_path / name).write_text("layer f\nx: input\ny = x * x\n")
    assert chainrule("generate", name, "-o", "f.py").returncode == 0
    exec(compile((tmp_path / "f.py").read_text(), "f.py", "exec"), {})
    assert not (tmp_path / "owned").exists()
