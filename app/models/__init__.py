"""Tables. Importing this package registers every one of them on `Base.metadata`."""

from app.models import (
    accounts,
    audits,
    documents,
    fieldwork,
    findings,
    org,
    plans,
    publications,
    texts,
    traceability,
    universe,
)
from app.models.base import Base

__all__ = [
    "Base",
    "accounts",
    "audits",
    "documents",
    "fieldwork",
    "findings",
    "org",
    "plans",
    "publications",
    "texts",
    "traceability",
    "universe",
]
