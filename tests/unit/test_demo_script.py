"""The script of the demonstration entity fits its prose: nothing is named that is not written."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

import pytest

from app.services.catalogues import FOLDER
from app.services.demo import prose
from app.services.demo.parts import AuditPart, Fate, FindingPart, Script
from app.services.demo.people import email_of, leader_of, liaison_of
from app.services.demo.script_small import SMALL
from app.services.demo.script_whole import WHOLE
from workflows.audit import AuditState
from workflows.enums import FindingType, Role

SCRIPTS = pytest.mark.parametrize("script", [SMALL, WHOLE], ids=["small", "whole"])
NO_SUBJECTS = {prose.ENTITY, prose.UNIVERSE}
SUBJECTS = sorted({path.stem for path in prose.FOLDER.glob("*.toml")} - NO_SUBJECTS)
NEEDS_ALL = {FindingType.FINDING, FindingType.NONCONFORMITY}
SPANISH_END = re.compile(r"[.?!»)]$")


def told(script: Script) -> Iterator[tuple[AuditPart | None, FindingPart, prose.FindingProse]]:
    for audit in script.audits:
        for part in audit.findings:
            yield audit, part, prose.findings(part.subject or audit.subject)[part.key]
    for external in script.externals:
        for part in external.findings:
            yield None, part, prose.findings("externos")[part.key]


def written() -> Iterator[prose.FindingProse]:
    for subject in SUBJECTS:
        yield from prose.findings(subject).values()


def known_norms() -> set[str]:
    shipped = tomllib.loads((FOLDER / "norms.toml").read_text())["norm"]
    return {each["code"] for each in (*shipped, *prose.entity().norms)}


@SCRIPTS
def test_every_audit_of_the_script_is_written(script: Script) -> None:
    for part in script.audits:
        assert prose.audit(part.subject, part.prose).title
        assert part.process in {process.key for process in prose.entity().processes}


@SCRIPTS
def test_every_action_of_the_script_is_written_and_replaced_by_a_later_one(script: Script) -> None:
    for _audit, part, finding in told(script):
        assert len(part.acts) <= len(finding.actions), part.key
        for act in part.acts:
            if act.next is not None:
                assert part.acts[act.next].later, part.key


@SCRIPTS
def test_a_finding_with_a_plan_says_its_causes(script: Script) -> None:
    for _audit, part, finding in told(script):
        if part.acts:
            assert len(finding.whys) >= 2, part.key
            assert finding.root, part.key


@SCRIPTS
def test_a_finding_is_told_once(script: Script) -> None:
    keys = [(audit.subject if audit else "", part.key) for audit, part, _told in told(script)]
    assert len(set(keys)) == len(keys)


def test_the_whole_story_has_every_kind_of_ending() -> None:
    fates = {act.fate for _audit, part, _told in told(WHOLE) for act in part.acts}
    assert fates == set(Fate)
    assert {part.until for part in WHOLE.audits} == set(AuditState)


def test_each_finding_cites_a_norm_of_the_catalogue_with_its_article() -> None:
    norms = known_norms()
    for finding in written():
        if finding.norm:
            assert finding.norm in norms, finding.key
            assert finding.article, finding.key


def test_each_finding_has_the_parts_that_its_type_needs() -> None:
    for finding in written():
        assert finding.title, finding.key
        assert finding.condition, finding.key
        if finding.type in NEEDS_ALL:
            assert finding.criterion, finding.key
            assert finding.effect, finding.key


def test_texts_are_whole_sentences() -> None:
    for finding in written():
        for text in (finding.condition, finding.effect, finding.cause, finding.reply):
            assert not text or SPANISH_END.search(text), (finding.key, text)


def test_progress_grows_and_never_passes_the_target() -> None:
    for finding in written():
        for action in finding.actions:
            done = [entry.done for entry in action.progress]
            assert done == sorted(done), action.description
            assert done[-1] <= action.target, action.description


def test_there_is_an_account_for_each_role_and_a_mail_for_each_person() -> None:
    people = prose.entity().people
    accounts = [person for person in people if person.account]
    grantable = set(Role) - {Role.SYSTEM, Role.OVERSIGHT_BODY}
    assert {person.role for person in accounts} == grantable
    assert {email_of(person) for person in accounts} == {
        f"{role.value}@demo.gov.co" for role in grantable
    }
    assert len({email_of(person) for person in people}) == len(people)


def test_every_audited_process_has_a_leader_and_a_liaison_who_are_not_one_person() -> None:
    for part in WHOLE.audits:
        assert leader_of(part.process) != liaison_of(part.process)
