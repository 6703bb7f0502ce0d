"""What the product is made of: `bill` prints the parts as CycloneDX, `ask` asks whether one has a known weakness."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
# Not a part of the product: fetched when asked for, by its version.
AUDITOR = "pip-audit==2.10.1"
PATIENCE_SECONDS = 180
PACKAGE = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)((?:.*\\\n)?(?:\s+--hash=.*\n?)*)", re.MULTILINE)


def packages() -> list[tuple[str, str, list[str]]]:
    """Return name, version and hashes of each package that is locked; some differ from one Python to another."""
    return [
        (name, version, re.findall(r"sha256:([0-9a-f]{64})", rest))
        for name, version, rest in PACKAGE.findall(LOCK.read_text())
    ]


def bill() -> dict[str, Any]:
    """Return the product's parts in CycloneDX 1.5: packages with their hashes, and the browser's files."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    python: list[dict[str, Any]] = [
        {"type": "library", "name": name, "version": version, "purl": f"pkg:pypi/{name}@{version}", "hashes": hashes}
        for name, version, hashes in packages()
    ]
    browser: list[dict[str, Any]] = [
        {"type": "file", "name": str(path.relative_to(ROOT)), "hashes": [hashlib.sha256(path.read_bytes()).hexdigest()]}
        for path in sorted((ROOT / "static" / "vendor").rglob("*"))
        if path.is_file()
    ]
    for part in (*python, *browser):
        # A package has one for each file that it is offered as.
        part["hashes"] = [{"alg": "SHA-256", "content": digest} for digest in part["hashes"]]
    whole = {"type": "application", "name": project["name"], "version": project["version"]}
    told = {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1}
    return {**told, "metadata": {"component": whole}, "components": [*python, *browser]}


def known_weaknesses() -> list[str]:
    """Return a line for each locked package that is older than tools/advisories.toml allows."""
    floors = tomllib.loads((Path(__file__).parent / "advisories.toml").read_text())
    return [
        f"{name} {version}: from {floors[name]['from']} on ({floors[name]['why']})"
        for name, version, _ in packages()
        if name in floors and number_of(version) < number_of(floors[name]["from"])
    ]


def number_of(version: str) -> tuple[int, ...]:
    """Return a version's numbers for comparing; what follows them (rc1, post2) does not count."""
    numbers = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(part) for part in numbers[0].split(".")) if numbers else ()


def ask() -> int:
    """Print what is known against the locked packages; return 1 for a weakness, 0 for none, 3 for no answer."""
    uv = shutil.which("uv") or str(ROOT / ".venv" / "bin" / "uv")
    options = ["--require-hashes", "--disable-pip", "--progress-spinner", "off", "-f", "json", "-r", str(LOCK)]
    command = [uv, "tool", "run", "--from", AUDITOR, "pip-audit", *options]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)  # noqa: S603
        found = list(json.loads(done.stdout)["dependencies"])
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError, TypeError):
        sys.stdout.write("ADVISORIES WERE NOT ASKED: nobody answered. The stored ones are held against the locks.\n")
        return 1 if known_weaknesses() else 3
    lines = [
        f"{one['name']} {one['version']}: {weakness['id']} (mended in {', '.join(weakness['fix_versions']) or 'none'})"
        for one in found
        for weakness in one.get("vulns", ())
    ]
    sys.stdout.write("\n".join(lines or [f"{len(found)} packages, no known weakness"]) + "\n")
    return 1 if lines else 0


TOLD = {"bill": bill, "check": known_weaknesses}

if __name__ == "__main__":
    argument = sys.argv[1] if len(sys.argv) > 1 else ""
    if argument == "ask":
        sys.exit(ask())
    if argument not in TOLD:
        sys.exit("usage: parts.py bill|check|ask")
    told = TOLD[argument]()
    sys.stdout.write(json.dumps(told, indent=1) + "\n")
    sys.exit(1 if argument == "check" and told else 0)
