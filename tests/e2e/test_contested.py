"""A contested report from the reply to the final report, by links and buttons alone.

The leader asks for more days and the head grants them; of four findings the leader objects two,
one with a file, accepts one and leaves one unanswered. The team analyses; the head modifies one,
withdraws one and ratifies one; the leader takes a difference to the committee, whose decision is
recorded, and the head decides anew. When the term has ended, the timetable ratifies what nobody
answered, and the final report goes out. Nobody types an address after the first.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser

from tests.e2e.desk import Desk, Desks, desks, write_pdf
from tests.live import LiveServer

PROCESS = "Gestión contractual"  # the one that the demo's process owner leads
AUDIT = "Auditoría especial a las adiciones de contratos"
OBJECTED, ACCEPTED, REFUTED, SILENT = FINDINGS = (
    "Adiciones sin justificación técnica",
    "Pólizas que no se ampliaron con la adición",
    "Adiciones firmadas después del plazo",
    "Adiciones sin publicar en el sistema de contratación",
)
CONDITION = "En 9 de 30 contratos la adición no tiene justificación técnica."
NEW_CONDITION = "En 6 de 30 contratos la adición no tiene justificación técnica."
ARGUMENTS = "Tres de las justificaciones se anexan."
ANALYSIS = "Tres de las nueve justificaciones son anteriores a la adición."
DIFFERENCE = "Dos más tienen un concepto verbal del supervisor."
SETTLED = "El concepto verbal no es una justificación: el hallazgo se mantiene como quedó."
PARTS = "nav[aria-label='Partes de la auditoría']"
LATER_DAYS = 40  # past the reply term with its extension, holidays included


def today() -> date:
    return datetime.now(ZoneInfo("America/Bogota")).date()


class Contest:
    """One run: everybody's desk, each left on the page where its last step ended."""

    def __init__(self, people: Desks, server: LiveServer, folder: Path) -> None:
        self.people = people
        self.server = server
        self.folder = folder

    @property
    def head(self) -> Desk:
        return self.people["jefe_oci"]

    @property
    def lead(self) -> Desk:
        return self.people["auditor_lider"]

    @property
    def auditor(self) -> Desk:
        return self.people["auditor"]

    @property
    def leader(self) -> Desk:
        return self.people["lider_proceso"]

    def pdf(self, name: str, text: str) -> Path:
        return write_pdf(self.folder, name, text)

    def to_finding(self, desk: Desk, title: str) -> None:
        """From the main menu, through the list of findings."""
        desk.follow("Hallazgos", title)

    def to_task(self, desk: Desk, what: str, title: str) -> None:
        """From the inbox, by the button of the task."""
        desk.follow("Mis pendientes")
        task = desk.page.locator("li.task").filter(has_text=title)
        assert task.count(), f"no task about {title!r}\n{desk.text()}"
        number = task.count()
        said = [task.nth(n).locator(".task-do").inner_text().strip() for n in range(number)]
        assert what in said, f"{what!r} is not among {said}"
        desk.follow(what, within=f"li.task:has-text({title!r})")

    def name(self, desk: Desk) -> str:
        return desk.page.locator("a[href='/perfil']").first.inner_text().strip()

    # ------------------------------------------------------------ up to the preliminary report

    def plan_audit(self) -> None:
        head = self.head
        head.follow("Auditorías", "Crear una auditoría")
        head.press(
            "Crear la auditoría",
            title=AUDIT,
            type="auditoria_gestion",
            oci_role="evaluacion_seguimiento",
            process_id=PROCESS,
            planned_start=today().isoformat(),
            planned_end=(today() + timedelta(days=60)).isoformat(),
            special_authorization="La pidió la alta dirección por los hechos de este mes.",
        )
        head.press(
            "Registrar la decisión",
            type="autorizar_auditoria_especial",
            minutes_number="CICCI-21",
            minutes_date=today().isoformat(),
            text="Se autoriza por unanimidad.",
        )
        for role, member in (("lead", self.lead), ("auditor", self.auditor)):
            head.press("Asignar al equipo", user_id=self.name(member), role=role)
        head.press("Iniciar la planeación")
        for member in (self.lead, self.auditor):
            member.follow("Auditorías", AUDIT)
            member.press("Firmar mi declaración", conflict="no")
        lead = self.lead
        lead.follow("Programa", "Editar el programa")
        lead.press(
            "Guardar",
            objective="Comprobar que cada adición está justificada.",
            scope="Contratos adicionados en el último año.",
            criteria="Ley 80 de 1993, artículo 40.",
            risks="Adicionar sin necesidad.",
            tests="Revisión de expedientes.",
            sample="30 de 90 contratos, al azar.",
            schedule="Tres semanas.",
        )
        head.follow("Programa")
        head.press("Firmar el programa")
        head.press("Anunciar la auditoría")
        head.follow("Resumen")
        head.press("Aprobar el programa e iniciar la ejecución")

    def write_findings(self) -> None:
        auditor, lead = self.auditor, self.lead
        for number, title in enumerate(FINDINGS):
            auditor.follow("Auditorías", AUDIT)
            auditor.follow(re.compile("Hallazgos"), within=PARTS)
            auditor.follow("Nuevo hallazgo")
            auditor.press(
                "Guardar",
                title=title,
                type="hallazgo",
                severity="mayor",
                condition=CONDITION if title == OBJECTED else f"Se vio en {number + 3} contratos.",
                criterion="Toda adición se justifica antes de firmarla.",
                norm_article="Ley 80 de 1993, artículo 40",
                cause="Nadie revisa las adiciones.",
                effect="Se puede pagar lo que no hacía falta.",
                process_id=PROCESS,
            )
            evidence = self.pdf(f"contrato-{number}.pdf", f"Contrato {number}")
            auditor.press("Agregar", type="documental", files=evidence)
            auditor.press("Enviar a revisión")
            self.to_task(lead, "Revisar el hallazgo", title)
            lead.press("Marcar como revisado")
        lead.follow("Auditorías", AUDIT)
        lead.press("Terminar la ejecución")
        self.head.follow("Auditorías", AUDIT)
        self.head.press("Firmar y comunicar el informe preliminar")

    # ------------------------------------------------------------ contradiction

    def extend_term(self) -> None:
        """Asked from a finding; the head finds it among the tasks."""
        leader, head = self.leader, self.head
        self.to_task(leader, "Responder el hallazgo", OBJECTED)
        leader.follow("Volver al hallazgo")
        before = leader.page.locator("#termino").inner_text()
        leader.follow("Pedir prórroga")
        leader.press("Pedir la prórroga", days="3", reason="Hay que buscar en el archivo central.")
        assert "todavía no ha decidido" in leader.text()
        self.to_task(head, "Decidir la prórroga para responder", AUDIT)
        head.press(
            "Conceder la prórroga", days="3", reason="El archivo central atiende por turnos."
        )
        assert "Concedió 3 días" in head.text()
        self.to_finding(leader, OBJECTED)
        after = leader.page.locator("#termino").inner_text()
        assert "concedida" in after
        assert after.splitlines()[1] != before.splitlines()[1]

    def reply(self) -> None:
        """One after the other, by the way from each receipt to the findings that are left."""
        leader = self.leader
        self.to_finding(leader, OBJECTED)
        leader.follow("Responder")
        proof = self.pdf("justificaciones.pdf", "Justificaciones")
        leader.press("Radicar la réplica", stance="objeta", arguments=ARGUMENTS, files=proof)
        assert "Constancia de la réplica" in leader.text()
        assert "justificaciones" in leader.text()
        for stance, title in (("acepta", ACCEPTED), ("objeta", REFUTED)):
            leader.follow("Ver los demás hallazgos")
            card = leader.page.locator("li.card").filter(has_text=title)
            leader.follow(re.compile("^Responder"), within=f"#{card.get_attribute('id')}")
            leader.press("Radicar la réplica", stance=stance, arguments=f"Sobre {title.lower()}.")
        leader.follow("Ver los demás hallazgos")
        assert "Le falta 1 hallazgo por responder" in leader.text()

    def decide(self) -> None:
        lead, head = self.lead, self.head
        for title in (OBJECTED, ACCEPTED, REFUTED):
            self.to_task(lead, "Analizar la réplica", title)
            lead.press("Guardar el análisis", analysis=ANALYSIS)
        self.to_task(head, "Decidir sobre la réplica", OBJECTED)
        head.follow("Modificar el texto del hallazgo")
        head.press("Modificar el hallazgo", condition=NEW_CONDITION, reason=ANALYSIS)
        assert "Modificado" in head.text()
        self.to_task(head, "Decidir sobre la réplica", ACCEPTED)
        head.press("Ratificar", reason="El proceso lo acepta.")
        self.to_task(head, "Decidir sobre la réplica", REFUTED)
        head.press("Retirar (desvirtuado)", reason="Las fechas prueban lo contrario.")
        for reader in (head, self.leader):
            self.to_finding(reader, OBJECTED)
            self.see_both_texts(reader, "Texto actual")

    def see_both_texts(self, desk: Desk, now: str) -> None:
        """The text that was communicated beside the one that stands."""
        told = desk.page.locator("#texto").inner_text()
        for wanted in ("Texto preliminar", now):
            assert wanted.lower() in told.lower(), told
        sides = desk.page.locator("#texto")
        assert "9" in sides.locator("del").all_inner_texts()
        assert "6" in sides.locator("ins").all_inner_texts()

    def escalate(self) -> None:
        """The leader goes to the committee; until it has decided the head cannot."""
        leader, head = self.leader, self.head
        leader.press("Llevar la diferencia al comité", reason=DIFFERENCE)
        self.to_task(head, "Registrar la decisión del comité", OBJECTED)
        assert "Falta registrar la decisión del comité." in head.text()
        head.press(
            "Registrar la decisión",
            minutes_number="CICCI-22",
            minutes_date=today().isoformat(),
            text=SETTLED,
        )
        self.to_task(head, "Decidir sobre la réplica", OBJECTED)
        head.press("Ratificar", reason="Como lo decidió el comité.")
        self.to_finding(leader, OBJECTED)
        for wanted in (ARGUMENTS, SETTLED, "CICCI-22", "Como lo decidió el comité."):
            assert wanted in leader.text()
        assert leader.page.get_by_role("button", name="Llevar la diferencia al comité").count() == 0

    # ------------------------------------------------------------ the term ends

    def let_the_term_end(self) -> None:
        """Days later everybody signs in again; the timetable has run."""
        self.server.stop()
        self.server.later(LATER_DAYS)
        self.server.start()
        ran = self.server.command("deadlines", "run")
        assert ran.returncode == 0, ran.stderr
        for desk in (self.head, self.lead, self.leader):
            desk.page.context.clear_cookies()
            desk.sign_in()
        self.to_finding(self.leader, SILENT)
        assert "Ratificado" in self.leader.text()
        assert "No hubo réplica en el término." in self.leader.text()
        assert self.leader.page.get_by_role("link", name="Responder", exact=True).count() == 0

    def issue_final_report(self) -> None:
        head, lead = self.head, self.lead
        head.follow("Auditorías", AUDIT)
        head.press("Pasar al informe final")
        lead.follow("Auditorías", AUDIT)
        lead.follow("Programa", "Editar conclusiones y limitaciones")
        lead.press("Guardar", conclusions="Las adiciones necesitan una revisión previa.")
        lead.follow("Auditorías", AUDIT)
        lead.press("Preparar la versión pública")
        head.follow("Auditorías", AUDIT)
        head.press("Firmar y comunicar el informe final")
        head.follow("Auditorías", AUDIT)
        head.follow("PDF")
        with head.page.expect_download() as waiting:
            head.page.locator("main a[href$='/archivo']").first.click()
        assert Path(waiting.value.path()).read_bytes().startswith(b"%PDF-")

    def see_the_end(self) -> None:
        leader = self.leader
        for title in (OBJECTED, ACCEPTED, SILENT):
            self.to_finding(leader, title)
            assert "En firme" in leader.text(), title
            assert leader.page.get_by_role("link", name="Formular el plan de mejoramiento").count()
        self.to_finding(leader, REFUTED)
        assert "Retirado" in leader.text()
        self.to_finding(leader, OBJECTED)
        self.see_both_texts(leader, "Texto final")
        verified = self.server.command("ledger", "verify")
        assert verified.returncode == 0, verified.stdout + verified.stderr

    def run(self) -> None:
        self.plan_audit()
        self.write_findings()
        self.extend_term()
        self.reply()
        self.decide()
        self.escalate()
        self.let_the_term_end()
        self.issue_final_report()
        self.see_the_end()


@pytest.mark.long
def test_a_contested_report_from_the_reply_to_the_final_report(
    browser: Browser, live_server: LiveServer, browser_context_args: dict[str, Any], tmp_path: Path
) -> None:
    with desks(browser, live_server, **browser_context_args) as people:
        Contest(people, live_server, tmp_path).run()
