"""A seeded sample of small changes to what judges, each of which tests or the kill matrix must turn red.

Three kinds: an `expect` condition of a suite is dropped (always true) or turned round, a constant of a comparison is
changed, an entry of a wire table is changed. Each mutant runs in a copy of the tree of its own.

    python benchmarks/mutants.py --seed 7 --sample 40
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("harness", "mocks", "fixtures", "schemas", "suites", "examples", "tests", "benchmarks")
LOOSE = ("pyproject.toml", "conftest.py", "invigil_pytest.py")
LIMIT = 600


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change: where, what stood there, what stands there now, and which requirements it is about."""

    file: str
    line: int
    start: int
    end: int
    new: str
    kind: str
    requirements: tuple[str, ...] = ()

    def old(self, text: str) -> str:
        """Return what stood there."""
        return text[self.start : self.end]


def offsets(text: str) -> list[int]:
    """Return the character offset at which each line begins (AST columns count UTF-8 bytes)."""
    found = [0]
    for line in text.splitlines(keepends=True):
        found.append(found[-1] + len(line))
    return found


def span(node: ast.expr, text: str, starts: Sequence[int]) -> tuple[int, int]:
    """Return the character offsets of a node."""
    lines = text.splitlines(keepends=True)

    def at(line: int, column: int) -> int:
        return starts[line - 1] + len(lines[line - 1].encode()[:column].decode())

    return at(node.lineno, node.col_offset), at(node.end_lineno or 0, node.end_col_offset or 0)


def changed(value: object) -> str | None:
    """Return another constant in place of this one, or None when it is no candidate."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int):
        return repr(value + 1)
    if isinstance(value, str) and value:
        return repr(value + "x")
    return repr(value + b"x") if isinstance(value, bytes) and value else None


def mutants_of(path: Path) -> Iterator[Mutant]:
    """Yield every change that this sampler knows for a file."""
    text = path.read_text(encoding="utf-8")
    tree, starts, name = ast.parse(text), offsets(text), str(path.relative_to(ROOT))
    for scope in [tree, *(n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))]:
        about = _requirements(scope)
        for node in _own(scope):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "expect":
                start, end = span(node.args[0], text, starts)
                yield Mutant(name, node.lineno, start, end, "True", "expect dropped", about)
                yield Mutant(name, node.lineno, start, end, f"not ({text[start:end]})", "expect turned", about)
            elif isinstance(node, ast.Compare):
                yield from _constants([*node.comparators, node.left], text, starts, name, "comparison constant", about)
    if name.startswith("harness/wire/pens"):
        for statement in tree.body:
            if isinstance(statement, ast.Assign | ast.AnnAssign) and isinstance(
                statement.value, ast.Dict | ast.Tuple | ast.Call
            ):
                leaves = [n for n in ast.walk(statement.value) if isinstance(n, ast.Constant)]
                yield from _constants(leaves, text, starts, name, "wire table", ())


def _constants(
    nodes: Sequence[ast.expr], text: str, starts: Sequence[int], name: str, kind: str, about: tuple[str, ...]
) -> Iterator[Mutant]:
    for node in nodes:
        new = changed(node.value) if isinstance(node, ast.Constant) else None
        if new is not None:
            start, end = span(node, text, starts)
            yield Mutant(name, node.lineno, start, end, new, kind, about)


def _own(scope: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a scope without those of functions inside it."""
    pending = list(ast.iter_child_nodes(scope))
    while pending:
        node = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        yield node
        pending.extend(ast.iter_child_nodes(node))


def _requirements(scope: ast.AST) -> tuple[str, ...]:
    if not isinstance(scope, ast.FunctionDef):
        return ()
    for decorator in scope.decorator_list:
        if isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Name) and decorator.func.id == "checks":
            return tuple(a.value for a in decorator.args if isinstance(a, ast.Constant) and isinstance(a.value, str))
    return ()


def population() -> list[Mutant]:
    """Return all mutants: expect conditions and comparisons of the suites, comparisons and tables of the wire."""
    files = [*sorted((ROOT / "suites").rglob("*.py")), *sorted((ROOT / "harness" / "wire").glob("*.py"))]
    return [mutant for file in files for mutant in mutants_of(file)]


def verdict(mutant: Mutant, *, first_only: bool = False) -> str:
    """Return by what a mutant was killed, or the empty string when it survived."""
    with tempfile.TemporaryDirectory(prefix="invigil-mutant-") as folder:
        copy = Path(folder)
        for part in PARTS:
            if (ROOT / part).is_dir():
                shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__", ".hypothesis"))
        for part in LOOSE:
            shutil.copy(ROOT / part, copy / part)
        file = copy / mutant.file
        text = file.read_text(encoding="utf-8")
        file.write_text(text[: mutant.start] + mutant.new + text[mutant.end :], encoding="utf-8")
        for label, command in list(_judges(mutant))[: 1 if first_only else None]:
            if _red(command, copy):
                return label
    return ""


def _judges(mutant: Mutant) -> Iterator[tuple[str, list[str]]]:
    python, stem = sys.executable, Path(mutant.file).stem
    pytest = [python, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-p", "no:randomly"]
    prove = [python, "-m", "harness.cli", "prove", "--jobs", "1"]
    if mutant.file.startswith("suites/"):
        subject = mutant.file.split("/")[1].replace("_", "-")
        if mutant.requirements:
            only = [word for name in mutant.requirements for word in ("--only", name)]
            yield "prove, its own faults", [*prove, subject, *only]
        yield "tests of the suites", [*pytest, "tests/suites"]
        yield "prove", [*prove, subject]
        return
    own = ROOT / "tests" / "wire" / f"test_{stem}.py"
    if own.is_file():
        yield "its own tests", [*pytest, f"tests/wire/test_{stem}.py"]
    yield "tests of the wire", [*pytest, "tests/wire", "tests/mocks"]
    yield "prove", prove


def _red(command: list[str], folder: Path) -> bool:
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=LIMIT, check=False)
    except subprocess.TimeoutExpired:
        return True
    return done.returncode not in (0, 5)


def main() -> int:
    """Take the sample, try each mutant, name the survivors; exit 1 when more than one in forty survives."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sample", type=int, default=40)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--kind", default="", help="only mutants whose kind or file contains this")
    parser.add_argument("--first-only", action="store_true", help="ask only the judge that is nearest to the change")
    options = parser.parse_args()
    everything = [m for m in population() if options.kind in f"{m.kind} {m.file}"]
    if options.first_only:
        everything = [m for m in everything if m.requirements or m.file.startswith("harness/")]
    chosen = random.Random(options.seed).sample(everything, min(options.sample, len(everything)))
    survivors = []
    print(f"{len(chosen)} of {len(everything)} mutants, seed {options.seed}", flush=True)
    with ThreadPoolExecutor(options.jobs) as pool:
        results = pool.map(partial(verdict, first_only=options.first_only), chosen)
        for number, (mutant, killed) in enumerate(zip(chosen, results, strict=True), 1):
            old = mutant.old((ROOT / mutant.file).read_text(encoding="utf-8")).replace("\n", " ")[:60]
            line = f"{mutant.file}:{mutant.line} {mutant.kind}: {old} -> {mutant.new[:60]}"
            print(f"{number:3d} {'killed by ' + killed if killed else 'SURVIVED'}: {line}", flush=True)
            survivors += [] if killed else [line]
    print(f"{len(chosen) - len(survivors)} of {len(chosen)} killed")
    for line in survivors:
        print(f"survivor: {line}")
    return 1 if len(survivors) * 40 > len(chosen) else 0


if __name__ == "__main__":
    raise SystemExit(main())
