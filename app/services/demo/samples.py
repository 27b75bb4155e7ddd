"""Tables of the cases that auditors looked at: random figures in the words of each trade."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import date, timedelta

from app.filters import date_es
from app.services.demo.papers import Table

MOST_ROWS = 40
GOOD, BAD = "Cumple", "No cumple"
FIRMS = (
    "Suministros La Ceiba S. A. S.",
    "Consorcio Ribera 7",
    "Servicios Integrales Guayacán",
    "Fundación Caminos del Samán",
    "Obras y Vías Arrayán S. A. S.",
    "Papelería El Tintero",
    "Unión Temporal Aguas Claras",
)
OFFICES = ("Infraestructura", "Hacienda", "Ambiente", "Gobierno", "Talento Humano", "Planeación")
SYSTEMS = ("Nómina", "Hacienda", "Peticiones", "Correo")
SERIES = ("Contratos", "Historias laborales", "Actos administrativos", "Licencias", "Actas")
GOODS = ("Computador portátil", "Silla ergonómica", "Impresora", "Archivador", "Video proyector")
SITES = ("El Salado", "La Cristalina", "Agua Blanca", "San Isidro", "Villa del Río", "El Mirador")
TAXES = ("Predial urbano", "Predial rural", "Industria y comercio")

Cells = tuple[str, ...]
Row = Callable[[random.Random, int, date, bool], Cells]
"""A case: its number, the day of the sample, and whether it fails."""


def money(rng: random.Random, least: int, most: int) -> str:
    """A sum in pesos, in thousands, written as in Colombia."""
    return "$" + f"{rng.randrange(least, most, 1000):,}".replace(",", ".")


def day(rng: random.Random, before: date, within: int = 300) -> str:
    chosen = before - timedelta(days=rng.randint(5, within))
    return date_es(chosen).replace("\N{NO-BREAK SPACE}", " ")


def _contract(rng: random.Random, n: int, on: date, bad: bool) -> Cells:
    code = f"{on.year - 1}-{100 + n * 3}"
    value, late = (
        money(rng, 8_000_000, 900_000_000),
        rng.randint(4, 64) if bad else rng.randint(0, 3),
    )
    return (code, rng.choice(FIRMS), value, day(rng, on), rng.choice(OFFICES), f"{late} días")


def _record(rng: random.Random, n: int, _on: date, _bad: bool) -> Cells:
    box = f"{rng.randint(1, 2)}-{rng.randint(1, 30)}-{rng.randint(1, 6)}"
    return (f"EXP-{4100 + n}", rng.choice(SERIES), box, f"{rng.randint(12, 240)} folios")


def _employee(rng: random.Random, n: int, on: date, bad: bool) -> Cells:
    hours = rng.randint(51, 92) if bad else rng.randint(4, 50)
    post = f"{rng.choice((219, 314, 407, 477, 480))}-{rng.randint(1, 9):02d}"
    return (f"S-{200 + n}", post, day(rng, on, 60), f"{hours} horas")


def _petition(rng: random.Random, n: int, on: date, bad: bool) -> Cells:
    number = f"{on.year}-E-{3000 + n * 7}"
    days = rng.randint(16, 41) if bad else rng.randint(2, 15)
    channel = rng.choice(("Ventanilla", "Web", "Teléfono", "Correo"))
    return (number, channel, rng.choice(OFFICES), day(rng, on, 200), f"{days} días")


def _good(rng: random.Random, n: int, _on: date, _bad: bool) -> Cells:
    value = money(rng, 350_000, 6_800_000)
    return (f"PL-{10400 + n}", rng.choice(GOODS), value, rng.choice(OFFICES))


def _user(rng: random.Random, n: int, on: date, _bad: bool) -> Cells:
    return (f"usr{700 + n}", rng.choice(SYSTEMS), day(rng, on, 120), rng.choice(OFFICES))


def _work(rng: random.Random, n: int, _on: date, bad: bool) -> Cells:
    paid = rng.randint(80, 900)
    measured = paid - rng.randint(12, 60) if bad else paid
    return (f"Acta {n}", rng.choice(SITES), f"{paid} m²", f"{measured} m²")


def _site(rng: random.Random, n: int, on: date, _bad: bool) -> Cells:
    return (f"V-{n:02d}", rng.choice(SITES), day(rng, on, 90), f"{rng.randint(1, 40)} hectáreas")


def _account(rng: random.Random, n: int, on: date, bad: bool) -> Cells:
    years = f"{rng.randint(6, 11) if bad else rng.randint(1, 5)} años"
    return (
        f"C-{50100 + n}",
        rng.choice(TAXES),
        money(rng, 120_000, 9_400_000),
        day(rng, on),
        years,
    )


def _lawsuit(rng: random.Random, n: int, on: date, _bad: bool) -> Cells:
    kind = rng.choice(("Reparación directa", "Nulidad y restablecimiento", "Acción popular"))
    return (f"{on.year - rng.randint(1, 6)}-{1000 + n}", kind, money(rng, 9_000_000, 990_000_000))


def _promise(rng: random.Random, n: int, on: date, _bad: bool) -> Cells:
    return (f"Compromiso {n}", rng.choice(SITES), day(rng, on), rng.choice(OFFICES))


KINDS: Mapping[str, tuple[Cells, Row]] = {
    "contratacion": (
        ("Contrato", "Contratista", "Valor", "Firma", "Supervisa", "Publicación"),
        _contract,
    ),
    "archivo": (("Expediente", "Serie", "Ubicación", "Volumen"), _record),
    "talento": (("Servidor", "Empleo", "Novedad", "Cantidad"), _employee),
    "nomina": (("Servidor", "Empleo", "Novedad", "Cantidad"), _employee),
    "pqrsd": (("Radicado", "Canal", "Dependencia", "Recibido", "Respuesta"), _petition),
    "inventarios": (("Placa", "Elemento", "Valor en libros", "Dependencia"), _good),
    "tic": (("Usuario", "Sistema", "Último ingreso", "Dependencia"), _user),
    "infraestructura": (("Documento", "Obra", "Pagado", "Medido"), _work),
    "ambiente": (("Visita", "Lugar", "Fecha", "Extensión"), _site),
    "presupuesto": (("Cuenta", "Concepto", "Valor", "Fecha", "Antigüedad"), _account),
    "juridica": (("Proceso", "Clase", "Pretensión"), _lawsuit),
    "participacion": (("Número", "Lugar", "Acta", "Dependencia"), _promise),
}


def sample(subject: str, size: tuple[int, int], on: date, rng: random.Random) -> Table:
    """The cases of a sample with their result; long samples show their first rows."""
    header, row = KINDS.get(subject, KINDS["participacion"])
    shown = min(max(size[0], 6), MOST_ROWS)
    share = size[1] / size[0] if size[0] else 0.0
    bad = set(rng.sample(range(shown), round(shown * share)))
    rows = tuple(
        (*row(rng, number + 1, on, number in bad), BAD if number in bad else GOOD)
        for number in range(shown)
    )
    return Table((*header, "Resultado"), rows)
