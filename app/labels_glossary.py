"""The portal's glossary, and the dictionary of its open data, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class Entry:
    """A term of art and what it means to somebody who is no auditor."""

    term: Any
    meaning: Any


GLOSSARY: Mapping[str, Entry] = {
    "auditoria": Entry(
        _l("Auditoría interna"),
        _l(
            "Una revisión que hace la propia entidad, por medio de una oficina independiente, para "
            "saber si las cosas se hacen bien y como manda la ley."
        ),
    ),
    "oficina": Entry(
        _l("Oficina de Control Interno"),
        _l(
            "La oficina que revisa cómo trabaja la entidad. No ejecuta ni aprueba lo que revisa: "
            "solo observa, avisa y comprueba (Ley 87 de 1993)."
        ),
    ),
    "hallazgo": Entry(
        _l("Hallazgo"),
        _l("Un problema comprobado: algo que no se hizo como debía hacerse."),
    ),
    "observacion": Entry(
        _l("Observación"),
        _l("Una debilidad o un riesgo que puede volverse un problema si no se atiende."),
    ),
    "fortaleza": Entry(_l("Fortaleza"), _l("Algo que la entidad hace bien y vale la pena contar.")),
    "gravedad": Entry(
        _l("Gravedad"),
        _l("Qué tanto daño hace o puede hacer el problema: muy alta, alta o baja."),
    ),
    "plan": Entry(
        _l("Plan de mejoramiento"),
        _l(
            "La lista de lo que la entidad promete hacer para corregir los problemas, con fechas y "
            "responsables."
        ),
    ),
    "plan-anual": Entry(
        _l("Plan Anual de Auditoría"),
        _l(
            "La lista de lo que la Oficina de Control Interno va a revisar en el año. La aprueba "
            "un comité; cada cambio es una edición nueva."
        ),
    ),
    "compromiso": Entry(
        _l("Compromiso"),
        _l("Cada cosa que la entidad promete hacer en un plan de mejoramiento."),
    ),
    "comprobado": Entry(
        _l("Comprobado"),
        _l(
            "La Oficina de Control Interno miró las pruebas y vio que es cierto. No basta con que "
            "la entidad lo diga."
        ),
    ),
    "efectividad": Entry(
        _l("Si funcionó (efectividad)"),
        _l(
            "Meses después de cumplir, se mira si el problema se acabó de verdad. Si no, se abre "
            "de nuevo."
        ),
    ),
    "atrasado": Entry(
        _l("Atrasado"), _l("La fecha prometida ya pasó y el compromiso no se ha cumplido.")
    ),
    "version-publica": Entry(
        _l("Versión pública"),
        _l(
            "El informe sin los datos personales o reservados que la ley protege. Donde se quitó "
            "algo dice «[dato omitido]»."
        ),
    ),
    "radicado": Entry(
        _l("Radicado"), _l("El número con el que la entidad registró el documento oficial.")
    ),
    "huella": Entry(
        _l("Huella digital del archivo (SHA-256)"),
        _l(
            "Un número largo que sale del contenido de un archivo. Si cambia una sola letra, la "
            "huella cambia: por eso sirve para saber si una copia es la verdadera."
        ),
    ),
}

DATA_TITLES: Mapping[str, Any] = {
    "informes": _l("Informes publicados"),
    "hallazgos": _l("Hallazgos"),
    "acciones": _l("Compromisos (acciones de los planes)"),
    "plan-anual": _l("Plan anual: qué se revisa cada año"),
}
MEANINGS: Mapping[str, Any] = {
    "codigo": _l("Código público. Nunca cambia."),
    "titulo": _l("Título."),
    "resumen": _l("Resumen para la ciudadanía."),
    "proceso": _l("Proceso de la entidad que se revisó."),
    "dependencia": _l("Dependencia responsable."),
    "vigencia": _l("Año del informe o del plan anual."),
    "radicado": _l("Radicado del informe final."),
    "fecha_informe": _l("Día en que se comunicó el informe final."),
    "fecha_publicacion": _l("Momento en que se publicó."),
    "edicion": _l("Edición de la versión pública."),
    "hallazgos": _l("Cuántos hallazgos publicados tiene, sin contar las fortalezas."),
    "url": _l("Página en este portal."),
    "pdf_url": _l("Archivo PDF; en blanco mientras no se ofrece."),
    "pdf_sha256": _l("Huella SHA-256 del PDF."),
    "actualizado": _l("Última vez que algo público cambió en la fila."),
    "informe": _l("Código del informe."),
    "tipo": _l("hallazgo, no_conformidad, observacion, oportunidad_mejora o fortaleza."),
    "gravedad": _l("critico, mayor o menor."),
    "estado": _l("Estado del registro; ver la lista de estados."),
    "que_se_encontro": _l("Qué se encontró."),
    "por_que_importa": _l("Por qué importa."),
    "que_deberia_ser": _l("La regla o el criterio que no se cumplió."),
    "recomendacion": _l("Qué recomienda la Oficina de Control Interno."),
    "fecha_cierre": _l("Día en que se cerró."),
    "hallazgo": _l("Código del hallazgo."),
    "plan": _l("Código del plan de mejoramiento."),
    "reemplaza_a": _l("Código del compromiso al que reemplaza, si hay uno."),
    "descripcion": _l("Qué se promete hacer."),
    "cargo": _l("Cargo responsable."),
    "fecha_inicio": _l("Día en que comienza."),
    "fecha_fin": _l("Día en que debe terminar, con sus prórrogas."),
    "fecha_fin_inicial": _l("Día en que debía terminar al principio."),
    "avance_pct": _l("Avance informado y con visto bueno, de 0 a 100."),
    "efectividad": _l("efectiva, parcial, inefectiva o no_evaluada."),
    "cierre_por_excepcion": _l("1 si se cerró sin evaluar la efectividad, con justificación."),
    "fecha_verificacion": _l("Día en que la Oficina comprobó que se cumplió."),
    "fecha_evaluacion": _l("Día en que se evaluó si funcionó."),
    "edicion_plan": _l("Edición del plan anual que se muestra."),
    "fecha_aprobacion": _l("Día en que el comité aprobó esa edición."),
    "tipo_revision": _l(
        "auditoria_gestion, auditoria_cumplimiento, auditoria_financiera, auditoria_sistemas, "
        "auditoria_calidad, auditoria_especial, seguimiento, informe_ley, asesoria, "
        "acompanamiento, fomento_cultura_control o atencion_ente_externo."
    ),
    "rol_oci": _l(
        "Función de la Oficina que cumple: liderazgo_estrategico, enfoque_prevencion, "
        "evaluacion_riesgo, evaluacion_seguimiento o relacion_entes_externos."
    ),
    "inicio_previsto": _l("Día en que debe comenzar."),
    "fin_previsto": _l("Día en que debe terminar."),
    "especial": _l("1 si se autorizó aparte, fuera del plan que aprobó el comité."),
    "fase": _l("por_iniciar, en_curso, terminada (ya tiene informe final) o cancelada."),
}
