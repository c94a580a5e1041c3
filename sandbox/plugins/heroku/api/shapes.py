"""Answers of the Platform API as JSON, as far as clients of it look at them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.plugins.heroku.api.platform import Row

Json = dict[str, Any]


def app(row: Row) -> Json:
    """An app. Its web_url is where it is served here: there are no names, and no TLS."""
    return {
        "acm": row["acm"],
        "build_stack": {"name": row["stack"]},
        "created_at": row["created_at"],
        "git_url": f"https://git.heroku.com/{row['name']}.git",
        "id": row["id"],
        "internal_routing": None,
        "maintenance": False,
        "name": row["name"],
        "region": {"name": row["region"]},
        "organization": None,
        "space": None,
        "stack": {"name": row["stack"]},
        "team": None,
        "web_url": f"http://{row['address']}/",
    }


def build(row: Row, base: str) -> Json:
    """A build; its output is at `base`."""
    return {
        "app": {"id": row["app"]},
        "buildpacks": [{"url": url} for url in row["buildpacks"]],
        "created_at": row["created_at"],
        "id": row["id"],
        "output_stream_url": f"{base}/streams/{row['id']}",
        "release": {"id": row["release"]} if row["release"] else None,
        "slug": {"id": row["slug"]} if row["slug"] else None,
        "source_blob": {
            "checksum": row["checksum"] or None,
            "url": row["url"],
            "version": row["version"] or None,
        },
        "stack": row["stack"],
        "status": row["status"],
        "user": row["user"],
    }


def release(row: Row) -> Json:
    """A release."""
    return {
        "app": {"id": row["app"]},
        "created_at": row["created_at"],
        "current": row["current"],
        "description": row["description"],
        "id": row["id"],
        "slug": {"id": row["slug"]} if row["slug"] else None,
        "status": row["status"],
        "version": row["version"],
    }


def formation(row: Row) -> Json:
    """A process type of the formation."""
    return {
        "app": {"id": row["app"]},
        "command": row["command"],
        "id": row["id"],
        "quantity": row["quantity"],
        "size": row["size"],
        "type": row["type"],
    }


def domain(row: Row) -> Json:
    """A custom domain."""
    return {
        "app": {"id": row["app"]},
        "cname": row["cname"],
        "hostname": row["hostname"],
        "id": row["id"],
        "kind": "custom",
        "sni_endpoint": row["sni_endpoint"],
        "status": "pending",
    }
