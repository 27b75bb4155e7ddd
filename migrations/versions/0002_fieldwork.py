"""Create letters, requests of information, what fills a paper, notices, shares and the public plan.

Revision: 0002_fieldwork, after 0001_initial.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002_fieldwork"
down_revision = "0001_initial"
branch_labels = None
depends_on = None

# Rows that are written once, as those of the first migration.
APPEND_ONLY = ("sample_draw", "letter_template")
PURPOSES = (
    "evidencia",
    "papel_trabajo",
    "anuncio",
    "acta",
    "informe_preliminar",
    "informe_final",
    "replica",
    "avance",
    "verificacion",
    "constancia_envio",
    "informe_externo",
    "version_publica",
    "otro",
)
TABLES = (
    "information_delivery_document",
    "sample_draw",
    "review_note",
    "information_delivery",
    "checklist_item",
    "oversight_share",
    "letter",
    "information_request",
    "pub_annual_audit",
    "notice",
    "letter_template",
    "calendar_feed",
    "pub_annual_plan",
    "checklist",
)
NEW_PURPOSES = ("carta", "informacion_entregada")
PUBLISHED_PLAN_COLUMNS = (
    sa.Column("public_content", sa.JSON(), nullable=True),
    sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
)


def on_postgres() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def allow_purposes(old: tuple[str, ...], new: tuple[str, ...]) -> None:
    """What a document may be for.

    SQLite cannot change a constraint: its manual has the text of the table rewritten, which keeps
    the rows, the keys that point at them and the triggers.
    """
    if on_postgres():
        name = op.f("ck_document_documentpurpose")
        op.drop_constraint(name, "document", type_="check")
        op.create_check_constraint(name, "document", f"purpose IN ({listed(new)})")
        return
    bind = op.get_bind()
    read = "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'document'"
    before = bind.exec_driver_sql(read).scalar_one()
    after = before.replace(f"purpose IN ({listed(old)})", f"purpose IN ({listed(new)})")
    if after == before:
        raise RuntimeError("the table document has no list of purposes to change")
    version = bind.exec_driver_sql("PRAGMA schema_version").scalar_one()
    bind.exec_driver_sql("PRAGMA writable_schema=ON")
    bind.exec_driver_sql(
        "UPDATE sqlite_master SET sql = ? WHERE type = 'table' AND name = 'document'", (after,)
    )
    bind.exec_driver_sql(f"PRAGMA schema_version={version + 1}")
    bind.exec_driver_sql("PRAGMA writable_schema=OFF")


def listed(purposes: tuple[str, ...]) -> str:
    return ", ".join(f"'{purpose}'" for purpose in purposes)


def refuse(name: str, table: str, verb: str) -> None:
    deed = (
        "FOR EACH ROW EXECUTE FUNCTION vigia_refuse()"
        if on_postgres()
        else f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE {verb} ON {table} {deed}")


def create_triggers() -> None:
    for table in APPEND_ONLY:
        for verb in ("UPDATE", "DELETE"):
            refuse(f"{table}_no_{verb.lower()}", table, verb)
        if on_postgres():
            op.execute(
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
                "EXECUTE FUNCTION vigia_refuse()"
            )


def upgrade() -> None:
    op.create_table(
        "checklist",
        sa.Column("questions", sa.Text(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checklist")),
        sa.UniqueConstraint("code", name=op.f("uq_checklist_code")),
    )
    op.create_table(
        "pub_annual_plan",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("objective", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("criteria", sa.Text(), nullable=False),
        sa.Column("approved_on", sa.Date(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_pub_annual_plan")),
    )
    op.create_table(
        "calendar_feed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_calendar_feed_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feed")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feed_token_hash")),
    )
    op.create_index(op.f("ix_calendar_feed_user_id"), "calendar_feed", ["user_id"])

    op.create_table(
        "letter_template",
        sa.Column(
            "kind",
            sa.Enum(
                "oficio_anuncio",
                "carta_compromiso",
                "carta_representacion",
                "acta_apertura",
                "acta_cierre",
                name="letterkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["user_account.id"], name=op.f("fk_letter_template_created_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_template")),
        sa.UniqueConstraint("kind", "edition", name=op.f("uq_letter_template_kind_edition")),
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("thing_kind", sa.String(length=40), nullable=False),
        sa.Column("thing_id", sa.Integer(), nullable=True),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("path", sa.String(length=300), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_notice_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("user_id", "key", name=op.f("uq_notice_user_id_key")),
    )
    op.create_index("ix_notice_told", "notice", ["told_on"])

    op.create_table(
        "pub_annual_audit",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("process", sa.String(length=300), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("planned_start", sa.Date(), nullable=False),
        sa.Column("planned_end", sa.Date(), nullable=False),
        sa.Column("special", sa.Boolean(), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("report_code", sa.String(length=40), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["year"], ["pub_annual_plan.year"], name=op.f("fk_pub_annual_audit_year")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_pub_annual_audit")),
    )
    op.create_index(op.f("ix_pub_annual_audit_year"), "pub_annual_audit", ["year"])

    op.create_table(
        "information_request",
        sa.Column("audit_id", sa.Integer(), nullable=False),
        sa.Column("process_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pendiente",
                "entregada",
                "devuelta",
                "cumplida",
                "retirada",
                name="informationstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("requested_by_id", sa.Integer(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("due", sa.JSON(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.Column("closed_note", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["audit_id"], ["audit.id"], name=op.f("fk_information_request_audit_id")
        ),
        sa.ForeignKeyConstraint(
            ["closed_by_id"], ["user_account.id"], name=op.f("fk_information_request_closed_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["process_id"], ["process.id"], name=op.f("fk_information_request_process_id")
        ),
        sa.ForeignKeyConstraint(
            ["requested_by_id"],
            ["user_account.id"],
            name=op.f("fk_information_request_requested_by_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_information_request")),
        sa.UniqueConstraint("audit_id", "code", name=op.f("uq_information_request_audit_id_code")),
    )
    op.create_index(
        op.f("ix_information_request_audit_id"),
        "information_request",
        ["audit_id"],
    )
    op.create_index(
        op.f("ix_information_request_process_id"),
        "information_request",
        ["process_id"],
    )
    op.create_index(op.f("ix_information_request_state"), "information_request", ["state"])

    op.create_table(
        "letter",
        sa.Column("audit_id", sa.Integer(), nullable=False),
        sa.Column("process_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "oficio_anuncio",
                "carta_compromiso",
                "carta_representacion",
                "acta_apertura",
                "acta_cierre",
                name="letterkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("template_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=True),
        sa.Column("place", sa.String(length=300), nullable=False),
        sa.Column("attendees", sa.Text(), nullable=False),
        sa.Column("topics", sa.Text(), nullable=False),
        sa.Column("agreements", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_note", sa.Text(), nullable=False),
        sa.Column("discarded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("discarded_reason", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("filing_number", sa.String(length=40), nullable=True),
        sa.Column("signature_id", sa.Integer(), nullable=True),
        sa.Column("content", sa.JSON(), nullable=True),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("docx_id", sa.Integer(), nullable=True),
        sa.Column("pdf_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(issued_at IS NULL) = (filing_number IS NULL)", name=op.f("ck_letter_issued")
        ),
        sa.CheckConstraint(
            "issued_at IS NULL OR discarded_at IS NULL", name=op.f("ck_letter_discarded")
        ),
        sa.ForeignKeyConstraint(["audit_id"], ["audit.id"], name=op.f("fk_letter_audit_id")),
        sa.ForeignKeyConstraint(
            ["author_id"], ["user_account.id"], name=op.f("fk_letter_author_id")
        ),
        sa.ForeignKeyConstraint(["docx_id"], ["document.id"], name=op.f("fk_letter_docx_id")),
        sa.ForeignKeyConstraint(["pdf_id"], ["document.id"], name=op.f("fk_letter_pdf_id")),
        sa.ForeignKeyConstraint(["process_id"], ["process.id"], name=op.f("fk_letter_process_id")),
        sa.ForeignKeyConstraint(
            ["signature_id"], ["signature.id"], name=op.f("fk_letter_signature_id")
        ),
        sa.ForeignKeyConstraint(
            ["template_id"], ["letter_template.id"], name=op.f("fk_letter_template_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
        sa.UniqueConstraint("filing_number", name=op.f("uq_letter_filing_number")),
    )
    op.create_index(op.f("ix_letter_audit_id"), "letter", ["audit_id"])
    op.create_index(op.f("ix_letter_process_id"), "letter", ["process_id"])

    op.create_table(
        "oversight_share",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("audit_id", sa.Integer(), nullable=True),
        sa.Column(
            "source",
            sa.Enum(
                "auditoria_interna",
                "contraloria_general",
                "contraloria_bogota",
                "contraloria_territorial",
                "auditoria_general",
                "procuraduria",
                "personeria",
                "superintendencia",
                "agn",
                "veeduria",
                "certificacion_iso",
                "autoevaluacion",
                "autodiagnostico_mipg",
                "furag",
                "revision_direccion",
                "riesgo_materializado",
                "pqrsd",
                "rendicion_cuentas",
                "otro",
                name="plansource",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("granted_by_id", sa.Integer(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(audit_id IS NULL) <> (source IS NULL)", name=op.f("ck_oversight_share_one_scope")
        ),
        sa.ForeignKeyConstraint(
            ["audit_id"], ["audit.id"], name=op.f("fk_oversight_share_audit_id")
        ),
        sa.ForeignKeyConstraint(
            ["granted_by_id"], ["user_account.id"], name=op.f("fk_oversight_share_granted_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_oversight_share_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oversight_share")),
    )
    op.create_index(op.f("ix_oversight_share_user_id"), "oversight_share", ["user_id"])

    op.create_table(
        "checklist_item",
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column(
            "answer",
            sa.Enum(
                "si",
                "no",
                "no_aplica",
                name="checklistanswer",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("observation", sa.Text(), nullable=False),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["user_account.id"], name=op.f("fk_checklist_item_answered_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["working_paper.id"], name=op.f("fk_checklist_item_paper_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checklist_item")),
        sa.UniqueConstraint("paper_id", "number", name=op.f("uq_checklist_item_paper_id_number")),
    )
    op.create_index(op.f("ix_checklist_item_paper_id"), "checklist_item", ["paper_id"])

    op.create_table(
        "information_delivery",
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("delivered_by_id", sa.Integer(), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_by_id", sa.Integer(), nullable=True),
        sa.Column("returned_note", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivered_by_id"],
            ["user_account.id"],
            name=op.f("fk_information_delivery_delivered_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["information_request.id"],
            name=op.f("fk_information_delivery_request_id"),
        ),
        sa.ForeignKeyConstraint(
            ["returned_by_id"],
            ["user_account.id"],
            name=op.f("fk_information_delivery_returned_by_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_information_delivery")),
    )
    op.create_index(
        op.f("ix_information_delivery_request_id"),
        "information_delivery",
        ["request_id"],
    )

    op.create_table(
        "review_note",
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("audit_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cleared_by_id", sa.Integer(), nullable=True),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["user_account.id"], name=op.f("fk_review_note_answered_by_id")
        ),
        sa.ForeignKeyConstraint(["audit_id"], ["audit.id"], name=op.f("fk_review_note_audit_id")),
        sa.ForeignKeyConstraint(
            ["author_id"], ["user_account.id"], name=op.f("fk_review_note_author_id")
        ),
        sa.ForeignKeyConstraint(
            ["cleared_by_id"], ["user_account.id"], name=op.f("fk_review_note_cleared_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["working_paper.id"], name=op.f("fk_review_note_paper_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_note")),
    )
    op.create_index(op.f("ix_review_note_audit_id"), "review_note", ["audit_id"])
    op.create_index(op.f("ix_review_note_paper_id"), "review_note", ["paper_id"])

    op.create_table(
        "sample_draw",
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column(
            "method",
            sa.Enum(
                "aleatorio_simple",
                "sistematico",
                "estratificado",
                "unidad_monetaria",
                name="samplingmethod",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("description", sa.String(length=300), nullable=False),
        sa.Column("seed", sa.String(length=64), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("population", sa.JSON(), nullable=False),
        sa.Column("population_sha256", sa.String(length=64), nullable=False),
        sa.Column("selection", sa.JSON(), nullable=False),
        sa.Column("drawn_by_id", sa.Integer(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["drawn_by_id"], ["user_account.id"], name=op.f("fk_sample_draw_drawn_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["working_paper.id"], name=op.f("fk_sample_draw_paper_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sample_draw")),
    )
    op.create_index(op.f("ix_sample_draw_paper_id"), "sample_draw", ["paper_id"])

    op.create_table(
        "information_delivery_document",
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["information_delivery.id"],
            name=op.f("fk_information_delivery_document_delivery_id"),
        ),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["document.id"],
            name=op.f("fk_information_delivery_document_document_id"),
        ),
        sa.PrimaryKeyConstraint(
            "delivery_id", "document_id", name=op.f("pk_information_delivery_document")
        ),
    )
    for column in PUBLISHED_PLAN_COLUMNS:
        op.add_column("annual_plan", column)
    op.add_column("audit", sa.Column("suspensions", sa.JSON(), nullable=False, server_default="[]"))
    allow_purposes(PURPOSES, (*PURPOSES[:-1], *NEW_PURPOSES, PURPOSES[-1]))
    create_triggers()


def downgrade() -> None:
    allow_purposes((*PURPOSES[:-1], *NEW_PURPOSES, PURPOSES[-1]), PURPOSES)
    op.drop_column("audit", "suspensions")
    for column in PUBLISHED_PLAN_COLUMNS:
        op.drop_column("annual_plan", column.name)
    for table in TABLES:  # their indexes and triggers go with them
        op.drop_table(table)
