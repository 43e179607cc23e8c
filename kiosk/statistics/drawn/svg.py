"""A picture as part of a page: the page's policy allows no style written into elements, so style becomes attributes."""

from __future__ import annotations

import re
from html import escape

_STYLE = re.compile(r'\sstyle="([^"]*)"')
_ROOT = re.compile(r"<svg\b[^>]*?\sviewBox=\"([^\"]+)\"[^>]*>", re.DOTALL)


def within_page(svg: bytes, title: str) -> str:
    """SVG 1.1 as matplotlib writes it, as an element of HTML that is as wide as its place and names itself."""
    text = svg.decode()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>", "", text, flags=re.DOTALL)
    text = _STYLE.sub(_attributes, text)
    named = f'role="img" aria-label="{escape(title, quote=True)}"'
    return _ROOT.sub(lambda root: f'<svg class="chart" viewBox="{root[1]}" {named} stroke-linejoin="round">', text, 1)


def _attributes(found: re.Match[str]) -> str:
    """Every property that matplotlib uses is a presentation attribute too (SVG 1.1 6.1)."""
    pairs = (part.split(":", 1) for part in found[1].split(";") if ":" in part)
    return "".join(f' {name.strip()}="{value.strip()}"' for name, value in pairs)
