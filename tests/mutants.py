"""`make mutants`: named mechanisms are taken out, one at a time, and each must turn its test red.

Works in a copy of the checkout below .sandbox, so the checkout itself never holds a mutant.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass

from sandbox import sources
from sandbox.paths import ROOT, SANDBOX
from sandbox.say import step

COPY = SANDBOX / "mutants"


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A mechanism, the edit that takes it out, and the tests that must notice."""

    mechanism: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


REFUSAL = "tests/machine/test_refusals.py::test_a_broken_release_changes_nothing_that_serves"
LIFE = "tests/engine/test_life.py"
DRIFT = "tests/machine/test_drift.py::test_a_kind_of_drift"
ALONE = "tests/faults/test_one_at_a_time.py"
MUTANTS = (
    Mutant(
        mechanism="the health gate",
        file="assets/scripts/switch.sh",
        old='    refuse "$answer" "$(unit_of "$RELEASE")"',
        new="    true",
        tests=(f"{REFUSAL}[nginx-uwsgi-a health path that fails]",),
    ),
    Mutant(
        mechanism="the lock",
        file="assets/scripts/common.sh",
        old="  if ! flock -w 120 9; then",
        new="  if ! { flock -w 120 9 || true; }; then",
        tests=(f"{ALONE}::test_a_machine_that_another_deployment_holds",),
    ),
    Mutant(
        mechanism="the compare-and-swap on the serving release",
        file="assets/scripts/proxy.sh",
        old='  if [[ $(serving) != "$old" ]]; then',
        new="  if false; then",
        tests=(f"{ALONE}::test_another_hand_that_switches_meanwhile",),
    ),
    Mutant(
        mechanism="the drain: requests in flight are finished",
        file="assets/templates/uwsgi.ini.j2",
        old="hook-master-start = unix_signal:15 gracefully_kill_them_all",
        new="die-on-term = true",
        tests=("tests/faults/test_trouble_ssh.py::test_destroy_while_the_app_is_busy",),
    ),
    Mutant(
        mechanism="the time limit of a step",
        file="components/machine/machine.py",
        old="        self._watch(made, step.name, step.seconds, *before)\n",
        new="",
        tests=("tests/unit/machine/test_machine.py::test_each_step_has_a_time_out",),
    ),
    Mutant(
        mechanism="the host key",
        file="components/machine/remote.py",
        old="            host_key=self.host_key,\n",
        new="",
        tests=("tests/machine/test_inputs.py::test_another_host_key",),
    ),
    Mutant(
        mechanism="the quoting of values in a command",
        file="components/machine/plan.py",
        old="return shlex.join(",
        new='return " ".join(',
        tests=("tests/unit/machine/test_plan.py",),
    ),
    Mutant(
        mechanism="the quoting of values in the environment file",
        file="components/environment.py",
        old="""if character in '"\\\\$`' else character""",
        new="if False else character",
        tests=("tests/unit/test_environment.py",),
    ),
    Mutant(
        mechanism="the second run that changes nothing",
        file="components/machine/generation.py",
        old='        "bundle": app.bundle.digest,\n',
        new='        "bundle": app.bundle.digest,\n        "now": str(__import__("time").time_ns()),\n',
        tests=(
            f"{LIFE}::test_the_first_up_serves_the_app",
            f"{LIFE}::test_the_second_up_changes_nothing_and_does_not_log_in",
        ),
    ),
    Mutant(
        mechanism="the owner marker",
        file="assets/scripts/claim.sh",
        old='    [[ $(<"$state/owner") == "$OWNER" ]] ||',
        new="    true ||",
        tests=(
            "tests/machine/test_inputs.py::test_after_all_that_it_works",
            "tests/machine/test_inputs.py::test_an_app_belongs_to_one_stack",
        ),
    ),
    Mutant(
        mechanism="the record of how a release was made",
        file="assets/scripts/generation.sh",
        old='&& as_made "$generation"; then return; fi',
        new="; then return; fi",
        tests=(f"{DRIFT}[the release's files and units]",),
    ),
    Mutant(
        mechanism="the comparison with the machine's record",
        file="assets/scripts/drift.sh",
        old='    diff "$1/.listing" <(listing "$1") |',
        new="    true |",
        tests=(f"{DRIFT}[the release's files and units]",),
    ),
    Mutant(
        mechanism="the comparison of the serving release",
        file="components/drift/judge.py",
        old="*_links(machine, facts), ",
        new="",
        tests=("tests/machine/test_drift.py::test_a_step_that_was_cut_off_after_the_switch",),
    ),
    Mutant(
        mechanism="the reverted settings of a unit",
        file="assets/scripts/switch.sh",
        old='  systemctl revert --quiet "${units[@]}"\n',
        new="",
        tests=(f"{DRIFT}[the release's files and units]",),
    ),
    Mutant(
        mechanism="the new start of an app that has read other settings",
        file="assets/scripts/switch.sh",
        old="  if outdated; then restart; fi\n",
        new="",
        tests=(f"{DRIFT}[what was sent]",),
    ),
    Mutant(
        mechanism="the host key that drift checks",
        file="components/drift/look.py",
        old='"StrictHostKeyChecking": "yes"',
        new='"StrictHostKeyChecking": "no"',
        tests=("tests/machine/test_drift.py::test_another_host_key",),
    ),
    Mutant(
        mechanism="the pin",
        file="components/machine/plan.py",
        old='"RELEASE": settings.pinned_release or generation.id',
        new='"RELEASE": generation.id',
        tests=("tests/machine/test_refusals.py::test_a_pinned_release_is_served_and_said",),
    ),
    Mutant(
        mechanism="the pin's code, which the probe on platforms asks for",
        file="components/platforms/release.py",
        old="return replace(release, code=pinned.digits(kept)) if kept else release",
        new="return release",
        tests=tuple(
            f"tests/unit/targets/{file}::test_the_kept_code_has_to_answer_with_today_s_variables"
            for file in ("test_beanstalk_pinned.py", "test_heroku_pinned.py")
        ),
    ),
)


def refresh() -> None:
    """Make the copy what the checkout is; its own .sandbox, with machines in it, stays."""
    for name in sources.listed(ROOT):
        source, copy = ROOT / name, COPY / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        if source.is_file() and (not copy.is_file() or source.read_bytes() != copy.read_bytes()):
            shutil.copy2(source, copy)


def run_tests(tests: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    """Run tests in the copy."""
    command = [sys.executable, "-m", "pytest", "-q", "--no-header", "-p", "no:cacheprovider", *tests]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": ""}
    return subprocess.run(command, cwd=COPY, env=environment, capture_output=True, text=True, check=False)


def alive(mutant: Mutant) -> str:
    """Take the mechanism out; return why the mutant lives, nothing when its tests have caught it."""
    refresh()
    file = COPY / mutant.file
    text = file.read_text()
    if text.count(mutant.old) != 1:
        return f"{mutant.file} has {mutant.old!r} {text.count(mutant.old)} times, not once"
    file.write_text(text.replace(mutant.old, mutant.new))
    result = run_tests(mutant.tests)
    # A test that failed. Anything else (none found, a machine that did not come) proves nothing.
    if result.returncode != 1 or " failed" not in result.stdout.splitlines()[-1]:
        return f"its tests ended with {result.returncode}:\n{result.stdout[-1500:]}"
    return ""


def main() -> int:
    """Try every mutant whose mechanism has a word of the command line in it, or all; 1 if one lives."""
    words = sys.argv[1:]
    chosen = [mutant for mutant in MUTANTS if not words or any(word in mutant.mechanism for word in words)]
    living = 0
    for mutant in chosen:
        step(f"without {mutant.mechanism}: some seconds to two minutes")
        why = alive(mutant)
        print(f"    {'LIVES: ' + why if why else 'caught'}", flush=True)
        living += bool(why)
    clean = [sys.executable, "-m", "sandbox.machines", "clean"]
    subprocess.run(clean, cwd=COPY, check=True, env={**os.environ, "PYTHONPATH": str(COPY)})
    print(f"{len(chosen) - living} passed, {living} failed")
    return 1 if living else 0


if __name__ == "__main__":
    sys.exit(main())
