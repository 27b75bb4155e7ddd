"""The small story: four audits in telling states, for tests and for a first look."""

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
from workflows.enums import AuditLineType, PlanSource

F = Fate
SMALL = Script(
    days=560,
    evidence=1,
    absence=False,
    audits=(
        AuditPart(
            subject="contratacion",
            prose="primera",
            process="contratacion",
            ago=520,
            until=AuditState.CLOSED,
            publish=Publish.PUBLISHED,
            findings=(
                FindingPart("publicidad", Reply.RATIFY, (Act(F.EFFECTIVE, 90),)),
                FindingPart("estudios", Reply.LAPSE, (Act(F.EFFECTIVE, 70),)),
            ),
        ),
        AuditPart(
            subject="pqrsd",
            prose="primera",
            process="pqrsd",
            ago=400,
            until=AuditState.FOLLOW_UP,
            publish=Publish.PUBLISHED,
            findings=(
                FindingPart(
                    "oportunidad",
                    acts=(Act(F.INEFFECTIVE, 60, next=1), Act(F.RUNNING, ended=-40, later=True)),
                ),
                FindingPart("denunciante", acts=(Act(F.RUNNING, ended=25), Act(F.FULFILLED, 90))),
                FindingPart("traslados", acts=(Act(F.EXTENDED, 150, ended=-60),)),
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
                FindingPart("adquisiciones", Reply.ANSWER),
            ),
        ),
        AuditPart(
            subject="archivo",
            prose="segunda",
            process="archivo",
            ago=34,
            until=AuditState.FIELDWORK,
            lead="lider2",
            findings=(FindingPart("metadatos", Reply.DRAFT),),
        ),
    ),
    externals=(
        ExternalPart(
            source=PlanSource.LOCAL_OMBUDSMAN,
            body="Personería de Samán del Río",
            report="Informe de seguimiento 7 de la Personería",
            process="contratacion",
            ago=16,
            findings=(FindingPart("convenios", acts=(Act(F.RUNNING), Act(F.RUNNING))),),
            plan=PlanPart(Path.DRAFT),
        ),
    ),
)
