"""Where an exchange's answers differ from ours: paths, and what stands there on either side."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from trial.shapes import Shape


@dataclass(frozen=True, kw_only=True)
class Difference:
    """`request` and `path` say where; `ours` is what the practice exchange sends, `theirs` what came."""

    request: str
    path: str
    ours: str
    theirs: str

    def row(self) -> dict[str, str]:
        return asdict(self)


def differences(request: str, ours: Shape, theirs: Shape) -> Iterator[Difference]:
    """Yield each place at which the kinds differ; lengths may, and so may what only one of many rows has."""
    for path in sorted({*ours, *theirs}):
        if path not in theirs:
            if _is_there(_above(path), theirs):
                yield Difference(request=request, path=path, ours=_said(ours[path]), theirs="nothing")
        elif path not in ours:
            if _is_there(_above(path), ours):
                yield Difference(request=request, path=path, ours="nothing", theirs=_said(theirs[path]))
        elif new := {kind for kind in theirs[path] if not _fits(kind, ours[path])}:
            yield Difference(request=request, path=path, ours=_said(ours[path]), theirs=_said(new))


def _above(path: str) -> str:
    return path.removesuffix("[]") if path.endswith("[]") else path.rpartition(".")[0]


def _is_there(path: str, shape: Shape) -> bool:
    """Say whether a place holds things: of an empty list nothing can be missing."""
    return bool(shape.get(path, set()) & {"object", "list"})


def _fits(kind: str, known: set[str]) -> bool:
    """Say whether a kind is known at a place, whatever its length; an empty list fits a full one."""
    base = kind.partition(",")[0]
    if base.startswith("empty list") and "list" in known:
        return True
    bases = {one.partition(",")[0] for one in known}
    is_word, is_code = base.startswith("word "), base.startswith("code ")
    return (
        base in bases
        # A word fits where texts stand, and a code where others do.
        or (is_word and "text" in bases)
        or (is_code and any(one.startswith("code ") for one in bases))
    )


def _said(kinds: set[str]) -> str:
    return " or ".join(sorted(kinds))
