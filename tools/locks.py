"""Keep the locks: `update` makes them from what is asked for with uv, `check` looks for addresses in them, offline."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = {
    "requirements.lock": ["pyproject.toml"],
    "requirements-dev.lock": ["--group", "dev", "pyproject.toml"],
    "strangers/requirements.lock": ["strangers/requirements.in"],
    "strangers/freqtrade.lock": ["strangers/freqtrade.in"],
}
# These carry addresses by nature: where packages come from is each machine's own affair.
UNWANTED = ("uv.lock", "pylock.toml", "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml")
ADDRESSES = ("://", "--index", "--extra-index", "--find-links", "--trusted-host", "git+")


def update() -> None:
    for name, options in LOCKS.items():
        made = ["--universal", "--generate-hashes", "--no-header", "--no-annotate", "--python-version", "3.11"]
        command = ["uv", "pip", "compile", "-q", *made, *options, "-o", name]
        subprocess.run(command, cwd=ROOT, check=True)  # noqa: S603 - our own command


def problems() -> list[str]:
    """Return one line per lock that has an address, or a package without hashes."""
    lines = [f"{name} must not be committed" for name in UNWANTED if (ROOT / name).exists()]
    for name in LOCKS:
        text = (ROOT / name).read_text()
        lines += [f"{name}: contains {address}" for address in ADDRESSES if address in text]
        lines += [f"{name}: {package} has no hash" for package in without_hash(text)]
    return lines


def without_hash(text: str) -> list[str]:
    blocks = text.replace("\\\n", " ").splitlines()
    return [block.split("==")[0] for block in blocks if "==" in block and "--hash=sha256:" not in block]


def main(argument: str) -> None:
    if argument == "update":
        update()
    elif argument == "check":
        sys.exit("\n".join(problems()) or 0)
    else:
        sys.exit("usage: locks.py update|check")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
