"""Values that a configuration may have, for tests of properties."""

from __future__ import annotations

from typing import Final

from hypothesis import strategies as st

from components import notions

ENVIRONMENT_NAMES: Final = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True).filter(
    lambda name: name not in {"PATH", "PYTHONPATH"}
)
VALUES: Final = st.one_of(
    st.text(alphabet="\"'\\$`%@ \n\taé🛒{}();#", max_size=30),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30),
).filter(lambda value: all(map(notions._is_character, value)))
APP_NAMES: Final = st.from_regex(r"[a-z][a-z0-9-]{1,28}[a-z0-9]", fullmatch=True)
STACK_NAMES: Final = st.from_regex(r"[A-Za-z0-9_.-]{1,100}", fullmatch=True)  # as Pulumi allows them
