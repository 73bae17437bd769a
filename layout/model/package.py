"""The parts of a workbook's file: only those that are read, and refused where they are a trap.

A workbook is an archive that anybody may have made. What is handed on holds neither pictures,
macros nor links to other files, and no rows that are only formatted.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import IO, Any
from xml.parsers import expat

LARGEST_MB = 200
"""All parts that are read, unpacked."""
MOST_CELLS = 2_000_000
"""Cells with something in them, and shared texts."""
LAST_ROW = 1_048_576
_LARGEST_DIRECTORY = 1_000_000
_CHUNK = 1 << 20
_LONGEST_ROW = 16 << 20
_OLE = b"\xd0\xcf\x11\xe0"
_LOCKED = "EncryptedPackage".encode("utf-16-le")
_UNREAD = re.compile(
    r"xl/(chartsheets|dialogsheets|macrosheets|media|embeddings|externalLinks|drawings|charts|diagrams|comments|threadedComments|tables|"
    r"pivot\w+|printerSettings|activeX|ctrlProps|queryTables|theme)/|customXml/|docProps/",
    re.IGNORECASE,
)
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
_EMPTY_ROW = re.compile(
    rb'<row r="\d++"[^>]*+>(?:(?<=/>)|(?:<c [^>]*+(?<=/)>|<c [^>]*+></c>)*+</row>)'
)
"""A row with its number and without a value, as spreadsheet programs write it."""
_CELL = re.compile(rb"<c[\s>]")
_TEXT = re.compile(rb"<si[\s>/]")
_ROW_NUMBER = re.compile(rb'<row\b[^>]*?\sr="(\d{1,20})')


class Refused(Exception):
    """Why a workbook is not read: the code of a problem and its values."""

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code)
        self.code, self.values = code, values


def safe_package(data: bytes) -> bytes:
    """The archive with the parts that are read and nothing else.

    Raises Refused, and zipfile.BadZipFile and its like where it is broken.
    """
    if data[:4] == _OLE:
        raise Refused("workbook_locked" if _LOCKED in data else "workbook_other")
    _check_directory(data)
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        parts = old.infolist()
        _check_parts(parts)
        cells = 0
        for part in parts:
            if _is_read(part):
                with old.open(part) as source:
                    content, count = _content(part, source)
                cells += count
                if cells > MOST_CELLS:
                    raise Refused("workbook_cells", most=f"{MOST_CELLS:,}")
                new.writestr(zipfile.ZipInfo(part.filename), content)
    return out.getvalue()


def _check_directory(data: bytes) -> None:
    """Refuse a list of parts so long that reading it alone would take minutes."""
    end = data.rfind(b"PK\x05\x06")
    if end < 0:
        return  # no archive: whoever opens it says so
    size = int.from_bytes(data[end + 12 : end + 16], "little")
    if end >= 76 and data[end - 20 : end - 16] == b"PK\x06\x07":
        size = int.from_bytes(data[end - 36 : end - 28], "little")
    if size > _LARGEST_DIRECTORY:
        raise Refused("workbook_parts", name="…")


def _check_parts(parts: list[zipfile.ZipInfo]) -> None:
    """Names are those of parts, each once; what will be unpacked is not too much."""
    names: set[str] = set()
    for part in parts:
        path = PurePosixPath(part.filename.replace("\\", "/"))
        if part.flag_bits & 0x1:
            raise Refused("workbook_locked")
        odd = path.is_absolute() or ".." in path.parts or ":" in part.filename
        if odd or part.filename.lower() in names:
            raise Refused("workbook_parts", name=part.filename)
        names.add(part.filename.lower())
    if "xl/workbook.bin" in names or "content.xml" in names:
        raise Refused("workbook_other")
    unpacked = sum(part.file_size for part in parts if _is_read(part))
    if unpacked > LARGEST_MB * 1_000_000:
        size = f"{unpacked / 1e6:,.0f}"
        raise Refused("workbook_large", size=size, most=LARGEST_MB)


def _is_read(part: zipfile.ZipInfo) -> bool:
    """Whether a part has to do with the cells of a workbook."""
    name = part.filename
    return name.lower().endswith((".xml", ".rels")) and not _UNREAD.match(name)


def _content(part: zipfile.ZipInfo, source: IO[bytes]) -> tuple[bytes, int]:
    """A part, of a sheet without the rows that hold nothing, and how many cells or texts it has."""
    if not _SHEET.fullmatch(part.filename):
        content = source.read()
        _check_markup(content, part.filename)
        return content, sum(1 for _ in _TEXT.finditer(content))
    kept = []
    cells = last = 0
    for words in _pieces(part, source):
        filled = _EMPTY_ROW.sub(b"", words)
        last = _last_row(filled, last, part.filename)
        cells += sum(1 for _ in _CELL.finditer(filled))
        if cells > MOST_CELLS:
            raise Refused("workbook_cells", most=f"{MOST_CELLS:,}")
        kept.append(filled)
    content = b"".join(kept)
    _check_markup(content, part.filename)
    return content, cells


def _pieces(part: zipfile.ZipInfo, source: IO[bytes]) -> Iterator[bytes]:
    """A sheet piece by piece, each up to where a row begins, so that none is cut in two."""
    rest = b""
    while chunk := source.read(_CHUNK):
        words = rest + chunk
        at = words.rfind(b"<row")
        cut = at if at >= 0 else len(words) - len(b"<row")
        yield words[: max(cut, 0)]
        rest = words[max(cut, 0) :]
        if len(rest) > _LONGEST_ROW:
            raise Refused("workbook_parts", name=part.filename)
    yield rest


def _last_row(words: bytes, last: int, name: str) -> int:
    """The number of the last row; rows out of order would be left out by whoever reads them."""
    for found in _ROW_NUMBER.finditer(words):
        row = int(found[1])
        if not last < row <= LAST_ROW:
            raise Refused("workbook_parts", name=name)
        last = row
    return last


def _check_markup(content: bytes, name: str) -> None:
    """Refuse a document type, the place of entities, before anybody expands one."""

    def refuse(*_: Any) -> None:
        raise Refused("workbook_entities", name=name)

    begun: list[str] = []
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = lambda tag, _: begun.append(tag)
    for start in range(0, len(content), 4096):
        try:
            parser.Parse(content[start : start + 4096], False)
        except expat.ExpatError:
            return  # whoever reads the part says what is wrong
        if begun:
            return
