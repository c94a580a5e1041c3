"""The formation: how many dynos of which size run each process type.

https://devcenter.heroku.com/articles/platform-api-reference#formation and …/dyno-sizes.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from sandbox.plugins.heroku.api.platform import ApiError, Platform, Row, app_row, not_found
from sandbox.plugins.heroku.guest.order import MEMORY

if TYPE_CHECKING:
    from collections.abc import Mapping

SIZES = tuple(MEMORY)
DEFAULT_SIZE = "Basic"
_ONE_DYNO = ("Eco", "Basic")
_MOST = 100  # dynos of one process type: devcenter, limits#dyno-scale


def follow(present: Mapping[str, Row], types: Mapping[str, str], *, first_code: bool) -> dict[str, Row]:
    """The formation after a release with these process types: what is gone from it is forgotten."""
    return {
        name: {**present[name], "command": command}
        if name in present
        else {
            "id": str(uuid.uuid4()),
            "type": name,
            "command": command,
            "quantity": 1 if first_code and name == "web" else 0,
            "size": DEFAULT_SIZE,
        }
        for name, command in types.items()
    }


def info(platform: Platform, app: str, name: str) -> Row:
    """One process type, by its name or the id of its formation."""
    with platform.account.opened() as tables:
        row = app_row(tables, app)
        for process in row["formation"].values():
            if name in (process["id"], process["type"]):
                return {**process, "app": row["id"]}
    raise not_found("formation")


def update(platform: Platform, app: str, name: str, wanted: Row) -> Row:
    """Scale a process type, or change its size."""
    with platform.account.opened() as tables:
        row = app_row(tables, app)
        process = row["formation"].get(name)
        if process is None:
            raise ApiError(f"Couldn't find that process type ({name}).", "not_found")
        size = _size(wanted.get("size", process["size"]))
        quantity = int(wanted.get("quantity", process["quantity"]))
        if size == "Eco" and "eco" not in tables["subscriptions"]:
            raise ApiError(
                "You need to subscribe to Eco dynos to scale to Eco. "
                "Go to https://dashboard.heroku.com/account/billing to subscribe."
            )
        _check_quantity(size, quantity)
        _check_mix(row, name, size)
        process.update(size=size, quantity=quantity)
        row["generation"] += 1
        answer = {**process, "app": row["id"]}
    platform.host.wake(answer["app"])
    return answer


def _size(wanted: str) -> str:
    """The size in Heroku's own spelling."""
    for size in SIZES:
        if size.lower() == wanted.lower():
            return size
    raise ApiError(f"No such size as {wanted}. Available dyno sizes are {', '.join(SIZES)}.")


def _check_quantity(size: str, quantity: int) -> None:
    if quantity < 0:
        raise ApiError("Quantity must be greater than or equal to 0.")
    if size in _ONE_DYNO and quantity > 1:
        raise ApiError(f"Cannot update to more than 1 {size} size dynos per process type.")
    if quantity > _MOST:
        raise ApiError(f"Cannot run more than {_MOST} {size} dynos per process type.")


def _check_mix(app: Row, name: str, size: str) -> None:
    """Eco and Basic dynos run beside none of another kind: devcenter, dyno-types."""
    others = {
        process["size"]
        for process in app["formation"].values()
        if process["quantity"] and process["type"] != name
    }
    kinds = {one if one in _ONE_DYNO else "" for one in (*others, size)}
    if len(kinds) > 1:
        mixed = ", ".join(sorted({*others, size}))
        raise ApiError(f"Cannot use the following dyno types in the same app: {mixed}")
