"""People, their roles and their one-time links, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from app.context import Context
from app.errors import Forbidden, Invalid, NotFound, StaleVersion, WrongPassword
from app.models.accounts import (
    Draft,
    OneTimeLink,
    RoleGrant,
    User,
)
from app.models.traceability import OutboxItem
from app.permissions import ANONYMOUS
from app.services import accounts
from tests.conftest import Clock
from tests.people import (
    NEW_PASSWORD,
    PASSWORD,
    TODAY,
    acting,
    is_live,
    make_person,
    signed_in,
    substitution,
    traced,
)
from workflows.enums import Role


@pytest.fixture
def visitor(ctx: Context) -> Context:
    """Somebody at the door, not signed in."""
    return replace(ctx, actor=ANONYMOUS, ip="10.0.0.7")


def test_addresses_are_unique_once_normalised(ctx: Context) -> None:
    make_person(ctx)
    for same in (
        "ANA@entidad.gov.co",
        " ana@ENTIDAD.gov.co",
        "ａna@entidad.gov.co",
    ):  # a wide "a", on purpose
        with pytest.raises(Invalid, match=r"user\.email_taken"):
            make_person(ctx, same)


@pytest.mark.parametrize(
    "email",
    [
        "аna@entidad.gov.co",  # a Cyrillic "а", on purpose
        "ana@entidad.gov.co\r\nBcc: x@y.co",
        "ana",
        "ana@local",
        "@entidad.gov.co",
        "ana@entidad..co",
        "ana ruiz@entidad.gov.co",
        "",
        "a" * 250 + "@x.co",
    ],
)
def test_strange_addresses_are_refused(ctx: Context, email: str) -> None:
    with pytest.raises(Invalid) as caught:
        accounts.create_user(ctx, accounts.PersonData(email, "Ana Ruiz"))
    assert (caught.value.field, caught.value.code) == ("email", "user.bad_email")


def test_only_administrators_manage_people(ctx: Context) -> None:
    head = acting(ctx, make_person(ctx, "jefe@entidad.gov.co", Role.OCI_HEAD))
    user = make_person(ctx)
    data = accounts.PersonData("x@entidad.gov.co", "X Y")
    attempts: list[Callable[[], object]] = [
        lambda: accounts.create_user(head, data),
        lambda: accounts.edit_user(head, user.id, data, version=None),
        lambda: accounts.disable_user(head, user.id, reason="x"),
        lambda: accounts.enable_user(head, user.id),
        lambda: accounts.grant_role(head, user.id, Role.AUDITOR),
        lambda: accounts.revoke_role(head, user.id, Role.AUDITOR),
        lambda: accounts.invite(head, user.id),
        lambda: accounts.setup_link(head),
        lambda: accounts.people_page(head),
        lambda: accounts.person_card(head, user.id),
        lambda: accounts.all_substitutions(head),
    ]
    for attempt in attempts:
        with pytest.raises(Forbidden):
            attempt()


def test_roles_count_from_the_next_request(ctx: Context) -> None:
    user = make_person(ctx, "ana@entidad.gov.co", Role.AUDITOR)
    assert accounts.actor_for(ctx.session, user, TODAY).roles == {Role.AUDITOR}
    accounts.grant_role(ctx, user.id, Role.LEAD_AUDITOR)
    accounts.grant_role(ctx, user.id, Role.LEAD_AUDITOR)
    accounts.revoke_role(ctx, user.id, Role.AUDITOR)
    assert accounts.actor_for(ctx.session, user, TODAY).roles == {Role.LEAD_AUDITOR}
    assert traced(ctx, "permission") == ["create", "grant_role", "grant_role", "revoke_role"]
    grants = ctx.session.scalars(select(RoleGrant).order_by(RoleGrant.id)).all()
    assert [grant.revoked_at is None for grant in grants] == [False, True]


@pytest.mark.parametrize("role", sorted(accounts.OCI_ROLES))
def test_an_administrator_gives_himself_no_role_of_the_oci(ctx: Context, role: Role) -> None:
    admin = make_person(ctx, "admin@entidad.gov.co", Role.ADMINISTRATOR)
    other = make_person(ctx, "otra@entidad.gov.co", Role.ADMINISTRATOR)
    with pytest.raises(Forbidden, match=r"user\.own_oci_role"):
        accounts.grant_role(acting(ctx, admin), admin.id, role)
    accounts.grant_role(acting(ctx, other), admin.id, role)
    # Nor to the absent administrator for whom he acts.
    stand_in = make_person(ctx, "reemplazo@entidad.gov.co")
    substitution(acting(ctx, other), other, stand_in)
    with pytest.raises(Forbidden, match=r"user\.own_oci_role"):
        accounts.grant_role(acting(ctx, stand_in), other.id, role)


def test_the_system_is_nobody(ctx: Context) -> None:
    user = make_person(ctx)
    with pytest.raises(Invalid, match=r"user\.role_not_grantable"):
        accounts.grant_role(ctx, user.id, Role.SYSTEM)


def test_the_last_administrator_stays(ctx: Context) -> None:
    one = make_person(ctx, "uno@entidad.gov.co", Role.ADMINISTRATOR)
    two = make_person(ctx, "dos@entidad.gov.co", Role.ADMINISTRATOR)
    accounts.disable_user(ctx, two.id, reason="Vacaciones largas")
    for attempt in (
        lambda: accounts.revoke_role(ctx, one.id, Role.ADMINISTRATOR),
        lambda: accounts.disable_user(ctx, one.id, reason="Retiro"),
    ):
        with pytest.raises(Invalid, match=r"user\.last_administrator"):
            attempt()
    accounts.enable_user(ctx, two.id)
    accounts.revoke_role(ctx, one.id, Role.ADMINISTRATOR)


def test_two_administrators_cannot_remove_each_other_at_once(ctx: Context, engine: Engine) -> None:
    ids = [make_person(ctx, f"a{n}@entidad.gov.co", Role.ADMINISTRATOR).id for n in (1, 2)]
    start = threading.Barrier(2)
    refused: list[str] = []

    def remove(user_id: int) -> None:
        with Session(engine) as session:
            start.wait()
            try:
                accounts.revoke_role(replace(ctx, session=session), user_id, Role.ADMINISTRATOR)
            except Invalid as error:
                refused.append(error.code)

    threads = [threading.Thread(target=remove, args=(user_id,)) for user_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == ["user.last_administrator"]


def test_editing_a_stale_person_is_refused_with_the_differences(ctx: Context) -> None:
    user = make_person(ctx)
    user_id, shown = user.id, user.version
    first = accounts.PersonData("ana@entidad.gov.co", "Ana María Ruiz", "Asesora")
    accounts.edit_user(ctx, user_id, first, version=shown)
    second = accounts.PersonData("ana@entidad.gov.co", "Ana Ruiz", "Jefe")
    with pytest.raises(StaleVersion) as caught:
        accounts.edit_user(ctx, user_id, second, version=shown)
    assert [(d.field, d.theirs, d.yours) for d in caught.value.differences] == [
        ("name", "Ana María Ruiz", "Ana Ruiz"),
        ("position", "Asesora", "Jefe"),
    ]


def test_the_old_address_is_told_when_the_mail_changes(ctx: Context) -> None:
    user = make_person(ctx)
    data = accounts.PersonData("nueva@entidad.gov.co", user.name, user.position)
    accounts.edit_user(ctx, user.id, data, version=user.version)
    mail = ctx.session.scalars(select(OutboxItem)).one()
    assert mail.payload["to"] == "ana@entidad.gov.co"


def token_of(address: str) -> str:
    return address.rpartition("/")[2]


def test_an_invited_person_sets_the_password_once(ctx: Context, visitor: Context) -> None:
    user = make_person(ctx, password=None)
    address = accounts.invite(ctx, user.id)
    assert address.startswith(f"{ctx.config.public_url}/enlace/")
    mail = ctx.session.scalars(select(OutboxItem)).one()
    assert (mail.kind, mail.payload["to"]) == ("mail", user.email)
    assert address in mail.payload["text"]
    token = token_of(address)
    assert accounts.look_at_link(visitor, token).email == user.email
    with pytest.raises(Invalid, match=r"password\.too_short"):
        accounts.use_link(visitor, token, password="corta")
    assert accounts.use_link(visitor, token, password=PASSWORD) == user.email
    with pytest.raises(NotFound, match=r"link\.invalid"):
        accounts.use_link(visitor, token, password=NEW_PASSWORD)
    assert accounts.log_in(visitor, user.email, PASSWORD)
    assert token not in {row.token_hash for row in ctx.session.scalars(select(OneTimeLink))}


def test_a_link_that_does_not_serve_always_says_the_same(
    ctx: Context, visitor: Context, clock: Clock
) -> None:
    user = make_person(ctx, password=None)
    replaced = token_of(accounts.invite(ctx, user.id))
    expired = token_of(accounts.invite(ctx, user.id))
    clock.advance(hours=73)
    of_disabled = token_of(accounts.invite(ctx, make_person(ctx, "luz@entidad.gov.co").id))
    luz = ctx.session.scalars(select(User).where(User.email == "luz@entidad.gov.co")).one()
    accounts.disable_user(ctx, luz.id, reason="Retiro")
    for token in (replaced, expired, of_disabled, of_disabled[:-1], "", "x" * 5000):
        with pytest.raises(NotFound, match=r"link\.invalid"):
            accounts.look_at_link(visitor, token)
        with pytest.raises(NotFound, match=r"link\.invalid"):
            accounts.use_link(visitor, token, password=PASSWORD)


def test_a_link_ends_the_sessions_of_the_person(ctx: Context, visitor: Context) -> None:
    user = make_person(ctx)
    session_token, _mine = signed_in(ctx, user)
    accounts.use_link(visitor, token_of(accounts.invite(ctx, user.id)), password=NEW_PASSWORD)
    assert not is_live(ctx, session_token)


def test_the_set_up_link_makes_the_first_administrator_only(ctx: Context, visitor: Context) -> None:
    first, second = (token_of(accounts.setup_link(ctx)) for _n in range(2))
    with pytest.raises(Invalid, match=r"user\.bad_email"):
        accounts.use_link(visitor, first, password=PASSWORD, name="Ana Ruiz")
    accounts.use_link(
        visitor, first, password=PASSWORD, email="Admin@entidad.gov.co", name="Ana Ruiz"
    )
    token = accounts.log_in(visitor, "admin@entidad.gov.co", PASSWORD)
    found = accounts.resolve_session(visitor, token)
    assert found is not None
    assert accounts.actor_for(ctx.session, found[0], TODAY).roles == {Role.ADMINISTRATOR}
    with pytest.raises(NotFound):
        accounts.use_link(visitor, second, password=PASSWORD, email="b@entidad.gov.co", name="B")
    with pytest.raises(Forbidden, match=r"setup\.done"):
        accounts.setup_link(ctx)


def test_clean_up_ends_old_sessions_and_drops_old_drafts(
    ctx: Context, visitor: Context, clock: Clock
) -> None:
    user = make_person(ctx)
    accounts.log_in(visitor, user.email, PASSWORD)
    with pytest.raises(WrongPassword):
        accounts.log_in(visitor, user.email, "equivocada")
    with ctx.transaction() as session:
        for age in (0, 31):
            session.add(
                Draft(
                    user_id=user.id,
                    form="finding",
                    thing=f"finding:{age}",
                    content={"cause": "x"},
                    saved_at=clock.at - timedelta(days=age),
                )
            )
    clock.advance(hours=2)
    assert accounts.clean_up(ctx) == {"sessions": 1, "drafts": 1, "submissions": 0, "attempts": 0}
    clock.advance(days=1)
    assert accounts.clean_up(ctx)["attempts"] == 2
    assert ctx.session.scalars(select(Draft.thing)).all() == ["finding:0"]


def test_the_list_of_people_is_paged_and_filtered(ctx: Context, engine: Engine) -> None:
    for n in range(52):
        make_person(ctx, f"p{n:02}@entidad.gov.co", Role.LIAISON, password=None)
    make_person(ctx, "jefe@entidad.gov.co", Role.OCI_HEAD, password=None)
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    first = accounts.people_page(ctx, text="ruiz")
    assert len([s for s in statements if s.startswith("SELECT")]) == 2
    assert len(first.rows) == 50
    rest = accounts.people_page(ctx, text="ruiz", after=first.next_id)
    assert (len(rest.rows), rest.next_id) == (3, None)
    heads = accounts.people_page(ctx, role=Role.OCI_HEAD, state="active").rows
    assert [(row.user.email, row.roles) for row in heads] == [
        ("jefe@entidad.gov.co", (Role.OCI_HEAD,))
    ]
    assert accounts.people_page(ctx, text="100%_").rows == ()
    assert accounts.people_page(ctx, state="disabled").rows == ()
