"""Log-in, sessions and signing, on both databases."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.context import Context
from app.errors import Forbidden, Invalid, Throttled, WrongPassword
from app.models.accounts import (
    LoginAttempt,
    LoginSession,
)
from app.models.traceability import LedgerBody, LedgerEvent
from app.permissions import ANONYMOUS, SYSTEM
from app.services import accounts
from app.services import accounts_passwords as passwords
from tests.conftest import Clock
from tests.people import (
    NEW_PASSWORD,
    PASSWORD,
    acting,
    is_live,
    make_person,
    signed_in,
    substitution,
    traced,
)


@pytest.fixture
def visitor(ctx: Context) -> Context:
    """Somebody at the door, not signed in."""
    return replace(ctx, actor=ANONYMOUS, ip="10.0.0.7")


def test_log_in_makes_a_session_and_leaves_a_trace(ctx: Context, visitor: Context) -> None:
    user = make_person(ctx)
    token = accounts.log_in(visitor, "  ANA@Entidad.gov.co ", PASSWORD)
    found = accounts.resolve_session(visitor, token)
    assert found is not None
    assert (found[0].id, found[1].ip) == (user.id, "10.0.0.7")
    assert found[0].last_login_at == ctx.now()
    assert token not in {row.token_hash for row in ctx.session.scalars(select(LoginSession))}
    entry = ctx.session.scalars(select(LedgerEvent).where(LedgerEvent.kind == "login")).one()
    assert (entry.action, entry.thing_id, entry.actor_id) == ("log_in", str(user.id), user.id)


def test_a_log_in_does_not_make_an_open_form_stale(ctx: Context, visitor: Context) -> None:
    user = make_person(ctx)
    version = user.version
    accounts.log_in(visitor, user.email, PASSWORD)
    data = accounts.PersonData(user.email, "Ana María Ruiz")
    assert accounts.edit_user(ctx, user.id, data, version=version).name == "Ana María Ruiz"


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("ana@entidad.gov.co", "tres gatos verde"),
        ("ana@entidad.gov.co", ""),
        ("nadie@entidad.gov.co", PASSWORD),
        ("invitado@entidad.gov.co", ""),
        ("inactiva@entidad.gov.co", PASSWORD),
        ("", ""),
        ("ana@entidad.gov.co' OR 1=1--", PASSWORD),
    ],
)
def test_every_refused_log_in_answers_the_same(
    ctx: Context, visitor: Context, email: str, password: str
) -> None:
    make_person(ctx)
    make_person(ctx, "invitado@entidad.gov.co", password=None)
    accounts.disable_user(ctx, make_person(ctx, "inactiva@entidad.gov.co").id, reason="Se retiró")
    with pytest.raises(WrongPassword) as caught:
        accounts.log_in(visitor, email, password)
    assert (caught.value.code, caught.value.params) == ("login.refused", {})
    assert traced(ctx, "login") == ["refuse"]
    bodies = " ".join(ctx.session.scalars(select(LedgerBody.body)))
    assert "gatos" not in bodies
    assert ctx.session.scalar(select(func.count(LoginSession.id))) == 0


def test_an_unknown_person_costs_the_same_work(
    ctx: Context, visitor: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_person(ctx)
    verified: list[str] = []
    real = passwords.HASHER.verify

    def verify(_hasher: object, hashed: str, password: str) -> bool:
        verified.append(hashed)
        return real(hashed, password)

    monkeypatch.setattr(type(passwords.HASHER), "verify", verify)
    for email in ("ana@entidad.gov.co", "nadie@entidad.gov.co"):
        with pytest.raises(WrongPassword):
            accounts.log_in(visitor, email, "equivocada y larga")
    known, unknown = verified
    assert known.rsplit("$", 2)[0] == unknown.rsplit("$", 2)[0]  # the same algorithm and cost


@pytest.mark.parametrize("tail", [" ", "ñ", "🐈", "x" * 200])
def test_passwords_are_taken_as_typed(ctx: Context, visitor: Context, tail: str) -> None:
    user = make_person(ctx, password=PASSWORD + tail)
    assert accounts.log_in(visitor, user.email, PASSWORD + tail)
    with pytest.raises(WrongPassword):
        accounts.log_in(visitor, user.email, PASSWORD)


def test_the_same_letters_composed_otherwise_are_the_same_password(
    ctx: Context, visitor: Context
) -> None:
    user = make_person(ctx, password="camión azul lento")
    assert accounts.log_in(visitor, user.email, "camio\u0301n azul lento")


def test_a_huge_password_is_refused_without_hashing_it(ctx: Context, visitor: Context) -> None:
    user = make_person(ctx)
    with pytest.raises(WrongPassword):
        accounts.log_in(visitor, user.email, "x" * 1_000_000)
    with pytest.raises(WrongPassword):
        accounts.log_in(visitor, user.email, PASSWORD + "x" * 1_000_000)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("corta", "password.too_short"),
        ("x1" * 200, "password.too_long"),
        ("ana.larga@entidad.gov.co", "password.is_yours"),
        ("ANA LARGA RUIZ PAZ", "password.is_yours"),
        ("contraseña123", "password.too_common"),
        ("Colombia2027 ", "password.too_common"),
        ("aaaaaaaaaaaaaaaa", "password.too_common"),
    ],
)
def test_weak_passwords_are_refused_with_their_rule(ctx: Context, password: str, code: str) -> None:
    data = accounts.PersonData("ana.larga@entidad.gov.co", "Ana Larga Ruiz Paz")
    with pytest.raises(Invalid) as caught:
        accounts.create_user(ctx, data, password=password)
    assert (caught.value.field, caught.value.code) == ("password", code)


def test_guessing_waits_longer_and_longer(ctx: Context, visitor: Context, clock: Clock) -> None:
    user = make_person(ctx)

    def guess(password: str = "equivocada y larga") -> int:
        try:
            accounts.log_in(visitor, user.email, password)
        except Throttled as error:
            return int(error.params["wait_s"])
        except WrongPassword:
            return 0
        return -1

    assert [guess() for _n in range(6)] == [0, 0, 0, 0, 0, 16]
    assert guess(PASSWORD) == 16  # the right one waits too
    clock.advance(minutes=1)
    assert [guess(), guess()] == [0, 31]
    clock.advance(minutes=1)
    assert guess(PASSWORD) == -1
    assert [guess() for _n in range(5)] == [0] * 5  # a right one clears the count


def test_one_person_does_not_lock_another_out(ctx: Context, visitor: Context) -> None:
    ana, luz = make_person(ctx), make_person(ctx, "luz@entidad.gov.co")
    for _n in range(5):
        with pytest.raises(WrongPassword):
            accounts.log_in(visitor, ana.email, "equivocada y larga")
    with pytest.raises(Throttled):
        accounts.log_in(visitor, ana.email, PASSWORD)
    assert accounts.log_in(visitor, luz.email, PASSWORD)


def test_one_address_trying_many_names_is_slowed_down(ctx: Context, visitor: Context) -> None:
    make_person(ctx)
    for n in range(passwords.BY_ADDRESS.free):
        with pytest.raises(WrongPassword):
            accounts.log_in(visitor, f"n{n}@entidad.gov.co", "equivocada y larga")
    with pytest.raises(Throttled):
        accounts.log_in(visitor, "ana@entidad.gov.co", PASSWORD)
    assert accounts.log_in(replace(visitor, ip="10.0.0.8"), "ana@entidad.gov.co", PASSWORD)


def test_an_ipv6_visitor_does_not_escape_by_changing_address(
    ctx: Context, visitor: Context
) -> None:
    for n in range(passwords.BY_ADDRESS.free):
        mine = replace(visitor, ip=f"2001:db8:1:2::{n:x}")
        with pytest.raises(WrongPassword):
            accounts.log_in(mine, f"n{n}@entidad.gov.co", "equivocada y larga")
    with pytest.raises(Throttled):
        accounts.log_in(replace(visitor, ip="2001:db8:1:2:ffff::1"), "n", "equivocada y larga")
    with pytest.raises(WrongPassword):
        accounts.log_in(replace(visitor, ip="2001:db8:1:3::1"), "n", "equivocada y larga")


def test_the_table_of_attempts_names_nobody(ctx: Context, visitor: Context) -> None:
    with pytest.raises(WrongPassword):
        accounts.log_in(visitor, "ana@entidad.gov.co", PASSWORD)
    keys = list(ctx.session.scalars(select(LoginAttempt.key)))
    assert len(keys) == 2
    assert not any("ana" in key or "10.0" in key for key in keys)


def test_attempts_at_the_same_time_are_all_counted(
    ctx: Context, visitor: Context, engine: Engine
) -> None:
    email = make_person(ctx).email
    answers: list[str] = []

    def guess() -> None:
        with Session(engine) as session:
            try:
                accounts.log_in(replace(visitor, session=session), email, "equivocada")
            except (WrongPassword, Throttled) as error:
                answers.append(error.code)

    threads = [threading.Thread(target=guess) for _n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count("login.refused") == passwords.BY_PERSON.free
    assert answers.count("throttled") == 12 - passwords.BY_PERSON.free


def test_a_session_ends_when_idle_and_when_old(
    ctx: Context, visitor: Context, clock: Clock
) -> None:
    user = make_person(ctx)
    token = accounts.log_in(visitor, user.email, PASSWORD)
    clock.advance(minutes=59)
    assert is_live(ctx, token)  # the visit is noted, so the hour begins anew
    clock.advance(minutes=59)
    assert is_live(ctx, token)
    clock.advance(minutes=61)
    assert not is_live(ctx, token)
    token = accounts.log_in(visitor, user.email, PASSWORD)
    for _n in range(14):
        clock.advance(minutes=50)
        assert is_live(ctx, token)
    clock.advance(minutes=50)
    assert not is_live(ctx, token)  # twelve hours, however busy


def test_a_visit_is_noted_at_most_once_a_minute(
    ctx: Context, visitor: Context, clock: Clock
) -> None:
    token = accounts.log_in(visitor, make_person(ctx).email, PASSWORD)

    def seen() -> Any:
        ctx.session.rollback()
        return ctx.session.scalars(select(LoginSession.last_seen_at)).one()

    began = seen()
    clock.advance(minutes=0.9)
    assert is_live(ctx, token)
    assert seen() == began
    clock.advance(minutes=0.2)
    assert is_live(ctx, token)
    assert seen() == clock.at


@pytest.mark.parametrize("token", ["", "x", "a" * 43, "\ud800", "' OR 1=1--"])
def test_a_made_up_token_opens_nothing(ctx: Context, visitor: Context, token: str) -> None:
    accounts.log_in(visitor, make_person(ctx).email, PASSWORD)
    assert not is_live(ctx, token)


def test_log_out_ends_the_session_at_once(ctx: Context) -> None:
    token, mine = signed_in(ctx, make_person(ctx))
    accounts.log_out(mine, token)
    assert not is_live(ctx, token)
    accounts.log_out(mine, token)
    assert traced(ctx, "login") == ["log_in", "log_out"]


def test_disabling_and_changing_the_password_end_sessions_at_once(ctx: Context) -> None:
    user = make_person(ctx)
    here, mine = signed_in(ctx, user)
    elsewhere, _other = signed_in(ctx, user)
    accounts.change_password(mine, current=PASSWORD, new=NEW_PASSWORD)
    assert is_live(ctx, here)
    assert not is_live(ctx, elsewhere)
    accounts.disable_user(ctx, user.id, reason="Se retiró de la entidad")
    assert not is_live(ctx, here)
    with pytest.raises(WrongPassword):
        signed_in(ctx, user, NEW_PASSWORD)
    accounts.enable_user(ctx, user.id)
    assert not is_live(ctx, here)
    assert signed_in(ctx, user, NEW_PASSWORD)


def test_changing_the_password_asks_for_the_present_one(ctx: Context) -> None:
    _token, mine = signed_in(ctx, make_person(ctx))
    with pytest.raises(WrongPassword):
        accounts.change_password(mine, current="otra cosa larga", new=NEW_PASSWORD)
    for new, code in ((PASSWORD, "password.same"), ("corta", "password.too_short")):
        with pytest.raises(Invalid, match=code):
            accounts.change_password(mine, current=PASSWORD, new=new)


def test_signing_verifies_the_password_of_who_acts(ctx: Context, clock: Clock) -> None:
    mine = acting(ctx, make_person(ctx))
    accounts.verify_password(mine, PASSWORD)
    for _n in range(5):
        with pytest.raises(WrongPassword, match="wrong_password"):
            accounts.verify_password(mine, "no es esta clave")
    with pytest.raises(Throttled):
        accounts.verify_password(mine, PASSWORD)
    clock.advance(minutes=1)
    accounts.verify_password(mine, PASSWORD)


def test_nobody_signs_as_the_system_or_when_disabled(ctx: Context) -> None:
    for actor in (SYSTEM, ANONYMOUS):
        with pytest.raises(Forbidden):
            accounts.verify_password(replace(ctx, actor=actor), PASSWORD)
    user = make_person(ctx)
    mine = acting(ctx, user)
    accounts.disable_user(ctx, user.id, reason="Retiro")
    with pytest.raises(WrongPassword):
        accounts.verify_password(mine, PASSWORD)


def test_a_substitute_signs_with_his_own_password(ctx: Context) -> None:
    absent = make_person(ctx)
    substitute = make_person(ctx, "luz@entidad.gov.co", password=NEW_PASSWORD)
    substitution(acting(ctx, absent), absent, substitute)
    mine = acting(ctx, substitute)
    accounts.verify_password(mine, NEW_PASSWORD)
    with pytest.raises(WrongPassword):
        accounts.verify_password(mine, PASSWORD)


def test_verifying_inside_a_transaction_is_a_defect_that_shows(ctx: Context) -> None:
    mine = acting(ctx, make_person(ctx))
    with pytest.raises(RuntimeError, match="before the transaction"), mine.transaction():
        accounts.verify_password(mine, PASSWORD)
