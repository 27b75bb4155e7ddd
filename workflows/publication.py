"""Life of one version of a public version. Source: docs/domain.md, transparency."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar

from statemachine.states import States

from workflows.base import Facts, Workflow, add_months, guard, is_given
from workflows.enums import Classification

RESERVE_MAX_MONTHS = 15 * 12  # Ley 1712 de 2014, art. 22


class PublicationState(StrEnum):
    NOT_PUBLISHABLE = "no_publicable"
    PENDING_CLASSIFICATION = "pendiente_clasificacion"
    ANONYMISING = "en_anonimizacion"
    APPROVED = "aprobada"
    PUBLISHED = "publicada"
    WITHDRAWN = "retirada"


@dataclass(frozen=True, slots=True)
class PublicationFacts(Facts):
    classification: Classification | None = None
    legal_ground: str = ""
    restricted_from: date | None = None
    restricted_until: date | None = None
    restriction_unlimited: bool = False
    source_signed: bool = False
    has_clean_copy: bool = False
    unresolved_marks: int | None = None
    unresolved_hidden_content: int | None = None
    reviewed_by_other: bool = False
    content_unchanged: bool = False
    title: str = ""
    document_date: date | None = None
    responsible_unit: str = ""
    newer_version_published: bool = False


class PublicationWorkflow(Workflow):
    """The publication's machine. `classification` is that of the public version itself."""

    thing: ClassVar[str] = "publication"
    facts_type = PublicationFacts

    states = States.from_enum(
        PublicationState,
        initial=PublicationState.PENDING_CLASSIFICATION,
        final=PublicationState.WITHDRAWN,
    )

    classify_restricted = states.PENDING_CLASSIFICATION.to(
        states.NOT_PUBLISHABLE,
        validators=["needs_classification", "needs_legal_ground", "needs_restriction_term"],
    )
    classify_public = states.PENDING_CLASSIFICATION.to(
        states.ANONYMISING, validators=["needs_classification", "needs_signed_source"]
    )
    reclassify = states.PENDING_CLASSIFICATION.from_(
        states.NOT_PUBLISHABLE,
        states.ANONYMISING,
        states.APPROVED,
        validators=["needs_reason"],
    )
    approve = states.ANONYMISING.to(
        states.APPROVED,
        validators=[
            "needs_clean_copy",
            "needs_resolved_marks",
            "needs_resolved_hidden_content",
            "needs_other_reviewer",
        ],
    )
    send_back = states.APPROVED.to(states.ANONYMISING, validators=["needs_reason"])
    publish = states.APPROVED.to(
        states.PUBLISHED,
        validators=["needs_unchanged_content", "needs_metadata", "needs_public_classification"],
    )
    discard = states.NOT_PUBLISHABLE.from_(
        states.PENDING_CLASSIFICATION,
        states.ANONYMISING,
        states.APPROVED,
        validators=["needs_reason"],
    )
    withdraw = states.PUBLISHED.to(
        states.WITHDRAWN, validators=["needs_reason", "needs_legal_ground"]
    )
    supersede = states.PUBLISHED.to(states.WITHDRAWN, validators=["needs_newer_version"])

    @guard
    def needs_classification(self, facts: PublicationFacts) -> bool:
        return facts.classification is not None

    @guard
    def needs_legal_ground(self, facts: PublicationFacts) -> bool:
        return is_given(facts.legal_ground)

    @guard
    def needs_restriction_term(self, facts: PublicationFacts) -> bool:
        """Classified information may stay so without limit, reserved at most fifteen years.

        Source: Ley 1712 de 2014, arts. 18 and 22.
        """
        if facts.classification is Classification.CLASSIFIED and facts.restriction_unlimited:
            return True
        start, end = facts.restricted_from, facts.restricted_until
        if start is None or end is None or end <= start:
            return False
        longest = add_months(start, RESERVE_MAX_MONTHS)
        return facts.classification is Classification.CLASSIFIED or end <= longest

    @guard
    def needs_signed_source(self, facts: PublicationFacts) -> bool:
        return facts.source_signed

    @guard
    def needs_clean_copy(self, facts: PublicationFacts) -> bool:
        return facts.has_clean_copy

    @guard
    def needs_resolved_marks(self, facts: PublicationFacts) -> bool:
        return facts.unresolved_marks == 0

    @guard
    def needs_resolved_hidden_content(self, facts: PublicationFacts) -> bool:
        return facts.unresolved_hidden_content == 0

    @guard
    def needs_other_reviewer(self, facts: PublicationFacts) -> bool:
        return facts.reviewed_by_other

    @guard
    def needs_unchanged_content(self, facts: PublicationFacts) -> bool:
        return facts.content_unchanged

    @guard
    def needs_metadata(self, facts: PublicationFacts) -> bool:
        dated = facts.document_date is not None
        return is_given(facts.title) and dated and is_given(facts.responsible_unit)

    @guard
    def needs_public_classification(self, facts: PublicationFacts) -> bool:
        return facts.classification is Classification.PUBLIC

    @guard
    def needs_newer_version(self, facts: PublicationFacts) -> bool:
        return facts.newer_version_published
