"""Administration: people, catalogues, the queue, the security log."""

from flask import Blueprint

from app.blueprints.web import current_actor
from app.permissions import Permission, authorize

bp = Blueprint("admin", __name__)


@bp.before_request
def administrators_only() -> None:
    """Empty forms are refused too, not only what they would write."""
    authorize(current_actor(), Permission.USERS_MANAGE)
