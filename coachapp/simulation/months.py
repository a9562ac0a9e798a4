"""What one simulated learner does from her first day to her last: drills, mock exams and cases, week by week."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from coachapp.attempts.bulk import DoneCase, DoneQuestion, DoneSitting, DoneStep
from coachapp.attempts.papers import slot_data
from coachapp.domain.assembly import assemble
from coachapp.domain.grading import key_claim
from coachapp.domain.items import Level
from coachapp.domain.pace import budget_seconds
from coachapp.domain.plans import ExamPlan, PlanKind
from coachapp.domain.questions import Question, Section
from coachapp.domain.slotwork import SlotSave
from coachapp.models.attempts import StepKind
from coachapp.simulation.learners import REMEMBERED, Learner, events, item_difficulty, logistic
from coachapp.simulation.slips import payload_of, with_slips
from coachapp.simulation.stock import Stock, StockCase

# How often an answer is changed before it is final, and how often a drill's answer is marked sure or unsure.
CHANGED, MARKED = 0.08, 0.8
# The chance of each possible slip in a case of a learner at the middle of the scale, by how hard the case is meant.
_SLIP = {Level.FOUNDATION: -2.4, Level.PRACTITIONER: -2.0, Level.EXPERT: -1.6}


@dataclass(slots=True)
class Work:
    """Everything one learner did, in order."""

    sittings: list[DoneSitting] = field(default_factory=list)
    cases: list[DoneCase] = field(default_factory=list)


class Months:
    """One learner at work. Everything she has seen and practised so far is kept here."""

    def __init__(self, learner: Learner, stock: Stock, *, person_id: int, start: datetime, seed: int) -> None:
        """Take the learner, what there is to work on, and the first day of the simulation (aware UTC)."""
        self.learner = learner
        self.stock = stock
        self.person_id = person_id
        self.start = start
        self.seed = seed
        self.random = Random(f"months {seed} {learner.name} {person_id}")  # noqa: S311  (reproducible)
        self.practised: Counter[Section] = Counter()
        self.seen: dict[str, float] = {}
        self.done = Work()

    def run(self) -> Work:
        """Live through all days and return the work."""
        mocks = iter(range(self.learner.days_between_mocks, 10_000, self.learner.days_between_mocks))
        next_mock, sat = next(mocks), 0
        for day in range(self.learner.first_day, self.learner.last_day):
            # An evening: nothing of one day reaches into the next.
            now = self.start + timedelta(days=day, hours=15, seconds=self.random.randrange(3 * 3600))
            if day - self.learner.first_day >= next_mock and self.stock.mocks:
                plan = self.stock.mocks[min(sat, len(self.stock.mocks) - 1)]
                now = self._sit(plan, now)
                next_mock, sat = next(mocks), sat + 1
                continue
            for _ in range(events(self.learner.drills_per_week / 7, self.random)):
                if self.stock.drills:
                    now = self._sit(self._drill(), now) + timedelta(minutes=5)
            for _ in range(events(self.learner.cases_per_week / 7, self.random)):
                if self.stock.cases:
                    now = self._code(self.random.choice(self.stock.cases), now) + timedelta(minutes=5)
        return self.done

    def _drill(self) -> ExamPlan:
        """Choose a drill: sections one is weak in are practised more."""
        weak = [1.2 - logistic(self._ability(plan.sections[0].section)) for plan in self.stock.drills]
        return self.random.choices(self.stock.drills, weak)[0]

    def _ability(self, section: Section) -> float:
        return self.learner.ability(section, self.practised[section])

    def _sit(self, plan: ExamPlan, now: datetime) -> datetime:
        """Sit an exam or do a drill from `now`; return when it was handed in."""
        drill = plan.kind is PlanKind.DRILL
        seed = self.random.getrandbits(31)
        pool = [one.pool for one in self.stock.questions.values()]
        paper = assemble(plan, pool, history=self.seen, seed=seed)
        deadline = now + timedelta(minutes=plan.minutes) if plan.minutes else None
        begun, at = now, now
        answers = []
        for n, slot in enumerate(paper.slots, start=1):
            stored = self.stock.questions[slot.item]
            work = self._answer(stored.question, at, drill=drill, n=n)
            if deadline is not None and work[-1].at >= deadline:
                break
            at = work[-1].at
            answers.append(DoneQuestion(n, stored.item_id, stored.version_id, stored.question, work))
            self.practised[stored.question.section] += 1
            self.seen[slot.item] = at.timestamp()
        closed = at if deadline is None else min(at + timedelta(seconds=20), deadline)
        places = self.stock.questions
        self.done.sittings.append(
            DoneSitting(
                person_id=self.person_id,
                plan=plan,
                paper=tuple(
                    slot_data(slot, item_id=places[slot.item].item_id, version_id=places[slot.item].version_id)
                    for slot in paper.slots
                ),
                seed=seed,
                started_at=begun,
                deadline=deadline,
                closed_at=closed,
                answers=tuple(answers),
            )
        )
        return closed

    def _answer(self, question: Question, at: datetime, *, drill: bool, n: int) -> tuple[DoneStep, ...]:
        """Answer a question: chosen options, time and how sure she is follow from one chance of knowing."""
        random = self.random
        known = self._ability(question.section) - item_difficulty(self.seed, question.id, question.difficulty)
        if question.id in self.seen:
            known += REMEMBERED
        right = random.random() < logistic(known)
        chosen = question.right if right else self._wrong(question)
        seconds = budget_seconds(question.section) * self.learner.pace * random.lognormvariate(0, 0.4)
        seconds = max(6.0, seconds * (1 if right else 1.2))
        sure = None
        if drill and random.random() < MARKED:
            sure = known + self.learner.bold + random.gauss(0, 1) + (0.6 if right else -0.6) > 0.6
        steps = []
        kind = StepKind.SUBMIT if drill else StepKind.SAVE
        answers = [(seconds, chosen, kind)]
        if random.random() < CHANGED:
            before = self._wrong(question) if right or random.random() < 0.5 else question.right
            answers.insert(0, (seconds * 0.6, before, StepKind.SAVE))
        for seq, (after, options, step) in enumerate(answers):
            save = SlotSave(
                base_seq=seq,
                save_id=f"sim-{int(at.timestamp())}-{n}-{seq}",
                answer=tuple(sorted(options)),
                flagged=not drill and known < -0.5,
                elapsed_ms=int(after * 1000),
                sure=sure,
            )
            steps.append(DoneStep(step, save.payload(), at + timedelta(seconds=after)))
        return tuple(steps)

    def _wrong(self, question: Question) -> frozenset[str]:
        """Choose a wrong answer; some wrong options mislead more people than others."""
        wrong = [option.id for option in question.options if not option.right]
        lure = Random(f"lure {self.seed} {question.id}")  # noqa: S311  (reproducible)
        picked = self.random.choices(wrong, [lure.random() ** 2 + 0.05 for _ in wrong])[0]
        rest = sorted(question.right)[1:]
        return frozenset([picked, *rest])

    def _code(self, stored: StockCase, now: datetime) -> datetime:
        """Code a case from `now`; return when it was handed in."""
        case, random = stored.case, self.random
        section = Section.CASES
        ability = self._ability(section) + (REMEMBERED if case.id in self.seen else 0.0)
        chance = logistic(_SLIP[case.level] - 0.9 * ability)
        branch = random.randrange(len(case.key.branches))
        claim = with_slips(case, key_claim(case, branch, optional=False), chance=2.2 * chance, random=random)
        minutes = max(1.0, case.minutes * self.learner.pace * random.lognormvariate(0.1, 0.35))
        half, end = now + timedelta(minutes=minutes / 2), now + timedelta(minutes=minutes)
        payload = payload_of(claim)
        draft = {**payload, "services": []}
        self.done.cases.append(
            DoneCase(
                person_id=self.person_id,
                item_id=stored.item_id,
                version_id=stored.version_id,
                started_at=now,
                active_ms=int(minutes * 60_000),
                steps=(DoneStep(StepKind.SAVE, draft, half), DoneStep(StepKind.SUBMIT, payload, end)),
                result=self.stock.judge(stored, claim),
            )
        )
        self.practised[section] += 1
        self.seen[case.id] = now.timestamp()
        return end
