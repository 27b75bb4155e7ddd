"""The main job from end to end, each person at their own browser.

An annual plan is approved; an audit of it is staffed, declared free of conflict, programmed and
executed; findings are written, contested and decided; reports go out; the plan is formulated,
returned once and accepted; actions run, are verified and found effective; everything closes; the
public version is published and a visitor reads it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser

from tests.e2e.desk import Desks, desks, number_in, write_pdf
from tests.live import LiveServer

SECRET_WORD = "ornitorrinco"
PROCESS = "Gestión contractual"  # the one that the demo's process owner leads
WHYS = {f"why_{n}": f"Porque nadie lo pidió ({n})." for n in (1, 2, 3)}
YEAR = datetime.now(UTC).year + 2  # the demo's own plan of next year is still under way


def today() -> Any:
    return datetime.now(ZoneInfo("America/Bogota")).date()


class Journey:
    """The state of one run: the people, and the ids of what they made."""

    def __init__(self, people: Desks, folder: Path) -> None:
        self.people = people
        self.folder = folder
        self.audit = 0
        self.findings: list[int] = []
        self.plan = 0
        self.actions: list[int] = []
        self.publication = 0

    def pdf(self, name: str, text: str) -> Path:
        return write_pdf(self.folder, name, text)

    # ------------------------------------------------------------ plan anual

    def approve_annual_plan(self) -> None:
        admin = self.people["administrador"]
        admin.open("/admin/catalogos/terminos")
        admin.page.get_by_role("link", name=re.compile("efectividad", re.I)).first.click()
        admin.press("Guardar", amount="0")
        head = self.people["jefe_oci"]
        head.open("/plan-anual/nuevo")
        plan = number_in(
            head.press(
                "Crear el plan anual", year=YEAR, objective="Vigilar los procesos con más riesgo."
            )
        )
        head.open("/auditorias/nueva")
        self.audit = number_in(
            head.press(
                "Crear la auditoría",
                title="Auditoría a los pagos de contratos",
                type="auditoria_gestion",
                oci_role="evaluacion_seguimiento",
                process_id=PROCESS,
                planned_start=f"{YEAR}-02-01",
                planned_end=f"{YEAR}-04-30",
                annual_plan_id=str(YEAR),
            )
        )
        head.open(f"/plan-anual/{plan}")
        head.press("Enviar a revisión")
        head.press("Presentar al comité")
        manager = self.people["alta_direccion"]
        manager.open(f"/plan-anual/{plan}")
        manager.press(
            "Aprobar el plan anual", minutes_number="CICCI-09", minutes_date=today().isoformat()
        )

    # ------------------------------------------------------------ planning

    def plan_audit(self) -> None:
        head = self.people["jefe_oci"]
        for role, person in (("lead", "auditor_lider"), ("auditor", "auditor")):
            head.open(f"/auditorias/{self.audit}")
            head.press("Asignar al equipo", user_id=self._name(person), role=role)
        head.press("Iniciar la planeación")
        for person in ("auditor_lider", "auditor"):
            member = self.people[person]
            member.open(f"/auditorias/{self.audit}")
            member.press("Firmar mi declaración", conflict="no")
        lead = self.people["auditor_lider"]
        lead.open(f"/auditorias/{self.audit}/programa/editar")
        lead.press(
            "Guardar",
            objective="Comprobar que cada pago tiene su recibo.",
            scope="Contratos pagados en el último semestre.",
            criteria="Ley 1474 de 2011, artículos 83 y 84.",
            risks="Pagar lo que no se recibió.",
            tests="Revisión de expedientes.",
            sample="30 de 212 contratos, al azar.",
            methodology="Auditoría basada en riesgos.",
            schedule="Febrero a abril.",
        )
        head.open(f"/auditorias/{self.audit}/programa")
        head.press("Firmar el programa")
        head.open(f"/auditorias/{self.audit}/programa")
        head.press("Anunciar la auditoría")
        head.open(f"/auditorias/{self.audit}")
        head.press("Aprobar el programa e iniciar la ejecución")

    def _name(self, role: str) -> str:
        desk = self.people[role]
        desk.open("/panel")
        return desk.page.locator("a[href='/perfil']").first.inner_text().strip()

    # ------------------------------------------------------------ fieldwork

    def write_findings(self) -> None:
        for number, person in enumerate(("auditor", "auditor_lider"), start=1):
            writer = self.people[person]
            writer.open(f"/hallazgos/nuevo?audit_id={self.audit}")
            finding = number_in(
                writer.press(
                    "Guardar",
                    title=f"Pagos sin recibo a satisfacción, caso {number}",
                    type="hallazgo",
                    severity="mayor",
                    condition=f"En {number + 3} de 30 contratos se pagó sin recibo.",
                    criterion="El supervisor certifica el recibo antes de cada pago.",
                    norm_article="Ley 1474 de 2011, artículo 84",
                    cause="Los supervisores no conocen el manual.",
                    effect="La entidad pudo pagar lo que no recibió.",
                    process_id=PROCESS,
                )
            )
            self.findings.append(finding)
            writer.open(f"/hallazgos/{finding}")
            evidence = self.pdf(f"contrato-{number}.pdf", f"Contrato {number}: {SECRET_WORD}")
            writer.press("Agregar", type="documental", files=evidence)
            writer.open(f"/hallazgos/{finding}")
            writer.press("Enviar a revisión")
        for person, finding in zip(("auditor_lider", "jefe_oci"), self.findings, strict=True):
            reviewer = self.people[person]
            reviewer.open(f"/hallazgos/{finding}")
            reviewer.press("Marcar como revisado")
        auditor = self.people["auditor"]
        auditor.open(f"/auditorias/{self.audit}/papeles/nuevo")
        paper = auditor.press(
            "Crear el papel",
            title="Recibos a satisfacción",
            procedure="Se revisó el recibo de cada pago de la muestra.",
            result="Faltan 4 de 30.",
            conclusion="El control no opera siempre.",
        )
        lead = self.people["auditor_lider"]
        lead.open(paper)
        lead.press("Dar el visto bueno")
        lead.open(f"/auditorias/{self.audit}")
        lead.press("Terminar la ejecución")

    # ------------------------------------------------------------ contradiction

    def contest(self) -> None:
        owner = self.people["lider_proceso"]
        for finding in self.findings:
            response = owner.page.goto(f"{owner.server.url}/hallazgos/{finding}")
            assert response is not None
            assert response.status == 404, "the auditee sees a finding before it is communicated"
        head = self.people["jefe_oci"]
        head.open(f"/auditorias/{self.audit}")
        head.press("Generar un borrador para revisarlo")
        head.open(f"/auditorias/{self.audit}")
        head.press("Firmar y comunicar el informe preliminar")
        for stance, finding in zip(("objeta", "acepta"), self.findings, strict=True):
            owner.open(f"/hallazgos/{finding}/replica")
            owner.press(
                "Radicar la réplica",
                stance=stance,
                arguments="Los recibos existen y se adjuntan.",
                files=self.pdf("recibos.pdf", "Recibos"),
            )
        lead = self.people["auditor_lider"]
        for finding in self.findings:
            lead.open(f"/hallazgos/{finding}")
            lead.press("Guardar el análisis", analysis="Los recibos son posteriores al pago.")
            head.open(f"/hallazgos/{finding}")
            head.press("Ratificar", reason="Los soportes no desvirtúan la condición.")

    def issue_final_report(self) -> None:
        head, lead = self.people["jefe_oci"], self.people["auditor_lider"]
        head.open(f"/auditorias/{self.audit}")
        head.press("Pasar al informe final")
        lead.open(f"/auditorias/{self.audit}/conclusiones/editar")
        lead.press("Guardar", conclusions="El control de los pagos necesita corregirse.")
        lead.open(f"/auditorias/{self.audit}")
        self.publication = number_in(lead.press("Preparar la versión pública"))
        head.open(f"/auditorias/{self.audit}")
        head.press("Firmar y comunicar el informe final")
        for kind, start in (("DOCX", b"PK"), ("PDF", b"%PDF-")):
            head.open(f"/auditorias/{self.audit}")
            head.page.get_by_role("link", name=kind).last.click()
            with head.page.expect_download() as waiting:
                head.page.locator("main a[href$='/archivo']").first.click()
            assert Path(waiting.value.path()).read_bytes().startswith(start)

    # ------------------------------------------------------------ improvement plan

    def formulate_plan(self) -> None:
        owner = self.people["lider_proceso"]
        owner.open("/planes/nuevo")
        for wanted in (PROCESS, "Auditoría a los pagos de contratos"):
            link = owner.page.locator("main").get_by_role("link", name=re.compile(wanted))
            if link.count():
                link.first.click()
        self.plan = number_in(
            owner.press(
                "Crear el plan",
                title="Plan de mejoramiento de los pagos",
                findings=[str(finding) for finding in self.findings],
            )
        )
        for position in range(len(self.findings)):
            owner.open(f"/planes/{self.plan}")
            address = owner.page.locator("a[href*='/causas/nueva']").nth(position)
            owner.open(str(address.get_attribute("href")))
            owner.press("Guardar la causa", text="Nadie enseñó el manual.", **WHYS)
        for finding in self.findings:
            owner.open(f"/planes/{self.plan}/acciones/nueva?hallazgo={finding}")
            owner.press("Guardar la acción", **self._action())
        owner.open(f"/planes/{self.plan}")
        while owner.page.get_by_role("button", name="Aceptar la acción").count():
            owner.press("Aceptar la acción")
            owner.open(f"/planes/{self.plan}")
        owner.press("Enviar el plan")

    def _action(self) -> dict[str, Any]:
        return {
            "type": "correctiva",
            "description": "Capacitar a los supervisores en el manual.",
            "root_cause_id": "Nadie enseñó",
            "indicator_name": "Supervisores capacitados",
            "unit_of_measure": "personas",
            "target_quantity": "20",
            "start_date": today().isoformat(),
            "end_date": (today() + timedelta(days=60)).isoformat(),
            "responsible_unit_id": "Contrat",
            "responsible_position": "Profesional de contratación",
            "executor_ids": [self._name("enlace")],
            "expected_evidence": "Lista de asistencia",
        }

    def return_and_accept_plan(self) -> None:
        planner, head = self.people["segunda_linea"], self.people["jefe_oci"]
        owner = self.people["lider_proceso"]
        planner.open(f"/planes/{self.plan}")
        planner.press("Iniciar la revisión")
        planner.open(f"/planes/{self.plan}")
        planner.press("Guardar la observación", text="Precise cuántas personas por dependencia.")
        planner.open(f"/planes/{self.plan}")
        planner.press("Devolver con observaciones")
        owner.open(f"/planes/{self.plan}")
        owner.press("Guardar la respuesta", answer="Son 20, de las cuatro dependencias.")
        owner.open(f"/planes/{self.plan}")
        owner.press("Enviar el plan")
        planner.open(f"/planes/{self.plan}")
        planner.press("Iniciar la revisión")
        planner.open(f"/planes/{self.plan}")
        planner.press("Dar el visto bueno")
        head.open(f"/planes/{self.plan}")
        head.press("Aceptar el plan")
        links = head.page.locator("a[href^='/acciones/']")
        addresses = {link.get_attribute("href") or "" for link in links.all()}
        self.actions = sorted(
            {number_in(a) for a in addresses if re.fullmatch(r"/acciones/\d+", a)}
        )
        assert len(self.actions) == len(self.findings)

    def carry_out(self) -> None:
        owner, liaison = self.people["lider_proceso"], self.people["enlace"]
        lead, auditor, head = (
            self.people[role] for role in ("auditor_lider", "auditor", "jefe_oci")
        )
        for action in self.actions:
            liaison.open(f"/acciones/{action}/avance")
            liaison.press(
                "Enviar el avance",
                quantity="20",
                narrative="Se hicieron dos jornadas.",
                files=self.pdf("asistencia.pdf", "Lista de asistencia"),
                day=today().isoformat(),
            )
            owner.open(f"/acciones/{action}")
            owner.press("Dar el visto bueno")
            owner.open(f"/acciones/{action}")
            owner.press("Reportar como cumplida")
            lead.open(f"/acciones/{action}")
            lead.press("Iniciar la verificación")
            lead.open(f"/acciones/{action}/eficacia")
            lead.press("Guardar el resultado", result="cumplida", note="Listas verificadas.")
            lead.open(f"/acciones/{action}")
            lead.press("Dar por cumplida")
            auditor.open(f"/acciones/{action}")
            auditor.press("Iniciar la evaluación de efectividad")
            auditor.open(f"/acciones/{action}/efectividad")
            auditor.press(
                "Guardar el resultado", result="efectiva", note="Todos los pagos tienen recibo."
            )
            head.open(f"/acciones/{action}")
            head.press("Cerrar como efectiva")

    # ------------------------------------------------------------ closing and publishing

    def close(self) -> None:
        head = self.people["jefe_oci"]
        for finding in self.findings:
            head.open(f"/hallazgos/{finding}")
            head.press("Cerrar el hallazgo", reason="La causa desapareció.")
        head.open(f"/planes/{self.plan}")
        head.press("Cerrar la evaluación")
        head.open(f"/planes/{self.plan}")
        head.press("Cerrar el plan")
        head.open(f"/auditorias/{self.audit}/documentos")
        head.press("Cerrar el expediente")
        head.open(f"/auditorias/{self.audit}")
        head.press("Cerrar la auditoría")
        assert "Cerrada" in head.text()

    def publish(self) -> str:
        head, lead = self.people["jefe_oci"], self.people["auditor_lider"]
        address = f"/publicaciones/{self.publication}"
        head.open(address)
        head.press("Guardar la clasificación", classification="publica", legal_ground="")
        head.open(address)
        head.press("Clasificar como pública")
        lead.open(address)
        bring = lead.page.get_by_role("button", name="Traer el texto final")
        if bring.count():
            lead.press("Traer el texto final")
            lead.open(address)
        lead.press("Generar la copia")
        head.open(address)
        head.press("Aprobar la versión pública")
        head.open(address)
        head.press("Publicar")
        found = re.search(r"INF-\d{4}-\d{3}", head.text())
        assert found, head.text()
        return found[0]

    def read_as_a_stranger(self, code: str) -> None:
        visitor = self.people.stranger()
        response = visitor.page.goto(f"{visitor.server.url}/transparencia/informes/{code}")
        assert response is not None
        assert response.status == 200
        assert "Auditoría a los pagos de contratos" in visitor.text()
        story = visitor.page.locator("main a[href*='/transparencia/hallazgos/HAL-']").first
        story.click()
        text = visitor.text()
        for heading in ("Qué se encontró", "Por qué importa", "A qué se comprometieron"):
            assert heading in text
        assert SECRET_WORD not in text
        assert visitor.page.context.cookies() == []
        for path in (f"/auditorias/{self.audit}", f"/hallazgos/{self.findings[0]}", "/panel"):
            visitor.page.goto(visitor.server.url + path)
            assert "/entrar" in visitor.page.url

    def prove(self, server: LiveServer) -> None:
        for command in (("ledger", "verify"), ("documents", "verify")):
            result = server.command(*command)
            assert result.returncode == 0, result.stdout + result.stderr
        subjects = [mail["Subject"] for mail in server.mails()]
        assert any("preliminar" in str(subject).lower() for subject in subjects), subjects

    def run(self, server: LiveServer) -> None:
        self.approve_annual_plan()
        self.plan_audit()
        self.write_findings()
        self.contest()
        self.issue_final_report()
        self.formulate_plan()
        self.return_and_accept_plan()
        self.carry_out()
        self.close()
        self.read_as_a_stranger(self.publish())
        self.prove(server)


def test_the_whole_job_on_sqlite_and_a_folder(
    browser: Browser, live_server: LiveServer, browser_context_args: dict[str, Any], tmp_path: Path
) -> None:
    with desks(browser, live_server, **browser_context_args) as people:
        Journey(people, tmp_path).run(live_server)


@pytest.mark.pg
@pytest.mark.s3
def test_the_whole_job_on_postgresql_and_s3_without_javascript(
    browser: Browser,
    live_server_full: LiveServer,
    browser_context_args: dict[str, Any],
    tmp_path: Path,
) -> None:
    context = {**browser_context_args, "java_script_enabled": False}
    with desks(browser, live_server_full, **context) as people:
        Journey(people, tmp_path).run(live_server_full)
