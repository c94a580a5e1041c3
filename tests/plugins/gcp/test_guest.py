"""What runs in an app's machine, as far as it needs none: who answers, with which file, whose secret."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pytest

from sandbox.plugins.gcp.guest import build, handlers, places, secret_manager
from sandbox.plugins.gcp.guest.document import Document, Source
from sandbox.plugins.gcp.guest.routing import COOKIE, Asker, route

from .conftest import EVERYTHING, SECURE, archive

if TYPE_CHECKING:
    from pathlib import Path

HOST: Final = "shop-1.ew.r.appspot.com"
READER: Final = "runs-the-app@shop-1.iam.gserviceaccount.com"


def version(name: str) -> dict[str, Any]:
    """A version as a machine is told of it."""
    return {
        "build": f"{name}-build",
        "layer": "",
        "entrypoint": "gunicorn main:app",
        "environment": {},
        "handlers": [EVERYTHING],
        "account": READER,
        "user": 30001,
        "runtime": "python313",
        "memory": 384,
        "min_instances": 0,
    }


def app(shard: str = "", ingress: str = "INGRESS_TRAFFIC_ALLOWED_ALL", **split: float) -> Document:
    """An app with versions r1 and r2 of the default service, and r1 of another one."""
    service = {"ingress": ingress, "shard_by": shard, "split": split or {"r1": 1}}
    both = {"r1": version("r1"), "r2": version("r2")}
    api = {"ingress": "INGRESS_TRAFFIC_ALLOWED_ALL", "shard_by": "", "split": {"r1": 1}}
    secret = {
        "number": "1234",
        "readers": [READER],
        "versions": {
            "1": {"payload": "b25l", "state": "ENABLED"},
            "2": {"payload": "", "state": "DESTROYED"},
            "3": {"payload": "dGhyZWU=", "state": "DISABLED"},
        },
    }
    return Document.of(
        {
            "project": "shop-1",
            "hostname": HOST,
            "application": "e~shop-1",
            "serving": True,
            "services": {
                "default": {**service, "versions": both},
                "api": {**api, "versions": {"r1": {**version("r1"), "build": "api-build"}}},
            },
            "accounts": [READER],
            "secrets": {"db": secret},
            "secret_manager": True,
        }
    )


@pytest.mark.parametrize(
    ("host", "build"),
    [
        (HOST, "r1-build"),
        (f"{HOST}:443", "r1-build"),
        (HOST.upper(), "r1-build"),
        ("shop-1.appspot.com", "r1-build"),
        (f"r2-dot-{HOST}", "r2-build"),
        (f"r2-dot-default-dot-{HOST}", "r2-build"),
        (f"api-dot-{HOST}", "api-build"),
        (f"r1-dot-api-dot-{HOST}", "api-build"),
        (f"none-dot-{HOST}", "r1-build"),
        (f"none-dot-api-dot-{HOST}", "api-build"),
    ],
)
def test_a_host_names_service_and_version(host: str, build: str) -> None:
    """How requests are routed: what is not there goes to the default service, or to the service's split."""
    found = route(app(), host, Asker()).version

    assert found is not None
    assert found.build == build


@pytest.mark.parametrize("host", ["", "example.com", "shop-2.ew.r.appspot.com", f"x.{HOST}"])
def test_another_host_is_nobody_s(host: str) -> None:
    """404 by the front end."""
    assert route(app(), host, Asker()).version is None


@pytest.mark.parametrize("kind", ["INTERNAL_ONLY", "INTERNAL_AND_LB"])
def test_an_internal_service_answers_nobody_outside(kind: str) -> None:
    """Ingress settings: appspot.com answers 404 from the internet, a version's own address too."""
    closed = app(ingress=f"INGRESS_TRAFFIC_ALLOWED_{kind}")

    assert route(closed, HOST, Asker()).version is None
    assert route(closed, f"r1-dot-{HOST}", Asker()).version is None


def test_a_disabled_app_answers_nobody() -> None:
    """serving_status USER_DISABLED."""
    assert route(replace(app(), serving=False), HOST, Asker()).version is None


def test_a_split_by_cookie_keeps_a_client_with_its_version() -> None:
    """A first answer sets the cookie; both parts get about what they should."""
    half = app(shard="COOKIE", r1=0.5, r2=0.5)
    counts = {"r1": 0, "r2": 0}
    for _ in range(400):
        found = route(half, HOST, Asker())
        assert found.version is not None
        counts[found.version.id] += 1
        again = route(half, HOST, Asker(cookies=found.cookie.partition(";")[0]))
        assert again.version == found.version
        assert not again.cookie
        assert found.cookie.startswith(f"{COOKIE}=")
    assert min(counts.values()) > 100


def test_a_split_by_address_keeps_a_client_with_its_version() -> None:
    """Without a cookie; different addresses come to both."""
    half = app(shard="IP", r1=0.5, r2=0.5)
    seen = set()
    for number in range(64):
        asker = Asker(address=f"192.0.2.{number}")
        found = [route(half, HOST, asker).version for _ in range(5)]
        assert found == [found[0]] * 5
        assert found[0] is not None
        seen.add(found[0].id)
    assert seen == {"r1", "r2"}


@pytest.fixture
def image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A build with one static file."""
    monkeypatch.setattr(places, "IMAGES", tmp_path)
    folder = handlers.static_folder("b1") / "images"
    folder.mkdir(parents=True)
    (folder / "a.png").write_bytes(b"png")
    (tmp_path / "b1" / "secret.txt").write_text("not for you")
    return "b1"


STATIC: Final = {"path": "images/\\1", "uploadPathRegex": "images/.*"}
AVATAR: Final = {"urlRegex": "/avatar/(.*)", "staticFiles": STATIC, **SECURE}


def test_the_first_handler_that_matches_decides(image: str) -> None:
    """A file, a file that is missing, the app; the whole path has to match."""
    described = (AVATAR, EVERYTHING)
    found = handlers.decide(described, image, "/avatar/a.png", "https")
    assert found.file is not None
    assert found.file.path.read_bytes() == b"png"
    assert found.file.headers["Content-Type"] == "image/png"
    assert found.file.headers["Cache-Control"] == "public, max-age=600"

    assert handlers.decide(described, image, "/avatar/none.png", "https").file is None
    assert handlers.decide(described, image, "/my/avatar/a.png", "https").kind == "app"
    assert handlers.decide((EVERYTHING, AVATAR), image, "/avatar/a.png", "https").kind == "app"
    assert handlers.decide((AVATAR,), image, "/", "https").kind == "nothing"
    assert handlers.decide((), image, "/", "http").kind == "app"


def test_a_file_s_own_headers(image: str) -> None:
    """expiration, mime_type, http_headers; and require_matching_file leaves the rest to the next handler."""
    own = {
        "expiration": "60s",
        "mimeType": "image/x",
        "httpHeaders": {"X-A": "b"},
        "requireMatchingFile": True,
    }
    described = ({**AVATAR, "staticFiles": {**STATIC, **own}}, EVERYTHING)
    found = handlers.decide(described, image, "/avatar/a.png", "https").file

    assert found is not None
    assert found.headers["Cache-Control"] == "public, max-age=60"
    assert (found.headers["Content-Type"], found.headers["X-A"]) == ("image/x", "b")
    assert handlers.decide(described, image, "/avatar/none.png", "https").kind == "app"


def test_no_path_leads_out_of_the_bundle(image: str) -> None:
    """Nor to what the handler's files are not."""
    loose = {**AVATAR, "staticFiles": {"path": "images/\\1", "uploadPathRegex": ".*"}}
    for name in ("../../secret.txt", "..", "", "/etc/hostname"):
        assert handlers.decide((loose,), image, f"/avatar/{name}", "https").file is None
    narrow = {**AVATAR, "staticFiles": {**STATIC, "uploadPathRegex": "images/b.*"}}
    assert handlers.decide((narrow,), image, "/avatar/a.png", "https").file is None


@pytest.mark.parametrize(
    ("level", "scheme", "kind"),
    [
        ("SECURE_ALWAYS", "http", "redirect"),
        ("SECURE_ALWAYS", "https", "app"),
        ("SECURE_NEVER", "https", "redirect"),
        ("SECURE_OPTIONAL", "http", "app"),
        ("SECURE_DEFAULT", "https", "app"),
    ],
)
def test_security_level(level: str, scheme: str, kind: str) -> None:
    """The handler says which scheme it answers; the other one is redirected, with the code that it names."""
    handler = {**EVERYTHING, "securityLevel": level}
    assert handlers.decide((handler,), "b1", "/", scheme).kind == kind
    if kind == "redirect":
        code = {**handler, "redirectHttpResponseCode": "REDIRECT_HTTP_RESPONSE_CODE_301"}
        assert handlers.decide((handler,), "b1", "/", scheme).code == 302
        assert handlers.decide((code,), "b1", "/", scheme).code == 301


def test_an_entry_without_mode_is_not_in_the_image(tmp_path: Path) -> None:
    """terraform-provider-google #5192: a program then ends with ModuleNotFoundError."""
    source = archive(tmp_path / "a.zip", {"main.py": "", "shop/__init__.py": ""})
    with zipfile.ZipFile(source, "a") as packed:
        bare = zipfile.ZipInfo("shop/modeless.py")
        bare.external_attr = 0x20  # what DOS has: otherwise this library puts a mode in
        packed.writestr(bare, "")
        entry = zipfile.ZipInfo("run.sh")
        entry.external_attr = 0o755 << 16
        packed.writestr(entry, "")
    names = build.unpack(source, tmp_path / "w")

    assert names == ["main.py", "shop/__init__.py", "run.sh"]
    assert not (tmp_path / "w/shop/modeless.py").exists()
    assert (tmp_path / "w/run.sh").stat().st_mode & 0o777 == 0o755


def test_a_source_that_is_no_zip(tmp_path: Path) -> None:
    """terraform-provider-google #10574: code 3; nor one that leads out of its folder."""
    (tmp_path / "bad.zip").write_text("no zip")
    with pytest.raises(build.BuildError, match="Error processing zip file") as caught:
        build.unpack(tmp_path / "bad.zip", tmp_path / "bad")
    assert caught.value.code == 3
    with pytest.raises(build.BuildError, match="Error processing zip file"):
        build.unpack(archive(tmp_path / "out.zip", {"../out.py": ""}), tmp_path / "out")


def test_static_files_are_the_app_s_only_when_it_may_read_them(tmp_path: Path) -> None:
    """app.yaml reference, application_readable: false by default."""
    for readable in (False, True):
        image = tmp_path / str(readable)
        names = build.unpack(
            archive(tmp_path / "a.zip", {"images/a.png": "", "main.py": ""}), image / "workspace"
        )
        handler = {**AVATAR, "staticFiles": {**STATIC, "applicationReadable": readable}}
        build.take_static(image, [handler, EVERYTHING], names)

        assert (image / "static/images/a.png").exists()
        assert (image / "workspace/images/a.png").exists() == readable
        assert (image / "workspace/main.py").exists()
        assert not (image / "static/main.py").exists()


@pytest.mark.parametrize(
    ("account", "path", "status"),
    [
        (READER, "projects/shop-1/secrets/db/versions/1", 200),
        (READER, "projects/1234/secrets/db/versions/latest", 200),
        ("", "projects/shop-1/secrets/db/versions/1", 401),
        ("other@shop-1.iam.gserviceaccount.com", "projects/shop-1/secrets/db/versions/1", 403),
        (READER, "projects/shop-1/secrets/none/versions/1", 403),
        (READER, "projects/other-1/secrets/db/versions/1", 403),
        (READER, "projects/shop-1/secrets/db/versions/9", 404),
        (READER, "projects/shop-1/secrets/db/versions/2", 404),
        (READER, "projects/shop-1/secrets/db/versions/3", 400),
    ],
)
def test_who_may_read_a_secret(account: str, path: str, status: int) -> None:
    """Secret Manager API, projects.secrets.versions.access: a role, an enabled version; no hints."""
    found, answer = secret_manager.access(app(), account, f"/v1/{path}:access")

    assert found == status
    if status == 200:
        assert answer["payload"]["data"] == "b25l"


def test_a_document_is_read_again_when_it_was_replaced(tmp_path: Path) -> None:
    """Also when its file gets the number of an earlier one."""
    path = tmp_path / "cloud.json"
    source = Source(path)
    assert source.now() == Document()
    for project in ("one", "two", "three"):
        fresh = tmp_path / "fresh"
        start = '{"services": {}, "accounts": [], "secrets": {}, "serving": true, "project": '
        fresh.write_text(f'{start}"{project}"}}')
        fresh.rename(path)
        assert source.now().project == project
