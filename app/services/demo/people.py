"""The entity itself: its name, units, processes, people and the norms that its findings cite."""

from __future__ import annotations

import re
import secrets
import unicodedata
from dataclasses import dataclass

from sqlalchemy import select

from app.models.org import MipgPolicy, Norm
from app.services import accounts, admin_catalogues
from app.services.accounts import PersonData
from app.services.demo import prose
from app.services.demo.stage import Stage
from workflows.enums import NormStatus, Role

DOMAIN = "demo.gov.co"
PASSWORD_BYTES = 12
ADMINISTRATOR = "administrador"


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account to look around with. The password was made at random in this load."""

    email: str
    password: str
    role: Role
    name: str


def email_of(person: prose.PersonProse) -> str:
    """`jefe_oci@…` for the account of a role; name and first surname for the rest."""
    if person.account:
        return f"{person.role.value}@{DOMAIN}"
    plain = unicodedata.normalize("NFD", person.name.lower())
    letters = re.sub(r"[^a-z ]", "", plain)
    words = letters.split()
    return f"{words[0]}.{words[-2]}@{DOMAIN}"


def settle(stage: Stage) -> list[DemoAccount]:
    """Make the entity, as its administrator would; answer the accounts of the roles."""
    entity = prose.entity()
    system = stage.system()
    admin_catalogues.add(system, "entidad", entity.values)
    for unit in entity.units:
        values = {"code": unit.code, "name": unit.name}
        stage.units[unit.code] = admin_catalogues.add(system, "dependencias", values).id
    people = sorted(entity.people, key=lambda each: each.key != ADMINISTRATOR)
    given = [_arrive(stage, person) for person in people]
    _appoint(stage, entity)
    _cite(stage, entity)
    stage.rights_changed()
    order = [role.value for role in Role]
    told = [account for person, account in zip(people, given, strict=True) if person.account]
    return sorted(told, key=lambda account: order.index(account.role.value))


def _arrive(stage: Stage, person: prose.PersonProse) -> DemoAccount:
    """The first is the administrator, made by the server's command; he makes the others."""
    first = not stage.people
    ctx = stage.system() if first else stage.act(ADMINISTRATOR)
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    data = PersonData(email_of(person), person.name, person.position, stage.units[person.unit])
    user = accounts.create_user(ctx, data, roles=[person.role], password=password)
    stage.people[person.key] = user.id
    stage.passwords[person.key] = password
    return DemoAccount(data.email, password, person.role, person.name)


def _appoint(stage: Stage, entity: prose.EntityProse) -> None:
    """Heads of units, leaders and liaisons of processes."""
    ctx = stage.act(ADMINISTRATOR)
    for unit in entity.units:
        head = {"head_id": stage.people[unit.head]}
        admin_catalogues.edit(ctx, "dependencias", stage.units[unit.code], head, version=None)
    leaders = {person.leads: person.key for person in entity.people if person.leads}
    for process in entity.processes:
        helpers = [p.key for p in entity.people if process.key in p.helps]
        values = {
            "code": process.code,
            "name": process.name,
            "type": process.type,
            "unit_id": stage.units[process.unit],
            "leader_id": stage.people[leaders.get(process.key, "jefe_oci")],
            "liaisons": [stage.people[key] for key in helpers],
        }
        stage.processes[process.key] = admin_catalogues.add(ctx, "procesos", values).id


def _cite(stage: Stage, entity: prose.EntityProse) -> None:
    """Norms that the catalogue lacks, and the ids of all that may be cited."""
    ctx = stage.act(ADMINISTRATOR)
    for norm in entity.norms:
        values = {**norm, "status": NormStatus.IN_FORCE, "note": ""}
        admin_catalogues.add(ctx, "normas", values)
    session = ctx.session
    stage.norms = {code: row_id for code, row_id in session.execute(select(Norm.code, Norm.id))}
    policies = session.execute(select(MipgPolicy.code, MipgPolicy.id))
    stage.policies = {code: row_id for code, row_id in policies}


def leader_of(process: str) -> str:
    """Key of the person who leads a process."""
    return next(person.key for person in prose.entity().people if person.leads == process)


def liaison_of(process: str) -> str:
    """Key of the person who helps a process; its leader when there is nobody."""
    helpers = (person.key for person in prose.entity().people if process in person.helps)
    return next(helpers, leader_of(process))


def person(key: str) -> prose.PersonProse:
    return next(each for each in prose.entity().people if each.key == key)
