"""What a packet says beside what comes out of its tables: within which tolerance they agree, and what differs.

Ids are pseudonyms, so that subjects are summed in another order: numbers agree to TOLERANCE, and not to the last bit.
An interval, or a p, that was drawn at random comes from other draws, as they follow the order of subjects. Where few
clips can take few values its end jumps between them; so what lies further away than TOLERANCE is held against REDRAWN
more sets of draws, and has to lie among those.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple, TypeGuard

from evalkit.records import Estimate, Slope, StratumEstimate, Verdict

RELATIVE, ABSOLUTE = 1e-6, 1e-9
DRAWN_SHARE, DRAWN_P = 0.1, 0.01  # of an interval's width, and of p, where they come from random draws
REDRAWN = 39  # 1 in 20 honest ends lies beyond all of these, and seldom by more than DRAWN_SHARE
TOLERANCE = (
    f"{RELATIVE:g} of the value, or {ABSOLUTE:g} where that is more; where an interval was drawn at random,"
    f" {DRAWN_SHARE:g} of its width, and {DRAWN_P:g} for p, of what one of {REDRAWN + 1} sets of draws gives"
)
_WORDS = frozenset(
    {"population", "note", "method", "reason", "sentence", "drop_note"}
)  # not numbers: a version may say them otherwise
_DRAWN = frozenset({"low", "high", "p", "p_adjusted"})
Row = Estimate | StratumEstimate | Slope | Verdict
Again = Callable[[int], Any]  # the same by the n-th other set of draws


class _Odd(NamedTuple):
    """A place where two values differ; `spread` is None where no random draws can be the reason."""

    place: tuple[str, ...]
    old: Any
    new: Any
    spread: float | None
    words: str = ""


def compared(
    kind: str,
    said: Iterable[Row],
    found: Iterable[Row],
    name_of: Callable[[Any], str],
    again: Again | None = None,
) -> list[str]:
    """What differs between the rows of a packet and those made again, in words. `again` gives rows, too."""
    by_name = {name_of(row): asdict(row) for row in said}, {name_of(row): asdict(row) for row in found}
    redrawn = None if again is None else lambda number: {name_of(row): asdict(row) for row in again(number)}
    return compared_json(kind, *by_name, redrawn)


def compared_json(kind: str, said: Any, found: Any, again: Again | None = None) -> list[str]:
    """What differs between two values of JSON, by the place; words are not compared."""
    odd = list(_places(said, found, (), {}))
    unsettled = {each.place for each in odd if each.spread is not None}
    others: list[Any] = []
    while again is not None and unsettled and len(others) < REDRAWN:  # drawing is slow, and the first few settle most
        others.append(again(len(others) + 1))
        unsettled -= {each.place for each in odd if each.place in unsettled and _among(each, others)}
    return [_told(kind, each) for each in odd if each.spread is None or each.place in unsettled]


def _told(kind: str, odd: _Odd) -> str:
    first, *more = odd.place or ("",)
    where = f"{kind} {first}".rstrip() + (f": {'.'.join(more)}" if more else "")
    if odd.words:
        return f"{where}: {odd.words}"
    return f"{where} is {_short(odd.old)}, comes out as {_short(odd.new)}"


def _places(old: Any, new: Any, place: tuple[str, ...], around: Mapping[str, Any]) -> Iterator[_Odd]:
    """`around` is the table that a value stands in: its interval says how far other draws may be."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted(old.keys() | new.keys()):
            where = (*place, str(key))
            if key not in new:
                yield _Odd(where, old[key], None, None, "is in the packet, and does not come out")
            elif key not in old:
                yield _Odd(where, None, new[key], None, "comes out, and is not in the packet")
            elif not (key in _WORDS and isinstance(old[key], str) and isinstance(new[key], str)):
                yield from _places(old[key], new[key], where, new)
    elif _is_list(old) and _is_list(new) and len(old) == len(new):
        for number, pair in enumerate(zip(old, new, strict=True)):
            yield from _places(*pair, (*place, str(number)), {})
    elif not _same(old, new, spread := _spread(around, place[-1] if place else "")):
        yield _Odd(place, old, new, spread)


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _spread(table: Mapping[str, Any], key: str) -> float | None:
    """How far an interval's end, or p, may be from another set of draws; None for what is not drawn."""
    if key not in _DRAWN or not is_drawn(table):
        return None
    if key in ("p", "p_adjusted"):
        return DRAWN_P
    low, high = (table.get(end) for end in ("low", "high"))
    return DRAWN_SHARE * abs(high - low) if _is_number(low) and _is_number(high) else 0.0


def is_drawn(table: Mapping[str, Any]) -> bool:
    """True of what has an interval and p by random draws: other names of subjects, other draws."""
    return "bootstrap" in str(table.get("method", ""))


def _among(odd: _Odd, others: Sequence[Any]) -> bool:
    """Whether a number of the packet lies among those of other draws, or is missing there too."""
    found = [_at(other, odd.place) for other in others]
    if odd.old is None:
        return None in found
    numbers = [value for value in found if _is_number(value)]
    if not numbers or not _is_number(odd.old):
        return False
    return bool(min(numbers) - (odd.spread or 0.0) <= odd.old <= max(numbers) + (odd.spread or 0.0))


def _at(value: Any, place: Iterable[str]) -> Any:
    for part in place:
        if isinstance(value, Mapping):
            value = value.get(part)
        else:
            value = value[int(part)] if _is_list(value) and int(part) < len(value) else None
    return value


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 80 else f"{text[:77]}..."  # a packet's own text could be endless


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _same(old: Any, new: Any, spread: float | None) -> bool:
    if _is_number(old) and _is_number(new):
        return math.isclose(old, new, rel_tol=RELATIVE, abs_tol=max(ABSOLUTE, spread or 0.0))
    return bool(old == new)
