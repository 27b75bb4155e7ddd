"""The blueprint that the modules of this feature share."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("annual_plan", __name__)
