"""`coachapp items agreement`: how far two coders agree who worked the same cases and questions."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import click

from coachapp.cli import Refused
from coachapp.cli.json_files import read_json
from coachapp.domain.agreement import ClaimAgreement, Weights, claim_agreement, kappa
from coachapp.domain.emlevels import FAMILIES
from coachapp.domain.items import ClaimForm
from coachapp.domain.responses import ClaimResponse, ResponseError, read_claim

MOST_BYTES = 20_000_000
# So many ids are named in a message; more would bury it.
_MOST_NAMED = 5
_FORM = "claim_form"


@dataclass(frozen=True, slots=True)
class Work:
    """What one coder did: claims by case, and the option chosen by question."""

    claims: dict[str, ClaimResponse]
    choices: dict[str, str]


@dataclass(frozen=True, slots=True)
class LevelAgreement:
    """How far two coders agree on the level of one family of visits, over the `n` cases both coded with one of it."""

    family: str
    n: int
    exact: float
    weighted_kappa: float | None


@click.command("agreement", short_help="Compare two coders of the same work.")
@click.argument("one", metavar="ONE")
@click.argument("other", metavar="OTHER")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def agreement_command(one: str, other: str, as_json: bool) -> None:
    """Compare what two coders, ONE and OTHER, made of the same work without seeing each other's.

    Each is a JSON file: an object with the id of each case and its claim, as `coachapp grade` reads it, or the id of
    each question and the option chosen. A claim that is not professional says so: "claim_form": "inpatient".
    """
    first, second = _work(one), _work(other)
    cases, alone = _common(first.claims, second.claims)
    questions, more = _common(first.choices, second.choices)
    if not cases and not questions:
        raise Refused(f"{one} and {other} have no case or question in common.")
    if alone or more:
        click.echo(f"Left out, for only one coder has them: {_named([*alone, *more])}", err=True)
    claims = [(first.claims[case], second.claims[case]) for case in cases]
    choices = [(first.choices[question], second.choices[question]) for question in questions]
    data = {
        "claims": _claims_data(claims),
        "em_levels": [_level_data(found) for found in level_agreement(claims)],
        "one_choice": _choice_data(choices),
    }
    click.echo(json.dumps(data, ensure_ascii=False) if as_json else _report(data))


def _work(name: str) -> Work:
    data = read_json(name, most=MOST_BYTES)
    if not isinstance(data, dict):
        raise Refused(f"{name}: must be an object with the id of each case or question.")
    work = Work({}, {})
    for ident, value in data.items():
        if isinstance(value, dict):
            work.claims[ident] = _claim(name, ident, value)
        elif isinstance(value, str) and value.strip():
            work.choices[ident] = value.strip()
        else:
            raise Refused(f"{name}: {ident}: must be a claim (an object) or the option chosen (a text).")
    return work


def _claim(name: str, ident: str, value: dict[str, object]) -> ClaimResponse:
    given = value.get(_FORM, ClaimForm.PROFESSIONAL.value)
    form = next((form for form in ClaimForm if form.value == given), None)
    if form is None:
        known = ", ".join(form.value for form in ClaimForm)
        raise Refused(f"{name}: {ident}: {_FORM} must be one of {known}.")
    try:
        return read_claim({field: row for field, row in value.items() if field != _FORM}, form)
    except ResponseError as error:
        lines = (f"{name}: {ident}: {place}: {message}" for place, message in error.problems)
        raise Refused("\n".join(lines)) from error


def _common(one: Collection[str], other: Collection[str]) -> tuple[list[str], list[str]]:
    """Return what both have, in the order of the first, and what only one has."""
    return [ident for ident in one if ident in other], sorted(set(one) ^ set(other))


def _named(idents: Sequence[str]) -> str:
    more = len(idents) - _MOST_NAMED
    return ", ".join(idents[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def level_agreement(claims: Sequence[tuple[ClaimResponse, ClaimResponse]]) -> list[LevelAgreement]:
    """Return the agreement on the level of each family of visits from which both coders took just one code."""
    found = []
    for name, levels in FAMILIES:
        pairs = [(_visits(one, levels), _visits(other, levels)) for one, other in claims]
        both = [(a[0], b[0]) for a, b in pairs if len(a) == 1 and len(b) == 1]
        if both:
            weighted = kappa([a for a, _ in both], [b for _, b in both], levels=levels, weights=Weights.LINEAR)
            found.append(LevelAgreement(name, len(both), sum(a == b for a, b in both) / len(both), weighted))
    return found


def _visits(claim: ClaimResponse, levels: Sequence[str]) -> list[str]:
    return [service.code for service in claim.services if service.code in levels]


def _claims_data(claims: Sequence[tuple[ClaimResponse, ClaimResponse]]) -> dict[str, object]:
    """Return agreement on all codes, and on diagnoses and services apart; the first code of a claim is a diagnosis."""
    diagnoses = [[[line.code for line in claim.diagnoses] for claim in pair] for pair in claims]
    services = [[[line.code for line in claim.services] for claim in pair] for pair in claims]
    whole = [[one + other for one, other in zip(*pair, strict=True)] for pair in zip(diagnoses, services, strict=True)]
    parts = {"all": _agreement(whole), "diagnoses": _agreement(diagnoses), "services": _agreement(services)}
    return {
        "n": len(claims),
        **{name: {"exact": part.exact, "jaccard": part.jaccard} for name, part in parts.items()},
        "first_listed": parts["diagnoses"].first_listed,
    }


def _agreement(pairs: Sequence[Sequence[Sequence[str]]]) -> ClaimAgreement:
    return claim_agreement([one for one, _ in pairs], [other for _, other in pairs])


def _level_data(found: LevelAgreement) -> dict[str, object]:
    return {"family": found.family, "n": found.n, "exact": found.exact, "weighted_kappa": found.weighted_kappa}


def _choice_data(choices: Sequence[tuple[str, str]]) -> dict[str, object]:
    one, other = [a for a, _ in choices], [b for _, b in choices]
    exact = sum(a == b for a, b in choices) / len(choices) if choices else None
    return {"n": len(choices), "exact": exact, "kappa": kappa(one, other)}


def _report(data: dict[str, Any]) -> str:
    """Return the figures as tables for a terminal."""
    claims, choices = data["claims"], data["one_choice"]
    rows = []
    if claims["n"]:
        count = f"{claims['n']} {'claim' if claims['n'] == 1 else 'claims'}"
        rows += [f"{count:<12}{'exact':>12}{'Jaccard':>12}"]
        for part in ("all", "diagnoses", "services"):
            rows.append(f"{part:<12}{_shown(claims[part]['exact'])}{_shown(claims[part]['jaccard'])}")
        rows.append(f"first-listed{_shown(claims['first_listed'])}")
    if data["em_levels"]:
        rows += ["", f"{'E/M level':<40}{'n':>6}{'exact':>12}{'weighted κ':>12}"]
        for level in data["em_levels"]:
            rows.append(
                f"{level['family']:<40}{level['n']:>6}{_shown(level['exact'])}{_shown(level['weighted_kappa'])}"
            )
    if choices["n"]:
        rows += [""] if rows else []
        rows += [f"{choices['n']} {'question' if choices['n'] == 1 else 'questions'}"]
        rows += [f"exact       {_shown(choices['exact'])}", f"κ           {_shown(choices['kappa'])}"]
    return "\n".join(rows)


def _shown(value: float | None) -> str:
    return f"{'–' if value is None else f'{value:.3f}':>12}"
