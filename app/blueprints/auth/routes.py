"""Log-in and log-out, one-time links, the password and one's own page."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from app import labels
from app.blueprints.auth.calendar_file import calendar_file
from app.blueprints.auth.forms import (
    LinkForm,
    LogInForm,
    PasswordForm,
    SetupForm,
    SubstituteForm,
)
from app.blueprints.forms import pairs, put_error, whole
from app.blueprints.web import (
    anonymous_context,
    begin_session,
    current_context,
    end_session,
    safe_next,
)
from app.errors import Invalid, Throttled, WrongPassword
from app.models.accounts import User
from app.services import accounts, calendar_feeds

bp = Blueprint("auth", __name__)
P = ParamSpec("P")


def for_persons(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """The few pages of this feature that only who has come in may see."""

    @wraps(view)
    def checked(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        if not current_user.is_authenticated:
            target = request.path if request.method == "GET" else None
            return redirect(url_for(".log_in", next=target), code=303)
        return view(*args, **kwargs)

    return checked


@bp.get("/entrar")
def log_in() -> ResponseReturnValue:
    if current_user.is_authenticated:
        return redirect(safe_next(request.args.get("next")), code=303)
    form = LogInForm(next=request.args.get("next", ""))
    return render_template("auth/log_in.html", form=form)


@bp.post("/entrar")
def try_log_in() -> ResponseReturnValue:
    form = LogInForm()
    if not form.validate_on_submit():
        return render_template("auth/log_in.html", form=form), 422
    ctx = anonymous_context()
    try:
        token = accounts.log_in(ctx, form.email.data or "", form.password.data or "")
    except (WrongPassword, Throttled) as error:
        form.form_errors.append(labels.message(error.code, error.params))
        status = 429 if isinstance(error, Throttled) else 422
        return render_template("auth/log_in.html", form=form), status
    _end_present_session()
    begin_session(token)
    return redirect(safe_next(form.next.data), code=303)


def _end_present_session() -> None:
    if current_user.is_authenticated:
        accounts.log_out(current_context(), current_user.token)


@bp.post("/salir")
def log_out() -> ResponseReturnValue:
    _end_present_session()
    end_session()
    flash(_("Salió de Vigía."), "success")
    return redirect(url_for(".log_in"), code=303)


@bp.get("/enlace/<token>")
def show_link(token: str) -> ResponseReturnValue:
    info = accounts.look_at_link(anonymous_context(), token)
    return _link_page(info, _link_form(info))


@bp.post("/enlace/<token>")
def use_link(token: str) -> ResponseReturnValue:
    ctx = anonymous_context()
    info = accounts.look_at_link(ctx, token)
    form = _link_form(info)
    if not form.validate_on_submit():
        return _link_page(info, form), 422
    setup = isinstance(form, SetupForm)
    try:
        accounts.use_link(
            ctx,
            token,
            password=form.password.data or "",
            email=(form.email.data or "") if setup else "",
            name=(form.name.data or "") if setup else "",
        )
    except Invalid as error:
        put_error(form, error)
        return _link_page(info, form), 422
    flash(_("Su contraseña quedó guardada. Ya puede entrar con ella."), "success")
    return redirect(url_for(".log_in"), code=303)


def _link_form(info: accounts.LinkInfo) -> LinkForm:
    return SetupForm() if info.purpose == accounts.SETUP else LinkForm()


def _link_page(info: accounts.LinkInfo, form: LinkForm) -> str:
    return render_template("auth/link.html", info=info, form=form, setup=accounts.SETUP)


@bp.get("/clave")
@for_persons
def password() -> ResponseReturnValue:
    return render_template("auth/password.html", form=PasswordForm())


@bp.post("/clave")
@for_persons
def change_password() -> ResponseReturnValue:
    form = PasswordForm()
    if not form.validate_on_submit():
        return render_template("auth/password.html", form=form), 422
    try:
        accounts.change_password(
            current_context(),
            current=form.current_password.data or "",
            new=form.password.data or "",
        )
    except WrongPassword:
        put_error(form, Invalid("current_password", "password.wrong"))
        return render_template("auth/password.html", form=form), 422
    except Invalid as error:
        put_error(form, error)
        return render_template("auth/password.html", form=form), 422
    flash(_("Cambió su contraseña y se cerraron sus otras sesiones."), "success")
    return redirect(url_for(".profile"), code=303)


@bp.get("/perfil")
@for_persons
def profile() -> ResponseReturnValue:
    return _profile_page(SubstituteForm(formdata=None))


@bp.post("/perfil/reemplazos")
@for_persons
def name_substitute() -> ResponseReturnValue:
    form = SubstituteForm()
    _offer_colleagues(form)
    if not form.validate_on_submit():
        return _profile_page(form), 422
    ctx = current_context()
    try:
        accounts.create_substitution(
            ctx,
            absent_id=current_user.user.id,
            substitute_id=whole(form.substitute_id.data) or 0,
            starts_on=form.starts_on.data,
            ends_on=form.ends_on.data,
            reason=form.reason.data or "",
        )
    except Invalid as error:
        put_error(form, error)
        return _profile_page(form), 422
    flash(_("El reemplazo quedó guardado."), "success")
    return redirect(url_for(".profile"), code=303)


@bp.post("/perfil/reemplazos/<int:substitution_id>/cancelacion")
@for_persons
def cancel_substitute(substitution_id: int) -> ResponseReturnValue:
    accounts.cancel_substitution(current_context(), substitution_id)
    flash(_("El reemplazo quedó cancelado."), "success")
    return redirect(url_for(".profile"), code=303)


@bp.post("/perfil/calendario")
@for_persons
def make_feed() -> ResponseReturnValue:
    """The address is on this one answer and never again: only its hash is kept."""
    token = calendar_feeds.create(current_context())
    path = url_for(".feed", token=token)
    address = f"{current_context().config.public_url}{path}"
    return _profile_page(SubstituteForm(formdata=None), address=address)


@bp.post("/perfil/calendario/retiro")
@for_persons
def revoke_feed() -> ResponseReturnValue:
    calendar_feeds.revoke(current_context())
    flash(_("La dirección de su calendario dejó de servir."), "success")
    return redirect(url_for(".profile"), code=303)


@bp.get("/calendario/<token>.ics")
def feed(token: str) -> ResponseReturnValue:
    """Read by calendar programs, which cannot log in: who has the address has the key."""
    ctx = anonymous_context()
    text = calendar_file(calendar_feeds.dates_of(ctx, token), ctx.config.public_url, ctx.now())
    answer = Response(text, mimetype="text/calendar")
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def _profile_page(form: SubstituteForm, address: str = "") -> str:
    _offer_colleagues(form)
    ctx = current_context()
    return render_template(
        "auth/profile.html",
        form=form,
        user=current_user.user,
        substitutions=accounts.substitutions_of(ctx),
        today=ctx.today(),
        feed=calendar_feeds.current(ctx),
        address=address,
    )


def _offer_colleagues(form: SubstituteForm) -> None:
    people = accounts.active_people(current_context())
    me = current_user.user.id
    others = [(user.id, _person_line(user)) for user in people if user.id != me]
    form.substitute_id.choices = pairs(others, blank=_("Elija…"))


def _person_line(user: User) -> str:
    return f"{user.name}, {user.position}" if user.position else user.name
