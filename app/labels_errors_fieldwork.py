"""Texts of the errors about letters, requests of information, notes, checklists and samples."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

FIELDWORK_ERRORS: Mapping[str, tuple[object, object, object]] = {
    "letter.no_template": (
        _l("No hay texto para esa carta"),
        _l("El catálogo de textos de cartas está vacío."),
        _l("Pida al administrador que cargue los catálogos."),
    ),
    "letter.unknown_variable": (
        _l("Hay una variable que no existe"),
        _l("La variable «{name}» no existe."),
        _l("Use una de la lista o quítela del texto."),
    ),
    "letter.open_braces": (
        _l("Hay llaves sin cerrar"),
        _l("El texto tiene llaves que no forman una variable."),
        _l("Escriba cada variable así: llave doble, nombre, llave doble."),
    ),
    "letter.needs_title": (
        _l("Falta el asunto"),
        _l("El texto no tiene asunto."),
        _l("Escriba el asunto."),
    ),
    "letter.needs_body": (
        _l("Falta el texto"),
        _l("El texto está vacío."),
        _l("Escriba el texto."),
    ),
    "letter.not_announced": (
        _l("La auditoría no se ha anunciado"),
        _l("El líder del proceso todavía no sabe de esta auditoría."),
        _l("Emita primero el oficio de anuncio."),
    ),
    "letter.blank": (
        _l("Faltan datos"),
        _l("El texto usa datos que están sin escribir: {names}."),
        _l("Escríbalos o quite la variable del texto."),
    ),
    "letter.future_meeting": (
        _l("La reunión no se ha hecho"),
        _l("La fecha de la reunión es posterior a hoy."),
        _l("Corrija la fecha o espere a que se haga."),
    ),
    "letterhead.not_a_document": (
        _l("No es un documento de Word"),
        _l("El archivo no es un DOCX que se pueda usar como plantilla."),
        _l("Descargue la plantilla actual y cámbiela en Word."),
    ),
    "letterhead.too_large": (
        _l("El archivo es demasiado grande"),
        _l("La plantilla supera los {most} MB."),
        _l("Reduzca sus imágenes."),
    ),
    "letterhead.has_macros": (
        _l("La plantilla trae macros"),
        _l("Una plantilla no puede traer programas."),
        _l("Guárdela como documento de Word sin macros."),
    ),
    "letterhead.leads_outside": (
        _l("La plantilla trae algo de fuera"),
        _l("La plantilla toma una imagen u otro objeto de una dirección externa."),
        _l("Inserte la imagen en el documento."),
    ),
    "letterhead.bad_tag": (
        _l("Una etiqueta no sirve"),
        _l("La plantilla usa algo que el documento no tiene: {what}."),
        _l("Use solo las etiquetas de la lista, bien cerradas."),
    ),
    "letterhead.incomplete": (
        _l("A la plantilla le faltan etiquetas"),
        _l("El documento debe mostrar: {tags}."),
        _l("Agregue esas etiquetas al cuerpo del documento."),
    ),
    "information_request.needs_title": (
        _l("Falta lo que se pide"),
        _l("La solicitud no dice qué información se necesita."),
        _l("Escríbalo en una línea."),
    ),
    "information_request.not_announced": (
        _l("La auditoría no se ha anunciado"),
        _l("El proceso todavía no sabe de esta auditoría."),
        _l("Anúnciela antes de pedir información."),
    ),
    "information_request.too_soon": (
        _l("El plazo es muy corto"),
        _l("Según el término de entrega, la fecha más cercana es {first}."),
        _l("Escriba esa fecha o una posterior, o deje el campo vacío."),
    ),
    "information_request.needs_answer": (
        _l("La entrega está vacía"),
        _l("No escribió nada ni adjuntó archivos."),
        _l("Escriba la respuesta, adjunte los archivos o haga ambas cosas."),
    ),
    "working_paper.open_notes": (
        _l("Hay notas de revisión abiertas"),
        _l("Al papel le faltan notas por levantar: {count}."),
        _l("Responda cada nota; quien revisa la levanta, y después da el visto bueno."),
    ),
    "review_note.needs_text": (
        _l("Falta la nota"),
        _l("La nota está vacía."),
        _l("Escriba qué falta o qué no es claro."),
    ),
    "review_note.needs_answer": (
        _l("Falta la respuesta"),
        _l("La respuesta está vacía."),
        _l("Escriba qué se hizo o por qué no cambia."),
    ),
    "checklist.needs_questions": (
        _l("Faltan las preguntas"),
        _l("No eligió una lista ni escribió preguntas."),
        _l("Elija una lista o escriba una pregunta por línea."),
    ),
    "checklist.too_many": (
        _l("Son demasiadas preguntas"),
        _l("Un papel admite {most} preguntas como máximo."),
        _l("Reparta la lista en varios papeles."),
    ),
    "checklist.bad_answer": (
        _l("Hay una respuesta que no se entiende"),
        _l("Una respuesta no es sí, no ni no aplica."),
        _l("Elija una de las tres."),
    ),
    "sampling.needs_population": (
        _l("Falta la población"),
        _l("No dijo cuántos elementos hay ni los escribió."),
        _l("Escriba el número de elementos o la lista."),
    ),
    "sampling.two_populations": (
        _l("Hay dos poblaciones"),
        _l("Dijo cuántos elementos hay y además dio una lista."),
        _l("Deje solo una de las dos."),
    ),
    "sampling.too_large": (
        _l("La población es demasiado grande"),
        _l("Se admiten {most} elementos como máximo."),
        _l("Divida la población."),
    ),
    "sampling.repeated": (
        _l("Hay un elemento repetido"),
        _l("El elemento «{name}» está dos veces."),
        _l("Quite el repetido o distíngalos."),
    ),
    "sampling.bad_line": (
        _l("Hay una línea que no se entiende"),
        _l("La línea {line} no se entiende: «{text}»."),
        _l("Escriba el elemento, y separados por punto y coma su valor y su estrato."),
    ),
    "sampling.needs_list": (
        _l("Falta la lista"),
        _l("Este método necesita la lista de elementos, no solo su número."),
        _l("Escriba la lista."),
    ),
    "sampling.needs_strata": (
        _l("Faltan los estratos"),
        _l("El elemento «{name}» no tiene estrato."),
        _l("Escriba el estrato de cada elemento, después de su valor."),
    ),
    "sampling.needs_values": (
        _l("Faltan los valores"),
        _l("El elemento «{name}» no tiene un valor."),
        _l("Escriba el valor de cada elemento, en pesos."),
    ),
    "sampling.no_positive_value": (
        _l("No hay valores que elegir"),
        _l("Ningún elemento tiene un valor mayor que cero."),
        _l("Revise los valores o use otro método."),
    ),
    "sampling.bad_size": (
        _l("El tamaño no es posible"),
        _l("La muestra debe tener entre {least} y {most} elementos."),
        _l("Corrija el tamaño, o déjelo vacío para calcularlo."),
    ),
    "sampling.bad_parameter": (
        _l("Un parámetro no es posible"),
        _l("El error y la proporción esperada deben estar entre 0 y 100 %, sin llegar a ellos."),
        _l("Corrija el parámetro."),
    ),
    "sampling.not_by_lot": (
        _l("Ese método no se sortea"),
        _l("Una muestra a juicio la elige el auditor; no se sortea."),
        _l("Elíjala en «Elegir una muestra a juicio»."),
    ),
    "sampling.needs_criterion": (
        _l("Falta el criterio"),
        _l("No dijo por qué elige esos elementos."),
        _l("Escriba el criterio."),
    ),
    "sampling.needs_numbers": (
        _l("Faltan los elementos"),
        _l("No dijo qué elementos elige."),
        _l("Escriba sus números, como 3, 7, 12-15."),
    ),
    "sampling.bad_number": (
        _l("Hay un número que no se entiende"),
        _l("«{text}» no es un número ni un rango de números."),
        _l("Escriba los números separados por comas, como 3, 7, 12-15."),
    ),
    "sampling.out_of_population": (
        _l("Hay un número fuera de la población"),
        _l("«{text}» no está entre 1 y {most}."),
        _l("Corrija el número, o la población."),
    ),
    "sampling.number_twice": (
        _l("Hay un número repetido"),
        _l("El número {number} está dos veces."),
        _l("Déjelo una sola vez."),
    ),
    "sampling.too_many_numbers": (
        _l("La muestra es demasiado grande"),
        _l("Una muestra tiene {most} elementos como máximo."),
        _l("Elija menos elementos."),
    ),
    "sampling.bad_result": (
        _l("Hay un resultado que no se entiende"),
        _l("El resultado de «{name}» no es con desviación ni sin desviación."),
        _l("Elija uno de los dos."),
    ),
    "sampling.needs_note": (
        _l("Falta decir en qué consiste la desviación"),
        _l("La desviación de «{name}» no tiene nota."),
        _l("Escriba en la nota qué se encontró."),
    ),
    "sampling.long_note": (
        _l("La nota es demasiado larga"),
        _l("La nota de «{name}» tiene más de {most} caracteres."),
        _l("Acórtela; lo demás va en el resultado del papel."),
    ),
    "sampling.bad_file": (
        _l("El archivo no se pudo leer"),
        _l("La lista debe ser un archivo de texto o CSV de hasta {most_mb} MB."),
        _l("Guárdelo como CSV o pegue la lista."),
    ),
}
