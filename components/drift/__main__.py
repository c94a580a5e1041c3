"""Compare a stack with what was deployed: `python -m components.drift --stack vm`.

Options may come as environment variables, too: STACK, FORMAT (text or json), PORTS (more ports that
may be open, with commas or spaces). Exit code 0: as deployed. 2: drift. 1: it can't be told.
"""

import argparse
import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor

from components.drift import deployed, engine, judge, look, report
from components.drift.deployed import Deployed
from components.drift.judge import Finding
from components.drift.look import Facts, UntoldError


def main() -> int:
    """Ask everyone, print the report, return the exit code."""
    options = _options()
    try:
        known = deployed.read(engine.state(options.stack))
        _require(known, options.stack)
    except UntoldError as error:
        print(f"error: {error}", file=sys.stderr)
        return report.UNTOLD
    answer = examine(options.stack, known, options.ports, options.pulumi)
    print(report.as_json(answer) if options.format == "json" else report.as_text(answer))
    return answer.code


def examine(stack: str, known: Deployed, ports: frozenset[int], pulumi: str) -> report.Report:
    """Look at each machine, at what a cloud has of the stack, and at the URL."""
    nothing = f"no release was ever taken there; run: pulumi up --stack {stack}"
    problems = dict.fromkeys(known.unfinished, nothing)
    findings: list[Finding] = []
    facts: dict[str, Facts] = {}
    with ThreadPoolExecutor() as pool:
        answered = pool.submit(engine.url, known)
        asked = [(machine, pool.submit(look.ask, machine)) for machine in known.machines]
        for machine, answer in asked:
            try:
                facts[machine.name] = answer.result()
            except UntoldError as error:
                problems[machine.name] = str(error)
            else:
                findings += judge.judge(machine, facts[machine.name], ports)
    if known.on_cloud:
        try:
            findings += engine.cloud(stack)
        except UntoldError as error:
            problems["cloud"] = str(error)
    findings += _url(known, answered.result(), findings)
    return report.Report(
        stack=stack,
        deployed=known,
        facts=facts,
        findings=tuple(findings),
        problems=problems,
        pulumi=pulumi,
    )


def _url(known: Deployed, wrong: str, findings: list[Finding]) -> list[Finding]:
    """Judge what the URL answered. What a run puts right needs no advice; otherwise the probe has its own."""
    if not wrong:
        return []
    what, _, advice = wrong.partition("\n")
    mended = any(finding.steps for finding in findings)
    by_hand = "" if mended else advice.strip() or "look at the app's log"
    return [Finding(kind="url", subject=str(known.outputs.get("url", "")), what=what, by_hand=by_hand)]


def _require(known: Deployed, stack: str) -> None:
    if not known.machines and not known.unfinished and not known.on_cloud:
        raise UntoldError(f"stack {stack} has nothing deployed; run: pulumi up --stack {stack}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m components.drift", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--stack", default=os.environ.get("STACK", ""), help="or the variable STACK")
    parser.add_argument("--format", choices=["text", "json"], default=os.environ.get("FORMAT") or "text")
    parser.add_argument("--json", action="store_const", dest="format", const="json", help="--format json")
    parser.add_argument(
        "--ports",
        type=_ports,
        default=os.environ.get("PORTS", ""),
        help="more ports that may be open: 5432,8080",
    )
    parser.add_argument("--pulumi", default="pulumi", help="how to write 'pulumi' in the command that mends")
    options = parser.parse_args()
    if not options.stack:
        parser.error("say which stack: STACK=vm make drift")
    return options


def _ports(text: str) -> frozenset[int]:
    return frozenset(int(word) for word in re.split(r"[,\s]+", text.strip()) if word)


if __name__ == "__main__":
    sys.exit(main())
