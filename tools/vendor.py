"""Keep what is vendored, for pages and for tests: `update` fetches it, `check` compares it with the lock, offline."""

import base64
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
WANTED = HERE / "vendor.toml"
LOCK = HERE / "vendor.lock.json"
OUT = HERE.parent / "static" / "vendor"
# What only tests need: it is no file that a server sends.
TESTS_OUT = HERE.parent / "tests" / "browser" / "vendor"
LICENCE_NAMES = ("LICENSE", "LICENCE", "COPYING")


def integrity(content: bytes, algorithm: str = "sha384") -> str:
    return f"{algorithm}-" + base64.b64encode(hashlib.new(algorithm, content).digest()).decode()


def fetch(name: str, version: str, directory: Path) -> tuple[Path, str]:
    """Download one package; raises SystemExit when it is not what the registry promised."""
    command = ["npm", "pack", "--json", f"{name}@{version}"]
    done = subprocess.run(command, cwd=directory, check=True, capture_output=True, text=True)  # noqa: S603 - from vendor.toml
    answer = json.loads(done.stdout)
    # npm 12 answers with an object by name, older ones with a list.
    info = answer[0] if isinstance(answer, list) else next(iter(answer.values()))
    archive = directory / info["filename"]
    if integrity(archive.read_bytes(), "sha512") != info["integrity"]:
        sys.exit(f"{name}: the download does not match its hash")
    return archive, info["integrity"]


def licence_member(archive: tarfile.TarFile, name: str) -> str:
    for member in archive.getnames():
        if member.count("/") == 1 and Path(member).name.upper().startswith(LICENCE_NAMES):
            return member
    sys.exit(f"{name}: no licence in the package")


def unpack(package: dict[str, Any], path: Path) -> dict[str, str]:
    """Copy the wanted files and the licence; returns each file's hash."""
    target = (TESTS_OUT if package.get("is_for_tests") else OUT) / package["directory"]
    target.mkdir(parents=True)
    hashes = {}
    with tarfile.open(path) as archive:
        wanted = [f"package/{name}" for name in package["files"]]
        for member in [*wanted, licence_member(archive, package["name"])]:
            stream = archive.extractfile(member)
            if stream is None:
                sys.exit(f"{package['name']}: {member} is not a file")
            content = stream.read()
            (target / Path(member).name).write_bytes(content)
            hashes[f"{target.name}/{Path(member).name}"] = integrity(content)
    return hashes


def update() -> None:
    lock = {}
    for home in (OUT, TESTS_OUT):
        shutil.rmtree(home, ignore_errors=True)
    for package in tomllib.loads(WANTED.read_text())["package"]:
        with tempfile.TemporaryDirectory() as directory:
            path, promised = fetch(package["name"], package["version"], Path(directory))
            lock[package["name"]] = {
                "version": package["version"],
                "licence": package["licence"],
                "integrity": promised,
                "files": unpack(package, path),
            }
    LOCK.write_text(json.dumps(lock, indent=1, sort_keys=True) + "\n")


def problems() -> list[str]:
    """Return one line per file that is missing, changed or not in the lock."""
    lock = json.loads(LOCK.read_text())
    expected = {name: value for entry in lock.values() for name, value in entry["files"].items()}
    present = {
        str(path.relative_to(home)): integrity(path.read_bytes())
        for home in (OUT, TESTS_OUT)
        for path in home.rglob("*")
        if path.is_file()
    }
    wanted = {package["name"]: package["version"] for package in tomllib.loads(WANTED.read_text())["package"]}
    lines = [f"{name}: differs from the lock" for name in expected if present.get(name) != expected[name]]
    lines += [f"{name}: is in no package" for name in present if name not in expected]
    if wanted != {name: entry["version"] for name, entry in lock.items()}:
        lines.append("vendor.toml and vendor.lock.json name different packages")
    return lines


def main(argument: str) -> None:
    if argument == "update":
        update()
    elif argument == "check":
        sys.exit("\n".join(problems()) or 0)
    else:
        sys.exit("usage: vendor.py update|check")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
