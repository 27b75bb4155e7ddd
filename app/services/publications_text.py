"""The public text of a report: proposed from the final texts, edited, searched for personal data.

`content` is plain JSON: title, summary, objective, scope, conclusions, unit, process, and one item
per finding with its texts and the inside id that ties it to the working row. Outside names of
fields are flat ("summary", "f12_found"), as forms and marks use them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app import personal_data
from app.models.accounts import User
from app.models.audits import Audit
from app.models.findings import Finding
from app.models.publications import Publication
from app.personal_data import Mark, visible
from app.projection import CONTESTED, FIRM
from app.services import filing, finding_texts
from workflows.enums import FindingType

HEAD_FIELDS = ("title", "summary", "objective", "scope", "conclusions", "unit")
FINDING_FIELDS = ("title", "found", "why", "criterion", "recommendation")
LINE_FIELDS = frozenset({"title", "unit"})

Content = dict[str, Any]


@dataclass(frozen=True, slots=True)
class FieldMark:
    """A mark in one field that nobody has accepted yet."""

    field: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class Differences:
    """Inside codes of findings whose final text is not the one this public text came from."""

    changed: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.changed or self.new or self.gone)


def sources(session: Session, audit_id: int) -> Sequence[Finding]:
    """The audit's communicated findings that stand, in order of code."""
    return session.scalars(
        select(Finding)
        .where(Finding.audit_id == audit_id, Finding.state.in_(CONTESTED | FIRM))
        .options(joinedload(Finding.norm), joinedload(Finding.process))
        .order_by(Finding.code)
        .execution_options(populate_existing=True)
    ).all()


def propose(session: Session, audit: Audit) -> Content:
    """A first public text, from what the audit and its findings say today."""
    findings = sources(session, audit.id)
    process = audit.process
    head = {
        "title": audit.title,
        "summary": _summary(process.name, findings),
        "objective": audit.objective,
        "scope": audit.scope,
        "conclusions": audit.conclusions,
        "unit": process.unit.name if process.unit else "",
        "process": process.name,
    }
    shown = {name: visible(text) for name, text in head.items()}
    return {**shown, "findings": [_item(finding) for finding in findings]}


def _summary(process: str, findings: Sequence[Finding]) -> str:
    """One sentence that a neighbour understands; the preparer goes on from there."""
    strengths = sum(finding.type is FindingType.STRENGTH for finding in findings)
    problems = len(findings) - strengths
    found = "no encontró problemas"
    if problems:
        found = f"encontró {'un problema' if problems == 1 else f'{problems} problemas'}"
    if strengths:
        number = "una buena práctica" if strengths == 1 else f"{strengths} buenas prácticas"
        found += f" y destacó {number}"
    return f"La Oficina de Control Interno revisó el proceso «{process}» y {found}."


def _item(finding: Finding) -> Content:
    name = finding.norm.name if finding.norm else ""
    norm = ", ".join(filter(None, [name, finding.norm_article]))
    texts = {
        "process": finding.process.name,
        "title": finding.title,
        "found": finding.condition,
        "why": finding.effect,
        "criterion": "\n\n".join(filter(None, [finding.criterion, norm])),
        "recommendation": finding.recommendation,
    }
    return {
        "finding_id": finding.id,
        "code": finding.code,
        "source_sha256": _source_hash(finding),
        "type": finding.type.value,
        "severity": finding.severity.value,
        **{name: visible(text) for name, text in texts.items()},
    }


def _source_hash(finding: Finding) -> str:
    return filing.content_hash(finding_texts.snapshot(finding))


def differences(content: Mapping[str, Any], findings: Sequence[Finding]) -> Differences:
    """How the findings as they stand differ from those the public text was made from."""
    items = {item["finding_id"]: item for item in content["findings"]}
    standing = {finding.id for finding in findings}
    return Differences(
        changed=tuple(
            finding.code
            for finding in findings
            if finding.id in items and items[finding.id]["source_sha256"] != _source_hash(finding)
        ),
        new=tuple(finding.code for finding in findings if finding.id not in items),
        gone=tuple(item["code"] for id_, item in items.items() if id_ not in standing),
    )


def brought_up_to_date(content: Content, findings: Sequence[Finding]) -> Content:
    """The same text with the findings that differ taken anew from their final text."""
    kept = {item["finding_id"]: item for item in content["findings"]}
    items = []
    for finding in findings:
        item = kept.get(finding.id)
        fresh = item is not None and item["source_sha256"] == _source_hash(finding)
        items.append(item if fresh else _item(finding))
    return {**content, "findings": items}


# ------------------------------------------------------------------ flat names


def texts(content: Mapping[str, Any]) -> dict[str, str]:
    """Every text that readers will see, by its flat name, in the order of the page."""
    flat = {name: content[name] for name in HEAD_FIELDS}
    for item in content["findings"]:
        flat |= {field_name(item["finding_id"], name): item[name] for name in FINDING_FIELDS}
    return flat


def field_name(finding_id: int, name: str) -> str:
    return f"f{finding_id}_{name}"


def with_texts(content: Content, values: Mapping[str, str]) -> Content:
    """The content with these texts in the place of the old ones; unknown names are ignored."""
    values = {name: visible(text) for name, text in values.items()}
    items = [
        {
            **item,
            **{
                name: values.get(field_name(item["finding_id"], name), item[name])
                for name in FINDING_FIELDS
            },
        }
        for item in content["findings"]
    ]
    head = {name: values.get(name, content[name]) for name in HEAD_FIELDS}
    return {**content, **head, "findings": items}


# ------------------------------------------------------------------ personal data


def person_names(session: Session) -> list[str]:
    """Everyone with an account: their names are looked for in the text."""
    return list(session.scalars(select(User.name).order_by(User.id)))


def open_marks(publication: Publication, names: Sequence[str]) -> list[FieldMark]:
    """What looks like personal data and was neither edited nor accepted with a reason."""
    accepted = {(each["field"], each["kind"], each["text"]) for each in publication.accepted}
    return [
        FieldMark(field, mark)
        for field, text in texts(publication.content).items()
        for mark in personal_data.find(text, names)
        if (field, mark.kind.value, mark.text) not in accepted
    ]


def for_advice(
    content: Content, marks: Sequence[FieldMark], findings: Sequence[Finding]
) -> Content:
    """The text as who only advises may read it: what looks like personal data left out, and no
    finding but those that are firm and still say what the text was made from."""
    flat = texts(content)
    for each in marks:
        flat[each.field] = flat[each.field].replace(each.mark.text, personal_data.OMITTED)
    firm = {each.id: _source_hash(each) for each in findings if each.state in FIRM}
    masked = with_texts(content, flat)
    items = [
        item for item in masked["findings"] if firm.get(item["finding_id"]) == item["source_sha256"]
    ]
    return {**masked, "findings": items}


# ------------------------------------------------------------------ hashes


def digest(content: Mapping[str, Any]) -> str:
    """SHA-256 of the public text, by which a copy made from another text is known."""
    return filing.content_hash(content)


def approval_digest(publication: Publication) -> str:
    """What an approval covers: the text and the bytes of the copy."""
    sha256 = publication.pdf.sha256 if publication.pdf else ""
    return filing.content_hash({"content": publication.content, "pdf": sha256})
