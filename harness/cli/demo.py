"""`invigil demo`: certify the good and the flawed example target and show both reports."""

from __future__ import annotations

import contextlib
import importlib.util
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli.errors import EXIT_FAILED, EXIT_OK, EXIT_USAGE, say

if TYPE_CHECKING:
    from harness.net.tls import TlsMaterial

EXAMPLES = {"good": "pens_target_good.py", "flawed": "pens_target_flawed.py"}


@click.command(short_help="Certify a good and a flawed example and show both reports.")
@click.option("--report", "folder", metavar="DIR", help="Folder of both reports [invigil-report/demo-TIME].")
@click.option("--seed", type=int, default=1, metavar="N", help="Seed of order and content [1].")
@click.option("--only", default="", metavar="REQ,...", help="Judge these requirements only.")
def command(folder: str | None, seed: int, only: str) -> int:
    """Certify two small PENS targets of the standard library alone: a good one and one with three defects."""
    from harness.cli.progress import Progress
    from harness.net.clock import OffsetClock
    from harness.net.tls import TlsMaterial

    home = importlib.util.find_spec("examples")
    if home is None or home.origin is None:
        say("the examples are not installed", "install invigil from its wheel or a checkout")
        return EXIT_USAGE
    started = OffsetClock().now().strftime("%Y%m%dT%H%M%SZ")
    place = Path(folder) if folder else Path("invigil-report") / f"demo-{started}"
    tls = TlsMaterial.make()
    codes, pages = {}, {}
    for name, script in EXAMPLES.items():
        click.echo(f"the {name} example")
        codes[name], pages[name] = certify(Path(home.origin).parent / script, place / name, seed, tls, only, Progress())
    for name, page in pages.items():
        click.echo(f"{name}: exit {codes[name]}, report {page}")
    return EXIT_OK if codes["good"] == EXIT_OK and codes["flawed"] == EXIT_FAILED else EXIT_FAILED


def certify(script: Path, folder: Path, seed: int, tls: TlsMaterial, only: str, progress: object) -> tuple[int, Path]:
    """Start an example target, certify it and end it; return the exit code and the path of the report."""
    from harness.cli.certifying import Certification
    from harness.judging.choosing import requirements
    from harness.judging.run import Options
    from harness.net.patience import Patience
    from harness.proving.peers_pens import reachable
    from harness.subjects.config import Config

    with tempfile.TemporaryDirectory(prefix="invigil-") as place:
        words, callback = reachable(tls, Path(place))
        with running([str(script), *words]) as url:
            options = Options(
                "pens-target", url, config=Config("", {"callback": callback}), seed=seed, owned=True,
                patience=Patience(5.0, 10.0, 0.5), only=requirements("pens-target", only),
            )  # fmt: skip
            with Certification(options) as certification:
                done = certification.carry_out(folder, progress, tls)  # type: ignore[arg-type]
    return done.exit_code, done.files["html"]


@contextlib.contextmanager
def running(words: Sequence[str]) -> Iterator[str]:
    """Run an example on a free port; give the URL that it prints first, and end it afterwards."""
    process = subprocess.Popen(
        [sys.executable, *words, "--port", "0"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
