"""Texts of the errors: (title, what happened, what to do). Values in braces come with the error.

Each feature adds its codes here; a test sees that every code raised in the program is listed.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from app.labels_errors_audits import AUDIT_ERRORS
from app.labels_errors_batches import BATCH_ERRORS
from app.labels_errors_fieldwork import FIELDWORK_ERRORS
from app.labels_errors_findings import FINDING_ERRORS
from app.labels_errors_plans import PLAN_ERRORS
from app.labels_errors_publications import PUBLICATION_ERRORS

Text = tuple[object, object, object]

ERRORS: Mapping[str, Text] = {
    "error": (
        _l("No se pudo completar"),
        _l("No se pudo completar lo que pidió."),
        _l("Vuelva a la página anterior e inténtelo de nuevo."),
    ),
    "400": (
        _l("Solicitud incompleta"),
        _l("La solicitud llegó incompleta o mal formada."),
        _l("Vuelva a la página anterior, actualícela e inténtelo de nuevo."),
    ),
    "403": (
        _l("No tiene permiso"),
        _l("Su rol no permite hacer esto."),
        _l("Si cree que debería poder hacerlo, pídalo al administrador del sistema."),
    ),
    "forbidden": (
        _l("No tiene permiso"),
        _l("Su rol no permite hacer esto sobre este registro, o no en el estado en que está."),
        _l("Si cree que debería poder hacerlo, pídalo al administrador del sistema."),
    ),
    "404": (
        _l("No se encontró la página"),
        _l("La dirección no existe o ya no está disponible."),
        _l("Revise la dirección o use el buscador."),
    ),
    "not_found": (
        _l("No se encontró la página"),
        _l("La dirección no existe o ya no está disponible."),
        _l("Revise la dirección o use el buscador."),
    ),
    "405": (
        _l("Esa acción no está disponible aquí"),
        _l("La página no admite esa forma de solicitud."),
        _l("Vuelva a la página anterior y use sus botones."),
    ),
    "409": (
        _l("El registro cambió"),
        _l("Otra persona cambió este registro mientras usted lo tenía abierto."),
        _l("Abra de nuevo la página y repita su cambio."),
    ),
    "out_of_place": (
        _l("Ese paso ya no corresponde"),
        _l("El registro cambió de estado y ese paso ya no se puede dar."),
        _l("Abra de nuevo la página para ver en qué va."),
    ),
    "413": (
        _l("El envío es demasiado grande"),
        _l("Lo enviado supera el tamaño permitido."),
        _l("Divida el archivo o reduzca su tamaño e inténtelo de nuevo."),
    ),
    "429": (
        _l("Demasiados intentos"),
        _l("Hubo demasiados intentos seguidos."),
        _l("Espere unos minutos e inténtelo de nuevo."),
    ),
    "throttled": (
        _l("Demasiados intentos"),
        _l("Hubo demasiados intentos seguidos."),
        _l("Espere {wait_s} segundos e inténtelo de nuevo."),
    ),
    "wrong_password": (
        _l("La contraseña no coincide"),
        _l("La contraseña que escribió para firmar no es la suya. No se firmó nada."),
        _l("Vuelva a la página anterior y escríbala de nuevo."),
    ),
    "500": (
        _l("Algo falló de nuestro lado"),
        _l("El sistema no pudo responder. No se guardó nada a medias."),
        _l("Inténtelo de nuevo; si se repite, informe el número de solicitud al administrador."),
    ),
    "503": (
        _l("Servicio no disponible por ahora"),
        _l("Una parte del sistema no responde."),
        _l("Inténtelo de nuevo en unos minutos."),
    ),
    "database_unavailable": (
        _l("Servicio no disponible por ahora"),
        _l("La base de datos no responde. No se guardó nada a medias."),
        _l("Inténtelo de nuevo en unos minutos."),
    ),
    "store_unavailable": (
        _l("Los documentos no están disponibles por ahora"),
        _l("El almacén de documentos no responde. No se guardó nada a medias."),
        _l("Inténtelo de nuevo en unos minutos; lo demás sigue disponible."),
    ),
    "share.one_scope": (
        _l("Falta qué compartir"),
        _l("Debe compartir una auditoría o lo que viene de un ente, no ambas cosas."),
        _l("Elija solo una."),
    ),
    "share.not_oversight": (
        _l("La persona no es de un ente de control"),
        _l("Solo se comparte con cuentas activas que tengan el rol de ente externo."),
        _l("Pida al administrador que cree la cuenta o le dé el rol."),
    ),
    "share.not_final": (
        _l("La auditoría no tiene informe final"),
        _l("Solo se comparte una auditoría cuando su informe final se ha comunicado."),
        _l("Espere al informe final o elija otra auditoría."),
    ),
    "share.dates": (
        _l("Las fechas no van en orden"),
        _l("La última fecha es anterior a la primera."),
        _l("Corrija una de las dos."),
    ),
    "share.past": (
        _l("La fecha ya pasó"),
        _l("El acceso terminaría antes de hoy."),
        _l("Elija una fecha de hoy en adelante."),
    ),
    "recompute.none_chosen": (
        _l("No hay vencimientos elegidos"),
        _l("No eligió ningún vencimiento."),
        _l("Marque los que se deben recalcular."),
    ),
    "recompute.changed": (
        _l("Un vencimiento cambió"),
        _l("Uno de los elegidos cambió mientras usted revisaba la lista. No se movió ninguno."),
        _l("Revise de nuevo la lista, que ya está al día, y elija otra vez."),
    ),
    "search_unavailable": (
        _l("La búsqueda no responde en este momento"),
        _l("Lo que se busca puede existir: quien no contesta es el índice."),
        _l("Inténtelo de nuevo en unos minutos o use las listas del menú."),
    ),
    "csrf": (
        _l("El formulario venció"),
        _l("El formulario venció o no se abrió desde esta sesión. No se guardó nada."),
        _l("Vuelva a la página, actualícela y envíelo de nuevo."),
    ),
    "needs_reason": (_l("Falta el motivo"), _l("Falta el motivo."), _l("Escriba el motivo.")),
    "document.bad_name": (
        _l("Nombre de archivo no válido"),
        _l("El archivo no tiene un nombre utilizable."),
        _l("Cambie su nombre, con su extensión, y súbalo de nuevo."),
    ),
    "document.bad_type": (
        _l("Tipo de archivo no admitido"),
        _l("Ese tipo de archivo no se admite."),
        _l("Suba uno de estos: {allowed}."),
    ),
    "document.wrong_content": (
        _l("El contenido no corresponde"),
        _l("El contenido del archivo no corresponde a su extensión ({suffix})."),
        _l("Ábralo, guárdelo de nuevo en su formato y súbalo."),
    ),
    "document.too_big": (
        _l("El archivo es demasiado grande"),
        _l("El archivo supera el máximo de {max_mb} MB."),
        _l("Divídalo o reduzca su tamaño."),
    ),
    "document.empty": (
        _l("El archivo está vacío"),
        _l("El archivo no tiene contenido (0 bytes)."),
        _l("Revise el archivo y súbalo de nuevo."),
    ),
    "document.filed": (
        _l("El documento está radicado"),
        _l("Un documento radicado no se retira."),
        _l("Si tiene un error, suba una nueva versión."),
    ),
    "document.case_closed": (
        _l("El expediente está cerrado"),
        _l("Un documento de una auditoría que terminó se queda en su expediente."),
        _l("Si tiene un error, deje constancia en el seguimiento."),
    ),
    **AUDIT_ERRORS,
    **FIELDWORK_ERRORS,
    **BATCH_ERRORS,
    **PLAN_ERRORS,
    **FINDING_ERRORS,
    **PUBLICATION_ERRORS,
    "login.refused": (
        _l("No se pudo ingresar"),
        _l("El correo o la contraseña no coinciden."),
        _l("Revíselos e inténtelo de nuevo; si olvidó la contraseña, pida un enlace nuevo."),
    ),
    "link.invalid": (
        _l("El enlace ya no sirve"),
        _l("El enlace venció, ya se usó o está incompleto."),
        _l("Ábralo completo desde el mensaje, o pida uno nuevo al administrador del sistema."),
    ),
    "setup.done": (
        _l("La puesta en marcha ya se hizo"),
        _l("Ya hay un administrador del sistema."),
        _l("Pídale a esa persona que cree su cuenta."),
    ),
    "sign": (
        _l("No se puede firmar"),
        _l("Solo una persona con cuenta puede firmar."),
        _l("Ingrese con su cuenta."),
    ),
    "password.too_short": (
        _l("Contraseña muy corta"),
        _l("La contraseña es muy corta."),
        _l("Escriba al menos {least} caracteres; una frase es fácil de recordar."),
    ),
    "password.too_long": (
        _l("Contraseña muy larga"),
        _l("La contraseña es muy larga."),
        _l("Escriba como máximo {most} caracteres."),
    ),
    "password.is_yours": (
        _l("Contraseña fácil de adivinar"),
        _l("La contraseña es su nombre o su correo."),
        _l("Escriba otra que nadie pueda adivinar."),
    ),
    "password.too_common": (
        _l("Contraseña fácil de adivinar"),
        _l("La contraseña es de las más usadas o repite muy pocos caracteres."),
        _l("Escriba otra que nadie pueda adivinar."),
    ),
    "password.wrong": (
        _l("Contraseña equivocada"),
        _l("La contraseña actual no es esa."),
        _l("Escríbala de nuevo."),
    ),
    "password.same": (
        _l("Contraseña repetida"),
        _l("La contraseña nueva es igual a la actual."),
        _l("Escriba otra."),
    ),
    "user.bad_email": (
        _l("Correo no válido"),
        _l("El correo no es válido."),
        _l("Escríbalo completo y sin tildes, como ana.ruiz@entidad.gov.co."),
    ),
    "user.email_taken": (
        _l("Correo repetido"),
        _l("Ya hay una cuenta con ese correo."),
        _l("Búsquela en la lista; si está inactiva, puede reactivarla."),
    ),
    "user.bad_name": (
        _l("Nombre no válido"),
        _l("Falta el nombre, o tiene más de {most} caracteres."),
        _l("Escriba el nombre completo."),
    ),
    "user.bad_position": (
        _l("Cargo no válido"),
        _l("El cargo tiene más de {most} caracteres."),
        _l("Escríbalo más corto."),
    ),
    "user.no_such_unit": (
        _l("Dependencia no válida"),
        _l("Esa dependencia no existe."),
        _l("Elija una de la lista."),
    ),
    "user.disabled": (
        _l("Cuenta inactiva"),
        _l("La cuenta de esa persona está inactiva."),
        _l("Reactívela primero o elija otra persona."),
    ),
    "user.role_not_grantable": (
        _l("Rol no válido"),
        _l("Ese rol no se puede dar a una persona."),
        _l("Elija uno de la lista."),
    ),
    "user.own_oci_role": (
        _l("No puede darse ese rol"),
        _l("Quien administra las cuentas no puede darse un rol de la Oficina de Control Interno."),
        _l("Debe dárselo otro administrador."),
    ),
    "user.last_administrator": (
        _l("Es el último administrador"),
        _l("Es la única persona activa con el rol de administrador."),
        _l("Dé antes ese rol a otra persona."),
    ),
    "demo.production": (
        _l("No en producción"),
        _l("La entidad de ejemplo no se carga en una instalación de producción."),
        _l("Úsela en otra instalación, con VIGIA_ENV=development y su propia carpeta de datos."),
    ),
    "demo.not_empty": (
        _l("La instalación no está vacía"),
        _l("Ya hay personas registradas: la entidad de ejemplo solo se carga en una vacía."),
        _l("Use otra carpeta de datos (DATA_DIR) u otra base de datos."),
    ),
    "substitution.of_others": (
        _l("No puede nombrar ese reemplazo"),
        _l("Solo la persona ausente o el administrador nombran el reemplazo."),
        _l("Pídalo a la persona o al administrador del sistema."),
    ),
    "substitution.oneself": (
        _l("No puede nombrarse a sí mismo"),
        _l("Nadie se nombra a sí mismo como reemplazo de otra persona."),
        _l("Debe hacerlo la persona ausente u otro administrador."),
    ),
    "substitution.same_person": (
        _l("Reemplazo no válido"),
        _l("El reemplazo es la misma persona."),
        _l("Elija otra persona."),
    ),
    "substitution.dates": (
        _l("Fechas no válidas"),
        _l("La fecha final es anterior a la inicial."),
        _l("Revise las dos fechas."),
    ),
    "substitution.past": (
        _l("Fechas no válidas"),
        _l("La fecha final ya pasó."),
        _l("Escriba una fecha desde hoy en adelante."),
    ),
    "substitution.overlap": (
        _l("Reemplazo repetido"),
        _l("Esa persona ya es el reemplazo en parte de esas fechas."),
        _l("Cambie las fechas o cancele antes el otro reemplazo."),
    ),
    "catalogue.needs_name": (_l("Falta el nombre"), _l("Falta el nombre."), _l("Escríbalo.")),
    "catalogue.needs_code": (_l("Falta el código"), _l("Falta el código."), _l("Escríbalo.")),
    "catalogue.code_taken": (
        _l("Código repetido"),
        _l("Ya hay un registro con ese código."),
        _l("Escriba otro."),
    ),
    "catalogue.no_such_row": (
        _l("Opción no válida"),
        _l("Esa opción no existe."),
        _l("Elija una de la lista."),
    ),
    "catalogue.no_such_start": (
        _l("Hecho no válido"),
        _l("Ese término no se cuenta desde ese hecho."),
        _l("Elija uno de la lista."),
    ),
    "catalogue.no_such_person": (
        _l("Persona no válida"),
        _l("Esa persona no tiene una cuenta activa."),
        _l("Elija una de la lista."),
    ),
    "catalogue.unit_below_itself": (
        _l("Dependencia superior no válida"),
        _l("Una dependencia no puede quedar debajo de sí misma."),
        _l("Elija otra dependencia superior."),
    ),
    "catalogue.bad_amount": (
        _l("Cantidad no válida"),
        _l("La cantidad no es válida."),
        _l("Escriba un número entero entre {least} y {most}."),
    ),
    "catalogue.day_taken": (
        _l("Fecha repetida"),
        _l("Ese día ya está en la lista."),
        _l("Edite el que existe."),
    ),
}
