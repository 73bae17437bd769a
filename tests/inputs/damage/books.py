"""Workbooks that are damaged, locked, of another kind, or made to harm who opens them."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl

from layout.model import read_model
from layout.model.excel import workbook_bytes
from layout.model.workbook import README_SHEET
from tests.inputs.damage.case import Case, Damage, read, refused

BOOK = "book.xlsx"
Parts = dict[str, bytes]
Content = bytes | Callable[[], bytes]
"""Bytes, or what makes them: a bomb is made when it is needed."""


def made(content: Content) -> bytes:
    """The bytes."""
    return content if isinstance(content, bytes) else content()


def whole(folder: Path) -> bytes:
    """The good model of a folder as a workbook, without the sheets that only explain.

    Made once for models that say the same.
    """
    words = b"".join(file.read_bytes() for file in sorted(folder.iterdir()))
    if words not in _KEPT:
        opened = openpyxl.load_workbook(io.BytesIO(workbook_bytes(read_model(folder))))
        for title in (README_SHEET, "columns", "lists"):
            del opened[title]
        _KEPT[words] = saved(opened)
    return _KEPT[words]


def saved(opened: Any) -> bytes:
    """A workbook as a spreadsheet program saves it."""
    out = io.BytesIO()
    opened.save(out)
    return out.getvalue()


_KEPT: dict[bytes, bytes] = {}


def book(change: Callable[[bytes], bytes], name: str = BOOK) -> Damage:
    """The model as a workbook whose bytes are changed."""

    def damage(folder: Path) -> Path:
        path = folder.parent / name
        path.write_bytes(change(whole(folder)))
        return path

    return damage


def packed(parts: Parts) -> bytes:
    """An archive of parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def unpacked(data: bytes) -> Parts:
    """The parts of an archive."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def parts(change: Callable[[Parts], Any]) -> Damage:
    """The model as a workbook whose parts are changed in place."""

    def changed(data: bytes) -> bytes:
        found = unpacked(data)
        change(found)
        return packed(found)

    return book(changed)


def sheet_of(found: Parts, title: str) -> str:
    """The part that holds a sheet."""
    titles = re.findall(rb'<sheet [^>]*?name="([^"]+)"', found["xl/workbook.xml"])
    return f"xl/worksheets/sheet{titles.index(title.encode()) + 1}.xml"


def sheet(title: str, old: bytes, new: Content) -> Damage:
    """One piece of a sheet's XML replaced."""

    def change(found: Parts) -> None:
        name = sheet_of(found, title)
        found[name], count = re.subn(old, made(new), found[name], count=1)
        assert count == 1, old

    return parts(change)


def typed(change: Callable[[Any], Any]) -> Damage:
    """The workbook opened, changed and saved as a spreadsheet program does."""

    def changed(data: bytes) -> bytes:
        opened = openpyxl.load_workbook(io.BytesIO(data))
        change(opened)
        return saved(opened)

    return book(changed)


def added(name: str, content: Content) -> Damage:
    """One more part."""
    return parts(lambda found: found.update({name: made(content)}))


def prologue(part: str, words: bytes) -> Damage:
    """A document type before the content of a part."""

    def change(found: Parts) -> None:
        _, _, rest = found[part].rpartition(b"?>")
        found[part] = b'<?xml version="1.0"?>' + words + rest

    return parts(change)


def twice(data: bytes) -> bytes:
    """The archive with its settings a second time, other ones, behind the first."""
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a") as archive:
        archive.filelist = [i for i in archive.filelist if i.filename != "xl/workbook.xml"]
        kept = archive.NameToInfo.pop("xl/workbook.xml")
        archive.writestr("xl/workbook.xml", b"<workbook/>")
        archive.filelist.insert(0, kept)
    return out.getvalue()


def flipped(data: bytes) -> bytes:
    """One byte of a packed sheet changed."""
    at = data.index(b"xl/worksheets/sheet5.xml") + 200
    return data[:at] + bytes([data[at] ^ 255]) + data[at + 1 :]


def locked(data: bytes) -> bytes:
    """The flag of a password on every part of the archive."""
    marked = bytearray(data)
    for found in re.finditer(rb"PK\x01\x02", data):
        marked[found.start() + 8] |= 1
    return bytes(marked)


def lying(data: bytes) -> bytes:
    """An archive that says a part is small when it is not."""
    big = packed({"xl/worksheets/sheet1.xml": b"<row/>" * 2_000_000})
    at = big.rindex(b"PK\x01\x02")
    return big[: at + 24] + struct.pack("<I", 100) + big[at + 28 :]


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500
LAUGHS = (
    b'<!DOCTYPE l [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]>"
)
OUTSIDE = b'<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
BEYOND = b'<!DOCTYPE l SYSTEM "http://127.0.0.1:9/x.dtd">'
ROW = rb'(<row r="3"[^>]*>)'


def _formatted() -> bytes:
    """A row for every line of a sheet, with formats and nothing in them."""
    row = (
        b'<row r="%d" spans="1:3" s="1" customFormat="1"><c r="A%d" s="1"/><c r="B%d" s="1"/></row>'
    )
    return b"".join(row % (n, n, n) for n in range(8, 1_048_577)) + b"</sheetData>"


def _merged(opened: Any) -> None:
    opened["demand"].merge_cells("A2:A4")


def _dated(opened: Any) -> None:
    from datetime import date

    opened["demand"]["D2"] = date(2025, 3, 4)


def _typed(title: str, cell: str, value: Any) -> Damage:
    def change(opened: Any) -> None:
        opened[title][cell] = value

    return typed(change)


def _hidden(opened: Any) -> None:
    opened["power"].sheet_state = "hidden"
    opened["stock"].sheet_state = "veryHidden"
    opened["demand"].row_dimensions[3].hidden = True
    opened["demand"].column_dimensions["C"].hidden = True


def _annotated(opened: Any) -> None:
    """What offices add: comments, long notes, wide sheets of their own, charts, filters."""
    from openpyxl.comments import Comment

    opened["demand"]["D2"].comment = Comment("请核对", "office")
    opened["demand"].auto_filter.ref = "A1:D5"
    opened["demand"].freeze_panes = "B2"
    width = opened["stock"].max_column
    opened["stock"].cell(1, width + 1, "备注")
    opened["stock"].cell(2, width + 1, "来源：" + "见附件。" * 400)
    for title, hidden in (("备注 daily", False), ("年末结转", True)):
        wide = opened.create_sheet(title)
        for day in range(1, 1501):
            wide.cell(1, day, day)
        wide.sheet_state = "hidden" if hidden else "visible"
    opened.create_chartsheet("图")


def _linked(found: Parts) -> None:
    """Another workbook's values and macros, as parts beside the sheets."""
    found["xl/externalLinks/externalLink1.xml"] = b"<externalLink/>" + OUTSIDE
    found["xl/vbaProject.bin"] = b"\0macro"
    found["xl/media/image1.png"] = b"\0" * 30_000_000
    found["customXml/item1.xml"] = LAUGHS


BOOKS: tuple[Case, ...] = (
    # as people have them
    read("a workbook with hidden sheets, rows and columns", typed(_hidden), "hidden_sheet"),
    read("a workbook with notes, charts and sheets of its owner", typed(_annotated)),
    refused(
        "a cell far beyond a table", _typed("demand", "BZZ3", "x"), "too_wide", f"{BOOK}[demand]", 3
    ),
    read("a workbook with macros", book(bytes, "book.xlsm")),
    read("links to other workbooks, macros, pictures", parts(_linked)),
    read(
        "a million rows that are only formatted",
        sheet("demand", b"</sheetData>", _formatted),
    ),
    read("full-width digits in a workbook", _typed("demand", "D2", "０.９"), "full_width"),
    read(
        "thousands separators in a workbook",
        _typed("demand", "D2", "1,000"),
        "thousands",
        "demand_above_room",
    ),
    read("a formula with its value", sheet("demand", b'(<c r="D4"[^>]*>)<v>', rb"\1<f>2+2</f><v>")),
    refused(
        "a formula without a value",
        _typed("demand", "D2", "=1+1"),
        "formula",
        "book.xlsx[demand]",
        2,
        "demand_eflops",
    ),
    refused(
        "a formula that went wrong",
        _typed("sites", "C3", "#REF!"),
        "cell_error",
        "book.xlsx[sites]",
        3,
        "name_zh",
    ),
    refused("merged cells", typed(_merged), "merged_cells", "book.xlsx[demand]", 2, "zone"),
    refused(
        "a date for a number",
        typed(_dated),
        "date_for_number",
        "book.xlsx[demand]",
        2,
        "demand_eflops",
    ),
    refused(
        "a truth value for a number",
        _typed("demand", "D2", True),
        "not_a_number",
        "book.xlsx[demand]",
        2,
        "demand_eflops",
    ),
    refused(
        "a number without end",
        sheet("demand", b'(<c r="D4"[^>]*>)<v>4</v>', rb"\1<v>1e999</v>"),
        "not_a_number",
        "book.xlsx[demand]",
        4,
        "demand_eflops",
    ),
    refused("no sheet of settings", typed(lambda b: b.remove(b["model"])), "no_model_sheet", BOOK),
    refused(
        "a sheet with another name",
        typed(lambda b: setattr(b["demand"], "title", "demands")),
        "unknown_sheet",
        "book.xlsx[demands]",
    ),
    # of another kind
    refused("the older format", book(lambda d: OLE), "workbook_other", BOOK),
    refused("the older format by its name", book(lambda d: OLE, "book.xls"), "workbook_format"),
    refused(
        "the binary format",
        parts(lambda p: p.update({"xl/workbook.bin": p.pop("xl/workbook.xml")})),
        "workbook_other",
        BOOK,
    ),
    refused("the binary format by its name", book(bytes, "book.xlsb"), "workbook_format"),
    refused(
        "LibreOffice's own format",
        book(lambda d: packed({"content.xml": b"<a/>"})),
        "workbook_other",
        BOOK,
    ),
    refused(
        "a page of the web saved as a workbook",
        book(lambda d: b"<html><table><tr><td>zone"),
        "not_a_workbook",
        BOOK,
    ),
    refused(
        "a CSV table named as a workbook",
        book(lambda d: b"zone,workload\n"),
        "not_a_workbook",
        BOOK,
    ),
    refused(
        "a locked workbook",
        book(lambda d: OLE + "EncryptedPackage".encode("utf-16-le")),
        "workbook_locked",
        BOOK,
    ),
    refused("a locked archive", book(locked), "workbook_locked", BOOK),
    # broken
    refused("an empty workbook", book(lambda d: b""), "not_a_workbook", BOOK),
    refused("a workbook cut in half", book(lambda d: d[: len(d) // 2]), "not_a_workbook", BOOK),
    refused("a workbook without its end", book(lambda d: d[:-10]), "not_a_workbook", BOOK),
    refused("bytes lost inside", book(lambda d: d[:2000] + d[2100:]), "not_a_workbook", BOOK),
    refused("a byte changed inside", book(flipped), "not_a_workbook", BOOK),
    refused(
        "a sheet's part missing",
        parts(lambda p: p.pop(sheet_of(p, "stock"))),
        "workbook_parts",
        BOOK,
    ),
    refused(
        "the list of sheets missing",
        parts(lambda p: p.pop("xl/workbook.xml")),
        "not_a_workbook",
        BOOK,
    ),
    refused(
        "a sheet's XML cut off",
        sheet("demand", rb"(?s)</sheetData>.*", b""),
        "not_a_workbook",
        BOOK,
    ),
    read("a style that is not there", sheet("demand", rb'<c r="D4" ', b'<c r="D4" s="9999" ')),
    refused(
        "a shared text that is not there",
        sheet("demand", rb'<c r="A4"[^>]*>.*?</c>', rb'<c r="A4" t="s"><v>99999</v></c>'),
        "not_a_workbook",
        BOOK,
    ),
    refused(
        "an archive of something else",
        book(lambda d: packed({"a.txt": b"a"})),
        "not_a_workbook",
        BOOK,
    ),
    # made to harm
    refused(
        "a bomb of zeros",
        added("xl/worksheets/sheet99.xml", lambda: b"<a>" + b"\0" * 300_000_000),
        "workbook_large",
        BOOK,
    ),
    refused(
        "a bomb of cells",
        sheet(
            "demand",
            b"</sheetData>",
            lambda: b'<row r="9">' + b"<c><v>1</v></c>" * 2_100_000 + b"</row></sheetData>",
        ),
        "workbook_parts",
        BOOK,
    ),
    refused(
        "a bomb of rows",
        sheet(
            "demand",
            b"</sheetData>",
            lambda: b"<row><c><v>1</v></c></row>" * 2_100_000 + b"</sheetData>",
        ),
        "workbook_cells",
        BOOK,
    ),
    refused(
        "a bomb of shared texts",
        added(
            "xl/sharedStrings.xml", lambda: b"<sst>" + b"<si><t>a</t></si>" * 2_100_000 + b"</sst>"
        ),
        "workbook_cells",
        BOOK,
    ),
    refused("a part that lies about its size", book(lying), "not_a_workbook", BOOK),
    refused(
        "a list of parts without end",
        book(lambda d: packed({f"{n:050d}": b"" for n in range(12_000)})),
        "workbook_parts",
        BOOK,
    ),
    refused(
        "a row beyond the last",
        sheet("demand", ROW, b'<row r="99999999999">'),
        "workbook_parts",
        BOOK,
    ),
    refused("rows that go back", sheet("demand", ROW, b'<row r="2">'), "workbook_parts", BOOK),
    refused(
        "a column beyond the last",
        sheet("demand", b'<c r="D4"', b'<c r="ZZZZZZ4"'),
        "not_a_workbook",
        BOOK,
    ),
    refused("a billion laughs", prologue("xl/workbook.xml", LAUGHS), "workbook_entities", BOOK),
    refused(
        "a file from outside",
        prologue("xl/worksheets/sheet2.xml", OUTSIDE),
        "workbook_entities",
        BOOK,
    ),
    refused(
        "a document type from the network",
        prologue("xl/styles.xml", BEYOND),
        "workbook_entities",
        BOOK,
    ),
    refused(
        "entities in UTF-16",
        parts(
            lambda p: p.update(
                {"xl/styles.xml": LAUGHS.decode().encode("utf-16") + "<a/>".encode("utf-16-le")}
            )
        ),
        "workbook_entities",
        BOOK,
    ),
    refused(
        "a name that leaves the archive",
        added("xl/../../../etc/cron.d/x.xml", b"<a/>"),
        "workbook_parts",
        BOOK,
    ),
    refused("a name that is a place", added("/etc/x.xml", b"<a/>"), "workbook_parts", BOOK),
    refused("a name of another system", added("..\\..\\x.xml", b"<a/>"), "workbook_parts", BOOK),
    refused("a name twice", book(twice), "workbook_parts", BOOK),
    refused("names that differ in case", added("XL/Workbook.xml", b"<a/>"), "workbook_parts", BOOK),
)
