"""What hashing a password costs in the real application, which the other tests lower."""

from argon2 import PasswordHasher, Type, extract_parameters

from app.services import accounts_passwords as passwords

LEAST_MEMORY_KIB, LEAST_PASSES = 19 * 1024, 2  # OWASP, Password Storage Cheat Sheet, Argon2id


def test_guessing_a_password_stays_dear() -> None:
    cost = extract_parameters(
        PasswordHasher.from_parameters(passwords.COST).hash("una frase cualquiera")
    )
    assert cost.type is Type.ID
    assert cost.memory_cost >= LEAST_MEMORY_KIB
    assert cost.time_cost >= LEAST_PASSES
    assert cost.salt_len >= 16
