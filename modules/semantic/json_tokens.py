"""The two functions that the plan's SQL calls (src/sql/spark.ts): tokens of JSON, and whole matches of a pattern."""

from __future__ import annotations

import json
import re
from json.encoder import encode_basestring
from typing import Any, Callable, Optional

import patterns


class Number(str):
    """A JSON number, as its text."""


def number_text(text: str) -> str:
    """A fractional number as DuckDB prints it: the shortest digits of its double, in ECMAScript's notation."""
    value = float(text)
    if value in (float("inf"), float("-inf")):
        return text
    shortest = repr(value)
    if "e" not in shortest:
        return shortest
    mantissa, _, exponent = shortest.lstrip("-").partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).rstrip("0")
    point = len(whole) + int(exponent)
    sign = "-" if shortest.startswith("-") else ""
    if len(digits) <= point <= 21:
        return f"{sign}{digits}{'0' * (point - len(digits))}.0"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    rest = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{rest}e{point - 1}"


def string_token(text: str) -> str:
    """A string as DuckDB prints it: hex digits of escapes in upper case."""
    token = encode_basestring(text)
    if "\\u" not in token:
        return token
    return re.sub(r"\\(u.{4}|.)", lambda escape: "\\" + escape[1][:1] + escape[1][1:].upper(), token)


def token_text(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, str):
        return string_token(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{string_token(k)}:{token_text(v)}" for k, v in value.items()) + "}"
    assert isinstance(value, list)
    return "[" + ",".join(map(token_text, value)) + "]"


# Objects that this Python worker has created. Functions are sent to workers by value; decoders and patterns cannot be sent.
MADE: dict[str, Any] = {}


def made(key: str, make: Callable[[], Any]) -> Any:
    if key not in MADE:
        MADE[key] = make()
    return MADE[key]


def decoder() -> Callable[[str], object]:
    integer = lambda text: Number("0" if text == "-0" else text)  # noqa: E731
    return json.JSONDecoder(parse_int=integer, parse_float=lambda text: Number(number_text(text))).decode


def json_tokens(document: Optional[str], paths: Optional[str]) -> Optional[list[Optional[str]]]:
    """The token at each path, None if there is none. `paths`: a JSON array of arrays of keys and indices. Parses once."""
    if document is None or paths is None:
        return None
    root = made("", decoder)(document)
    return [token_at(root, path) for path in made(paths, lambda: json.loads(paths))]


def token_at(value: Any, path: list[Any]) -> Optional[str]:
    for step in path:
        if isinstance(step, str):
            if not isinstance(value, dict) or step not in value:
                return None
        elif not isinstance(value, list) or step >= len(value):
            return None
        value = value[step]
    return token_text(value)


def matches_whole(text: Optional[str], pattern: str) -> Optional[bool]:
    if text is None:
        return None
    matcher: patterns.Pattern = made(pattern, lambda: patterns.Pattern(pattern))
    return matcher.matches(text)
