"""What a use case may touch besides its arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app import index_feed, projection, trace
from app.adapters.storage import DocumentStore
from app.models.base import Traced
from app.models.traceability import OutboxItem
from app.permissions import SYSTEM, Actor
from config import Config

WRITING = {"vigia_write": True}


@dataclass(frozen=True, slots=True)
class Context:
    """Built per request, command or test."""

    actor: Actor
    session: Session
    store: DocumentStore
    public_store: DocumentStore
    config: Config
    now: Callable[[], datetime]  # UTC, timezone-aware
    ip: str = ""
    request_id: str = ""

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Open the one writing transaction; commit at the end, roll back on any error.

        Opened by public service functions only, and never inside another. The reads of the
        request end first: on SQLite a transaction that has read cannot become a writer while
        another writes, it fails at once; BEGIN IMMEDIATE waits for its turn instead.
        """
        session = self.session
        session.rollback()
        trace.forget(session)
        index_feed.forget(session)
        try:
            session.connection(execution_options=WRITING)
            yield session
            session.flush()
            self._keep_portal_in_step()
            index_feed.settle(session, self.config, self.now())
            trace.seal(session)
            session.commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            trace.forget(session)
            index_feed.forget(session)

    def _keep_portal_in_step(self) -> None:
        """What stopped being public is gone before anybody is told that it did."""
        touched = trace.touched(self.session)
        projection.keep_in_step(
            self.session,
            self._local_now(),
            audits=touched.audits,
            actions=touched.actions,
            moved=touched.moved,
            entity=touched.entity,
        )

    def record(
        self,
        kind: str,
        action: str,
        thing: Traced | tuple[str, str],
        body: Mapping[str, Any] | None = None,
    ) -> None:
        """Add one ledger event to the open transaction.

        `kind`: change, permission, read, login or system. `body` takes text, whole numbers,
        booleans, lists and mappings; dates and decimals as text.
        """
        self._add(kind, action, thing, dict(body or {}), None)

    def record_transition(
        self,
        thing: Traced,
        *,
        event: str,
        source: str,
        target: str,
        reason: str = "",
        details: Mapping[str, Any] | None = None,
    ) -> None:
        """Add one history row and its ledger event to the open transaction."""
        values = {
            "event": event,
            "source": source,
            "target": target,
            "reason": reason,
            "details": dict(details or {}),
        }
        self._add("change", event, thing, values, values)

    def _add(
        self,
        kind: str,
        action: str,
        thing: Traced | tuple[str, str],
        body: dict[str, Any],
        transition: Mapping[str, Any] | None,
    ) -> None:
        if isinstance(thing, Traced):
            if thing in self.session.new:
                self.session.flush()
            ref = thing.ref
        else:
            ref = thing
        if self.ip:
            body = {**body, "ip": self.ip}
        if self.actor.acting_for:
            body = {**body, "acting_for": sorted(self.actor.acting_for)}
        actor_id = self.actor.user_id
        pending = trace.Pending(kind, action, ref, actor_id, self.now(), body, transition)
        trace.add(self.session, pending)

    def enqueue(
        self,
        kind: str,
        key: str,
        payload: Mapping[str, Any],
        *,
        available_at: datetime | None = None,
    ) -> None:
        """Add work for the worker to the open transaction; `key` makes it happen once."""
        now = self.now()
        self.session.add(
            OutboxItem(
                kind=kind,
                key=key,
                payload=dict(payload),
                created_at=now,
                available_at=available_at or now,
            )
        )

    def _local_now(self) -> datetime:
        return self.now().astimezone(ZoneInfo(self.config.time_zone))

    def today(self) -> date:
        """The date in the entity's time zone."""
        return self._local_now().date()

    def as_system(self) -> Context:
        """The same context acting as the system: for cascades and scheduled work only."""
        return replace(self, actor=SYSTEM)
