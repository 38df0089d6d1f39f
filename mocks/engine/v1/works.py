"""What carries out each kind of work that the V1 engine owes."""

from __future__ import annotations

from collections.abc import Mapping

from mocks.engine.v1 import deliveries, jobs
from mocks.engine.v1.engine import Work

WORKS: Mapping[str, Work] = {"import": jobs.carry_out, "edge": jobs.cut_off, "postback": deliveries.deliver}
