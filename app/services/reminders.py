"""The daily digest: one mail a day to who has something new, falling due, late, or to be told.

What is owed is asked of the tasks each time, so what was done, moved or given to somebody else
is not reminded. What was told is kept (`Notice`), so nothing is told twice: not by two workers,
nor when the clock jumps. A legal communication never waits for this; it has its own mail.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import delete, or_, select

from app.context import Context
from app.models.accounts import Notice, Substitution, User
from app.models.org import Unit
from app.models.traceability import OutboxItem
from app.permissions import Actor, can
from app.services import accounts, mails, news, report_words, settings, tasks
from app.services.settings import Rulebook
from app.services.task_rows import Duty, Task
from workflows.enums import Role

REMINDERS = ("remind_first", "remind_second", "remind_last")
NOT_NEAR = -(10**6)
"""Step of what has no date, or a date that is still far: told once, when it begins."""
LATE, DUE, NEW, OTHERS = "VENCIDO", "POR VENCER", "NUEVO", "RETRASOS DE OTRAS PERSONAS"
NEWS = "NOVEDADES"
ORDER = (LATE, DUE, NEW, OTHERS)
MOST_LINES = 30
KEPT = timedelta(days=400)
FIRST_LINE = frozenset({Role.PROCESS_OWNER, Role.LIAISON})


@dataclass(frozen=True, slots=True)
class Words:
    """What the screen calls a step ("plan.submit"), and the whole address of a task's page."""

    label: Callable[[str], str]
    address: Callable[[Task], str]


@dataclass(frozen=True, slots=True)
class Line:
    """Something to tell a person: again only when its `step` has grown."""

    key: str
    step: int
    group: str
    text: str
    due_on: date = date.max


def reached(rules: Rulebook, due_on: date, today: date) -> int | None:
    """The last reminder whose day has come, in days from the due date; None before the first."""
    days = (today - due_on).days
    amounts = [rules.terms[code].amount for code in REMINDERS]
    steps = [step for amount in amounts if amount for step in (-amount, amount)]
    return max((step for step in steps if step <= days), default=None)


def run(ctx: Context, words: Words) -> int:
    """Leave today's digest in the outbox for each person who has one; answer how many."""
    session, today = ctx.session, ctx.today()
    rules = settings.rulebook(session)
    people = session.scalars(select(User).where(User.disabled_at.is_(None)).order_by(User.id)).all()
    away = _away(ctx)
    actors = [a for a in accounts.actors_for(session, people, today) if a.user_id not in away]
    heads = {row.id: row.head_id for row in session.scalars(select(Unit))}
    lines: dict[int, list[Line]] = defaultdict(list)
    for owed in tasks.owed_by_all(ctx, actors):
        for actor, task in owed.owners:
            _put(lines, actor, _own(rules, today, task, words))
        for actor, line in _delays(rules, today, owed, actors, heads, words):
            _put(lines, actor, line)
    return sum(_send(ctx, actor, lines.get(actor.user_id or 0, ())) for actor in actors)


def forget(ctx: Context) -> int:
    """Drop news that nobody can be told any more, and what was told long ago."""
    old = or_(
        (Notice.told_on.is_(None)) & (Notice.created_at <= ctx.now() - news.FRESH),
        Notice.told_on < ctx.today() - KEPT,
    )
    with ctx.transaction() as session:
        gone = session.scalars(delete(Notice).where(old).returning(Notice.id)).all()
    return len(gone)


def _put(lines: dict[int, list[Line]], actor: Actor, line: Line) -> None:
    if actor.user_id is not None:
        lines[actor.user_id].append(line)


def _away(ctx: Context) -> set[int]:
    """Who is absent today and has somebody to act for him: the other one is reminded."""
    today = ctx.today()
    statement = (
        select(Substitution.absent_id)
        .join(User, User.id == Substitution.substitute_id)
        .where(
            Substitution.starts_on <= today,
            Substitution.ends_on >= today,
            Substitution.cancelled_at.is_(None),
            User.disabled_at.is_(None),
        )
    )
    return set(ctx.session.scalars(statement))


# ------------------------------------------------------------------ what is told


def _own(rules: Rulebook, today: date, task: Task, words: Words) -> Line:
    step = None if task.due_on is None else reached(rules, task.due_on, today)
    if step is None:
        group = NEW
    else:
        group = LATE if task.due_on is not None and task.due_on < today else DUE
    return Line(
        task.key,
        NOT_NEAR if step is None else step,
        group,
        _text(task, today, words),
        task.due_on or date.max,
    )


def _delays(
    rules: Rulebook,
    today: date,
    owed: tasks.Owed,
    actors: Sequence[Actor],
    heads: Mapping[int, int | None],
    words: Words,
) -> Iterable[tuple[Actor, Line]]:
    """A delay is told upwards: the head of the unit, then the head of the OCI, then the top
    management, each after the days of its setting. Who may not read the thing is told that his
    people are late with it, by its code: no title, no page."""
    owners = {actor.user_id for actor, _task in owed.owners}
    task = next((task for _actor, task in owed.owners if task.due_on), None)
    if task is None or task.due_on is None or task.due_on >= today:
        return
    days = (today - task.due_on).days
    # The delays of the OCI are not for the boss of whom it audits.
    is_first_line = any(actor.roles & FIRST_LINE for actor, _task in owed.owners)
    boss = heads.get(task.unit_id) if task.unit_id and is_first_line else None
    names = ", ".join(sorted(actor.name for actor, _task in owed.owners)[:3])
    kind, thing_id = task.thing
    for actor in actors:
        due_steps = [
            rules.terms[code].amount
            for code, concerned in (
                ("escalate_boss", boss is not None and boss in actor.persons),
                ("escalate_oci", Role.OCI_HEAD in actor.roles),
                ("escalate_committee", Role.TOP_MANAGEMENT in actor.roles),
            )
            if concerned and 0 < rules.terms[code].amount <= days
        ]
        reads = _may_read(actor, owed.duty)
        if due_steps and actor.user_id not in owners and (reads or is_first_line):
            said = _text(task, today, words) if reads else _bare(task, today, words)
            text = f"{said}\n  De: {names}"
            key = f"late:{kind}:{thing_id}:{task.due_on}"
            yield actor, Line(key, max(due_steps), OTHERS, text, task.due_on)


def _may_read(actor: Actor, duty: Duty) -> bool:
    """What has no right of reading of its own is told to its owners alone."""
    kind = getattr(duty.row, "thing", "")
    return can(actor, f"{kind}.read", duty.row)


def _text(task: Task, today: date, words: Words) -> str:
    until = ""
    if task.due_on is not None:
        until = f". {_when(task.due_on, today)}"
    return f"{words.label(task.event)}: {task.title.rstrip('. ')}{until}\n  {words.address(task)}"


def _bare(task: Task, today: date, words: Words) -> str:
    """The same for who may not read what it is about: its code alone."""
    code = task.title.partition(" · ")[0]
    until = "" if task.due_on is None else f". {_when(task.due_on, today)}"
    return f"{words.label(task.event)}: {code}{until}"


def _when(due_on: date, today: date) -> str:
    days = (due_on - today).days
    day = report_words.day(due_on)
    if days == 0:
        return f"Vence hoy, {day}"
    count = f"{abs(days)} día" if abs(days) == 1 else f"{abs(days)} días"
    return f"Vence el {day}, en {count}" if days > 0 else f"Venció el {day}, hace {count}"


# ------------------------------------------------------------------ the mail


def _send(ctx: Context, actor: Actor, lines: Sequence[Line]) -> bool:
    """Put the digest of one person into the outbox, in a transaction of its own that holds his
    row: two workers at once take turns, and the second finds it done."""
    today = ctx.today()
    key = f"digest:{today}"
    with ctx.transaction() as session:
        user = session.get_one(User, actor.user_id, with_for_update=True, populate_existing=True)
        sent = select(OutboxItem.id).where(OutboxItem.key == f"mail:{key}:{user.id}")
        if user.disabled_at is not None or session.scalar(sent):
            return False
        known = {
            row.key: row for row in session.scalars(select(Notice).where(Notice.user_id == user.id))
        }
        fresh = [line for line in lines if _is_fresh(line, known.get(line.key))]
        fresh.sort(key=lambda line: line.due_on)
        heard = news.waiting(ctx, actor)
        if not fresh and not heard:
            return False
        for line in fresh:
            row = known.get(line.key)
            if row is None:
                row = Notice(user_id=user.id, key=line.key, created_at=ctx.now())
                session.add(row)
            row.step, row.told_on = line.step, today
            known[line.key] = row
        for notice in heard:
            notice.told_on = today
        url = ctx.config.public_url
        groups = [(name, [ln.text for ln in fresh if ln.group == name]) for name in ORDER]
        groups.append((NEWS, [f"{row.text}\n  {url}{row.path}" for row in heard]))
        text = _letter(user.name, groups, url)
        mails.enqueue(ctx, key, user, _subject(fresh, len(heard)), text)
    return True


def _is_fresh(line: Line, told: Notice | None) -> bool:
    return told is None or told.step < line.step


def _subject(fresh: Sequence[Line], heard: int) -> str:
    counts = [
        (sum(line.group == LATE for line in fresh), "vencido", "vencidos"),
        (sum(line.group == DUE for line in fresh), "por vencer", "por vencer"),
        (sum(line.group == NEW for line in fresh), "nuevo", "nuevos"),
        (sum(line.group == OTHERS for line in fresh), "retraso de otros", "retrasos de otros"),
        (heard, "novedad", "novedades"),
    ]
    told = [f"{count} {one if count == 1 else many}" for count, one, many in counts if count]
    return f"Su resumen de hoy: {', '.join(told)}"


def _letter(name: str, groups: Sequence[tuple[str, list[str]]], url: str) -> str:
    parts = [f"{name}:"]
    for title, texts in groups:
        if not texts:
            continue
        shown = [f"- {text}" for text in texts[:MOST_LINES]]
        if len(texts) > MOST_LINES:
            shown.append(f"- Y {len(texts) - MOST_LINES} más: están en su bandeja.")
        parts.append("\n".join((title, *shown)))
    parts.append(
        f"Todo lo que depende de usted: {url}/panel\n"
        "Este resumen se envía una vez al día, y solo cuando hay algo que contar."
    )
    return "\n\n".join(parts) + "\n"
