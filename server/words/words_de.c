/* German; not yet reviewed by a native speaker. */
#include "server/words/words_private.h"

/* clang-format off */
const char *const words_de[WORDS] = {
	[WORD_QUESTION] =
		"Eine Frage an {recipient}:\n"
		"Wer fragt: {who}\n"
		"Was erlaubt werden soll: {kinds}\n"
		"Auf welchem Weg: {through}\n"
		"{until} {notes}\n"
		"\n"
		"Ja: {yes}\n"
		"Nein: {no}\n"
		"{stop}\n",
	[WORD_RENEWAL] =
		"Eine Frage an {recipient}:\n"
		"Wer: {who}\n"
		"Was jetzt erlaubt ist: {kinds}\n"
		"Auf welchem Weg: {through}\n"
		"Das endet von selbst am {ends}. Ja: Es geht weiter, {until}. Nein: Es endet "
		"sofort. Ohne Antwort endet es an diesem Tag, und Sie werden nicht noch einmal "
		"gefragt. {notes}\n"
		"\n"
		"Ja: {yes}\n"
		"Nein: {no}\n"
		"{stop}\n",
	[WORD_NOTICE] =
		"Eine Mitteilung an Sie:\n"
		"Wer: {who}\n"
		"Was jetzt erlaubt ist: {kinds}\n"
		"Auf welchem Weg: {through}\n"
		"{until}\n"
		"\n"
		"{record} {reason}\n"
		"\n"
		"Nein: {no}\n"
		"{stop}\n"
		"\n"
		"{notes}\n",
	[WORD_DENIED] =
		"In Ihrem Namen wurde ein Nein eingetragen.\n"
		"\n"
		"Wer: {who}\n"
		"Was nicht erlaubt ist: {kinds}\n"
		"Auf welchem Weg: {through}\n"
		"\n"
		"{record} {reason}\n"
		"\n"
		"{notes}\n"
		"\n"
		"{lift}\n",

	[WORD_WHO_DOMAIN] = "Alle bei {domain}",
	[WORD_WHO_LIST] = "Jedes Mitglied dieser Liste (und wer sonst an sie schreiben darf)",
	[WORD_WHO_KNOWN] = "Alle, deren Absenderadresse geprüft ist",
	[WORD_WHO_ANYBODY] = "Alle (mit geprüfter Absenderadresse oder ohne)",

	[WORD_KIND_MESSAGE] = "Ihnen Nachrichten senden",
	[WORD_KIND_CALL] = "Sie anrufen",
	[WORD_KIND_REFER] = "Ihr Telefon andere anrufen lassen",
	[WORD_KIND_RECORDING] = "Gespräche mit Ihnen aufzeichnen",
	[WORD_KIND_LEAVE_MEDIA] = "Ihnen aufgezeichnete Nachrichten hinterlassen",
	[WORD_KIND_PRESENCE] = "sehen, ob Sie da sind",
	[WORD_KIND_DIALOG] = "sehen, ob Sie gerade telefonieren",
	[WORD_KIND_EVENT] = "über Ihre Ereignisse „{name}“ benachrichtigt werden",
	[WORD_KIND_METHOD] = "Ihnen Anfragen der Art {name} senden",
	[WORD_KIND_ALL] = "Ihnen Nachrichten senden, Sie anrufen oder irgendetwas anderes",
	[WORD_COMMA] = ", ",
	[WORD_AND] = " und ",

	[WORD_THROUGH_LIST] = "über die Liste {target}",
	[WORD_THROUGH_ANY] = "über jede Liste von {domain}",

	[WORD_UNTIL_DAY] = "Ein Ja endet von selbst nach einem Tag.",
	[WORD_UNTIL_DAYS] = "Ein Ja endet von selbst nach {days} Tagen.",
	[WORD_UNTIL_NO] = "Ein Ja gilt, bis Sie Nein sagen.",
	[WORD_ON_DAY] = "einen Tag ab Ihrer Antwort",
	[WORD_ON_DAYS] = "{days} Tage ab Ihrer Antwort",
	[WORD_ON_NO] = "bis Sie Nein sagen",

	[WORD_STOP] = "Alles beenden: {address}",
	[WORD_NOTE_CALL] =
		"Ein Anruf ist eine Konferenz: Mehrere hören Sie und sprechen, nicht nur, wer anruft.",
	[WORD_NOTE_MESSAGE] = "Ohne Ihr Ja wird nichts gesendet.",
	[WORD_NOTE_OTHER] = "Ohne Ihr Ja geschieht nichts davon.",
	[WORD_NOTE_LATER] = "Nein sagen können Sie auch später jederzeit, mit derselben Adresse.",
	[WORD_NOTE_STOP] =
		"Ein Nein lässt bestehen, was Sie vorher erlaubt haben; „Alles beenden“ beendet "
		"auch das. Beide gelten auch später jederzeit.",

	[WORD_PAGE_LANGUAGE] = "Deutsch",
	[WORD_PAGE_TITLE] = "Darf dieser Absender Sie erreichen?",
	[WORD_PAGE_ASKS] =
		"{who} bittet um Erlaubnis: {kinds}, {through}, an {recipient}.",
	[WORD_PAGE_KNOWN] =
		"Der Absender hat sich mit dieser Adresse angemeldet; das Relay weiß nicht, wer es ist.",
	[WORD_PAGE_NOTHING] =
		"Nichts davon geschieht, bis Sie Ja sagen. Nein sagen können Sie auch später auf dieser Seite.",
	[WORD_PAGE_HOW_YES] =
		"Ein Ja geht nur von Ihrem Telefon aus: Beantworten Sie die Frage dort, unter Ihrem Namen angemeldet.",
	[WORD_PAGE_NO] = "Nein",
	[WORD_PAGE_YES] = "Ja",
	[WORD_PAGE_YES_AGAIN] = "Noch einmal Ja",
	[WORD_PAGE_GRANTED] = "Sie haben am {date} Ja gesagt.",
	[WORD_PAGE_GRANTED_BY_OTHERS] = "Der Betreiber hat am {date} ein Ja von Ihnen eingetragen.",
	[WORD_PAGE_STOP_THIS] = "Beenden",
	[WORD_PAGE_DENIED] = "Sie haben am {date} Nein gesagt. Nichts wird gesendet.",
	[WORD_PAGE_AGAIN] = "Noch einmal fragen",
	[WORD_PAGE_AGAIN_NOTE] =
		"Für ein Ja braucht es eine neue Frage. Mit diesem Knopf kommt sie zu Ihnen.",
	[WORD_PAGE_DENIED_BY_OTHERS] = "Der Betreiber dieses Relays hat dies beendet.",
	[WORD_PAGE_EXPIRED] = "Ihr Ja ist am {date} abgelaufen.",
	[WORD_PAGE_WIDER] =
		"Ein weiter gehendes Nein von Ihnen gilt. Nichts wird gesendet.",
	[WORD_PAGE_STOPPED] = "Sie haben am {date} alles von {domain} beendet.",
	[WORD_PAGE_LIFT] = "Dies zurücknehmen",
	[WORD_PAGE_LIFT_NOTE] =
		"Wenn Sie es zurücknehmen, gilt wieder jede Antwort, die Sie vorher gegeben haben.",
	[WORD_PAGE_NO_LIFT] =
		"Dieser Link kann das nicht zurücknehmen. Dafür braucht es wie für ein Ja einen Nachweis, dass Sie es sind.",
	[WORD_PAGE_LIFT_BY_PHONE] =
		"Antworten Sie von Ihrem Telefon aus, unter Ihrem Namen angemeldet, mit START ALL auf die Frage.",
	[WORD_PAGE_LIFT_BY_PAGE] =
		"Die Seite einer Frage, die Sie über eine sichere Verbindung erreicht hat, kann es zurücknehmen.",
	[WORD_PAGE_STOP_ALL] = "Alles von {domain} beenden",
	[WORD_PAGE_GONE] = "Diese Frage ist nicht mehr offen.",
	[WORD_PAGE_GONE_NOTE] =
		"Ein Nein gilt trotzdem, falls jemand noch einmal darum bittet.",
	[WORD_PAGE_UNKNOWN] = "Dieser Link gilt nicht mehr.",
	[WORD_PAGE_UNKNOWN_NOTE] =
		"Nehmen Sie den Link der neuesten Frage, die Sie bekommen haben, oder fragen Sie den Absender.",
	[WORD_PAGE_UNREAD] =
		"Worum es auf dieser Seite geht, ist gerade nicht lesbar. Nein sagen können Sie trotzdem.",
	[WORD_PAGE_DONE_NO] = "Erledigt: Nichts wird mehr gesendet.",
	[WORD_PAGE_DONE_YES] = "Erledigt: Von jetzt an kann dies Sie erreichen.",
	[WORD_PAGE_DONE_AGAIN] = "Erledigt: Eine neue Frage ist zu Ihnen unterwegs.",
	[WORD_PAGE_UNSAVED] =
		"Ihr Nein gilt jetzt, konnte aber noch nicht gespeichert werden.",
	[WORD_PAGE_RETRY] = "Noch einmal versuchen",
	[WORD_PAGE_FAILED] = "Nichts wurde geändert. Bitte versuchen Sie es noch einmal.",
	[WORD_PAGE_NOT_YET] =
		"Ihre Antwort ist da, konnte aber noch nicht gespeichert werden. Bitte versuchen Sie es noch einmal.",
	[WORD_PAGE_WAIT] = "Bitte warten Sie eine Minute.",
	[WORD_PAGE_STALE] =
		"Etwas hat sich geändert, seit Sie diese Seite geöffnet haben. So ist es jetzt.",
	[WORD_PAGE_BAD] = "Diese Antwort war nicht lesbar. Nichts wurde geändert.",
	[WORD_PAGE_LINE] = "Auf einer Seite antworten: {address}",

	[WORD_MINE_TITLE] = "Wozu Sie Ja und Nein gesagt haben",
	[WORD_MINE_SIGNED_IN] =
		"Sie sind angemeldet als {recipient}. Zum Abmelden schließen Sie den Browser.",
	[WORD_MINE_ALL] = "Alle ({name})",
	[WORD_MINE_YES] = "Ja ({name})",
	[WORD_MINE_NO] = "Nein ({name})",
	[WORD_MINE_NEWEST] = "Neueste",
	[WORD_MINE_OLDER] = "Ältere ({name})",
	[WORD_MINE_ROW] = "{who}; {kinds}; {through}; an {recipient}.",
	[WORD_MINE_DONE_LIFT] = "Erledigt: Jede Antwort, die Sie vorher gegeben haben, gilt wieder.",
	[WORD_MINE_SIGN_IN] = "Anmelden",
	[WORD_MINE_SIGN_IN_NOTE] = "Mit Namen und Passwort Ihres Kontos bei {domain}.",
	[WORD_MINE_WAIT] =
		"Zu viele falsche Passwörter kamen für diesen Namen oder von diesem Ort. Bitte warten Sie eine Minute. Ein Nein braucht kein Passwort: Nehmen Sie den Link einer Frage, oder antworten Sie am Telefon mit STOP.",

	[WORD_ENDS] = "Das endet von selbst am {date}.",
	[WORD_ENDS_NO] = "Das gilt, bis Sie Nein sagen.",
	[WORD_RECORD] = "Der Betreiber von {domain} hat das am {date} eingetragen.",
	[WORD_RECORD_MANY] =
		"Der Betreiber von {domain} hat das am {date} eingetragen, zusammen mit anderen.",
	[WORD_RECORD_DENIED] =
		"Der Betreiber von {domain} (angemeldet als „{name}“) hat das am {date} "
		"eingetragen und gibt an, dass Sie es ihm gesagt haben.",
	[WORD_REASON] = "Der eingetragene Grund: „{evidence}“.",
	[WORD_REASON_NO] = "Ein Grund ist nicht eingetragen.",
	[WORD_LIFT] = "Mich wieder fragen: {address}",
	[WORD_NOTE_GRANTED] =
		"Wenn das richtig ist, müssen Sie nichts tun. Mit einem Nein endet es sofort. Nein "
		"sagen können Sie jetzt und auch später jederzeit, und niemand außer Ihnen kann "
		"das zurücknehmen.",
	[WORD_NOTE_GRANTED_STOP] =
		"Wenn das richtig ist, müssen Sie nichts tun. Ein Nein beendet dies und lässt "
		"bestehen, was sonst erlaubt wurde; „Alles beenden“ beendet auch das. Nein sagen "
		"können Sie jetzt und auch später jederzeit, und niemand außer Ihnen kann das "
		"zurücknehmen.",
	[WORD_NOTE_DENIED] =
		"Wenn das richtig ist, müssen Sie nichts tun. Niemand außer Ihnen kann es "
		"zurücknehmen: Senden Sie PUBLISH an die Adresse bei „Mich wieder fragen“, mit "
		"Ihrem eigenen Telefon und unter Ihrem eigenen Namen angemeldet; dann werden Sie "
		"gefragt, ob Sie es erlauben. Die Adresse allein erlaubt nichts.",

	[WORD_CHAT_YES] =
		"Ihr Ja ist eingetragen.\n"
		"Wer: {who}\n"
		"Was jetzt erlaubt ist: {kinds}\n"
		"Auf welchem Weg: {through}\n"
		"{until} Um es zu beenden, antworten Sie jederzeit mit STOP.\n",
	[WORD_CHAT_NO] =
		"Ihr Nein ist eingetragen, und niemand außer Ihnen kann es zurücknehmen.\n"
		"Wer: {who}\n"
		"Was nicht erlaubt ist: {kinds}\n"
		"Auf welchem Weg: {through}\n",
	[WORD_CHAT_STOPPED] =
		"Beendet. Auf diesem Weg erreicht Sie niemand mehr: {through}. Niemand außer Ihnen kann "
		"das zurücknehmen.\n"
		"{lift}\n",
	[WORD_CHAT_LIFTED] =
		"Alles beenden ist zurückgenommen: Jede Antwort, die Sie vorher gegeben haben, gilt wieder. Um wieder alles zu beenden, antworten Sie STOP ALL.\n",
	[WORD_CHAT_UNPROVED] =
		"Ihr Ja zählt nicht, und nichts wurde geändert: Nichts hat gezeigt, dass es von Ihnen "
		"kam. Senden Sie es noch einmal von Ihrem eigenen Telefon, angemeldet als {recipient}. "
		"Ein Nein braucht keinen Nachweis.\n",
	[WORD_CHAT_HELP] =
		"Wer fragt: {who}\n"
		"Was erlaubt werden soll: {kinds}\n"
		"Auf welchem Weg: {through}\n"
		"Antworten Sie mit JA oder NEIN, allein in einer Nachricht. STOP beendet auch, was Sie "
		"vorher erlaubt haben, ALLES BEENDEN alles von {domain}, und LISTE nennt, wozu Sie Ja und "
		"Nein gesagt haben.\n",
	[WORD_CHAT_HELP_AT] =
		"Senden Sie STOP, allein in einer Nachricht, um alles auf diesem Weg zu beenden: "
		"{through}. ALLES BEENDEN beendet alles von {domain}, und LISTE nennt, wozu Sie Ja und "
		"Nein gesagt haben.\n",
	[WORD_CHAT_WHICH] =
		"Ihr NEIN könnte mehrere Fragen meinen; deshalb wurde nichts geändert. Antworten Sie mit "
		"NEIN auf die Frage, die Sie meinen, oder senden Sie STOP, um alles auf diesem Weg zu "
		"beenden: {through}.\n",
	[WORD_CHAT_FORGED] =
		"Jemand hat im Namen von {recipient} STOP gesendet, auf diesem Weg: {through}. Nichts hat "
		"gezeigt, dass Sie es waren; deshalb wurde nichts geändert. Es geht um:\n"
		"Wer: {who}\n"
		"Was jetzt erlaubt ist: {kinds}\n"
		"Wenn das enden soll, senden Sie irgendeine Nachricht an diese Adresse: {no}\n",
	[WORD_CHAT_LIST] = "Was {recipient} hier gesagt hat:\n",
	[WORD_CHAT_LIST_YES] = "Ja: {who}; {kinds}; {through}",
	[WORD_CHAT_LIST_NO] = "Nein: {who}; {kinds}; {through}",
	[WORD_CHAT_LIST_MORE] = "und {name} weitere",
	[WORD_CHAT_LIST_NONE] = "Weder Ja noch Nein zu irgendetwas.",

	[WORD_DATE] = "{day}. {month} {year}, {time} UTC",
	[WORD_JANUARY] = "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli",
	"August", "September", "Oktober", "November", "Dezember",
};
