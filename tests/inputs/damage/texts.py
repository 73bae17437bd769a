"""Tables and settings whose text is damaged, as files, editors and spreadsheets leave it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from tests.inputs.damage.case import Case, Damage, read, refused
from tests.model.sample import replace

MB = 1_000_000


def put(file: str, content: bytes | str) -> Damage:
    """The file with another content."""

    def damage(folder: Path) -> None:
        data = content.encode("utf-8") if isinstance(content, str) else content
        (folder / file).write_bytes(data)

    return damage


def changed(file: str, change: Callable[[bytes], bytes]) -> Damage:
    """The file with its bytes changed."""

    def damage(folder: Path) -> None:
        (folder / file).write_bytes(change((folder / file).read_bytes()))

    return damage


def swapped(file: str, old: str, new: str) -> Damage:
    """The file with one piece of text replaced."""
    return lambda folder: replace(folder, file, old, new)


def recoded(file: str, encoding: str) -> Damage:
    """The file in another encoding."""
    return changed(file, lambda data: data.decode("utf-8").encode(encoding))


def more(file: str, words: str) -> Damage:
    """The file with text at its end."""
    return changed(file, lambda data: data + words.encode("utf-8"))


def sparse(file: str, size: int) -> Damage:
    """A file that is long and empty: it takes no room on disk."""
    return lambda folder: os.truncate(folder / file, size)


def repeated(file: str, line: bytes, count: int) -> Damage:
    """The file with one line many times more."""
    return changed(file, lambda data: data + line * count)


def _half(data: bytes) -> bytes:
    return (
        data[: data.index("广".encode()) + 2] if "广".encode() in data else data[: len(data) // 2]
    )


def _mixed(data: bytes) -> bytes:
    """Each line with another end: LF, CRLF, CR in turn."""
    lines, ends = data.split(b"\n"), (b"\n", b"\r\n", b"\r")
    return b"".join(line + ends[i % 3] for i, line in enumerate(lines[:-1]))


def _half_gbk(data: bytes) -> bytes:
    """The first two lines in UTF-8, the others as another program added them, in GBK."""
    lines = data.split(b"\n")
    return b"\n".join([*lines[:3], *(line.decode().encode("gbk") for line in lines[3:])])


def _named(words: str) -> Damage:
    """The only Chinese words of a table, in a note, in GBK."""

    def change(data: bytes) -> bytes:
        first, *others = data.decode("ascii").splitlines()
        lines = [f"{first},note", *(f"{line},{words}" for line in others), ""]
        return "\n".join(lines).encode("gbk")

    return changed("pue.csv", change)


TABLES: tuple[Case, ...] = (
    # encodings
    read("a table with the mark of UTF-8", recoded("zones.csv", "utf-8-sig")),
    read("a table in GB18030", recoded("zones.csv", "gb18030"), "gb18030"),
    read("a table in GBK", recoded("sites.csv", "gbk"), "gb18030"),
    read("a table in GB2312", recoded("kinds.csv", "gb2312"), "gb18030"),
    read("GBK that mostly looks like UTF-8", _named("山省通云"), "gb18030"),
    refused("a table in UTF-16", recoded("zones.csv", "utf-16"), "not_utf8", "zones.csv"),
    refused("UTF-16 without a mark", recoded("zones.csv", "utf-16-le"), "not_utf8", "zones.csv"),
    refused("a table in UTF-32", recoded("zones.csv", "utf-32"), "not_utf8", "zones.csv"),
    refused(
        "UTF-8 with a byte lost",
        changed("zones.csv", lambda d: d.replace("贵".encode(), "贵".encode()[:2])),
        "not_utf8",
        "zones.csv",
        3,
    ),
    refused(
        "UTF-8 followed by GBK",
        changed("kinds.csv", lambda d: d.replace("智能算力".encode(), "智".encode("gbk"))),
        "not_utf8",
        "kinds.csv",
        3,
    ),
    refused(
        "a name in Latin-1",
        changed("zones.csv", lambda d: d.replace(b"Guangdong", b"Gu\xe4")),
        "not_utf8",
        "zones.csv",
        2,
    ),
    # line ends and marks
    read("CRLF", changed("demand.csv", lambda d: d.replace(b"\n", b"\r\n"))),
    read("CR as old Macs wrote it", changed("demand.csv", lambda d: d.replace(b"\n", b"\r"))),
    read("LF, CRLF and CR mixed", changed("demand.csv", _mixed)),
    read("no end of the last line", changed("demand.csv", lambda d: d.rstrip(b"\n"))),
    read("blank lines and spaces", changed("demand.csv", lambda d: d.replace(b"\n", b"\n \n\n"))),
    read("trailing empty columns", changed("pue.csv", lambda d: d.replace(b"\n", b",,\n"))),
    read(
        "commas to the last column of a spreadsheet",
        changed("pue.csv", lambda d: d.replace(b"\n", b"," * 16_000 + b"\n")),
    ),
    read(
        "every cell in quotes",
        changed(
            "power.csv",
            lambda d: b"\n".join(
                b",".join(b'"%s"' % cell for cell in line.split(b","))
                for line in d.split(b"\n")[:-1]
            ),
        ),
    ),
    refused(
        "an unclosed quote",
        swapped("pue.csv", "older-air,1.5", '"older-air,1.5'),
        "csv_syntax",
        "pue.csv",
        5,
    ),
    refused(
        "a quote inside a cell",
        swapped("pue.csv", "mild,older-air", '"mi"ld,older-air'),
        "csv_syntax",
        "pue.csv",
        5,
    ),
    # content that is none
    refused("an empty table", put("demand.csv", b""), "empty_table", "demand.csv", 1),
    refused(
        "only the mark of UTF-8", put("demand.csv", b"\xef\xbb\xbf"), "empty_table", "demand.csv"
    ),
    refused("only blank lines", put("demand.csv", "\n , \n\r\n"), "empty_table", "demand.csv"),
    refused("NUL bytes", swapped("demand.csv", "batch", "ba\0ch"), "not_utf8", "demand.csv"),
    refused("random bytes", put("stock.csv", bytes(range(256)) * 8), "not_utf8", "stock.csv"),
    refused(
        "a picture", put("stock.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), "not_utf8", "stock.csv"
    ),
    refused("an archive", put("stock.csv", b"PK\x03\x04\x14\0\0\0\x08\0"), "not_utf8", "stock.csv"),
    refused(
        "a page of the web",
        put("power.csv", "<html><body>404 Not Found</body></html>"),
        "unknown_column",
        "power.csv",
        1,
    ),
    refused(
        "the pointer of a file store",
        put("power.csv", "version https://example.org/lfs\noid sha256:4d\n"),
        "unknown_column",
        "power.csv",
        1,
    ),
    refused(
        "a conflict of versions",
        swapped("demand.csv", "440000,batch", "<<<<<<< mine\n440000,batch"),
        "row_width",
        "demand.csv",
        3,
    ),
    # truncated
    refused("cut off inside a character", changed("zones.csv", _half), "not_utf8", "zones.csv", 2),
    refused(
        "cut off inside a row",
        changed("demand.csv", lambda d: d[:-12]),
        "empty_cell",
        "demand.csv",
        7,
    ),
    refused(
        "cut off inside quotes",
        changed("demand.csv", lambda d: d[:80]),
        "csv_syntax",
        "demand.csv",
        2,
    ),
    refused(
        "cut off after the header",
        changed("demand.csv", lambda d: d.split(b"\n")[0] + b"\n"),
        "missing_table",
        "demand.csv",
    ),
    # cells as spreadsheets write them
    read("full-width digits", swapped("sites.csv", ",600,900", ",６００,９００"), "full_width"),
    read("full-width codes", swapped("sites.csv", "GUIAN,Gui", "ＧＵＩＡＮ,Gui"), "full_width"),
    read(
        "thousands separators", swapped("sites.csv", ",1500,2000", ',"1,500","2,000"'), "thousands"
    ),
    read(
        "a real minus and spaces", swapped("renewables.csv", "520000,wind,300", "520000,wind, 300 ")
    ),
    refused(
        "dates for numbers",
        swapped("kinds.csv", ",2.2,", ",2月2日,"),
        "date_for_number",
        "kinds.csv",
        3,
        "it_mw_per_eflops",
    ),
    refused(
        "a formula", swapped("sites.csv", ",600,900", ",=300*2,900"), "formula", "sites.csv", 2
    ),
    refused(
        "an error value",
        swapped("sites.csv", ",600,900", ",#DIV/0!,900"),
        "not_a_number",
        "sites.csv",
        2,
        "max_it_mw",
    ),
    refused(
        "a number of another alphabet",
        swapped("sites.csv", ",600,900", ",٦٠٠,900"),
        "not_a_number",
        "sites.csv",
        2,
        "max_it_mw",
    ),
    refused(
        "Chinese numerals",
        swapped("sites.csv", ",600,900", ",六百,900"),
        "not_a_number",
        "sites.csv",
        2,
        "max_it_mw",
    ),
    refused(
        "a comma for the point",
        swapped("power.csv", "0.66", '"0,66"'),
        "not_a_number",
        "power.csv",
        2,
    ),
    refused(
        "more digits than a number has",
        swapped("power.csv", "0.66", "9" * 400),
        "not_a_number",
        "power.csv",
        2,
        "price_cny_per_kwh",
    ),
    refused(
        "semicolons",
        changed("power.csv", lambda d: d.replace(b",", b";")),
        "delimiter",
        "power.csv",
        1,
    ),
    refused(
        "tabs", changed("power.csv", lambda d: d.replace(b",", b"\t")), "delimiter", "power.csv", 1
    ),
    refused(
        "characters that are not seen",
        swapped("sites.csv", "GUIAN,", "GUI\u202eAN,"),
        "code_control",
        "sites.csv",
        3,
        "site",
    ),
    # sizes
    refused("a table of a gigabyte", sparse("demand.csv", 1000 * MB), "too_large", "demand.csv"),
    refused(
        "five million rows",
        repeated("demand.csv", b"520000,batch,2025,0.1,\n", 3_900_000),
        "too_long",
        "demand.csv",
    ),
    refused(
        "five million short rows",
        repeated("demand.csv", b"a\n", 5_000_000),
        "too_long",
        "demand.csv",
    ),
    refused(
        "a line of fifty megabytes",
        repeated("demand.csv", b"x", 50 * MB),
        "line_long",
        "demand.csv",
        8,
    ),
    refused(
        "a line of commas", repeated("demand.csv", b",", 50 * MB), "line_long", "demand.csv", 8
    ),
    refused(
        "a cell of half a megabyte",
        swapped("sites.csv", "Gui'an", "G" * 500_000),
        "csv_syntax",
        "sites.csv",
        3,
    ),
    refused(
        "twenty thousand columns",
        changed("pue.csv", lambda d: d.replace(b"\n", b",x" * 20_000 + b"\n", 1)),
        "too_wide",
        "pue.csv",
        1,
    ),
    refused(
        "a quote that swallows a megabyte",
        repeated("demand.csv", b'"' + b"x\n" * 500_000, 1),
        "csv_syntax",
        "demand.csv",
        8,
    ),
    refused(
        "ten thousand wrong cells",
        repeated("demand.csv", b"520000,batch,2025,much,\n", 10_000),
        "more_alike",
        "demand.csv",
    ),
)

DEEP = "[" * 10_000
BILLION = "x0: &a0 [1, 1]\n" + "".join(
    f"x{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]\n" for n in range(1, 40)
)


def setting(words: str, old: str = "base_year: 2023                 #") -> Damage:
    """The settings with one line replaced."""
    return swapped("model.yaml", old, f"{words}\n#")


YAML = "model.yaml"
SETTINGS: tuple[Case, ...] = (
    read("settings with the mark of UTF-8", recoded(YAML, "utf-8-sig")),
    read("settings in GB18030", recoded(YAML, "gb18030"), "gb18030"),
    read("settings with CRLF", changed(YAML, lambda d: d.replace(b"\n", b"\r\n"))),
    read(
        "settings with an alias",
        lambda folder: (
            replace(folder, YAML, "base_year: 2023", "base_year: &year 2023"),
            replace(folder, YAML, "money_year: 2025", "money_year: *year"),
            None,
        )[-1],
    ),
    refused("settings in UTF-16", recoded(YAML, "utf-16"), "not_utf8", YAML),
    refused("empty settings", put(YAML, b""), "missing_key", YAML),
    refused("settings of NUL bytes", put(YAML, b"\0" * 100), "not_utf8", YAML),
    refused("settings of a gigabyte", sparse(YAML, 1000 * MB), "too_large", YAML),
    refused(
        "settings of many values",
        more(YAML, "x: [" + "1, " * 1_000_000 + "1]\n"),
        "yaml_large",
        YAML,
    ),
    refused(
        "settings cut off", changed(YAML, lambda d: d[: d.index(b"zh:") + 4]), "yaml_syntax", YAML
    ),
    refused("a swarm of aliases", more(YAML, BILLION), "yaml_anchor", YAML),
    refused("an alias of itself", more(YAML, "x: &a [*a]\n"), "yaml_anchor", YAML),
    refused("an alias of nothing", more(YAML, "x: *nothing\n"), "yaml_syntax", YAML),
    refused(
        "an object of Python",
        more(YAML, "x: !!python/object/apply:os.system [id]\n"),
        "yaml_tag",
        YAML,
    ),
    refused("a tag of its own", more(YAML, "x: !include /etc/passwd\n"), "yaml_tag", YAML),
    refused("a key twice", more(YAML, "periods: [2030]\n"), "duplicate_key_yaml", YAML),
    refused(
        "a key twice inside",
        swapped(YAML, "discount_rate: 0.07", "discount_rate: 0.07\n  discount_rate: 0.7"),
        "duplicate_key_yaml",
        YAML,
        None,
        "economy.discount_rate",
    ),
    refused(
        "a merge key",
        swapped(YAML, "latency: ", "x: &x {basis: rtt}\nlatency:\n  <<: *x\n#"),
        "unknown_key",
        YAML,
        None,
        "latency.<<",
    ),
    refused("deep nesting", more(YAML, f"x: {DEEP}\n"), "yaml_syntax", YAML),
    refused("tabs for blanks", swapped(YAML, "  basis: rtt", "\tbasis: rtt"), "yaml_syntax", YAML),
    refused("two documents", more(YAML, "---\nlayout: 1\n"), "yaml_syntax", YAML),
    refused("an octal year", setting("base_year: 02023"), "yaml_number", YAML, None, "base_year"),
    refused("an octal code", swapped(YAML, "id: total-4", "id: 010"), "yaml_number", YAML),
    refused(
        "a number to base sixty", swapped(YAML, "value: 1.3", "value: 1:30"), "yaml_number", YAML
    ),
    refused("a hexadecimal number", swapped(YAML, "value: 1.3", "value: 0x1"), "yaml_number", YAML),
    refused(
        "no for a name",
        swapped(YAML, "{en: Two provinces", "{en: no"),
        "key_type",
        YAML,
        None,
        "title.en",
    ),
    refused(
        "a date for a year", setting("base_year: 2023-01-01"), "key_type", YAML, None, "base_year"
    ),
    refused("a date that is none", setting("base_year: 2023-02-31"), "yaml_syntax", YAML),
    refused(
        "a year of five thousand digits", setting("base_year: " + "9" * 5000), "yaml_syntax", YAML
    ),
    refused(
        "a year of four thousand digits", setting("base_year: " + "9" * 4000), "key_range", YAML
    ),
    refused(
        "a share that is no number",
        swapped(YAML, "discount_rate: 0.07", "discount_rate: .nan"),
        "key_type",
        YAML,
        None,
        "economy.discount_rate",
    ),
    refused(
        "an infinite price",
        swapped(YAML, "carbon_price_cny_per_t: 80", "carbon_price_cny_per_t: .inf"),
        "key_type",
        YAML,
        None,
        "economy.carbon_price_cny_per_t",
    ),
    refused(
        "a control character",
        swapped(YAML, "Two provinces", "Two\x07provinces"),
        "yaml_syntax",
        YAML,
        6,
    ),
    refused(
        "half a surrogate", swapped(YAML, "en: Two provinces", 'en: "\\ud800"'), "yaml_syntax", YAML
    ),
    refused("a list", put(YAML, "- layout: 1\n"), "yaml_syntax", YAML),
    refused("a word", put(YAML, "layout\n"), "yaml_syntax", YAML),
    refused(
        "JSON that is cut off", put(YAML, '{"layout": 1, "title": {"en": '), "yaml_syntax", YAML
    ),
    refused("a key of a list", more(YAML, "? [a, b]\n: 1\n"), "yaml_syntax", YAML),
    refused(
        "a version of YAML to come",
        changed(YAML, lambda d: b"%YAML 9.9\n---\n" + d),
        "yaml_syntax",
        YAML,
    ),
    refused(
        "a name that is endless", swapped(YAML, "Two provinces", "T" * 1_000_000), "key_text", YAML
    ),
    refused(
        "a thousand wrong keys",
        more(YAML, "".join(f"key{n}: 1\n" for n in range(1000))),
        "unknown_key",
        YAML,
    ),
)
