"""Who may work here: make, change, close and unlock accounts."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from starlette.responses import Response
from starlette.routing import Route

from kiosk.desk.guard import DeskGuard, Form, Sitting
from kiosk.domain.desk import AccountsShown, DeskAction
from kiosk.domain.roles import Role

# By the end of the address: what it does, and which fields of the form it asks.
ACTS: Mapping[str, tuple[DeskAction, tuple[str, ...]]] = {
    "add": (DeskAction.ADD_ACCOUNT, ("name", "role", "pin", "badge")),
    "role": (DeskAction.CHANGE_ROLE, ("name", "role")),
    "pin": (DeskAction.RESET_PIN, ("name", "secret")),
    "badge": (DeskAction.SET_BADGE, ("name", "secret")),
    "close": (DeskAction.CLOSE_ACCOUNT, ("name",)),
    "open": (DeskAction.OPEN_ACCOUNT, ("name",)),
    "unlock": (DeskAction.UNLOCK_ACCOUNT, ("name",)),
}


class AccountRoutes:
    """Routes of the view `accounts`."""

    def __init__(self, guard: DeskGuard) -> None:
        self._guard = guard

    def routes(self) -> list[Route]:
        """All of them."""
        acts = [Route(f"/accounts/{end}", self._guard.act(self._acting(end)), methods=["POST"]) for end in ACTS]
        return [Route("/accounts", self._guard.page(self._page)), *acts]

    def _page(self, sitting: Sitting) -> Response:
        return self._show(sitting, DeskAction.ACCOUNTS, {}, "")

    def _acting(self, end: str) -> Callable[[Sitting, Form], Response]:
        action, fields = ACTS[end]

        def act(sitting: Sitting, form: Form) -> Response:
            return self._show(sitting, action, {name: form.get(name, "") for name in fields}, form.get("name", ""))

        return act

    def _show(self, sitting: Sitting, action: DeskAction, params: Mapping[str, str], done: str) -> Response:
        shown = self._guard.answer(sitting, action, **params)
        assert isinstance(shown, AccountsShown)  # noqa: S101 - the table says so
        rows = [
            {"name": one.name, "role": str(one.role), "enabled": one.enabled, "badge": bool(one.badge),
             "locked": one.name in shown.locked, "own": one.name == sitting.user.name}
            for one in shown.accounts
        ]  # fmt: skip
        facts = {"rows": rows, "roles": [str(role) for role in Role], "problem": shown.problem, "done": done}
        return self._guard.show(sitting, "accounts", "accounts.html", **facts)
