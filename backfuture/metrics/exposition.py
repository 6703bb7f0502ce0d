"""The text format of Prometheus: families of figures, each with what it means and its samples."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

# What each name begins with on the page.
PREFIX = "backfuture_"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
Samples = Sequence[tuple[Mapping[str, str], float]]


@dataclass(frozen=True)
class Family:
    """Figures of one name, which is without our prefix; `kind` is gauge or counter."""

    name: str
    says: str
    samples: Samples
    kind: str = "gauge"


def only(value: float | None) -> Samples:
    """Return the samples of a family that has one without labels; None where nothing is that old, or there."""
    return [({}, value or 0.0)]


def written(families: Iterable[Family]) -> str:
    """Return the page as Prometheus reads it."""
    lines = []
    for family in families:
        name = f"{PREFIX}{family.name}"
        lines += [f"# HELP {name} {_escaped(family.says)}", f"# TYPE {name} {family.kind}"]
        lines += [f"{name}{_labels(labels)} {value:.17g}" for labels, value in family.samples]
    return "\n".join(lines) + "\n"


def _labels(labels: Mapping[str, str]) -> str:
    quoted = ('{}="{}"'.format(name, _escaped(str(value)).replace('"', '\\"')) for name, value in labels.items())
    return f"{{{','.join(quoted)}}}" if labels else ""


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")
