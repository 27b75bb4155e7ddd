"""Passwords: which are accepted, how they are kept, how guessing is slowed down."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from argon2 import Parameters, PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import ARGON2_VERSION
from sqlalchemy import delete, func, select

from app.context import Context
from app.errors import Invalid, Throttled
from app.models.accounts import LoginAttempt

MIN_LENGTH = 12  # characters
MAX_LENGTH = 256  # characters; bounds the work of hashing
MIN_DIFFERENT = 5  # characters
# Argon2id with 19 MiB and two passes: the least that OWASP advises, so that a small server
# can check several at once.
COST = Parameters(
    type=Type.ID,
    version=ARGON2_VERSION,
    salt_len=16,
    hash_len=32,
    time_cost=2,
    memory_cost=19 * 1024,
    parallelism=1,
)
HASHER = PasswordHasher.from_parameters(COST)
# Verified when there is no such person or no password yet: the same work, the same time.
NOBODY = HASHER.hash("nobody's password")
COMMON = frozenset(
    {
        "administrador",
        "bienvenido123",
        "bogota123456",
        "colombia1234",
        "colombia2026",
        "colombia2027",
        "contraseña12",
        "contraseña123",
        "contraseña1234",
        "contrasena123",
        "contrasena1234",
        "controlinterno",
        "controlinterno1",
        "iloveyou1234",
        "password1234",
        "password12345",
        "password123456",
        "qwerty123456",
        "qwertyuiop12",
        "qwertyuiop123",
        "123456789012",
        "1234567890123",
        "12345678901234",
        "1q2w3e4r5t6y",
        "abcdefghijkl",
        "asdfghjklñ12",
        "letmein12345",
        "vigia1234567",
    }
)


@dataclass(frozen=True, slots=True)
class Throttle:
    """Attempts that are free within the window; then each failure doubles the wait."""

    free: int
    window: timedelta = timedelta(hours=1)
    first_wait_s: int = 15
    longest_wait_s: int = 900

    def wait_s(self, failures: int) -> int:
        """Seconds to wait after the last of so many failures."""
        if failures < self.free:
            return 0
        doubled: int = self.first_wait_s * 2 ** min(failures - self.free, 16)
        return min(doubled, self.longest_wait_s)


BY_PERSON = Throttle(free=5)
BY_ADDRESS = Throttle(free=40)  # a whole office may stand behind one address
KEPT = timedelta(days=1)
MARGIN_S = 1
IPV6_PREFIX = 64  # bits


def normalise(password: str) -> str:
    """The same characters however the keyboard composed them; nothing is trimmed."""
    return unicodedata.normalize("NFC", password)


def check_acceptable(password: str, *, email: str, name: str) -> None:
    """Raises: Invalid (field `password`) with the rule that the new password breaks."""
    password = normalise(password)
    if len(password) < MIN_LENGTH:
        raise Invalid("password", "password.too_short", least=MIN_LENGTH)
    if len(password) > MAX_LENGTH:
        raise Invalid("password", "password.too_long", most=MAX_LENGTH)
    plain = _plain(password)
    if plain in {_plain(email), _plain(email.partition("@")[0]), _plain(name)}:
        raise Invalid("password", "password.is_yours")
    if plain in COMMON or len(set(plain)) < MIN_DIFFERENT:
        raise Invalid("password", "password.too_common")


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def hash_password(password: str) -> str:
    return HASHER.hash(normalise(password))


def matches(password_hash: str, password: str) -> bool:
    """Compare, with the same work whether or not there is a hash to compare with."""
    try:
        HASHER.verify(password_hash or NOBODY, normalise(password)[:MAX_LENGTH])
    except (VerificationError, InvalidHashError):
        return False
    return bool(password_hash) and len(normalise(password)) <= MAX_LENGTH


def needs_rehash(password_hash: str) -> bool:
    return HASHER.check_needs_rehash(password_hash)


def attempt_key(ctx: Context, kind: str, value: str) -> str:
    """Keyed hash under which attempts are counted: the table names nobody."""
    secret = ctx.config.secret_key.encode()
    return hmac.new(secret, f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()


def address_key(ctx: Context) -> str:
    """Key of the network address: an IPv6 visitor owns a whole /64, so that is what counts."""
    try:
        address = ipaddress.ip_address(ctx.ip)
    except ValueError:
        return attempt_key(ctx, "ip", ctx.ip)
    if address.version == 6:
        address = ipaddress.ip_network((address, IPV6_PREFIX), strict=False).network_address
    return attempt_key(ctx, "ip", str(address))


def count_attempt(ctx: Context, limits: Sequence[tuple[str, Throttle]]) -> None:
    """Count one attempt before the password is looked at, in a transaction of its own.

    It is taken back by `forgive` when the password was right; counted first, a hundred
    attempts at once are a hundred attempts. Raises: Throttled, with the seconds to wait.
    """
    now = ctx.now()
    with ctx.transaction() as session:
        for key, throttle in sorted(limits, key=lambda limit: limit[0]):
            _queue_up(ctx, key)
            failures, last = session.execute(
                select(func.count(LoginAttempt.id), func.max(LoginAttempt.at)).where(
                    LoginAttempt.key == key, LoginAttempt.at > now - throttle.window
                )
            ).one()
            if last is not None:
                left = throttle.wait_s(failures) - (now - last).total_seconds()
                if left > 0:
                    raise Throttled(wait_s=int(left) + MARGIN_S)
        session.add_all(LoginAttempt(key=key, at=now) for key, _throttle in limits)


def forgive(ctx: Context, person_key: str, address_key: str) -> None:
    """After a right password: clear the person's attempts and take back this address's one."""
    ctx.session.execute(delete(LoginAttempt).where(LoginAttempt.key == person_key))
    newest = (
        select(func.max(LoginAttempt.id)).where(LoginAttempt.key == address_key).scalar_subquery()
    )
    ctx.session.execute(delete(LoginAttempt).where(LoginAttempt.id == newest))


def _queue_up(ctx: Context, key: str) -> None:
    """One counter of a key at a time; SQLite has one writer anyway."""
    if ctx.session.get_bind().dialect.name == "postgresql":
        ctx.session.execute(select(func.pg_advisory_xact_lock(int(key[:15], 16))))
