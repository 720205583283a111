"""Results as they are nested: tuples, lists and dicts of arrays, taken apart and put together again after an example."""

from collections.abc import Iterator, Sequence
from typing import Any


def leaves(example: Any) -> list[Any]:
    """Return what is nested, one after another."""
    return [leaf for _, inner in _items(example) for leaf in leaves(inner)] if _is_nested(example) else [example]


def leaves_like(what: str, example: Any, value: Any) -> list[Any]:
    """Return what is nested as an example is, one after another; `ValueError` if it is not."""
    if not _is_nested(example):
        return [value]
    expected = f"{what}: expected {_described(example)}, as the results are"
    if isinstance(example, dict):
        if not isinstance(value, dict) or value.keys() != example.keys():
            raise ValueError(f"{expected}, got {_described(value)}")
    elif not isinstance(value, (tuple, list)) or len(value) != len(example):
        raise ValueError(f"{expected}, got {_described(value)}")
    return [leaf for key, inner in _items(example) for leaf in leaves_like(what, inner, value[key])]


def nested(example: Any, found: Sequence[Any]) -> Any:
    """Return what stands one after another nested as an example is."""
    return _nested(example, iter(found))


def _nested(example: Any, found: Iterator[Any]) -> Any:
    if not _is_nested(example):
        return next(found)
    inner = [_nested(each, found) for _, each in _items(example)]
    if isinstance(example, dict):
        return dict(zip(example, inner, strict=True))
    return type(example)._make(inner) if hasattr(example, "_make") else type(example)(inner)


def _is_nested(value: Any) -> bool:
    return isinstance(value, (tuple, list, dict))


def _items(value: Any) -> list[tuple[Any, Any]]:
    return list(value.items() if isinstance(value, dict) else enumerate(value))


def _described(value: Any) -> str:
    if isinstance(value, dict):
        return f"a dict with {', '.join(map(repr, value)) or 'nothing'}"
    if isinstance(value, (tuple, list)):
        names = f" ({', '.join(value._fields)})" if hasattr(value, "_fields") else ""
        return f"a tuple of {len(value)}{names}"
    return type(value).__name__
