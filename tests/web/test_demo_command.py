"""`flask demo load`, from the terminal to the first log-in."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient

ACCOUNT = re.compile(r"^(\w+@demo\.gov\.co)\s+(\S{16})\s+\S", re.MULTILINE)


def run(app: Flask, *options: str) -> Result:
    """The command, in the context that `flask` gives to every command."""
    with app.app_context():
        return app.test_cli_runner().invoke(args=["demo", "load", *options])


def test_the_accounts_told_on_the_terminal_open_the_panel(app: Flask, client: FlaskClient) -> None:
    result = run(app, "--size", "small", "--seed", "3")
    assert result.exit_code == 0, result.output
    accounts = dict(ACCOUNT.findall(result.output))
    assert len(accounts) == 9
    head = "jefe_oci@demo.gov.co"
    answer = client.post("/entrar", data={"email": head, "password": accounts[head]})
    assert answer.status_code == 303, answer.text
    assert "Reincidencia en la publicación" in client.get("/hallazgos").text


@pytest.mark.parametrize("size", ["small", "whole"])
def test_production_is_told_why_not(app: Flask, size: str) -> None:
    runtime = app.extensions["vigia"]
    app.extensions["vigia"] = replace(runtime, config=replace(runtime.config, env="production"))
    result = run(app, "--size", size)
    assert result.exit_code == 1
    assert "producción" in result.output
