"""Accounts: one door to log-in and sessions, people and roles, links and substitutes."""

from app.services.accounts_actor import actor_for, names
from app.services.accounts_links import (
    SETUP,
    LinkInfo,
    invite,
    look_at_link,
    setup_link,
    use_link,
)
from app.services.accounts_lists import (
    PeoplePage,
    PersonCard,
    active_people,
    names_by_id,
    people_page,
    person_card,
)
from app.services.accounts_people import (
    GRANTABLE,
    OCI_ROLES,
    PersonData,
    create_user,
    disable_user,
    edit_user,
    enable_user,
    grant_role,
    revoke_role,
)
from app.services.accounts_sessions import (
    change_password,
    check_email,
    clean_up,
    log_in,
    log_out,
    normalise_email,
    resolve_session,
    verify_password,
)
from app.services.accounts_substitutions import (
    all_substitutions,
    cancel_substitution,
    create_substitution,
    substitutions_of,
)

__all__ = [
    "GRANTABLE",
    "OCI_ROLES",
    "SETUP",
    "LinkInfo",
    "PeoplePage",
    "PersonCard",
    "PersonData",
    "active_people",
    "actor_for",
    "all_substitutions",
    "cancel_substitution",
    "change_password",
    "check_email",
    "clean_up",
    "create_substitution",
    "create_user",
    "disable_user",
    "edit_user",
    "enable_user",
    "grant_role",
    "invite",
    "log_in",
    "log_out",
    "look_at_link",
    "names",
    "names_by_id",
    "normalise_email",
    "people_page",
    "person_card",
    "resolve_session",
    "revoke_role",
    "setup_link",
    "substitutions_of",
    "use_link",
    "verify_password",
]
