"""The whole story: two years of an office, with audits, plans and actions in every state."""

from __future__ import annotations

from app.services.demo.parts import (
    Act,
    AuditPart,
    ExternalPart,
    Fate,
    FindingPart,
    Path,
    PlanPart,
    Publish,
    Reply,
    Script,
)
from workflows.audit import AuditState
from workflows.enums import AuditLineType, OciRole, PlanSource

F, R = Fate, Reply
ONE = ("auditor", "auditora2")
TWO = ("auditora2", "auditor3")
THREE = ("auditor3", "auditor")
COMPTROLLER = "Contraloría Departamental"

CLOSED = (
    AuditPart(
        subject="contratacion",
        prose="primera",
        process="contratacion",
        ago=715,
        until=AuditState.CLOSED,
        publish=Publish.PUBLISHED,
        findings=(
            FindingPart("publicidad", R.RATIFY, (Act(F.EFFECTIVE, 150), Act(F.EFFECTIVE, 60))),
            FindingPart("supervision", R.MODIFY, (Act(F.EFFECTIVE, 170), Act(F.EFFECTIVE, 120))),
            FindingPart("liquidacion", acts=(Act(F.EFFECTIVE, 190), Act(F.EFFECTIVE, 150))),
            FindingPart("estudios", acts=(Act(F.EFFECTIVE, 100), Act(F.EFFECTIVE, 140))),
            FindingPart("expedientes"),
        ),
    ),
    AuditPart(
        subject="archivo",
        prose="primera",
        process="archivo",
        ago=690,
        until=AuditState.CLOSED,
        lead="lider2",
        team=TWO,
        publish=Publish.PUBLISHED,
        plan=PlanPart(returned=True),
        findings=(
            FindingPart("transferencias", acts=(Act(F.EFFECTIVE, 60), Act(F.EFFECTIVE, 200))),
            FindingPart("deposito", acts=(Act(F.EFFECTIVE, 160), Act(F.EXCEPTION, 120))),
            FindingPart("retencion", acts=(Act(F.EFFECTIVE, 180), Act(F.EFFECTIVE, 150))),
            FindingPart("eliminacion", acts=(Act(F.EXCEPTION, 90), Act(F.EFFECTIVE, 120))),
        ),
    ),
)
FOLLOWED = (
    AuditPart(
        subject="talento",
        prose="primera",
        process="talento",
        ago=640,
        until=AuditState.FOLLOW_UP,
        team=THREE,
        publish=Publish.APPROVED,
        findings=(
            FindingPart(
                "desempeno",
                acts=(
                    Act(F.EFFECTIVE, 120),
                    Act(F.INEFFECTIVE, 80, next=2),
                    Act(F.EFFECTIVE, 60, later=True),
                ),
            ),
            FindingPart("capacitacion", acts=(Act(F.RUNNING, ended=190), Act(F.FULFILLED, 300))),
            FindingPart("historias"),
            FindingPart(
                "extras",
                R.ESCALATE,
                (
                    Act(F.FULFILLED, 340),
                    Act(F.EFFECTIVE, 200),
                    Act(F.UNMET, 250, next=None),
                ),
                subject="nomina",
            ),
            FindingPart(
                "vacaciones",
                acts=(Act(F.RUNNING, ended=200), Act(F.EVALUATING, 300)),
                subject="nomina",
            ),
            FindingPart(
                "incapacidades",
                acts=(Act(F.EFFECTIVE, 200), Act(F.EFFECTIVE, 180)),
                subject="nomina",
            ),
        ),
    ),
    AuditPart(
        subject="pqrsd",
        prose="primera",
        process="pqrsd",
        ago=560,
        until=AuditState.FOLLOW_UP,
        team=ONE,
        publish=Publish.PUBLISHED,
        findings=(
            FindingPart(
                "oportunidad",
                acts=(
                    Act(F.EFFECTIVE, 60),
                    Act(F.INEFFECTIVE, 110, next=2),
                    Act(F.RUNNING, ended=-35, later=True),
                ),
            ),
            FindingPart("traslados", acts=(Act(F.EFFECTIVE, 100), Act(F.EFFECTIVE, 90))),
            FindingPart(
                "denunciante",
                acts=(Act(F.EFFECTIVE, 45), Act(F.EFFECTIVE, 160)),
                process="tic",
            ),
            FindingPart("fondo", acts=(Act(F.FULFILLED, 345), Act(F.RUNNING, ended=104))),
            FindingPart(
                "informe-pqrsd",
                acts=(Act(F.EXCEPTION, 60), Act(F.INEFFECTIVE, ended=115)),
                process="participacion",
            ),
        ),
    ),
    AuditPart(
        subject="inventarios",
        prose="primera",
        process="inventarios",
        ago=470,
        until=AuditState.FOLLOW_UP,
        lead="lider2",
        team=TWO,
        type=AuditLineType.FINANCIAL_AUDIT,
        publish=Publish.PUBLISHED,
        findings=(
            FindingPart(
                "faltantes",
                R.MODIFY,
                (
                    Act(F.EXTENDED, 300, ended=-75),
                    Act(F.EFFECTIVE, 150),
                    Act(F.RUNNING, ended=3),
                ),
            ),
            FindingPart(
                "conciliacion",
                acts=(
                    Act(F.REFORMULATED, 120, next=2),
                    Act(F.EFFECTIVE, 160),
                    Act(F.RUNNING, ended=-45, later=True),
                ),
                process="presupuesto",
            ),
            FindingPart(
                "seguros",
                acts=(Act(F.EFFECTIVE, 30), Act(F.RUNNING, ended=-11)),
                process="contratacion",
            ),
            FindingPart("bajas", acts=(Act(F.DENIED, ended=40), Act(F.VOIDED, 150))),
        ),
    ),
    AuditPart(
        subject="tic",
        prose="primera",
        process="tic",
        ago=400,
        until=AuditState.FOLLOW_UP,
        team=THREE,
        type=AuditLineType.SYSTEMS_AUDIT,
        role=OciRole.RISK_ASSESSMENT,
        publish=Publish.RESERVED,
        plan=PlanPart(returned=True, takes=22),
        findings=(
            FindingPart("respaldos", acts=(Act(F.FULFILLED, 200), Act(F.RUNNING, ended=-12))),
            FindingPart(
                "usuarios",
                R.RATIFY,
                (
                    Act(F.EXTENDED, 170, ended=-50),
                    Act(F.RUNNING, ended=-30),
                    Act(F.EFFECTIVE, 60),
                ),
                process="talento",
            ),
            FindingPart("licencias", acts=(Act(F.REJECTED, ended=20), Act(F.EFFECTIVE, 60))),
            FindingPart("continuidad", acts=(Act(F.RUNNING, ended=25), Act(F.RUNNING, ended=-8))),
            FindingPart("vulnerabilidades", acts=(Act(F.EFFECTIVE, 30), Act(F.REPORTED, ended=6))),
        ),
    ),
    AuditPart(
        subject="infraestructura",
        prose="primera",
        process="infraestructura",
        ago=320,
        until=AuditState.FOLLOW_UP,
        team=ONE,
        publish=Publish.PUBLISHED,
        findings=(
            FindingPart(
                "cantidades", R.MODIFY, (Act(F.RUNNING, ended=-60), Act(F.ASKED, ended=-35))
            ),
            FindingPart(
                "ensayos",
                acts=(
                    Act(F.VERIFYING, ended=15),
                    Act(F.FULFILLED, 90),
                    Act(F.RUNNING, ended=-40),
                ),
            ),
            FindingPart("inconclusa", acts=(Act(F.RUNNING, ended=35), Act(F.RUNNING, ended=-90))),
            FindingPart(
                "mantenimiento", acts=(Act(F.RUNNING, ended=-100), Act(F.RUNNING, ended=-55))
            ),
        ),
    ),
)
PLANNING = (
    AuditPart(
        subject="presupuesto",
        prose="primera",
        process="presupuesto",
        ago=114,
        until=AuditState.PLAN_FORMULATION,
        lead="lider2",
        team=TWO,
        type=AuditLineType.FINANCIAL_AUDIT,
        publish=Publish.PREPARED,
        plan=PlanPart(Path.IN_REVIEW, takes=25),
        findings=(
            FindingPart("registro", R.RATIFY, (Act(F.RUNNING, 120), Act(F.RUNNING, 90))),
            FindingPart(
                "predial", R.RATIFY, (Act(F.RUNNING, 300), Act(F.RUNNING, 270), Act(F.RUNNING, 200))
            ),
            FindingPart("reservas", acts=(Act(F.RUNNING, 150), Act(F.RUNNING, 180))),
            FindingPart("conciliaciones", acts=(Act(F.RUNNING, 120), Act(F.RUNNING, 200))),
        ),
    ),
    AuditPart(
        subject="ambiente",
        prose="primera",
        process="ambiente",
        ago=104,
        until=AuditState.PLAN_FORMULATION,
        team=THREE,
        publish=Publish.ANONYMISING,
        plan=PlanPart(Path.RETURNED),
        findings=(
            FindingPart(
                "predios", R.RATIFY, (Act(F.RUNNING, 200), Act(F.RUNNING, 300), Act(F.RUNNING, 330))
            ),
            FindingPart("escombros", acts=(Act(F.RUNNING, 190), Act(F.RUNNING, 60))),
            FindingPart("pgirs", acts=(Act(F.RUNNING, 90), Act(F.RUNNING, 300))),
            FindingPart("riesgo", acts=(Act(F.RUNNING, 120), Act(F.RUNNING, 180))),
        ),
    ),
)
UNDER_WAY = (
    AuditPart(
        subject="juridica",
        prose="primera",
        process="juridica",
        ago=84,
        until=AuditState.FINAL_REPORT,
        team=ONE,
        findings=(
            FindingPart("sentencias", R.RATIFY),
            FindingPart("repeticion", R.RATIFY),
            FindingPart("provision", R.MODIFY),
            FindingPart("comite", R.WITHDRAW),
        ),
    ),
    AuditPart(
        subject="contratacion",
        prose="segunda",
        process="contratacion",
        ago=60,
        until=AuditState.CONTRADICTION,
        type=AuditLineType.FOLLOW_UP,
        findings=(
            FindingPart("publicidad-otra-vez"),
            FindingPart("adquisiciones", R.ANSWER),
            FindingPart("garantias", R.PROPOSE),
            FindingPart("indicadores"),
        ),
    ),
    AuditPart(
        subject="participacion",
        prose="primera",
        process="participacion",
        ago=56,
        until=AuditState.DRAFT_REPORT,
        lead="lider2",
        team=TWO,
        findings=(FindingPart("compromisos"), FindingPart("informe"), FindingPart("veedurias")),
    ),
    AuditPart(
        subject="pqrsd",
        prose="segunda",
        process="pqrsd",
        ago=44,
        until=AuditState.FIELDWORK,
        team=ONE,
        role=OciRole.PREVENTION,
        findings=(
            FindingPart("guion"),
            FindingPart("accesibilidad", R.REVIEW),
            FindingPart("horario", R.DRAFT),
        ),
    ),
    AuditPart(
        subject="archivo",
        prose="segunda",
        process="archivo",
        ago=12,
        until=AuditState.PLANNING,
        team=THREE,
    ),
    AuditPart(
        subject="talento",
        prose="segunda",
        process="talento",
        ago=-18,
        until=AuditState.SCHEDULED,
        type=AuditLineType.COMPLIANCE_AUDIT,
    ),
)
STOPPED = (
    AuditPart(
        subject="infraestructura",
        prose="segunda",
        process="infraestructura",
        ago=150,
        until=AuditState.SUSPENDED,
        lead="lider2",
        team=TWO,
        type=AuditLineType.SPECIAL_AUDIT,
        special="La Alcaldesa pidió revisar la suspensión de la obra del parque lineal.",
        why="La obra está bajo inspección judicial hasta nueva orden; no hay acceso al expediente.",
        findings=(FindingPart("anticipo", R.DRAFT),),
    ),
    AuditPart(
        subject="ambiente",
        prose="segunda",
        process="ambiente",
        ago=260,
        until=AuditState.CANCELLED,
        team=THREE,
        type=AuditLineType.COMPLIANCE_AUDIT,
        why="La competencia pasó a la autoridad ambiental regional; el comité retira la auditoría.",
        findings=(FindingPart("silvestres", R.DRAFT),),
    ),
)


NO_PLAN = PlanPart()


def _outside(
    source: PlanSource,
    body: str,
    report: str,
    process: str,
    ago: int,
    finding: FindingPart,
    plan: PlanPart = NO_PLAN,
) -> ExternalPart:
    return ExternalPart(source, body, report, process, ago, (finding,), plan)


P = PlanSource
EXTERNALS = (
    _outside(
        P.TERRITORIAL_COMPTROLLER,
        COMPTROLLER,
        "Informe de auditoría financiera y de gestión 14",
        "contratacion",
        390,
        FindingPart("convenios", acts=(Act(F.FULFILLED, 200), Act(F.RUNNING, ended=16))),
    ),
    _outside(
        P.TERRITORIAL_COMPTROLLER,
        COMPTROLLER,
        "Informe de auditoría financiera y de gestión 9",
        "presupuesto",
        640,
        FindingPart("estampillas", acts=(Act(F.EFFECTIVE, 120), Act(F.EFFECTIVE, 220))),
    ),
    _outside(
        P.CITIZEN_OVERSIGHT,
        "Veeduría Caminos Seguros",
        "Informe de la veeduría sobre puentes peatonales",
        "infraestructura",
        470,
        FindingPart("puente", acts=(Act(F.EFFECTIVE, 60), Act(F.EFFECTIVE, 190))),
    ),
    _outside(
        P.ISO_CERTIFICATION,
        "Certificadora Andina de Gestión",
        "Informe de auditoría de vigilancia 2",
        "pqrsd",
        430,
        FindingPart("calidad", acts=(Act(F.EFFECTIVE, 120), Act(F.EFFECTIVE, 60))),
    ),
    _outside(
        P.TERRITORIAL_COMPTROLLER,
        COMPTROLLER,
        "Informe de auditoría ambiental 5",
        "ambiente",
        360,
        FindingPart("vertimientos", acts=(Act(F.RUNNING, ended=45), Act(F.RUNNING, ended=-9))),
    ),
    _outside(
        P.CITIZEN_OVERSIGHT,
        "Veeduría Memoria del Río",
        "Informe de la veeduría sobre archivos",
        "archivo",
        330,
        FindingPart("fondos", acts=(Act(F.RUNNING, ended=-20), Act(F.RUNNING, ended=12))),
    ),
    _outside(
        P.TERRITORIAL_COMPTROLLER,
        COMPTROLLER,
        "Informe de actuación especial 3",
        "juridica",
        300,
        FindingPart("firma", acts=(Act(F.FULFILLED, 150), Act(F.EVALUATING, 100))),
    ),
    _outside(
        P.CITIZEN_OVERSIGHT,
        "Veeduría Caminos Seguros",
        "Informe de la veeduría sobre alumbrado escolar",
        "infraestructura",
        270,
        FindingPart("ruta", acts=(Act(F.FULFILLED, 170), Act(F.RUNNING, ended=-25))),
    ),
    _outside(
        P.LOCAL_OMBUDSMAN,
        "Personería de Samán del Río",
        "Informe de seguimiento 7 de la Personería",
        "pqrsd",
        220,
        FindingPart("quejas-personeria", acts=(Act(F.RUNNING, ended=-45), Act(F.FULFILLED, 80))),
    ),
    _outside(
        P.TERRITORIAL_COMPTROLLER,
        COMPTROLLER,
        "Informe de auditoría ambiental 8",
        "ambiente",
        28,
        FindingPart("arboles", acts=(Act(F.RUNNING, ended=-170),)),
    ),
    _outside(
        P.TERRITORIAL_COMPTROLLER,
        COMPTROLLER,
        "Informe de cumplimiento 21",
        "presupuesto",
        46,
        FindingPart("contables", acts=(Act(F.RUNNING, 90), Act(F.RUNNING, 200))),
        PlanPart(Path.TO_SUBSCRIBE),
    ),
    _outside(
        P.CITIZEN_OVERSIGHT,
        "Veeduría Memoria del Río",
        "Informe de la veeduría sobre el depósito central",
        "archivo",
        16,
        FindingPart("cadena", acts=(Act(F.RUNNING, 120), Act(F.RUNNING, 150))),
        PlanPart(Path.DRAFT),
    ),
)
WHOLE = Script(
    days=750,
    audits=(*CLOSED, *FOLLOWED, *PLANNING, *UNDER_WAY, *STOPPED),
    externals=EXTERNALS,
)
