"""The page of styles: for who develops, after the log-in, and never in production."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.context import Context
from app.factory import build
from tests import factories as make
from tests.conftest import make_config

PAGES = ("/estilo", "/estilo/formulario", "/estilo/error/403", "/estilo/error/conflicto")


def test_pages_of_styles_are_for_who_has_come_in(
    app: Flask, client: FlaskClient, ctx: Context
) -> None:
    doors = [client.get(path) for path in PAGES]
    assert [(door.status_code, door.location.split("?")[0]) for door in doors] == (
        [(303, "/entrar")] * len(PAGES)
    )
    signed_in = make.sign_in(app.test_client(), make.make_user(ctx))
    assert [signed_in.get(path).status_code for path in PAGES] == [200] * len(PAGES)
    assert signed_in.get("/estilo/error/418").status_code == 404


@pytest.mark.parametrize("environment", ["development", "test", "production"])
def test_production_has_no_page_of_styles(environment: str, tmp_path: Path) -> None:
    config = make_config(f"sqlite:///{tmp_path}/v.sqlite3", tmp_path, VIGIA_ENV=environment)
    found = "style" in build(config).blueprints
    assert found is (environment != "production")
