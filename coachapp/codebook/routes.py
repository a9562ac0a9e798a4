"""Pages of the code book, and the two forms on them: a note and a bookmark."""

from datetime import date
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coachapp import clock
from coachapp.attempts.withholding import closed_book_exam
from coachapp.codebook import indexing, operations, pages, queries, searching
from coachapp.codebook.book import NAMES, BadDate, Book, code_of, key_of, open_book
from coachapp.codebook.pages import EntryPage, Row
from coachapp.codebook.queries import Named
from coachapp.codesets import Entry, ReleaseMissing, open_codesets
from coachapp.codesets.pcs import LENGTH
from coachapp.domain.codes import CodeSystem
from coachapp.domain.permissions import Action
from coachapp.domain.reasons import why_not_a_code
from coachapp.domain.typed_text import code_text
from coachapp.models import db
from coachapp.models.writing import begin_write
from coachapp.web import access
from coachapp.web.asked import whole_number
from coachapp.web.context import me, settings
from coachapp.web.errors import error_response
from coachapp.web.filters import zone
from coachapp.web.paging import page_number, paginate

bp = Blueprint("codebook", __name__, url_prefix="/codebook")
bp.add_app_template_filter(key_of, "code_key")

NO_CODE_SETS = "The code sets are not installed on this site; its administrator can run “coachapp init”."
SYSTEM = "<any(icd10cm, hcpcs, cpt, icd10pcs):system>"
_WHOLE = {CodeSystem.HCPCS: 5, CodeSystem.CPT: 5, CodeSystem.ICD10PCS: LENGTH}


@bp.errorhandler(ReleaseMissing)
def _no_code_sets(error: ReleaseMissing) -> ResponseReturnValue:
    return error_response(503, NO_CODE_SETS)


def _book() -> Book:
    """Open the book on the date asked for; answer 422 to a date it does not know, 409 while an exam keeps it shut."""
    if exam := closed_book_exam(db.session(), me().id, now=clock.now()):
        what = f"“{exam}”, which you are taking, is without the code book. It opens again when that exam is over."
        abort(error_response(409, what, title="The code book is shut"))
    asked, fragment = request.args.get("on", "").strip(), request.args.get("fragment") == "1"
    try:
        return open_book(open_codesets(settings().data), asked, today=_today(), fragment=fragment)
    except BadDate as error:
        abort(422, str(error))


def _today() -> date:
    return clock.now().astimezone(zone()).date()


def _show(template: str, book: Book, **values: Any) -> str:
    return render_template(f"codebook/{template}", book=book, names=NAMES, **values)


def _rows_of(book: Book, named: list[Named]) -> list[Row]:
    """Return entries by name, in the order given; what the code sets do not hold (CPT) keeps its bare code."""
    entries = book.browse.entries(named)
    known = [entries.get((system, code)) or Entry(code, system, "code", None, False) for system, code in named]
    return list(pages.rows(book, known))


@bp.get("")
@access.signed_in
def index() -> ResponseReturnValue:
    """Show where to begin: search, the code systems, what was looked at last."""
    book = _book()
    recent = queries.recents(db.session(), me().id)
    unknown = () if book.chosen else book.codesets.gaps(on=_today())
    return _show("index.html", book, chapters=pages.chapters(book), recent=_rows_of(book, recent), unknown=unknown)


@bp.get("/search")
@access.signed_in
def search() -> ResponseReturnValue:
    """Show what a search finds, in groups."""
    book = _book()
    asked = request.args.get("system", "")
    system = CodeSystem(asked) if asked in set(CodeSystem) else None
    return _show("search.html", book, answers=searching.search(book, request.args.get("q", ""), system=system))


@bp.get("/mine")
@access.signed_in
def mine() -> ResponseReturnValue:
    """Show one's own notes, bookmarks and the entries looked at last."""
    book, person_id = _book(), me().id
    notes = paginate(db.session(), queries.notes(person_id), number=page_number(request.args.get("notes")))
    marks = paginate(db.session(), queries.bookmarks(person_id), number=page_number(request.args.get("bookmarks")))
    recent = queries.recents(db.session(), person_id)
    return _show(
        "mine.html",
        book,
        notes=notes,
        noted=_rows_of(book, [(note.system, note.code) for note in notes.rows]),
        marks=marks,
        marked=_rows_of(book, [(mark.system, mark.code) for mark in marks.rows]),
        recent=_rows_of(book, recent),
    )


@bp.get("/index")
@access.signed_in
def index_of_terms() -> ResponseReturnValue:
    """Show the index to ICD-10-CM: its parts, the main terms of a letter, or one entry with all below it."""
    book, asked = _book(), request.args
    part, letter = indexing.part_of(asked.get("part", "")), asked.get("letter", "")[:1]
    opened = None
    if asked.get("entry"):
        opened = indexing.opened(book, asked["entry"])
        if opened is None:
            abort(404, "There is no such entry in the edition of the index that answers for this date.")
    return _show(
        "index_of_terms.html",
        book,
        parts=indexing.parts(book),
        opened=opened,
        letter=letter if part and letter else "",
        part_name=indexing.PARTS[part] if part else "",
        terms=indexing.terms(book, part, letter) if part and letter else (),
    )


@bp.get(f"/{SYSTEM}")
@access.signed_in
def shelf(system: str) -> ResponseReturnValue:
    """Show where one code system begins: chapters, letters, sections, or the numbers our items name."""
    book, chosen = _book(), CodeSystem(system)
    if chosen is CodeSystem.ICD10CM:
        return _show("chapters.html", book, chapters=pages.chapters(book))
    if chosen is CodeSystem.CPT and not book.licensed:
        numbers: list[str] = []
        if settings().include_cpt:
            numbers = queries.cpt_numbers(db.session(), unverified=me().may(Action.SEE_UNVERIFIED))
        return _show("cpt.html", book, rows=_rows_of(book, [(chosen, number) for number in numbers]))
    return _show("shelf.html", book, shelf=pages.shelf_page(book, chosen, ""))


@bp.get(f"/{SYSTEM}/<key>")
@access.signed_in
def entry(system: str, key: str) -> ResponseReturnValue:
    """Show one entry, or what begins with a part of a code; the look is remembered."""
    book, chosen = _book(), CodeSystem(system)
    beginning = "".join(code_text(key).split())
    if len(beginning) < _WHOLE.get(chosen, 0) and (chosen is not CodeSystem.CPT or book.licensed):
        found = pages.shelf_page(book, chosen, beginning)
        if found is None:
            abort(404, f"No code of {NAMES[chosen]} begins with {beginning}.")
        return _show("shelf.html", book, shelf=found)
    page = _page(book, chosen, key)
    code = page.entry.code
    if key != key_of(code):
        return redirect(url_for("codebook.entry", system=system, key=key_of(code), **book.posted_args))
    kept = queries.kept_at(db.session(), me().id, system=chosen, code=code)
    if page.state is not None and not kept.last_seen and request.method == "GET":
        begin_write(db.session())
        operations.record_look(db.session(), me().id, system=chosen, code=code, now=clock.now())
        db.session.commit()
    return _show("entry.html", book, page=page, kept=kept, draft=kept.text, clash=None, error=None)


def _page(book: Book, system: CodeSystem, key: str) -> EntryPage:
    page = pages.entry_page(book, system, code_of(key))
    if page is None:
        known = book.codesets.meant(key[:20], on=book.on, system=system)
        reason = f" {why_not_a_code(known)}" if known is not None and known.never_existed else ""
        said = f"{NAMES[system]} has no code {key[:20].upper()}: search for it, or look in another code system."
        abort(404, said + reason)
    return page


@bp.post(f"/{SYSTEM}/<key>/note")
@access.signed_in
def save_note(system: str, key: str) -> ResponseReturnValue:
    """Save, change or delete one's own note at an entry."""
    book, chosen = _book(), CodeSystem(system)
    page = _page(book, chosen, key)
    text, revision = request.form.get("text", ""), request.form.get("revision", "")
    clash = error = None
    try:
        clash = operations.save_note(
            db.session(),
            me().id,
            system=chosen,
            code=page.entry.code,
            text=text,
            revision=whole_number(revision) or 0,
            now=clock.now(),
        )
    except operations.TooLong as too_long:
        error = str(too_long)
    db.session.commit()
    if clash is None and error is None:
        flash("Note saved." if text.strip() else "Note deleted.", "success")
        return _back(book, page, "note")
    kept = queries.kept_at(db.session(), me().id, system=chosen, code=page.entry.code)
    answer = _show("entry.html", book, page=page, kept=kept, draft=text, clash=clash, error=error)
    return answer, 409 if clash else 422


@bp.post(f"/{SYSTEM}/<key>/bookmark")
@access.signed_in
def set_bookmark(system: str, key: str) -> ResponseReturnValue:
    """Keep an entry among one's bookmarks, or take it away, as the button pressed says."""
    book, chosen = _book(), CodeSystem(system)
    page = _page(book, chosen, key)
    wanted = request.form.get("keep", "")
    if wanted not in ("yes", "no"):
        abort(422, "Say keep=yes or keep=no.")
    operations.set_bookmark(
        db.session(), me().id, system=chosen, code=page.entry.code, keep=wanted == "yes", now=clock.now()
    )
    db.session.commit()
    flash("Bookmarked." if wanted == "yes" else "Bookmark taken away.", "success")
    if request.form.get("from") == "mine":
        return redirect(url_for("codebook.mine", **book.posted_args), 303)
    return _back(book, page, None)


def _back(book: Book, page: EntryPage, anchor: str | None) -> ResponseReturnValue:
    address = url_for(
        "codebook.entry",
        system=page.entry.system.value,
        key=key_of(page.entry.code),
        _anchor=anchor,
        **book.posted_args,
    )
    return redirect(address, 303)
