"""Vendor Leaflet anew into `maps/vendor/leaflet/` (a script for developers).

    npm pack leaflet@1.9.4
    python maps/build_assets.py leaflet-1.9.4.tgz

The script and the style sheet are written without source-map comments, pictures become data URIs,
so that a page that inlines them asks for nothing else. Leaflet 2 removes the global `L` that folium
needs: stay with 1.9.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import re
import tarfile
from pathlib import Path, PurePosixPath

VERSION = "1.9.4"
HERE = Path(__file__).resolve().parent / "vendor" / "leaflet"


def main() -> None:
    """Read the package, write script, style sheet, licence and checksums."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("package", type=Path, help=f"leaflet-{VERSION}.tgz as npm packs it")
    parser.add_argument("-o", "--output", type=Path, default=HERE, help="folder to write to")
    arguments = parser.parse_args()
    files = unpacked(arguments.package)
    if f'"version": "{VERSION}"'.encode() not in files["package.json"]:
        raise SystemExit(f"expected version {VERSION} of leaflet in {arguments.package}")
    written = {
        "leaflet.js": script(files["dist/leaflet.js"].decode()).encode(),
        "leaflet.css": style(files["dist/leaflet.css"].decode(), files).encode(),
        "LICENSE": files["LICENSE"],
    }
    arguments.output.mkdir(parents=True, exist_ok=True)
    sums = ""
    for name, body in sorted(written.items()):
        (arguments.output / name).write_bytes(body)
        sums += f"{hashlib.sha256(body).hexdigest()}  {name}\n"
    (arguments.output / "SHA256SUMS").write_text(sums, "utf-8")


def unpacked(package: Path) -> dict[str, bytes]:
    """Path inside the package → content."""
    files = {}
    with tarfile.open(package) as archive:
        for member in archive.getmembers():
            content = archive.extractfile(member)
            if content is not None:
                files[str(PurePosixPath(member.name).relative_to("package"))] = content.read()
    return files


def script(code: str) -> str:
    """Without its source-map line; refuses what would end a <script> element early."""
    code = re.sub(r"\n?//[#@] ?sourceMappingURL=.*", "", code)
    if re.search(r"</script|<!--", code, re.IGNORECASE):
        raise SystemExit("the script holds </script or <!-- and cannot be inlined as it is")
    return code.rstrip() + "\n"


def style(code: str, files: dict[str, bytes]) -> str:
    """With its pictures as data URIs; fragments of the page (#…) stay."""

    def picture(match: re.Match[str]) -> str:
        name = match.group(1).strip("'\"")
        if name.startswith("#"):
            return match.group(0)
        body = base64.b64encode(files[f"dist/{name}"]).decode()
        return f"url(data:image/png;base64,{body})"

    return re.sub(r"url\(([^)]+)\)", picture, code).replace("\r\n", "\n")


if __name__ == "__main__":
    main()
