"""One build: `python3 -m …guest.build`, with the order on standard input, the log on standard output.

The order is JSON: identity, suite, stack, buildpacks, config_vars, url, version. The source lies in
the build's folder as source.tgz. What came out is the last line of standard error: JSON with `ok`,
and with `slug`, `process_types`, `size` and `python` when it went well.
"""

from __future__ import annotations

import json
import sys
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from sandbox.plugins.heroku.guest import detect, places, python_buildpack, slug, texts
from sandbox.plugins.heroku.guest.output import BuildError, indent, message, say, step
from sandbox.plugins.heroku.guest.workshop import Workshop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PYTHON: Final = "urn:buildpack:heroku/python"
_ADDRESS: Final = "https://buildpack-registry.s3.amazonaws.com/buildpacks/heroku/python.tgz"


def main() -> None:
    """Build, and say what came out."""
    order = json.load(sys.stdin)
    shop = Workshop(
        identity=order["identity"],
        suite=order["suite"],
        stack=order["stack"],
        config_vars=order["config_vars"],
    )
    try:
        outcome = _build(shop, order)
    except BuildError as problem:
        outcome = {"ok": False}
        explain(problem)
    finally:
        shop.close()
    print(json.dumps(outcome), file=sys.stderr)


def _build(shop: Workshop, order: dict[str, Any]) -> dict[str, Any]:
    step(f"Building on the {order['stack'].capitalize()} stack")
    slug.unpack(shop.root / "source.tgz", shop.source)
    slug.ignore(shop.source)
    accept(shop.source, order["buildpacks"])
    shop.cache.mkdir(parents=True, exist_ok=True)
    shop.open()
    with rejecting():
        python = python_buildpack.compile_source(shop)
    types = slug.process_types(shop.source)
    identity = str(uuid.uuid4())
    shop.give(shop.source)
    size = slug.pack(shop.source, identity)
    return {"ok": True, "slug": identity, "process_types": types, "size": size, "python": python}


@contextmanager
def rejecting() -> Iterator[None]:
    """Print why the buildpack refuses, and go on with what Heroku says then."""
    try:
        yield
    except BuildError as problem:
        message("error", str(problem))
        raise BuildError("Push rejected, failed to compile Python app.") from problem


def accept(source: Path, buildpacks: list[str]) -> None:
    """Refuse what isn't Python, and a source that the Python buildpack doesn't take."""
    others = [url for url in buildpacks if url not in {_PYTHON, _ADDRESS}]
    if others:
        raise BuildError(f"Sandbox: only the buildpack heroku/python is emulated, not {', '.join(others)}.")
    if buildpacks:
        step("Using buildpack: heroku/python")
    else:
        step("Determining which buildpack to use for this app")
    if detect.is_python(source):
        step("Python app detected")
    elif buildpacks:
        step(f"App not compatible with buildpack: {_ADDRESS}")
        message("error", texts.NO_PROJECT.format(listing=detect.listing(source)))
        indent("More info: https://devcenter.heroku.com/articles/buildpacks#buildpack-auto-detection")
        raise BuildError("Push failed")
    else:
        raise BuildError(
            "No default language could be detected for this app.\n"
            "HINT: This occurs when Heroku cannot detect the buildpack to use for this application "
            "automatically.\nSee https://devcenter.heroku.com/articles/buildpacks"
        )


def explain(problem: BuildError) -> None:
    """The last words of a failed build."""
    for line in str(problem).splitlines():
        say(f" !     {line}")
    if "Push failed" not in str(problem):
        say("")
        say(" !     Push failed")


if __name__ == "__main__":
    places.WORK.mkdir(parents=True, exist_ok=True)
    main()
