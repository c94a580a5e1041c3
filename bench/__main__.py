"""`make bench`: measures, writes bench/results.json and docs/performance.md, prints the table."""

import json
import os
import platform
import statistics
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import deploying, switching
from components.settings import MachineSettings
from sandbox.paths import ROOT

RESULTS = ROOT / "bench" / "results.json"
PAGE = ROOT / "docs" / "performance.md"


def computer() -> str:
    """Say what this was measured on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = platform.freedesktop_os_release()["PRETTY_NAME"]
    return f"{os.cpu_count()} cores, {memory:.0f} GiB of memory, {system}, Python {platform.python_version()}"


def summary(comparison: deploying.Comparison) -> dict[str, Any]:
    """Turn the pairs of one comparison into medians and a ratio."""
    ours = [pair.ours for pair in comparison.pairs]
    other = [pair.other for pair in comparison.pairs]
    ratios = [pair.ours / pair.other for pair in comparison.pairs]
    return {
        "name": comparison.name,
        "ours": comparison.ours,
        "other": comparison.other,
        "ours_seconds": round(statistics.median(ours), 2),
        "other_seconds": round(statistics.median(other), 2),
        "ratio": round(statistics.median(ratios), 2),
        "ratio_range": [round(min(ratios), 2), round(max(ratios), 2)],
        "pairs": len(ratios),
    }


def switch(measured: switching.Switch) -> dict[str, Any]:
    """Turn the releases of one web stack into medians and a ratio."""
    ratios = [during / steady for steady, during in zip(measured.steady, measured.during, strict=True)]
    return {
        "name": measured.web_stack,
        "steady_milliseconds": round(statistics.median(measured.steady), 1),
        "during_milliseconds": round(statistics.median(measured.during), 1),
        "ratio": round(statistics.median(ratios), 2),
        "ratio_range": [round(min(ratios), 2), round(max(ratios), 2)],
        "releases": len(ratios),
        "requests": measured.requests,
        "failed": measured.failed,
    }


def switch_table(results: dict[str, Any]) -> str:
    """Return what was measured under load as a Markdown table."""
    lines = [
        "| web stack | p99 before, ms | during, ms | ratio (lowest to highest of n) | requests | failed |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row['name']} | {row['steady_milliseconds']} | {row['during_milliseconds']} "
        f"| **{row['ratio']}** ({row['ratio_range'][0]} to {row['ratio_range'][1]} of {row['releases']}) "
        f"| {row['requests']} | {row['failed']} |"
        for row in results["switches"]
    ]
    return "\n".join(lines)


def table(results: dict[str, Any]) -> str:
    """Return the results as a Markdown table."""
    lines = [
        "| what | ours | against | ours, s | against, s | ratio (lowest to highest of n) |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row['name']} | {row['ours']} | {row['other']} | {row['ours_seconds']} | {row['other_seconds']} "
        f"| **{row['ratio']}** ({row['ratio_range'][0]} to {row['ratio_range'][1]} of {row['pairs']}) |"
        for row in results["comparisons"]
    ]
    return "\n".join(lines)


def page(results: dict[str, Any]) -> str:
    """Return docs/performance.md."""
    watched = MachineSettings.model_fields["settle_seconds"].default
    return f"""# Performance

Made by `make bench`; a change by hand is lost with the next run.
Medians of pairs measured in turn, in one run, on machines of the sandbox on the same computer.
The ratio is what carries over to other computers, the seconds are not.

{table(results)}

While a release takes over, under load (`bench/load.py`: kept-alive and new connections, GET and POST;
wrk, which tries nothing again). *Before* is the time just before the deployment;
*during* is from a second before the new release's first answer to a second after the old one's last.
Load and machine share one computer; the engine is on it too, at the lowest priority,
since it has one of its own where it is used.

{switch_table(results)}

Measured {results["date"]} on {results["computer"]}.

Ours includes that a new release is watched for {watched} seconds before it gets requests
(`machine.settleSeconds`).

What stands against us:

* *a script over one connection* is `bench/by-hand.sh`: the same packages, virtual environment, migration and
  web server, and nothing else: no gate before a release, no way back, no undo, no second release beside it.
* *an empty program* is a Pulumi program without a resource, run by the same engine.
"""


def main() -> int:
    """Measure everything."""
    results = {
        "date": datetime.now(UTC).date().isoformat(),
        "computer": computer(),
        "comparisons": [summary(comparison) for comparison in deploying.measure()],
        "switches": [switch(measured) for measured in switching.measure()],
    }
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")
    Path(PAGE).write_text(page(results))
    print(f"{table(results)}\n\n{switch_table(results)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
