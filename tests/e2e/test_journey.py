"""The main job from end to end, each person at their own browser, with real files.

An annual plan is approved; an audit of it is staffed, declared free of conflict, programmed and
executed; files of every kind are uploaded and found by what they say; findings are written,
contested and decided; reports go out; the plan is formulated, returned once and accepted; actions
run and are verified; an ineffective one reopens its finding and is replaced; everything closes;
personal data is taken out, the public version is published, and a visitor finds it by a word of
the report, reads the story, takes the data and proves that the file is genuine.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser

from tests import files
from tests.e2e.desk import Desk, Desks, desks, number_in, write_pdf
from tests.live import LiveServer
from tests.servers import wait_until

SECRET_WORD = "ornitorrinco"
PUBLIC_WORD = "guacamaya"
IDENTITY = "52.345.678"
FOUND_WITHIN_S = 90.0  # a scan waits its turn behind the demo's own documents
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
        self.words: dict[str, str] = {}
        self.plan = 0
        self.actions: list[int] = []
        self.publication = 0

    def pdf(self, name: str, text: str) -> Path:
        return write_pdf(self.folder, name, text)

    def file(self, name: str, content: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content)
        return path

    def evidence(self, number: int) -> dict[str, Path]:
        """Files of each kind that auditors get, by the word that only that file says."""
        if number > 1:
            return {SECRET_WORD: self.pdf(f"contrato-{number}.pdf", f"Contrato: {SECRET_WORD}")}
        return {
            SECRET_WORD: self.pdf("contrato-1.pdf", f"Contrato 1: {SECRET_WORD}"),
            "carpincho": self.file("acta firmada.pdf", files.scan_pdf("ACTA DEL CARPINCHO")),
            "zarigüeya": self.file("oficio.docx", files.docx("Respuesta de la zarigüeya.")),
            "tamandúa": self.file("pagos.xlsx", files.xlsx({"Pagos": [["Recibo", "tamandúa"]]})),
            "perezoso": self.file("correo.eml", files.eml("Recibos", "Los trae el perezoso.")),
        }

    # ------------------------------------------------------------ plan anual

    def approve_annual_plan(self) -> None:
        admin = self.people["administrador"]
        admin.open("/admin/catalogos/terminos")
        admin.page.get_by_role("link", name="Espera antes de evaluar la efectividad").click()
        admin.press("Guardar", amount="0")
        if "Guardar el cambio" in admin.text():  # first it tells which open due dates would move
            admin.press("Guardar el cambio")
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
                    condition=f"En {number + 3} de 30 contratos se pagó sin recibo. "
                    f"Uno es el de la persona con cédula {IDENTITY}.",
                    criterion="El supervisor certifica el recibo antes de cada pago.",
                    norm_article="Ley 1474 de 2011, artículo 84",
                    cause="Los supervisores no conocen el manual.",
                    effect="La entidad pudo pagar lo que no recibió.",
                    process_id=PROCESS,
                )
            )
            self.findings.append(finding)
            writer.open(f"/hallazgos/{finding}")
            evidence = self.evidence(number)
            writer.press("Agregar", type="documental", files=list(evidence.values()))
            self.words.update({word: path.name for word, path in evidence.items()})
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

    def find_what_the_files_say(self) -> None:
        """Each file is found by its word by who is of the team, and by nobody else."""
        auditor, owner = self.people["auditor"], self.people["lider_proceso"]
        for word, name in self.words.items():
            wait_until(
                partial(is_found, auditor, word),
                what=f"{name} by its word {word}",
                timeout_s=FOUND_WITHIN_S,
            )
        assert results(auditor, SECRET_WORD) == len(self.findings)
        assert results(owner, SECRET_WORD) == results(owner, "xyzzyplugh") == 0
        unknown = owner.text().replace("xyzzyplugh", "")
        results(owner, SECRET_WORD)
        assert owner.text().replace(SECRET_WORD, "") == unknown

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
        lead.press("Guardar", conclusions=f"El control de los pagos necesita la {PUBLIC_WORD}.")
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
        """The first action works; the second does not, and another takes its place."""
        first, second = self.actions
        self._execute(first)
        self._evaluate(first, "efectiva", "Todos los pagos tienen recibo.")
        self._press("jefe_oci", f"/acciones/{first}", "Cerrar como efectiva")
        self._execute(second)
        self._evaluate(second, "inefectiva", "Volvió a pagarse sin recibo.")
        self._press(
            "jefe_oci", f"/acciones/{second}", "Declarar inefectiva", reason="El pago se repitió."
        )
        self._press(
            "jefe_oci",
            f"/hallazgos/{self.findings[1]}",
            "Reabrir",
            ground=f"action:{second}",
            reason="La acción no corrigió la causa.",
        )
        assert "Reabierto" in self.people["jefe_oci"].text()
        other = self._replace(second)
        self._execute(other)
        self._evaluate(other, "efectiva", "El sistema no deja pagar sin recibo.")
        self._press("jefe_oci", f"/acciones/{other}", "Cerrar como efectiva")

    def _press(self, role: str, path: str, label: str, **fields: Any) -> str:
        desk = self.people[role]
        desk.open(path)
        return desk.press(label, **fields)

    def _replace(self, failed: int) -> int:
        """The leader formulates another action, which goes the way of the first ones."""
        owner = self.people["lider_proceso"]
        owner.open("/panel")
        owner.page.get_by_role("link", name="Formular la acción que la reemplaza").click()
        changed = {**self._action(), "description": "Impedir en el sistema el pago sin recibo."}
        owner.press("Guardar la acción", **changed)
        owner.open(f"/acciones/{failed}")
        links = owner.page.locator("main a[href^='/acciones/']").filter(has_text="Impedir")
        other = number_in(str(links.first.get_attribute("href")))
        address = f"/acciones/{other}"
        self._press("lider_proceso", address, "Aceptar la acción")
        self._press("lider_proceso", address, "Enviar a revisión")
        self._press("segunda_linea", address, "Dar el visto bueno")
        self._press("jefe_oci", address, "Aceptar la acción")
        return other

    def _execute(self, action: int) -> None:
        """Progress with its evidence, and the OCI's verification."""
        address = f"/acciones/{action}"
        self._press(
            "enlace",
            f"{address}/avance",
            "Enviar el avance",
            quantity="20",
            narrative="Se hicieron dos jornadas.",
            files=self.pdf("asistencia.pdf", "Lista de asistencia"),
            day=today().isoformat(),
        )
        self._press("lider_proceso", address, "Dar el visto bueno")
        self._press("lider_proceso", address, "Reportar como cumplida")
        self._press("auditor_lider", address, "Iniciar la verificación")
        self._press(
            "auditor_lider",
            f"{address}/eficacia",
            "Guardar el resultado",
            result="cumplida",
            note="Listas verificadas.",
        )
        self._press("auditor_lider", address, "Dar por cumplida")

    def _evaluate(self, action: int, result: str, note: str) -> None:
        address = f"/acciones/{action}"
        self._press("auditor", address, "Iniciar la evaluación de efectividad")
        self._press(
            "auditor", f"{address}/efectividad", "Guardar el resultado", result=result, note=note
        )

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
        marks = lead.page.locator("main button[name=mask]")
        assert marks.count() >= len(self.findings), "the identity numbers are not marked"
        while marks.count():
            lead.press(" ".join(marks.first.inner_text().split()))
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
        wait_until(
            partial(is_found, visitor, PUBLIC_WORD, "/transparencia/buscar"),
            what="the report by its word",
            timeout_s=FOUND_WITHIN_S,
        )
        visitor.page.locator(f"main a[href*='/transparencia/informes/{code}']").first.click()
        assert "Auditoría a los pagos de contratos" in visitor.text()
        story = visitor.page.locator("main a[href*='/transparencia/hallazgos/HAL-']").first
        story.click()
        text = visitor.text()
        for heading in ("Qué se encontró", "Por qué importa", "A qué se comprometieron"):
            assert heading in text
        for hidden in (SECRET_WORD, IDENTITY):
            assert hidden not in text
            assert results(visitor, hidden, "/transparencia/buscar") == 0
        assert visitor.page.context.cookies() == []
        for path in (f"/auditorias/{self.audit}", f"/hallazgos/{self.findings[0]}", "/panel"):
            visitor.page.goto(visitor.server.url + path)
            assert "/entrar" in visitor.page.url
        self._take_the_data(visitor, code)

    def _take_the_data(self, visitor: Desk, code: str) -> None:
        """The tables, and the proof that the file one has is the one that was published."""
        portal = f"{visitor.server.url}/transparencia"
        for name in ("informes", "hallazgos", "acciones"):
            table = visitor.page.request.get(f"{portal}/datos/{name}.csv")
            assert table.ok, name
            assert code in table.text() or name == "acciones", name
            document = visitor.page.request.get(f"{portal}/datos/{name}.json")
            assert json.loads(document.body()), name
        pdf = visitor.page.request.get(f"{portal}/informes/{code}/informe.pdf").body()
        assert pdf.startswith(b"%PDF-")
        fingerprint = hashlib.sha256(pdf).hexdigest()
        visitor.page.goto(f"{portal}/verificar?q={fingerprint}")
        assert "Sí: es el archivo publicado." in visitor.text()

    def prove(self, server: LiveServer) -> None:
        for command in (("ledger", "verify"), ("documents", "verify"), ("search", "verify")):
            result = server.command(*command)
            assert result.returncode == 0, result.stdout + result.stderr
        subjects = [mail["Subject"] for mail in server.mails()]
        assert any("preliminar" in str(subject).lower() for subject in subjects), subjects
        head = self.people["jefe_oci"]
        head.open(f"/bitacora?thing=audit:{self.audit}")
        trail = head.text()
        for person in ("auditor_lider", "auditor"):
            assert self._name(person) in trail

    def run(self, server: LiveServer) -> None:
        self.approve_annual_plan()
        self.plan_audit()
        self.write_findings()
        self.find_what_the_files_say()
        self.contest()
        self.issue_final_report()
        self.formulate_plan()
        self.return_and_accept_plan()
        self.carry_out()
        self.close()
        self.read_as_a_stranger(self.publish())
        self.prove(server)


def results(desk: Desk, word: str, address: str = "/buscar") -> int:
    """How many things a search finds; the desk stays on its page."""
    desk.open(f"{address}?q={quote(word)}")
    return desk.page.locator("main li.result").count()


def is_found(desk: Desk, word: str, address: str = "/buscar") -> bool:
    return results(desk, word, address) > 0


@pytest.mark.long
def test_the_whole_job_on_sqlite_and_a_folder(
    browser: Browser, live_server: LiveServer, browser_context_args: dict[str, Any], tmp_path: Path
) -> None:
    with desks(browser, live_server, **browser_context_args) as people:
        Journey(people, tmp_path).run(live_server)


@pytest.mark.long
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
