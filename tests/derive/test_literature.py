"""References: a gradient is cited where its closed form is the published one, and the published one is right."""

from __future__ import annotations

import pytest

import derive
from derive import library
from derive.expression import cotangent_name
from derive.judging.evaluate import tabulate
from derive.judging.sampling import worlds
from derive.notes.document import Document, Heading, Paragraph, Words
from derive.notes.literature import Form, Place, cited, forms, sources
from derive.notes.notes import notes
from derive.notes.phrases import phrases
from derive.program import Program

FORMS = [form for form in forms() if form.equations is not None]

BATCH_NORM = """\
dvar[d] = -sum[n](dXhat[n, d] * (X[n, d] - mu[d])) * (var[d] + eps)**(-3/2) / 2
dmu[d] = -sum[n](dXhat[n, d]) / sqrt(var[d] + eps) - dvar[d] * sum[n](2 * (X[n, d] - mu[d])) / N
G[n, d] = dXhat[n, d] / sqrt(var[d] + eps) + dvar[d] * 2 * (X[n, d] - mu[d]) / N + dmu[d] / N"""

# What the source prints, in the names of the row, for one sample or row, as (tensor, what is given, formula); by place,
# and by the outputs too where the source states the gradient of more than one. Without a place, the place is not known.
PUBLISHED: dict[tuple[str, ...], tuple[str, str, str]] = {
    ("goodfellow2016", "6.5.6"): ("X", "dU: input [N, H]", "G[n, d] = sum[h](dU[n, h] * W[d, h])"),
    ("bishop2006", "4.88"): ("U", "dZ: input [N]", "G[n] = dZ[n] * Z[n] * (1 - Z[n])"),
    ("bishop2006", "5.3.2"): ("U", "dZ: input [N]", "G[n] = dZ[n] * (1 - Z[n]**2)"),
    ("goodfellow2016", "3.10"): ("U", "dZ: input [N]", "G[n] = dZ[n] * sigmoid(U[n])"),
    ("he2015", "2.1"): ("a", "dZ: input [N, H]", "G[h] = sum[n](dZ[n, h] * where(U[n, h] > 0, 0, U[n, h]))"),
    ("bishop2006", "4.106"): (
        "Z",
        "dP: input [N, C]",
        "G[n, j] = sum[k](dP[n, k] * P[n, k] * (delta(k, j) - P[n, j]))",
    ),
    ("goodfellow2016", ""): (
        "Z",
        "dY: input [N, C]",
        "G[n, j] = sum[i](dY[n, i] * (delta(i, j) - exp(Z[n, j]) / sum[k](exp(Z[n, k]))))",
    ),
    ("boyd2004", ""): ("Z", "dy: input [N]", "G[n, c] = dy[n] * exp(Z[n, c]) / sum[k](exp(Z[n, k]))"),
    ("bishop2006", "4.109"): ("Z", "", "G[n, c] = P[n, c] - T[n, c]"),
    ("bishop2006", "4.91"): ("Z", "", "G[n] = sigmoid(Z[n]) - T[n]"),
    ("bishop2006", "5.18"): ("Y", "", "G[n] = 2 * (Y[n] - T[n])"),
    ("ioffe2015", "3"): ("X", "dXhat: input [N, D]", BATCH_NORM),
    ("ioffe2015", "3", "Y"): ("X", "dY: input [N, D]", f"dXhat[n, d] = dY[n, d] * gamma[d]\n{BATCH_NORM}"),
    ("ba2016", ""): (
        "X",
        "dXhat: input [N, D]",
        "G[n, d] = (dXhat[n, d] - sum[k](dXhat[n, k]) / D - Xhat[n, d] * sum[k](dXhat[n, k] * Xhat[n, k]) / D)"
        " / sqrt(var[n] + eps)",
    ),
    ("zhang2019", "4.2"): (
        "X",
        "dXhat: input [N, D]",
        "G[n, d] = sum[k](dXhat[n, k] * (delta(k, d) - X[n, k] * X[n, d] / (D * r[n]**2))) / r[n]",
    ),
    ("dao2022", "B.2"): (
        "S",
        "dY: input [N, T, H]",
        "dP[n, t, m] = sum[h](dY[n, t, h] * V[n, m, h])\n"
        "G[n, t, m] = P[n, t, m] * (dP[n, t, m] - sum[h](dY[n, t, h] * Y[n, t, h]))",
    ),
    ("bishop2006", "C.26"): ("A", "", "G[i: D, j: D] = delta(i, j)"),
    ("bishop2006", "C.28"): ("A", "", "V = inv(A)\nG[i, j] = V[j, i]"),
    ("petersen2012", "2.2"): ("A", "dB: input [D, D]", "G = -(B.T @ dB @ B.T)"),
    ("petersen2012", "2.4"): ("x", "", "G[i] = sum[j]((A[i, j] + A[j, i]) * x[j])"),
}


def key(form: Form) -> tuple[str, ...]:
    """The place of a form whose formula is tested."""
    wishes = [(p.source, p.number, *outputs) for outputs in (form.upstream, ()) for p in form.places]
    return next(wish for wish in wishes if wish in PUBLISHED)


def cites(program: Program) -> dict[str, tuple[Place, ...]]:
    return cited(derive.derive(program))


@pytest.mark.parametrize("form", FORMS, ids=lambda f: " ".join(key(f)))
def test_what_is_published_is_the_gradient(form: Form) -> None:
    """Derived from the row's equations, and evaluated beside the formula that the source prints."""
    assert form.equations is not None
    tensor, given, formula = PUBLISHED[key(form)]
    derivation = derive.derive(form.equations)
    gradient = derivation.gradient(tensor)
    program = derive.parse(f"{form.equations.source}\n{given}\n{formula}")
    world = next(worlds(program, 5, 1, seeds=(), sizes={"N": 3, "D": 4, "H": 2, "C": 5, "T": 2, "M": 4}))
    for seed in derivation.seeds:
        world.values[cotangent_name(seed)] = world.values[f"d{seed}"]  # type: ignore[index]
    for above in derivation.all_gradients:
        world.values[above.left.tensor] = tabulate(above.index, above.indices, world)  # type: ignore[index]
    for entry, value in world.values["G"].items():
        assert abs(world.values[gradient.left.tensor][entry] - value) < 1e-20


@pytest.mark.parametrize("form", FORMS, ids=lambda f: " ".join(key(f)))
def test_a_row_is_recognised_in_its_own_equations(form: Form) -> None:
    assert form.equations is not None
    found = cites(form.equations)
    assert any(set(form.places) <= set(found[name]) for name in form.by)


def test_the_library_reaches_every_published_form() -> None:
    used = {place for name in library.names() for places in cites(library.load(name)).values() for place in places}
    assert {place for form in forms() for place in form.places} - used == set()


def test_each_source_is_cited_in_words_that_there_are() -> None:
    listed = [place for form in forms() for place in form.places]
    assert {place.source for place in listed} == set(sources())
    assert {place.kind for place in listed if place.kind} <= set(phrases("en").places)


def numbers(text: str, tensor: str) -> list[str]:
    return [place.number for place in cites(derive.parse(text))[tensor]]


def test_other_names_orders_axes_and_factors_are_recognised() -> None:
    softmax = "A: input [B, T, V]\nq[b, t, j] = exp(A[b, t, j]) / sum[k](exp(A[b, t, k]))"
    assert numbers(softmax, "A") == ["4.106"]
    loss = "\ny: target [B, T, V], one-hot\nE = -sum[b, t, j](log(q[b, t, j]) * y[b, t, j]) / (B * T)"
    assert numbers(softmax + loss, "A") == ["4.109"]
    images = """
    I: input [S, C, H, W]
    m[c] = sum[s, h, w](I[s, c, h, w]) / (S * H * W)
    v[c] = sum[s, h, w]((I[s, c, h, w] - m[c])**2) / (S * H * W)
    O[s, c, h, w] = (I[s, c, h, w] - m[c]) / sqrt(1e-3 + v[c])
    """
    assert cites(derive.parse(images))["I"] == (Place("ioffe2015", "section", "3"),)


def test_what_is_not_the_published_form_is_not_cited() -> None:
    no_law = "Z: input [N, C]; T: target [N, C]\nP = softmax(Z)\nL = -sum(T * log(P)) / N"
    assert numbers(no_law, "Z") == []
    two_paths = "Z: input [N, C]\nP = softmax(Z)\nY = P + Z"
    assert numbers(two_paths, "Z") == []
    wrong_sign = "Z: input [N, C]\nP[n, c] = exp(Z[n, c]) / sum[k](exp(-Z[n, k]))"
    assert numbers(wrong_sign, "Z") == []
    other_axis = "Z: input [N, C]\nP[n, c] = exp(Z[n, c]) / sum[m](exp(Z[m, c]))"
    assert numbers(other_axis, "Z") == ["4.106"]
    plus_mean = "X: input [N, D]\nmu[n] = sum[d](X[n, d]) / D\nv[n] = sum[d]((X[n, d] + mu[n])**2) / D"
    assert numbers(plus_mean + "\nY[n, d] = (X[n, d] + mu[n]) / sqrt(v[n] + 1e-5)", "X") == []


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_notes_cite_and_list_their_sources(language: str) -> None:
    document = notes(derive.derive(library.load("two_layer_net")), language=language)
    said = [text(block) for block in document.blocks if isinstance(block, Paragraph)]
    assert sum("Bishop (2006)" in line and "4.109" in line for line in said) == 1
    *_, heading = [k for k, block in enumerate(document.blocks) if isinstance(block, Heading)]
    assert text(document.blocks[heading]) == phrases(language).references
    assert [text(b) for b in document.blocks[heading + 1 :]] == [
        sources()["bishop2006"][1], sources()["goodfellow2016"][1]
    ]  # fmt: skip


def test_an_exercise_lists_them_too_and_its_solutions_do_not() -> None:
    derivation = derive.derive(library.load("softmax"))

    def lists(document: Document) -> bool:
        return any(isinstance(b, Heading) and text(b) == "References" for b in document.blocks)

    assert lists(notes(derivation, exercise="results"))
    assert not lists(notes(derivation, exercise="results", solutions=True))


def text(block: object) -> str:
    assert isinstance(block, (Heading, Paragraph))
    return "".join(part.text for part in block.text if isinstance(part, Words))
