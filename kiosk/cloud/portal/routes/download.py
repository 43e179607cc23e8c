"""Taking an exam along: for any doctor's computer, small, as PDF, as pictures."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from kiosk.cloud.portal.guard import ClosedError, Guard, Visit
from kiosk.cloud.portal.media.zips import ArchiveKind, Archives
from kiosk.cloud.portal.routes.film import inside
from kiosk.cloud.portal.store.events import EventShelf, PortalEvent
from kiosk.cloud.portal.views import address
from kiosk.cloud.wire.objects import Kind

ICONS = {ArchiveKind.PLAIN: "doctor", ArchiveKind.SMALL: "cloud", ArchiveKind.PICTURES: "phone"}


@dataclass(frozen=True)
class DownloadKind:
    """One thing that can be taken along."""

    name: str
    title: str
    note: str
    icon: str
    url: str


class Downloads:
    """The page and the archives."""

    def __init__(self, guard: Guard, archives: Archives, events: EventShelf) -> None:
        self._guard, self._archives, self._events = guard, archives, events

    def routes(self) -> list[Route]:
        """Both."""
        return [
            Route("/download", self._guard.page(self._page)),
            Route("/exams/{exam}/archive/{media}", self._guard.page(self._archive)),
        ]

    def _page(self, visit: Visit) -> Response:
        film, t = visit.film(visit.request.query_params.get("exam", "")), visit.look.words()
        if not film.may(Kind.REPORT):
            raise ClosedError
        kinds = [DownloadKind(one, t(f"download-{one}"), t(f"download-{one}-sub"), ICONS[one],
                              f"/exams/{film.exam}/archive/{one}") for one in ArchiveKind
                 if one is ArchiveKind.PICTURES or film.may(Kind.HEADER)]  # fmt: skip
        report = film.manifest.report
        if report is not None and report.pdf is not None:
            url = f"/exams/{film.exam}/reports/{report.pdf}"
            kinds.insert(2, DownloadKind("pdf", t("download-pdf"), t("download-pdf-sub"), "report", url))
        return inside(self._guard, visit, film, "download.html", kinds=kinds, address=address)

    def _archive(self, visit: Visit) -> Response:
        film = visit.film(visit.request.path_params["exam"])
        media = next((one for one in ArchiveKind if one == visit.request.path_params["media"]), None)
        if media is None or not film.may(Kind.REPORT) or not (media is ArchiveKind.PICTURES or film.may(Kind.HEADER)):
            raise ClosedError
        self._events.note(PortalEvent.DOWNLOADED, visit.session.locator, film.exam, media)
        cookie, gate = visit.session.cookie, self._guard.gate
        parts = self._archives.stream(film, media, lambda: gate.session(cookie) is not None,
                                      visit.look.words()("readme"))  # fmt: skip
        name = f"cloud-film-{film.manifest.exam.performed[:10]}-{media}.zip"
        safe = "".join(c for c in name if c.isascii() and (c.isalnum() or c in "-."))
        headers = {"content-disposition": f'attachment; filename="{safe}"', "x-accel-buffering": "no"}
        return StreamingResponse(parts, media_type="application/zip", headers=headers)
