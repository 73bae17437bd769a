"""Who is let in, what is taken, and what no answer lacks."""

from __future__ import annotations

import io
import os
import re
import zipfile
from pathlib import Path
from urllib.parse import quote

import pytest

from layout.serve import downloads, guard, offers
from layout.serve.guard import LARGEST_FORM
from layout.serve.offers import safe_name
from tests.serve.asking import COOKIE, HOST, ORIGIN, PORT, TOKEN, Site, multipart
from tests.serve.conftest import HOSTILE

EVERYWHERE = ("/", "/model?of=here:two-towns", "/static/page.js", "/runs/run-001", "/nowhere")


@pytest.mark.parametrize("cookie", [None, "", f"layout-{PORT}=", f"layout-{PORT}={TOKEN}x",
                                    f"layout-1={TOKEN}", f"layout-{PORT}=é"])  # fmt: skip
def test_nobody_comes_in_without_the_token(site: Site, cookie: str | None) -> None:
    for path in EVERYWHERE:
        answer = site(path, cookie=cookie)
        assert answer.status == 403
        assert "two-towns" not in answer.text
    assert site("/solve", "POST", b"of=here:two-towns", cookie=cookie).status == 403
    assert list((site.folder / "runs").iterdir()) == []


def test_the_printed_address_leaves_the_token_in_a_cookie(site: Site) -> None:
    answer = site(f"/?token={TOKEN}", cookie=None)
    assert answer.status == 200
    kept = answer.headers["set-cookie"]
    assert kept.startswith(COOKIE)
    assert "HttpOnly" in kept and "samesite=strict" in kept.lower()
    assert TOKEN not in answer.text  # what leads on does not hold it
    for path in (f"/?token={TOKEN}x", f"/model?token={TOKEN}", "/?token="):
        assert site(path, cookie=None).status == 403


@pytest.mark.parametrize(
    "host",
    [None, "", "evil.example", f"evil.example:{PORT}", "127.0.0.1", f"127.0.0.1:{PORT + 1}",
     f"127.0.0.1.evil.example:{PORT}", f"{HOST}@evil.example", f"[::1]:{PORT}", f"0.0.0.0:{PORT}"],
)  # fmt: skip
def test_another_name_of_this_machine_is_refused(site: Site, host: str | None) -> None:
    """DNS rebinding: a page of evil.example whose name now leads to 127.0.0.1."""
    assert site("/", host=host).status == 403
    assert site(f"/?token={TOKEN}", host=host, cookie=None).status == 403


def test_localhost_is_a_name_of_ours(site: Site) -> None:
    assert site("/", host=f"localhost:{PORT}").status == 200


@pytest.mark.parametrize(
    "origin",
    [None, "null", "", "http://evil.example", f"https://{HOST}", f"http://127.0.0.1:{PORT + 1}",
     f"http://localhost:{PORT}", f"{ORIGIN}.evil.example", f"{ORIGIN}, {ORIGIN}"],
)  # fmt: skip
def test_what_changes_something_comes_from_our_own_page(site: Site, origin: str | None) -> None:
    for path in ("/solve", "/check", "/command", "/upload", "/runs/run-001/cancel"):
        assert site(path, "POST", b"of=here:two-towns", origin=origin).status == 403
    assert list((site.folder / "runs").iterdir()) == []


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "get"])
def test_there_are_no_other_methods(site: Site, method: str) -> None:
    assert site("/", method).status == 405


def test_the_answer_to_a_form_switches_its_language_where_there_is_a_page(site: Site) -> None:
    answer = site("/upload", "POST", b"", origin=ORIGIN)
    assert answer.status == 422 and 'href="/?lang=' in answer.text
    assert site("/?lang=en").status == 200


def test_reading_changes_nothing(site: Site) -> None:
    for path in ("/solve?of=here:two-towns", "/upload", "/runs/run-001/cancel", "/check"):
        assert site(path).status in (404, 405)
    assert list((site.folder / "runs").iterdir()) == []


@pytest.mark.parametrize("path", [*EVERYWHERE, "/?lang=zh", "/model?of=nothing"])
@pytest.mark.parametrize("cookie", [COOKIE, None])
def test_every_answer_carries_its_policy(site: Site, path: str, cookie: str | None) -> None:
    headers = site(path, cookie=cookie).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy and "http" not in policy and "*" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["cross-origin-resource-policy"] == "same-origin"


def test_pages_have_no_script_or_style_of_their_own(site: Site) -> None:
    """What the policy would stop is not there in the first place."""
    for path in ("/", "/model?of=here:two-towns"):
        words = site(path).text
        assert words.count("<script") == 1 and 'src="/static/page.js"' in words
        assert "<style" not in words and " style=" not in words and "javascript:" not in words


def test_what_a_user_wrote_is_text(site: Site) -> None:
    """In a title, in a field, in further settings, in a name of a model that there is not."""
    words = site("/model?of=here:two-towns").text
    assert "<script>alert" not in words and "&lt;script&gt;alert" in words and "{{7*7}}" in words
    body = f"of=here:two-towns&demand={quote(HOSTILE)}&further={quote('a=' + HOSTILE)}"
    answer = site("/check", "POST", body.encode())
    assert answer.status == 422
    assert "alert(1)" in answer.text and "<script>alert" not in answer.text
    assert "onload='x()" not in answer.text
    assert "<script>" not in site(f"/model?of={quote(HOSTILE)}").text


@pytest.mark.parametrize("declared", [True, False])
def test_a_form_that_is_too_large_is_not_read(site: Site, declared: bool) -> None:
    """Whether the request says so or not: the rest of it is never asked for."""
    taken = []

    def parts():
        yield b"of=here:two-towns&further="
        for _ in range(1000):
            taken.append(1)
            yield b"x" * 100_000

    length = str(LARGEST_FORM + 1) if declared else None
    answer = site("/check", "POST", parts(), content_length=length)
    assert answer.status == 413
    assert len(taken) <= (0 if declared else LARGEST_FORM / 100_000 + 1)
    assert site("/check", "POST", b"of=x", content_length="-5").status == 413


def test_a_workbook_that_is_too_large_is_not_kept(site: Site, monkeypatch) -> None:
    monkeypatch.setattr(guard, "LARGEST_UPLOAD", 50_000)
    body, kind = multipart("large.xlsx", b"x" * 70_000)
    assert site("/upload", "POST", body, content_type=kind).status == 413
    assert list((site.folder / "uploads").iterdir()) == []


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("模型 v2.xlsx", "模型-v2.xlsx"),
        ("../../etc/passwd.xlsx", "passwd.xlsx"),
        ("C:\\Users\\a\\m.XLSX", "m.xlsx"),
        ("..xlsx", "workbook.xlsx"),
        (".xlsm", "workbook.xlsm"),
        ("-rf.xlsx", "rf.xlsx"),
        ("a\x00b\u202e.xlsx", "ab.xlsx"),
        ("$(touch x);'\"<b>.xlsx", "touch-x-b.xlsx"),
        ("x" * 300 + ".xlsx", "x" * 60 + ".xlsx"),
        ("model.yaml", None),
        ("page.html", None),
        ("", None),
    ],
)
def test_the_name_of_an_upload_is_only_a_hint(tmp_path: Path, said: str, kept: str | None) -> None:
    assert safe_name(said, tmp_path) == kept
    if kept is not None:
        (tmp_path / kept).touch()
        again = safe_name(said, tmp_path)
        assert again is not None and again != kept and "/" not in again


def test_a_name_taken_meanwhile_is_not_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = iter(["m.xlsx", "m-2.xlsx"])
    monkeypatch.setattr(offers, "safe_name", lambda said, uploads: next(names))
    (tmp_path / "m.xlsx").write_bytes(b"of another window")
    assert offers.keep(tmp_path, "m.xlsx", b"mine") == "m-2.xlsx"
    assert (tmp_path / "m.xlsx").read_bytes() == b"of another window"
    assert (tmp_path / "m-2.xlsx").read_bytes() == b"mine"


def test_an_upload_lands_in_its_folder_and_nowhere_else(site: Site) -> None:
    before = {path for path in Path().rglob("*") if "uploads" not in path.parts}
    body, kind = multipart("../../../evil.xlsx", b"no workbook")
    answer = site("/upload", "POST", body, content_type=kind)
    assert (answer.status, answer.headers["location"]) == (303, "/model?of=uploaded%3Aevil.xlsx")
    assert [one.name for one in (site.folder / "uploads").iterdir()] == ["evil.xlsx"]
    assert {path for path in Path().rglob("*") if "uploads" not in path.parts} == before
    page = site(answer.headers["location"])
    assert page.status == 422 and "data-problems" in page.text
    body, kind = multipart("page.html", b"<script>")
    assert site("/upload", "POST", body, content_type=kind).status == 422


def test_no_upload_is_lost_among_many(site: Site) -> None:
    """The newest stands first; what is too old for the list stands below it, and opens."""
    for number in range(offers.TITLED):
        old = site.folder / "uploads" / f"a-{number:03}.xlsx"
        old.touch()
        os.utime(old, (number, number))
    body, kind = multipart("z.xlsx", b"no workbook")
    answer = site("/upload", "POST", body, content_type=kind)
    assert site(answer.headers["location"]).status == 422  # shown, with its problems
    for lang, words in (("en", "1 that were uploaded before"), ("zh", "另有 1 个更早上传")):
        page = site(f"/?lang={lang}").text
        listed = re.findall(r"uploaded%3A([az0-9-]+)\.xlsx", page)
        assert listed == ["z", *(f"a-{n:03}" for n in reversed(range(offers.TITLED)))]
        assert page.index("a-001.xlsx") < page.index(words) < page.index("a-000.xlsx")
    assert site("/model?of=uploaded:a-000.xlsx").status == 422


@pytest.mark.parametrize(
    "path",
    [
        "/runs/..", "/runs/%2e%2e", "/runs/..%2f..%2fetc", "/runs/run-001/files/..%2fasked.json",
        "/runs/run-001/files/asked.json", "/runs/run-001/files/../../asked.json",
        "/runs/run-001/map", "/static/../pages.py", "/static/%2e%2e/pages.py",
        "/static/..%2fpages.py", "/static//etc/passwd", "/model?of=here:../two-towns",
        "/model?of=here:/etc", "/model?of=shipped:../data", "/runs/run-001%00", "/runs/run-1",
    ],
)  # fmt: skip
def test_no_address_leads_out(site: Site, path: str) -> None:
    folder = site.folder / "runs" / "run-001"
    folder.mkdir()
    (folder / "asked.json").write_text('{"command": "secret-command", "of": "x", "at": 0}')
    answer = site(path)
    assert answer.status == 404
    assert "secret-command" not in answer.text and "def " not in answer.text


def test_an_archive_takes_no_links_along(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    plan = tmp_path / "plan"
    (plan / "model").mkdir(parents=True)
    (plan / "plan.json").write_text("{}")
    (plan / "model" / "model.yaml").write_text("layout: 1")
    (plan / "leak.txt").symlink_to(tmp_path / "secret")
    with zipfile.ZipFile(io.BytesIO(downloads.zipped(plan, "run-001"))) as archive:
        names = archive.namelist()
    assert names == ["run-001/model/model.yaml", "run-001/plan.json"]


def test_an_error_of_ours_is_said_and_gives_nothing_away(site: Site, monkeypatch) -> None:
    def broken() -> None:
        raise ZeroDivisionError(HOSTILE)

    monkeypatch.setattr(site.runs, "all", broken)
    with pytest.raises(ZeroDivisionError):  # told on, so that the terminal shows the traceback
        site("/")
