#!/usr/bin/env python3
"""Keep the vendored browser files equal to vendor.toml.

    scripts/vendor.py check     compare every committed file with its hash, version and licence
    scripts/vendor.py update    fetch the named versions with npm, check, write files and hashes

Standard library only. `check` needs neither npm nor the network.
"""

import argparse
import base64
import hashlib
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
MANIFEST = ROOT / "vendor.toml"
FOLDER = ROOT / "portal" / "static" / "portal" / "vendor"
LICENCES = {"MIT", "0BSD", "OFL-1.1", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC"}
# collectstatic with hashed names stops at a map that is not there.
SOURCE_MAP = re.compile(rb"\n?(/\*# sourceMappingURL=[^*]*\*/|//# sourceMappingURL=\S*)\s*$")
SVG_BODY = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
SVG_BACKGROUND = re.compile(r'<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*/>')


class VendorError(Exception):
    """A fetched or committed file is not what vendor.toml says."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("command", choices=["check", "update"])
    command = parser.parse_args().command
    assets = tomllib.loads(MANIFEST.read_text(encoding="utf-8"))["asset"]
    try:
        problems = update(assets) if command == "update" else check(assets)
    except VendorError as error:
        problems = [str(error)]
    for problem in problems:
        print(f"vendor: {problem}", file=sys.stderr)
    if not problems:
        print(f"vendor: {command} of {len(assets)} packages is fine")
    return 1 if problems else 0


def check(assets: list[dict[str, Any]], folder: Path = FOLDER) -> list[str]:
    """Return a sentence for everything that differs; an empty list means all is well."""
    problems = [problem for asset in assets for problem in check_facts(asset)]
    known = set()
    for entry in entries(assets):
        path = (folder / entry["to"]).resolve()
        known.add(path)
        if not path.is_file():
            problems.append(f"{entry['to']} is missing; run scripts/vendor.py update")
        elif (found := digest(path.read_bytes())) != entry["sha256"]:
            problems.append(f"{entry['to']} has sha256 {found}, vendor.toml says {entry['sha256']}")
    strangers = {path.resolve() for path in folder.iterdir()} - known
    problems += [f"{path.name} is not named in vendor.toml" for path in sorted(strangers)]
    return problems


def check_facts(asset: dict[str, Any]) -> Iterator[str]:
    name, version = asset["name"], asset["version"]
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        yield f"{name}: {version} is not an exact version"
    if asset["source"] != f"npm:{name}@{version}":
        yield f"{name}: source {asset['source']} does not name {name}@{version}"
    if asset["licence"] not in LICENCES:
        yield f"{name}: licence {asset['licence']} is not on the list of accepted ones"
    if not any(entry["to"].endswith(".LICENSE.txt") for entry in asset["files"]):
        yield f"{name}: the licence text is not among its files"
    if any(entry["from"].startswith("dist/libs") for entry in asset["files"]):
        yield f"{name}: dist/libs holds other projects' files under other licences"


def update(assets: list[dict[str, Any]]) -> list[str]:
    """Fetch every package, write its files and put their hashes into vendor.toml."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    text = MANIFEST.read_text(encoding="utf-8")
    for asset in assets:
        with tempfile.TemporaryDirectory() as scratch:
            package = fetch(asset, Path(scratch))
            for entry in asset["files"]:
                content = SOURCE_MAP.sub(b"", (package / entry["from"]).read_bytes())
                text = write(entry, content, text)
            if sprite := asset.get("sprite"):
                text = write(sprite, build_sprite(package / sprite["from"], sprite["icons"]), text)
    MANIFEST.write_text(text, encoding="utf-8")
    return check(tomllib.loads(text)["asset"])


def fetch(asset: dict[str, Any], scratch: Path) -> Path:
    """Fetch one package with npm, compare its integrity, return the unpacked folder."""
    wanted = asset["source"].removeprefix("npm:")
    command = ["npm", "pack", wanted, "--silent", "--pack-destination", str(scratch)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    archives = list(scratch.glob("*.tgz"))
    if done.returncode != 0 or len(archives) != 1:
        raise VendorError(f"npm pack {wanted} failed: {done.stderr.strip()[-300:]}")
    found = base64.b64encode(hashlib.sha512(archives[0].read_bytes()).digest()).decode()
    if f"sha512-{found}" != asset["integrity"]:
        raise VendorError(f"{wanted} has integrity sha512-{found}, not {asset['integrity']}")
    with tarfile.open(archives[0]) as archive:
        archive.extractall(scratch, filter="data")
    return scratch / "package"


def build_sprite(folder: Path, icons: list[str]) -> bytes:
    """Join single SVG files into one with a symbol for each, without their own size and stroke."""
    symbols = [sprite_symbol(name, folder / f"{name}.svg") for name in sorted(icons)]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"
    ).encode()


def sprite_symbol(name: str, path: Path) -> str:
    match = SVG_BODY.search(path.read_text(encoding="utf-8"))
    if match is None:
        raise VendorError(f"{path} holds no <svg> element")
    shapes = re.sub(r"\s*\n\s*", "", SVG_BACKGROUND.sub("", match[1]))
    return f'<symbol id="{name}" viewBox="0 0 24 24">{shapes}</symbol>'


def write(entry: dict[str, Any], content: bytes, text: str) -> str:
    """Write one file and return the manifest's text with its new hash."""
    (FOLDER / entry["to"]).resolve().write_bytes(content)
    line = re.compile(rf'(to = "{re.escape(entry["to"])}"(?:, |\n)sha256 = ")[^"]*(")')
    text, replaced = line.subn(rf"\g<1>{digest(content)}\g<2>", text)
    if replaced != 1:
        raise VendorError(f"vendor.toml needs one sha256 after to = {entry['to']!r}")
    return text


def entries(assets: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for asset in assets:
        yield from asset["files"]
        if "sprite" in asset:
            yield asset["sprite"]


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
