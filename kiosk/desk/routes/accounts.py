"""Who may work here."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from kiosk.desk.guard import DeskGuard, Sitting
from kiosk.domain.desk import AccountsShown, DeskAction
from kiosk.session.screens.staff_bodies import MAKERS


class AccountRoutes:
    """Routes of the view `accounts`."""

    def __init__(self, guard: DeskGuard) -> None:
        self._guard = guard

    def routes(self) -> list[Route]:
        """All of them."""
        return [Route("/accounts", self._guard.page(self._page))]

    def _page(self, sitting: Sitting) -> Response:
        shown = self._guard.answer(sitting, DeskAction.ACCOUNTS)
        assert isinstance(shown, AccountsShown)  # noqa: S101 - the table says so
        rows = MAKERS["accounts"](shown.accounts, self._guard.pages.around(sitting.request))
        return self._guard.show(sitting, "accounts", "accounts.html", rows=rows)
