"""Pages from templates: every value is escaped, a name that is missing is an error and not an empty place."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup


class Templates:
    """The templates of one folder. Thread-safe."""

    def __init__(self, folder: Path, **known: Any) -> None:
        self._environment = Environment(loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined,
                                        trim_blocks=True, lstrip_blocks=True, auto_reload=False)  # fmt: skip
        self._environment.globals.update(known)

    def page(self, name: str, facts: Mapping[str, Any]) -> str:
        """The page as HTML."""
        return self._environment.get_template(name).render(facts)


def icon(folder: Path, name: str) -> Markup:
    """A picture of the product's own, to stand within the page: it takes the colour of the words beside it."""
    text = (folder / f"{name}.svg").read_text(encoding="utf-8")
    return Markup(text.replace("<svg", f'<svg aria-hidden="true" class="icon icon-{name}"', 1))  # noqa: S704 - our own file
