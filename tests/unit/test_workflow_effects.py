"""What the pages tell of each event besides its transition is what the services do.

The services are read, not run: from the function of each event to all that it calls. Reading
shows more than can happen, because a cascade looks at the states that it finds; `AWAITED` and
`NEVER` say what cannot.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pytest

from app.services import (
    action_events,
    annual_plans,
    audit_events,
    change_requests,
    deadlines,
    finding_cascades,
    finding_events,
    finding_notices,
    plan_cascades,
    plan_events,
    plan_notices,
    publications_events,
    replies,
    reports,
)
from app.services.change_request_facts import ENDED_STATES
from app.services.finding_facts import RUNNING_STATES
from app.services.workflow_docs import EFFECTS
from tests.unit.service_calls import Function, calls, fired, name_of, reach
from workflows import WORKFLOWS
from workflows.action import COMPLETE_STATES, ActionState

MODULES = {
    "annual_plan": annual_plans,
    "audit": audit_events,
    "finding": finding_events,
    "plan": plan_events,
    "action": action_events,
    "change_request": change_requests,
    "publication": publications_events,
}
TABLES = {thing: module.EFFECTS for thing, module in MODULES.items() if hasattr(module, "EFFECTS")}
OTHERS: Mapping[str, tuple[Function, ...]] = {
    "annual_plan.approve": (annual_plans._approved,),
    "audit.issue_draft_report": (reports.issue,),
    "audit.issue_final_report": (reports.issue,),
    "audit.start_final_report": (finding_cascades.lapse_audit,),
    "finding.communicate": (finding_cascades.communicate_all,),
    "finding.confirm": (finding_cascades.confirm_all,),
    "finding.reply": (replies.submit,),
    "plan.start_execution": (plan_cascades.start_if_due,),
    "action.start_execution": (finding_cascades.treatment_started,),
    "action.reformulate": (plan_cascades._give_way,),
    "action.void": (change_requests._void,),
    "action.cancel_with_plan": (plan_cascades.lapse_requests,),
    "action.annul_with_finding": (plan_cascades.lapse_requests, plan_notices.action_annulled),
    "change_request.approve": (plan_notices.request_decided, *change_requests.APPLY.values()),
    "change_request.deny": (plan_notices.request_decided,),
    "change_request.lapse": (plan_notices.request_lapsed,),
    "finding.lapse": (finding_notices.lapsed,),
    "publication.publish": (publications_events._publish,),
}
"""What an event does that stands in no table: in `fire` itself, or where the system fires it."""

OF_ITSELF: Mapping[str, Function] = {
    "change_request.lapse": plan_notices.request_lapsed,
    "finding.lapse": finding_notices.lapsed,
}
"""What belongs to an event that others fire: their texts name the event, not what it brings."""

EVENTS = sorted(EFFECTS)

AWAITED: Mapping[str, Collection[ActionState]] = {
    "plan.complete": COMPLETE_STATES,
    "finding.request_verification": COMPLETE_STATES,
    "finding.start_treatment": RUNNING_STATES,
    "finding.resume_treatment": RUNNING_STATES,
    "change_request.lapse": ENDED_STATES,
}
"""Steps that follow an action only when it comes into one of these states."""
NEVER: Mapping[str, set[str]] = {
    # In a plan not accepted yet no action replaces another, and its findings wait for a plan.
    "plan.approve": {"action.reformulate", "change_request.lapse", "finding.resume_treatment"},
    "plan.subscribe": {
        "action.reformulate",
        "change_request.lapse",
        "finding.resume_treatment",
        "audit.start_follow_up",  # no audit of ours stands behind an external plan
    },
    "plan.start_execution": {"finding.resume_treatment"},
    # A draft was never accepted: it holds no finding, and nobody asks changes of its actions.
    "plan.discard": {"finding.lose_plan", "change_request.lapse"},
    "action.discard": {"change_request.lapse"},
    # An action joins by itself only a plan that has begun, and is not finished when it does.
    "action.approve": {"plan.start_execution", "finding.request_verification"},
    # An action has one pending request at a time: the one that is being approved.
    "change_request.approve": {"change_request.lapse"},
    "action.void": {"change_request.lapse"},
}

TOLD_BY: Mapping[str, set[str]] = {
    "correo a": {"mails.enqueue"},
    "novedad en el resumen diario": {"news.tell"},
    "radica": {"filing.next_number"},
    "se firma": {"filing.sign"},
    "congela": {"finding_texts.freeze"},
    "queda fijo": {
        "audit_terms.freeze_reply",
        "audit_terms.freeze_plan",
        "plan_events._send_back",
    },
    "corre en ellos el término": {"audit_terms.shift_by_suspension"},
    "solicitudes de información": {"information_requests.shift_by_suspension"},
    "registra la decisión del comité": {"committee.add"},
    "el portal muestra el informe": {"projection.publish"},
    "el portal deja de mostrar el informe": {"projection.remove"},
}
"""Words of a text, and the functions that make them true: one is never without the other."""
MAKES_DOCUMENTS = {
    "documents.finish_intent",
    "projection._delete_object",
    "publications_store.copy_to_public",
}
DEMANDED = {
    "needs_announcement": "anuncio",
    "needs_approved_annual_plan": "acta",
    "needs_authority_act": "acto",
    "needs_authority_result": "resultado",
    "needs_clean_copy": "copia anonimizada",
    "needs_closed_case_file": "expediente",
    "needs_committee_decision": "acta",
    "needs_conflict_declarations": "declaraciones de conflicto",
    "needs_decision": "decisión",
    "needs_effective_result": "soporte de la efectividad",
    "needs_efficacy": "soporte de la eficacia",
    "needs_evidence": "evidencia",
    "needs_filing_number": "radicado",
    "needs_finding_evidence": "evidencia",
    "needs_ineffective_result": "soporte de la efectividad",
    "needs_minutes": "acta",
    "needs_optional_plan": "acta",
    "needs_public_version": "versión pública",
    "needs_report_document": "informe",
    "needs_reviewed_papers": "papeles de trabajo",
    "needs_signature": "firmado",
    "needs_signed_program": "programa firmado",
    "needs_signed_source": "informe final firmado",
    "needs_source_report": "documento de origen",
    "needs_transmission": "constancia de envío",
}
"""Guards that look for a document, and the word by which the text calls it."""


def functions(code: str) -> list[Function]:
    """Where the services say what the event does besides moving its thing."""
    thing, _, event = code.partition(".")
    table = TABLES.get(thing, {})
    return [*([table[event]] if event in table else []), *OTHERS.get(code, ())]


def enters(code: str, states: Collection[ActionState]) -> bool:
    """Whether the event takes an action into these states from outside them."""
    rules = [rule for rule in WORKFLOWS["action"].table() if code == f"action.{rule.event}"]
    return any(rule.target in states and rule.source not in states for rule in rules)


def possible(code: str) -> set[str]:
    """The other events that the event may fire, by what the services say."""
    read = fired(functions(code)) - {code}
    moves = read | {code}
    late = {
        other
        for other, states in AWAITED.items()
        if not any(enters(each, states) for each in moves)
    }
    return set(read - late - NEVER.get(code, set()))


def does(found: list[Function], *, but: Collection[Function] = ()) -> set[str]:
    return {name_of(function) for function in reach(found, but=but)}


@pytest.mark.parametrize("code", EVENTS)
def test_text_names_the_events_that_this_one_fires_and_no_other(code: str) -> None:
    assert set(EFFECTS[code].fires) == possible(code)


@pytest.mark.parametrize("code", sorted(NEVER))
def test_what_never_happens_could_be_read_in_the_services(code: str) -> None:
    """An exception that the services no longer need goes from the list."""
    assert fired(functions(code)) >= NEVER[code]


def test_text_says_what_the_calendar_brings() -> None:
    told = {code for code in EVENTS if EFFECTS[code].does.startswith("Por calendario, ")}
    follow = {other for code in told for other in EFFECTS[code].fires}
    assert told | follow == fired([deadlines.run])


@pytest.mark.parametrize("code", EVENTS)
def test_text_tells_mails_numbers_signatures_terms_and_the_portal(code: str) -> None:
    text = EFFECTS[code].does.lower()
    done = does(functions(code), but=[of for event, of in OF_ITSELF.items() if event != code])
    assert {words for words, names in TOLD_BY.items() if names & done} == {
        words for words in TOLD_BY if words in text
    }


@pytest.mark.parametrize("code", EVENTS)
def test_documents_are_those_that_guards_demand_and_services_make(code: str) -> None:
    thing, _, event = code.partition(".")
    text = EFFECTS[code].documents.lower()
    rules = [rule for rule in WORKFLOWS[thing].table() if rule.event == event]
    guards = {name for rule in rules for name in rule.guards} & set(DEMANDED)
    assert all(DEMANDED[name] in text for name in guards), guards
    assert bool(text) == bool(guards or does(functions(code)) & MAKES_DOCUMENTS)


@pytest.mark.parametrize("thing", MODULES)
def test_no_effect_hides_where_these_tests_do_not_look(thing: str) -> None:
    """What `fire` itself calls is either without such effects or named above."""
    known = {each for code in EVENTS if code.startswith(f"{thing}.") for each in functions(code)}
    effects = set().union(*TOLD_BY.values()) | MAKES_DOCUMENTS
    for function in set(calls(MODULES[thing].fire)) - known:
        assert not effects & does([function]), name_of(function)
        assert not fired([function]), name_of(function)


def test_every_function_that_a_word_stands_for_is_there() -> None:
    """A name that changed in the services would make these tests look for nothing."""
    reached = does([function for code in EVENTS for function in functions(code)])
    assert set().union(*TOLD_BY.values()) | MAKES_DOCUMENTS <= reached
    assert set(DEMANDED) <= {
        name for machine in WORKFLOWS.values() for rule in machine.table() for name in rule.guards
    }
