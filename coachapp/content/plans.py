"""Read exam plans; every problem of every file is gathered at once, at its line and column."""

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from coachapp.content.loader import PLANS_FOLDER, BadPath
from coachapp.content.validation import validate
from coachapp.content.yamlread import Located, Source, Unreadable, read_yaml
from coachapp.domain.plans import ExamPlan, PlanKind
from coachapp.domain.questions import Section
from coachapp.paths import bundled


@dataclass(slots=True)
class LoadedPlans:
    """The sound plans by id, exams first and the longest first among them, and what is wrong with the others."""

    plans: dict[str, ExamPlan] = field(default_factory=dict)
    errors: list[Located] = field(default_factory=list)


def load_plans(folder: Path) -> LoadedPlans:
    """Read every plan of a folder. Raises BadPath where there is no such folder."""
    if not folder.is_dir():
        raise BadPath(f"{folder}: there is no such folder of exam plans")
    loaded = LoadedPlans()
    found: list[ExamPlan] = []
    for file in sorted(folder.glob("*.yaml")):
        plan = _load(file, loaded)
        if plan is not None:
            found.append(plan)
    found.sort(key=_place)
    loaded.plans = {plan.id: plan for plan in found}
    loaded.errors.sort()
    return loaded


def _place(plan: ExamPlan) -> tuple[int, int, str]:
    """Sort exams and short ones by falling length, drills in the order of the sections."""
    first = list(Section).index(plan.sections[0].section) if plan.kind is PlanKind.DRILL else -plan.total
    return list(PlanKind).index(plan.kind), first, plan.id


def _load(file: Path, loaded: LoadedPlans) -> ExamPlan | None:
    try:
        source = read_yaml(file.read_bytes(), str(file))
    except Unreadable as error:
        loaded.errors.extend(error.problems)
        return None
    except OSError as error:
        loaded.errors.append(Located(str(file), 1, 1, f"cannot be read: {error.strerror or error}"))
        return None
    loaded.errors.extend(source.problems)
    plan, problems = validate(ExamPlan, source, data=source.data)
    loaded.errors.extend(problems)
    if plan is None or source.problems:
        return None
    return plan if _named_as_its_file(plan, source, file, loaded) else None


def _named_as_its_file(plan: ExamPlan, source: Source, file: Path, loaded: LoadedPlans) -> bool:
    if plan.id == file.stem:
        return True
    loaded.errors.append(source.at(("id",), f"the id is {plan.id!r}, but the file's name asks for {file.stem!r}"))
    return False


@lru_cache(maxsize=1)
def bundled_plans() -> LoadedPlans:
    """Return the plans that this installation carries; read once, for they change with the program only."""
    return load_plans(bundled("question_bank") / PLANS_FOLDER)
