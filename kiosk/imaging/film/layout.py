"""Where things stand on a sheet. Everything in millimetres from the upper left corner, y downwards."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.domain.sheets.film import FilmSize, Grid


@dataclass(frozen=True)
class Box:
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Lower edge."""
        return self.y + self.height

    def centred(self, width: float, height: float) -> Box:
        """A rectangle of the given size in the middle of this one."""
        return Box(self.x + (self.width - width) / 2, self.y + (self.height - height) / 2, width, height)


@dataclass(frozen=True)
class SheetLayout:
    """The sheet, the strips for text above and below, and the cells in reading order."""

    width: float
    height: float
    header: Box
    footer: Box
    cells: tuple[Box, ...]


@dataclass(frozen=True)
class Margins:
    """Blank edge, gap between cells, heights of the strips."""

    edge: float
    gap: float
    header: float
    footer: float


def lay_out(media: FilmSize, grid: Grid, margins: Margins, *, landscape: bool) -> SheetLayout:
    """Divide a sheet."""
    width, height = (media.height_mm, media.width_mm) if landscape else (media.width_mm, media.height_mm)
    inner = width - 2 * margins.edge
    header = Box(margins.edge, margins.edge, inner, margins.header)
    footer = Box(margins.edge, height - margins.edge - margins.footer, inner, margins.footer)
    top, bottom = header.bottom, footer.y
    cell_width = (inner - (grid.columns - 1) * margins.gap) / grid.columns
    cell_height = (bottom - top - (grid.rows - 1) * margins.gap) / grid.rows
    cells = tuple(
        Box(margins.edge + column * (cell_width + margins.gap), top + row * (cell_height + margins.gap),
            cell_width, cell_height)
        for row in range(grid.rows)
        for column in range(grid.columns)
    )  # fmt: skip
    return SheetLayout(width, height, header, footer, cells)


def tile_edge(media: FilmSize, grid: Grid, margins: Margins, aspect: float, *, landscape: bool) -> float:
    """Width of a picture of the given aspect (height over width) on such a sheet: what an orientation is worth."""
    cell = lay_out(media, grid, margins, landscape=landscape).cells[0]
    return min(cell.width, cell.height / aspect)
