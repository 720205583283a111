"""What tables and charts read out of the measurements: only what is there."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Data = Mapping[str, Any]
OURS, BY_HAND, LIBRARY = "ours", "by hand", "library"
NATIVE = "native"
DOUBLE, SINGLE = "peers", "peers_float32"
"""The parts that have the peers' times in float64, and the libraries' in float32."""


@dataclass(frozen=True)
class Time:
    """Nanoseconds a row, the least and the most of them, and what was measured."""

    nanoseconds: float
    low: float
    high: float
    form: str
    rows: int


@dataclass(frozen=True)
class Comparison:
    """A case by every peer that was measured."""

    case: str
    rows: int
    bytes: float
    times: Mapping[str, Time]
    kinds: Mapping[str, str]
    skipped: Mapping[str, str]

    def ratio(self, peer: str) -> float | None:
        """Divide a peer's time by that of native code."""
        if peer not in self.times or NATIVE not in self.times:
            return None
        return self.times[peer].nanoseconds / self.times[NATIVE].nanoseconds

    def fastest(self, *kinds: str) -> str | None:
        """Find the fastest peer, of some kinds or of all."""
        chosen = [peer for peer in self.times if not kinds or self.kinds.get(peer) in kinds]
        return min(chosen, key=lambda peer: self.times[peer].nanoseconds, default=None)


def comparisons(data: Data, precision: str = DOUBLE) -> list[Comparison]:
    """List the cases that were compared in a precision."""
    part = section(data, precision)
    kinds = part.get("kinds") or {}
    return [
        Comparison(
            each["case"], each.get("rows") or 0, each.get("bytes") or 0, _times(each.get("times") or {}), kinds, each.get("skipped") or {}
        )
        for each in part.get("cases") or []
    ]


def peers_of(compared: Iterable[Comparison]) -> list[str]:
    """List the peers that have a time in any case, in the order of the kinds."""
    cases = list(compared)
    known = list(dict.fromkeys(peer for each in cases for peer in (*each.kinds, *each.times)))
    return [peer for peer in known if any(peer in each.times for each in cases)]


def absences(compared: Iterable[Comparison]) -> dict[str, dict[str, list[str]]]:
    """Collect, for each peer, the reasons for its absence and the cases of each; a peer that is nowhere mentioned has no reason."""
    found: dict[str, dict[str, list[str]]] = {}
    for each in compared:
        for peer in dict.fromkeys((*each.kinds, *each.skipped)):
            if peer not in each.times:
                reason = each.skipped.get(peer) or "not measured"
                found.setdefault(peer, {}).setdefault(reason, []).append(each.case)
    return found


def section(data: Data, name: str) -> Data:
    """Get a part of the measurements, empty if it is absent."""
    return data.get(name) or {}


def entries(part: Data, name: str, *needed: str) -> list[Data]:
    """List a part's entries whose needed numbers are all there and positive."""
    return [each for each in part.get(name) or [] if all(each.get(key) and each[key] > 0 for key in needed)]


def grouped(items: Iterable[Data], *keys: str) -> dict[tuple[Any, ...], list[Data]]:
    """Group entries by the values of some keys, in the order of their first."""
    groups: dict[tuple[Any, ...], list[Data]] = {}
    for each in items:
        groups.setdefault(tuple(each.get(key) for key in keys), []).append(each)
    return groups


def geometric_mean(ratios: Iterable[float | None]) -> float | None:
    """Average ratios, of those that are there."""
    known = [math.log(ratio) for ratio in ratios if ratio]
    return math.exp(sum(known) / len(known)) if known else None


def mean_ratio(compared: Iterable[Comparison], kind: str) -> float | None:
    """Average the ratios of the fastest of a kind to native code."""
    fastest = ((each, each.fastest(kind)) for each in compared)
    return geometric_mean(each.ratio(peer) for each, peer in fastest if peer)


def _times(times: Data) -> dict[str, Time]:
    known = {peer: time for peer, time in times.items() if time and time.get("nanoseconds")}
    return {
        peer: Time(
            time["nanoseconds"], time.get("low") or time["nanoseconds"], time.get("high") or time["nanoseconds"],
            time.get("form") or "", time.get("rows") or 0,
        )
        for peer, time in known.items()
    }  # fmt: skip
