"""Answers that a search need not look for in titles: the codes typed, and the codes an everyday phrase means."""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from coachapp.codesets import phrases, words
from coachapp.codesets.release import Release
from coachapp.codesets.synonyms import other_words
from coachapp.codesets.typedcode import Typed, mended, read_typed
from coachapp.domain.codes import CodeSystem, undotted

COLUMNS = "id, code.code, system, title, billable, words, plain"
SYSTEMS = tuple(CodeSystem)
_AFTER_EVERY_CODE = "\x7f"
_MOST_BELOW = 150  # codes below a target that are compared with the words beside a phrase
_MOST_CHOSEN = 3
_MOST_CODES = 12
_MOST_WORDS = 12
_LONGEST_WORD = 40
_SEARCHED = "listed AND kind NOT IN ('chapter', 'block')"

# Seventh characters of the later encounters: who names none means the initial one.
_LATER = re.compile(r"[S-Y]\d[\dA-Z]\.[\dA-Z]{3}[B-HJKMNP-S]")

Row = tuple[Any, ...]
Rank = tuple[int, ...]
Ranked = Callable[[Iterable[Row], Sequence[str]], list[tuple[int, Row]]]


@dataclass(frozen=True, slots=True)
class Hit:
    """One answer to a search. `billable`: reportable in the edition searched; a header is not."""

    code: str
    system: CodeSystem
    title: str | None
    billable: bool


Numbered = tuple[int, Rank, Hit]


@dataclass(frozen=True, slots=True)
class Meant:
    """Answers known without their titles, each with its row number and rank.

    `first` stand before all others, `late` before titles that lack a word. `text`: what is left to look for in titles.
    """

    text: str
    first: tuple[Numbered, ...] = ()
    late: tuple[Numbered, ...] = ()


class Direct:
    """The codes typed and the codes meant, in one release.

    `ranked` puts first the rows with most of some words; `corrected` gives the nearest known word.
    """

    def __init__(self, release: Release, ranked: Ranked, corrected: Callable[[str], str]) -> None:
        self._release = release
        self._ranked = ranked
        self._corrected = corrected

    def find(self, text: str, systems: Sequence[CodeSystem], limit: int) -> Meant:
        """Return the codes typed, with what begins so where they are the whole text, and the codes of phrases."""
        typed = read_typed(text)
        coded, rest = ([], text) if _is_name(text) else self._coded(typed, text, systems, limit)
        codes = tuple((row[0], (0, SYSTEMS.index(row[2]), place), to_hit(row)) for place, row in enumerate(coded))
        if coded and (not rest or ("." in text and len(typed.pieces) == 1)):
            # A code, or the beginning of a dotted one, which no words can mean.
            return Meant("", codes)
        numbers = {at for code, places in typed.codes if len(code) == 5 and code[:4].isdigit() for at in places}
        if not coded and numbers and not typed.rest(numbers):
            # A CPT number without a licensed file: its modifier is no word to look for.
            return Meant("")
        line = phrases.written_out(rest)
        first, late = self._meant(line, systems)
        return Meant(line, (*codes, *_phrased(first)), _phrased(late))

    def _coded(self, typed: Typed, text: str, systems: Sequence[CodeSystem], limit: int) -> tuple[list[Row], str]:
        """Return the rows of the codes typed and the words beside them.

        A code that exists goes first wherever it stands; where none does, their mended spellings are looked for.
        """
        if typed.span and CodeSystem.ICD10CM in systems and (within := self._categories(*typed.span, limit)):
            return within, ""
        codes = typed.codes[:_MOST_CODES]
        if "." in text:
            systems = [system for system in systems if system is CodeSystem.ICD10CM] or systems
        spelled = {code: [code] for code, _ in codes}
        existing = self._existing(spelled, systems)
        if not existing:
            spelled = {code: mended(code) for code, _ in codes}
            existing = self._existing([one for some in spelled.values() for one in some], systems)
        rows: list[Row] = []
        places: set[int] = set()
        stem = ""
        for code, at in codes:
            spelling = next((one for one in spelled[code] if one in existing), None)
            if spelling and not places & set(at):
                rows += existing[spelling]
                places |= set(at)
                stem = stem or spelling
        rest = typed.rest(places) if rows else text
        if codes and (not rest or (not rows and len(typed.pieces) == 1)):
            seen = {row[0] for row in rows}
            rows += [row for row in self._begun(stem or codes[0][0], systems, limit) if row[0] not in seen]
        return rows, rest

    def _meant(self, line: str, systems: Sequence[CodeSystem]) -> tuple[list[Row], list[Row]]:
        """Return the rows of the phrases in a line: those that answer every word, then those that answer some.

        Words beside a phrase choose among the codes below its own: a side, a stage, a second condition.
        """
        typed = words.split(line)[:_MOST_WORDS]
        tokens = phrases.key(" ".join(self._corrected(word[:_LONGEST_WORD]) for word in typed))
        if whole := phrases.whole(tokens):
            return [row for target in whole.targets for row in self._chosen(target, whole.rest, systems)[1]], []
        full: list[Row] = []
        partly: list[tuple[int, Row]] = []  # words answered
        for match in phrases.within(tokens):
            for target in match.targets[:_MOST_CHOSEN]:
                most, rows = self._chosen(target, match.rest, systems)
                if most == len(match.rest):
                    full += rows
                else:
                    partly += [(most + len(match.phrase.split()), row) for row in rows]
        return full, [row for _, row in sorted(partly, key=lambda pair: -pair[0])]

    def _chosen(self, target: str, rest: Sequence[str], systems: Sequence[CodeSystem]) -> tuple[int, list[Row]]:
        """Return how many of some words the best titles at or below a target have, and the rows of these titles.

        Where they lack some, the codes beside an unspecified target are asked for all of them (a side: M17.9, M17.11),
        then with the limb for a part of it (cellulitis of the left forearm: L03.114).
        """
        if not rest:
            return 0, self._general([target], systems)
        most, rows = self._below(target, rest, systems)
        if most < len(rest):
            for wanted in dict.fromkeys((tuple(rest), phrases.with_limbs(rest))):
                for stem in _stems(target):
                    found, beside = self._below(stem, wanted, systems)
                    if found == len(wanted):
                        return len(rest), self._nearest(target, beside, systems)
            if "bilateral" in rest:
                # No code for both sides: one for each.
                other = [word for word in rest if word != "bilateral"]
                sides = [self._chosen(target, [*other, side], systems) for side in ("right", "left")]
                if all(found > len(other) for found, _ in sides):
                    return len(rest), [row for _, some in sides for row in some[:1]]
        return (most, rows) if most else (0, self._general([target], systems))

    def _below(self, stem: str, rest: Sequence[str], systems: Sequence[CodeSystem]) -> tuple[int, list[Row]]:
        # S93.40 is a header of ICD-10-CM, S9340 a code of HCPCS.
        rows = [row for row in self._begun(undotted(stem), systems, _MOST_BELOW) if row[1].startswith(stem)]
        ranked = self._ranked(rows, rest)
        most = ranked[0][0] if ranked else 0
        best = [row for matched, row in ranked if matched == most]
        return most, ([row for row in best if not _LATER.fullmatch(row[1])] or best)[:_MOST_CHOSEN]

    def _nearest(self, target: str, rows: list[Row], systems: Sequence[CodeSystem]) -> list[Row]:
        """Put first the rows whose titles share most words with a target's: an abscess before a furuncle."""
        said = {word for row in self._general([target], systems)[:1] for word in words.split(row[3] or "")}
        return sorted(rows, key=lambda row: -len(said.intersection(words.split(row[3] or ""))))

    def _general(self, targets: Sequence[str], systems: Sequence[CodeSystem]) -> list[Row]:
        """Return the rows of targets, a header with the code that says no more than it does."""
        existing = self._existing([undotted(target) for target in targets], systems)
        rows = []
        for target in targets:
            for row in (row for row in existing.get(undotted(target), ()) if row[1] == target):
                rows.append(row)
                if row[6] is not None:
                    rows += self._release.query(f"SELECT {COLUMNS} FROM code WHERE id = ?", row[6])  # noqa: S608
        return rows

    def _existing(self, codes: Iterable[str], systems: Sequence[CodeSystem]) -> dict[str, list[Row]]:
        """Return the rows of undotted codes, by code."""
        existing: dict[str, list[Row]] = {}
        wanted = list(dict.fromkeys(codes))
        if wanted:
            rows = self._release.query(
                f"SELECT {COLUMNS}, bare FROM code WHERE bare IN (SELECT value FROM json_each(?))"  # noqa: S608
                f" AND system IN (SELECT value FROM json_each(?)) AND {_SEARCHED} ORDER BY id",
                json.dumps(wanted),
                json.dumps(systems),
            )
            for row in rows:
                existing.setdefault(row[-1], []).append(row[:-1])
        return existing

    def _begun(self, bare: str, systems: Sequence[CodeSystem], limit: int) -> list[Row]:
        """Return the codes that begin so, system by system, shortest first."""
        rows = []
        for system in systems:
            rows += self._release.query(
                f"SELECT {COLUMNS} FROM code WHERE bare >= ? AND bare < ? AND system = ?"  # noqa: S608
                f" AND {_SEARCHED} ORDER BY length(bare), bare LIMIT ?",
                bare,
                bare + _AFTER_EVERY_CODE,
                system,
                limit,
            )
        return rows

    def _categories(self, first: str, last: str, limit: int) -> list[Row]:
        return self._release.query(
            f"SELECT {COLUMNS} FROM code WHERE bare BETWEEN ? AND ? AND length(bare) = 3 AND system = ?"  # noqa: S608
            f" AND {_SEARCHED} ORDER BY bare LIMIT ?",
            first,
            last,
            CodeSystem.ICD10CM,
            limit,
        )


def to_hit(row: Row) -> Hit:
    """Return the answer that a row of a release is."""
    return Hit(row[1], CodeSystem(row[2]), row[3], bool(row[4]))


def _stems(target: str) -> list[str]:
    """Return what an unspecified code of ICD-10-CM begins with, the longest first, down to its category."""
    if "." not in target or (target[-1] not in "09" and target[4] != "9"):
        return [target]
    return list(dict.fromkeys(target[:length].rstrip(".") for length in range(len(target), 2, -1)))


def _is_name(text: str) -> bool:
    """Say whether a text that looks like a code is an abbreviation or a phrase (dm2, t2dm)."""
    return "".join(text.split()).casefold() in other_words() or phrases.whole(phrases.key(text)) is not None


def _phrased(rows: Sequence[Row]) -> tuple[Numbered, ...]:
    return tuple((row[0], (0, len(SYSTEMS), place), to_hit(row)) for place, row in enumerate(rows))
