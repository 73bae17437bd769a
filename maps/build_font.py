"""Make `maps/vendor/fonts/` anew from Noto Sans CJK SC (a script for developers).

    apt-get download fonts-noto-cjk && dpkg-deb -x fonts-noto-cjk_*.deb noto
    python maps/build_font.py noto/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc

Kept are the characters of GB 2312, those that the names of China's districts need besides, and
those of every label and table that we ship. The outlines become quadratic, so that the font can
stand in a PDF as TrueType. The licence (OFL 1.1) asks that a changed font not bear a reserved name;
ours is called Layout Sans.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path
from typing import Any

from fontTools import subset
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTCollection, TTFont, newTable

ROOT = Path(__file__).resolve().parents[1]
HERE = ROOT / "maps" / "vendor" / "fonts"
FACE = "Noto Sans CJK SC"
FAMILY = "Layout Sans"
FILE = "layout-sans.ttf"
MOST_ERROR = 1.0
"""How far a quadratic curve may leave the cubic one, in thousandths of the type size."""

DISTRICTS = "埇埗沚浉瀍猇硚鄠"
"""Characters of districts' names that GB 2312 has not."""

RANGES = (
    (0x20, 0x7E), (0xA0, 0xFF), (0x100, 0x17F), (0x391, 0x3C9), (0x2010, 0x2027), (0x2030, 0x203B),
    (0x2070, 0x209C), (0x2160, 0x216B), (0x2190, 0x2199), (0x2200, 0x22FF), (0x2460, 0x2473),
    (0x2500, 0x257F), (0x25A0, 0x25FF), (0x2605, 0x2606), (0x2713, 0x2717), (0x3000, 0x3020),
    (0xFF01, 0xFF5E), (0xFFE0, 0xFFE6),
)  # fmt: skip
"""Latin, Greek, punctuation, sub- and superscripts, arrows, signs, marks, full-width forms."""


def main() -> None:
    """Read the collection, write the font and its checksums."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("collection", type=Path, help="NotoSansCJK-Regular.ttc")
    parser.add_argument("-o", "--output", type=Path, default=HERE, help="folder to write to")
    arguments = parser.parse_args()
    font = quadratic(reduced(face(arguments.collection), characters()))
    rename(font)
    arguments.output.mkdir(parents=True, exist_ok=True)
    font.save(arguments.output / FILE)
    lines = [
        f"{hashlib.sha256((arguments.output / name).read_bytes()).hexdigest()}  {name}\n"
        for name in (FILE, "LICENSE")
        if (arguments.output / name).is_file()
    ]
    (arguments.output / "SHA256SUMS").write_text("".join(lines), "utf-8")
    print(f"{len(font.getBestCmap())} characters in {arguments.output / FILE}")


def face(collection: Path) -> TTFont:
    """The simplified Chinese face."""
    faces = TTCollection(str(collection), lazy=True).fonts
    found = [one for one in faces if one["name"].getDebugName(4) == FACE]
    if not found:
        raise SystemExit(f"{collection} has no face {FACE}")
    return found[0]


def characters() -> set[int]:
    """GB 2312, the ranges above, and whatever our labels and tables say."""
    wanted = {ord(character) for character in DISTRICTS}
    for first, last in RANGES:
        wanted.update(range(first, last + 1))
    for row in range(0xB0, 0xF8):
        for cell in range(0xA1, 0xFF):
            try:
                wanted.add(ord(bytes((row, cell)).decode("gb2312")))
            except UnicodeDecodeError:
                continue
    for folder in ("layout/labels", "data", "models", "maps/boundaries"):
        for file in sorted((ROOT / folder).rglob("*")):
            if file.suffix in (".csv", ".yaml", ".geojson"):
                wanted.update(map(ord, file.read_text("utf-8")))
    return {code for code in wanted if code >= 0x20}


def reduced(font: TTFont, wanted: set[int]) -> TTFont:
    """The font with only those characters, and without layout features that a map needs not."""
    options = subset.Options(
        layout_features=["kern", "locl"], hinting=False, notdef_outline=True, name_IDs=["*"]
    )
    options.drop_tables += ["vhea", "vmtx", "VORG", "BASE", "GPOS", "GSUB"]
    maker = subset.Subsetter(options)
    maker.populate(unicodes=wanted)
    maker.subset(font)
    return font


def quadratic(font: TTFont) -> TTFont:
    """The font with TrueType outlines instead of CFF ones."""
    order = font.getGlyphOrder()
    glyphs: dict[str, Any] = {}
    shapes = font.getGlyphSet()
    for name in order:
        pen = TTGlyphPen(None)
        shapes[name].draw(Cu2QuPen(pen, MOST_ERROR, reverse_direction=True))
        glyphs[name] = pen.glyph()
    font["loca"] = newTable("loca")
    font["glyf"] = table = newTable("glyf")
    table.glyphOrder = order
    table.glyphs = glyphs
    for name, glyph in glyphs.items():
        glyph.recalcBounds(table)
        width, _ = font["hmtx"][name]
        font["hmtx"][name] = (width, getattr(glyph, "xMin", 0))
    del font["CFF "]
    limits = font["maxp"]
    limits.tableVersion = 0x00010000
    limits.maxZones, limits.maxTwilightPoints, limits.maxStorage = 1, 0, 0
    limits.maxFunctionDefs = limits.maxInstructionDefs = limits.maxStackElements = 0
    limits.maxSizeOfInstructions = limits.maxComponentElements = limits.maxComponentDepth = 0
    font["post"].formatType = 3.0
    font.sfntVersion = "\000\001\000\000"
    font["head"].glyphDataFormat = 0
    font.recalcTimestamp = False
    return font


def rename(font: TTFont) -> None:
    """Our own name; copyright and licence stay."""
    names = font["name"]
    names.names = [one for one in names.names if one.nameID in (0, 5, 13, 14)]
    for number, words in ((1, FAMILY), (2, "Regular"), (4, FAMILY), (6, "LayoutSans-Regular"),
                          (3, f"{FAMILY}; subset of Noto Sans CJK SC")):  # fmt: skip
        names.setName(words, number, 3, 1, 0x409)


if __name__ == "__main__":
    main()
