/* Spanish; not yet reviewed by a native speaker. */
#include "server/words/words_private.h"

/* clang-format off */
const char *const words_es[WORDS] = {
	[WORD_QUESTION] =
		"Una pregunta para {recipient}:\n"
		"Quién pregunta: {who}\n"
		"Qué se permitiría: {kinds}\n"
		"Por qué medio: {through}\n"
		"{until} {notes}\n"
		"\n"
		"Sí: {yes}\n"
		"No: {no}\n"
		"{stop}\n",
	[WORD_RENEWAL] =
		"Una pregunta para {recipient}:\n"
		"Quién: {who}\n"
		"Qué está permitido: {kinds}\n"
		"Por qué medio: {through}\n"
		"Este permiso termina por sí solo el {ends}. Sí: continúa {until}. No: termina de "
		"inmediato. Sin respuesta, termina ese día y no se le preguntará de nuevo. {notes}\n"
		"\n"
		"Sí: {yes}\n"
		"No: {no}\n"
		"{stop}\n",
	[WORD_NOTICE] =
		"Un aviso para usted:\n"
		"Quién: {who}\n"
		"Qué está permitido: {kinds}\n"
		"Por qué medio: {through}\n"
		"{until}\n"
		"\n"
		"{record} {reason}\n"
		"\n"
		"No: {no}\n"
		"{stop}\n"
		"\n"
		"{notes}\n",
	[WORD_DENIED] =
		"Se registró un no en su nombre.\n"
		"\n"
		"Quién: {who}\n"
		"Qué no está permitido: {kinds}\n"
		"Por qué medio: {through}\n"
		"\n"
		"{record} {reason}\n"
		"\n"
		"{notes}\n"
		"\n"
		"{lift}\n",

	[WORD_WHO_DOMAIN] = "Todos los usuarios de {domain}",
	[WORD_WHO_LIST] =
		"Cualquier miembro de esta lista (y quien más pueda escribir a ella)",
	[WORD_WHO_KNOWN] = "Todo remitente cuya dirección esté comprobada",
	[WORD_WHO_ANYBODY] = "Cualquiera (con dirección comprobada o sin ella)",

	[WORD_KIND_MESSAGE] = "enviarle mensajes",
	[WORD_KIND_CALL] = "llamarle",
	[WORD_KIND_REFER] = "hacer que su teléfono llame a otras personas",
	[WORD_KIND_RECORDING] = "grabar llamadas con usted",
	[WORD_KIND_LEAVE_MEDIA] = "dejarle mensajes grabados",
	[WORD_KIND_PRESENCE] = "ver si usted está disponible",
	[WORD_KIND_DIALOG] = "ver si usted está en una llamada",
	[WORD_KIND_EVENT] = "recibir avisos de sus eventos «{name}»",
	[WORD_KIND_METHOD] = "enviarle peticiones {name}",
	[WORD_KIND_ALL] = "enviarle mensajes, llamarle o cualquier otra cosa",
	[WORD_COMMA] = ", ",
	[WORD_AND] = " y ",

	[WORD_THROUGH_LIST] = "la lista {target}",
	[WORD_THROUGH_ANY] = "cualquier lista de {domain}",

	[WORD_UNTIL_DAY] = "Un sí termina por sí solo después de un día.",
	[WORD_UNTIL_DAYS] = "Un sí termina por sí solo después de {days} días.",
	[WORD_UNTIL_NO] = "Un sí vale hasta que usted diga que no.",
	[WORD_ON_DAY] = "un día desde su respuesta",
	[WORD_ON_DAYS] = "{days} días desde su respuesta",
	[WORD_ON_NO] = "hasta que usted diga que no",

	[WORD_STOP] = "Detener todo: {address}",
	[WORD_NOTE_CALL] =
		"Una llamada es una conferencia: varias personas le oyen y hablan, no solo quien llama.",
	[WORD_NOTE_MESSAGE] = "Sin su sí no se envía nada.",
	[WORD_NOTE_OTHER] = "Sin su sí no se hace nada de esto.",
	[WORD_NOTE_LATER] =
		"Puede decir que no en cualquier momento posterior, con la misma dirección.",
	[WORD_NOTE_STOP] =
		"Un no deja como está lo que usted permitió antes; «Detener todo» termina también "
		"con eso. Ambas valen en cualquier momento posterior.",

	[WORD_PAGE_LANGUAGE] = "Español",
	[WORD_PAGE_TITLE] = "¿Puede este remitente llegar a usted?",
	[WORD_PAGE_ASKS] =
		"{who} pide su permiso: {kinds}, por {through}, en {recipient}.",
	[WORD_PAGE_KNOWN] =
		"El remitente se identificó con esta dirección; el servidor no sabe quién es.",
	[WORD_PAGE_NOTHING] =
		"Nada de esto se envía hasta que diga que sí. Podrá decir que no más tarde en esta misma página.",
	[WORD_PAGE_HOW_YES] =
		"Un sí solo puede darse desde su teléfono: responda allí a la pregunta, identificado con su nombre.",
	[WORD_PAGE_NO] = "No",
	[WORD_PAGE_YES] = "Sí",
	[WORD_PAGE_YES_AGAIN] = "Sí, de nuevo",
	[WORD_PAGE_GRANTED] = "Usted dijo que sí el {date}.",
	[WORD_PAGE_GRANTED_BY_OTHERS] = "El operador registró un sí suyo el {date}.",
	[WORD_PAGE_STOP_THIS] = "Parar esto",
	[WORD_PAGE_DENIED] = "Usted dijo que no el {date}. No se envía nada.",
	[WORD_PAGE_AGAIN] = "Preguntarme otra vez",
	[WORD_PAGE_AGAIN_NOTE] =
		"Un sí necesita una pregunta nueva. Con este botón se le envía.",
	[WORD_PAGE_DENIED_BY_OTHERS] = "El operador de este servidor ha parado esto.",
	[WORD_PAGE_EXPIRED] = "Su sí terminó el {date}.",
	[WORD_PAGE_WIDER] = "Está vigente un no suyo más amplio. No se envía nada.",
	[WORD_PAGE_STOPPED] = "Usted paró todo lo de {domain} el {date}.",
	[WORD_PAGE_LIFT] = "Retirar esta parada",
	[WORD_PAGE_LIFT_NOTE] = "Si la retira, cada respuesta que dio antes vuelve a contar.",
	[WORD_PAGE_NO_LIFT] =
		"Este enlace no puede retirar la parada. Como para un sí, hace falta una prueba de que es usted.",
	[WORD_PAGE_LIFT_BY_PHONE] =
		"Desde su teléfono, identificado con su nombre, responda START ALL a la pregunta.",
	[WORD_PAGE_LIFT_BY_PAGE] =
		"La página de una pregunta que le llegó por una conexión segura puede retirarla.",
	[WORD_PAGE_STOP_ALL] = "Parar todo lo de {domain}",
	[WORD_PAGE_GONE] = "Esta pregunta ya no está abierta.",
	[WORD_PAGE_GONE_NOTE] = "Un no cuenta igualmente, si alguien lo pide otra vez.",
	[WORD_PAGE_UNKNOWN] = "Este enlace ya no sirve.",
	[WORD_PAGE_UNKNOWN_NOTE] =
		"Use el enlace de la pregunta más reciente que recibió, o pregunte al remitente.",
	[WORD_PAGE_UNREAD] =
		"El contenido de esta página no se puede leer en este momento. Aun así puede decir no.",
	[WORD_PAGE_DONE_NO] = "Hecho: no se envía nada más.",
	[WORD_PAGE_DONE_YES] = "Hecho: desde ahora esto puede llegarle.",
	[WORD_PAGE_DONE_AGAIN] = "Hecho: una pregunta nueva va hacia usted.",
	[WORD_PAGE_UNSAVED] = "Su no está vigente, pero aún no se pudo guardar.",
	[WORD_PAGE_RETRY] = "Intentar otra vez",
	[WORD_PAGE_FAILED] = "No se cambió nada. Inténtelo otra vez.",
	[WORD_PAGE_NOT_YET] =
		"Su respuesta ha llegado, pero aún no se pudo guardar. Inténtelo otra vez.",
	[WORD_PAGE_WAIT] = "Espere un minuto, por favor.",
	[WORD_PAGE_STALE] = "Algo cambió desde que abrió esta página. Así está ahora.",
	[WORD_PAGE_BAD] = "Esta respuesta no se pudo leer. No se cambió nada.",
	[WORD_PAGE_LINE] = "Responder en una página: {address}",

	[WORD_MINE_TITLE] = "A qué dijo que sí y que no",
	[WORD_MINE_SIGNED_IN] = "Ha iniciado sesión como {recipient}. Para salir, cierre el navegador.",
	[WORD_MINE_ALL] = "Todo ({name})",
	[WORD_MINE_YES] = "Sí ({name})",
	[WORD_MINE_NO] = "No ({name})",
	[WORD_MINE_NEWEST] = "Lo más reciente",
	[WORD_MINE_OLDER] = "Anteriores ({name})",
	[WORD_MINE_ROW] = "{who}; {kinds}; {through}; a {recipient}.",
	[WORD_MINE_DONE_LIFT] = "Hecho: cada respuesta que dio antes vuelve a contar.",
	[WORD_MINE_SIGN_IN] = "Iniciar sesión",
	[WORD_MINE_SIGN_IN_NOTE] = "Con el nombre y la contraseña de su cuenta en {domain}.",
	[WORD_MINE_WAIT] =
		"Llegaron demasiadas contraseñas incorrectas para este nombre o desde este lugar. Espere un minuto, por favor. Un no no necesita contraseña: use el enlace de una pregunta, o responda STOP en su teléfono.",

	[WORD_ENDS] = "Este permiso termina por sí solo el {date}.",
	[WORD_ENDS_NO] = "Este permiso vale hasta que usted diga que no.",
	[WORD_RECORD] = "El operador de {domain} lo registró el {date}.",
	[WORD_RECORD_MANY] = "El operador de {domain} lo registró el {date}, junto con otros.",
	[WORD_RECORD_DENIED] =
		"El operador de {domain} (con la sesión iniciada como «{name}») lo registró el "
		"{date} y declara que usted se lo dijo.",
	[WORD_REASON] = "El motivo registrado: «{evidence}».",
	[WORD_REASON_NO] = "No hay ningún motivo registrado.",
	[WORD_LIFT] = "Volver a preguntarme: {address}",
	[WORD_NOTE_GRANTED] =
		"Si es correcto, no tiene que hacer nada. Con un no, termina de inmediato. Puede "
		"decir que no ahora o en cualquier momento posterior, y nadie más que usted puede "
		"retirar ese no.",
	[WORD_NOTE_GRANTED_STOP] =
		"Si es correcto, no tiene que hacer nada. Un no termina este permiso y deja en pie "
		"lo demás que se permitió; «Detener todo» también termina eso. Puede decir que no "
		"ahora o en cualquier momento posterior, y nadie más que usted puede retirar ese "
		"no.",
	[WORD_NOTE_DENIED] =
		"Si es correcto, no tiene que hacer nada. Nadie más que usted puede retirar ese "
		"no: envíe PUBLISH a la dirección de «Volver a preguntarme», desde su propio "
		"teléfono y con su propia sesión iniciada; entonces se le preguntará si lo "
		"permite. La dirección sola no permite nada.",

	[WORD_CHAT_YES] =
		"Su sí está registrado.\n"
		"Quién: {who}\n"
		"Qué está permitido ahora: {kinds}\n"
		"Por qué medio: {through}\n"
		"{until} Para terminarlo, responda STOP en cualquier momento.\n",
	[WORD_CHAT_NO] =
		"Su no está registrado, y nadie más que usted puede retirarlo.\n"
		"Quién: {who}\n"
		"Qué no está permitido: {kinds}\n"
		"Por qué medio: {through}\n",
	[WORD_CHAT_STOPPED] =
		"Terminado. Ya nadie llega a usted por este medio: {through}. Nadie más que usted puede "
		"retirarlo.\n"
		"{lift}\n",
	[WORD_CHAT_LIFTED] =
		"Su parada se ha retirado: cada respuesta que dio antes vuelve a contar. Para parar todo otra vez, responda STOP ALL.\n",
	[WORD_CHAT_UNPROVED] =
		"Su sí no contó y nada cambió: nada mostraba que viniera de usted. Envíelo de nuevo desde "
		"su propio teléfono, con la sesión iniciada como {recipient}. Un no no necesita prueba.\n",
	[WORD_CHAT_HELP] =
		"Quién pregunta: {who}\n"
		"Qué se permitiría: {kinds}\n"
		"Por qué medio: {through}\n"
		"Responda SÍ o NO, solo en un mensaje. STOP termina también con lo que usted permitió "
		"antes, DETENER TODO con todo lo de {domain}, y LISTA nombra a qué dijo que sí y que no.\n",
	[WORD_CHAT_HELP_AT] =
		"Envíe STOP, solo en un mensaje, para terminar con todo lo que llega por este medio: "
		"{through}. DETENER TODO termina con todo lo de {domain}, y LISTA nombra a qué dijo que "
		"sí y que no.\n",
	[WORD_CHAT_WHICH] =
		"Su NO podría responder a más de una pregunta; por eso nada cambió. Responda NO a la "
		"pregunta que quiera, o envíe STOP para terminar con todo lo que llega por este medio: "
		"{through}.\n",
	[WORD_CHAT_FORGED] =
		"Alguien envió STOP en nombre de {recipient}, por este medio: {through}. Nada mostraba que "
		"fuera usted; por eso nada cambió. Se trata de:\n"
		"Quién: {who}\n"
		"Qué está permitido ahora: {kinds}\n"
		"Si debe terminar, envíe cualquier mensaje a esta dirección: {no}\n",
	[WORD_CHAT_LIST] = "Lo que {recipient} dijo aquí:\n",
	[WORD_CHAT_LIST_YES] = "Sí: {who}; {kinds}; {through}",
	[WORD_CHAT_LIST_NO] = "No: {who}; {kinds}; {through}",
	[WORD_CHAT_LIST_MORE] = "y {name} más",
	[WORD_CHAT_LIST_NONE] = "Ni sí ni no a nada.",

	[WORD_DATE] = "{day} de {month} de {year}, {time} UTC",
	[WORD_JANUARY] = "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio",
	"agosto", "septiembre", "octubre", "noviembre", "diciembre",
};
