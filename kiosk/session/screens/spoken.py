"""What is said of a screen: one sentence a view, in pieces that a bank of phrases may hold.

Nobody's name, exam or answer is in it: it may come through the loudspeaker. What tells something of a person, such as
the name of an exam that has the focus, is said by the screens as `private`, and only a headset hears it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kiosk.domain.calls import CallState, HelpCall
from kiosk.session import states as at
from kiosk.session.screens.texts import Texts
from kiosk.session.screens.view import Surroundings, Utterance

Pieces = tuple[str, ...]


def spoken(state: at.State, around: Surroundings) -> Utterance:
    """The sentence of a state's screen; where something went wrong on it, that comes first."""
    return Utterance(SAYINGS[type(state)](state, around), around.texts.language)


def spoken_help(call: HelpCall, texts: Texts) -> Utterance:
    """What the card says of a call for help; its number digit by digit."""
    if not call.code:
        said = (*texts.pieces("help.unreached"), *texts.pieces("help.go"))
    elif call.state is CallState.COMING:
        said = texts.pieces("help.coming")
    else:
        said = (*texts.pieces("help.called"), *texts.pieces("help.code", code=" ".join(call.code)))
    return Utterance(said, texts.language)


def spoken_warning(texts: Texts) -> Utterance:
    """Before a visit ends by itself."""
    return Utterance((*texts.pieces("common.still-there"), *texts.pieces("spoken.any-key")), texts.language)


def _says(*keys: str) -> Callable[[Any, Surroundings], Pieces]:
    return lambda _, around: tuple(piece for key in keys for piece in around.texts.pieces(key))


def _attract(_: at.Idle, around: Surroundings) -> Pieces:
    key = "spoken.attract" if around.facts.health.camera is None else "spoken.attract-no-camera"
    return (*around.texts.pieces(key), *around.texts.pieces("spoken.keys"))


def _scan(state: at.Scanning, around: Surroundings) -> Pieces:
    t = around.texts
    if state.looking:
        return t.pieces("scan.looking")
    if state.problem:
        return t.pieces("scan.unknown")
    if state.typing or around.facts.health.camera is not None:
        return t.pieces("spoken.typing")
    return t.pieces(f"hint.{state.hint}") if t.get(f"hint.{state.hint}", "") else t.pieces("spoken.scan")


def _confirm(state: at.Verifying, around: Surroundings) -> Pieces:
    t = around.texts
    if state.checking:
        return t.pieces("confirm.checking")
    wrong = t.pieces("confirm.wrong", count=state.tries_left) if state.wrong else ()
    wait = t.pieces("confirm.wait", seconds=round(state.wait_s)) if state.wait_s else ()
    return (*wrong, *wait, *t.pieces(f"confirm.{state.question}"), *t.pieces(f"confirm.sub-{state.question}"))


def _listing(state: at.Listing, around: Surroundings) -> Pieces:
    count = sum(len(e.due) for e in state.exams if e.printable)
    if not count:
        return around.texts.pieces("spoken.list-none")
    return (*around.texts.pieces("spoken.list", count=count), *around.texts.pieces("list.sub"))


def _printing(state: at.Printing, around: Surroundings) -> Pieces:
    t = around.texts
    if state.waiting:
        return t.pieces(f"fault.{state.waiting}")
    if not state.total:
        return t.pieces("printing.headline")
    return t.pieces("printing.page", page=min(state.done + 1, state.total), pages=state.total)


def _done(state: at.Done, around: Surroundings) -> Pieces:
    t, signs, films = around.texts, around.facts.policy.signs, state.receipt.sheets("film")
    pages = state.receipt.sheets("report")
    if not pages and not films:
        return t.pieces("done.headline-none")
    place = t(f"place.{signs.report_tray if pages else signs.film_tray}")
    key = "done.headline-film" if films else "done.headline"
    return (*t.pieces(key), *t.pieces("done.where", place=place), *t.pieces("done.forgotten"))


def _failed(state: at.Failed, around: Surroundings) -> Pieces:
    t = around.texts
    return (*t.pieces(f"fault.{state.fault}"), *t.pieces(f"do.{state.fault}"))


SAYINGS: dict[type, Callable[[Any, Surroundings], Pieces]] = {
    at.Starting: _says("closed.starting"),
    at.OutOfService: _says("closed.headline", "closed.sub"),
    at.Idle: _attract,
    at.Helping: _says("help.calling", "help.stay"),
    at.Scanning: _scan,
    at.Verifying: _confirm,
    at.Relating: _says("collect.headline", "collect.sub"),
    at.AskingNotice: _says("notice-ask.headline", "notice-ask.sub", "notice-ask.once"),
    at.Loading: _says("list.loading"),
    at.Listing: _listing,
    at.Previewing: _says("preview.headline"),
    at.FilmRequest: _says("film.headline", "film.sub"),
    at.Printing: _printing,
    at.ShowingQr: _says("qr.headline", "qr.privacy"),
    at.Done: _done,
    at.Failed: _failed,
    at.Staff: _says("staff.headline"),
}
