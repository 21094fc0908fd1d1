/* French; not yet reviewed by a native speaker. */
#include "server/words/words_private.h"

/* clang-format off */
const char *const words_fr[WORDS] = {
	[WORD_QUESTION] =
		"Une question pour {recipient} :\n"
		"Qui demande : {who}\n"
		"Ce qui serait permis : {kinds}\n"
		"Par quel moyen : {through}\n"
		"{until} {notes}\n"
		"\n"
		"Oui : {yes}\n"
		"Non : {no}\n"
		"{stop}\n",
	[WORD_RENEWAL] =
		"Une question pour {recipient} :\n"
		"Qui : {who}\n"
		"Ce qui est permis : {kinds}\n"
		"Par quel moyen : {through}\n"
		"Cette permission prend fin le {ends}. Oui : elle continue {until}. Non : elle prend "
		"fin tout de suite. Sans réponse, elle prend fin ce jour-là et la question ne vous "
		"sera plus posée. {notes}\n"
		"\n"
		"Oui : {yes}\n"
		"Non : {no}\n"
		"{stop}\n",
	[WORD_NOTICE] =
		"Un avis pour vous :\n"
		"Qui : {who}\n"
		"Ce qui est permis : {kinds}\n"
		"Par quel moyen : {through}\n"
		"{until}\n"
		"\n"
		"{record} {reason}\n"
		"\n"
		"Non : {no}\n"
		"{stop}\n"
		"\n"
		"{notes}\n",
	[WORD_DENIED] =
		"Un non a été enregistré en votre nom.\n"
		"\n"
		"Qui : {who}\n"
		"Ce qui n'est pas permis : {kinds}\n"
		"Par quel moyen : {through}\n"
		"\n"
		"{record} {reason}\n"
		"\n"
		"{notes}\n"
		"\n"
		"{lift}\n",

	[WORD_WHO_DOMAIN] = "Tout le monde chez {domain}",
	[WORD_WHO_LIST] =
		"Chaque membre de cette liste (et toute autre personne autorisée à y écrire)",
	[WORD_WHO_KNOWN] = "Tout expéditeur dont l'adresse est vérifiée",
	[WORD_WHO_ANYBODY] = "Tout le monde (adresse vérifiée ou non)",

	[WORD_KIND_MESSAGE] = "vous envoyer des messages",
	[WORD_KIND_CALL] = "vous appeler",
	[WORD_KIND_REFER] = "faire appeler d'autres personnes par votre téléphone",
	[WORD_KIND_RECORDING] = "enregistrer des appels avec vous",
	[WORD_KIND_LEAVE_MEDIA] = "vous laisser des messages enregistrés",
	[WORD_KIND_PRESENCE] = "voir si vous êtes là",
	[WORD_KIND_DIALOG] = "voir si vous êtes en communication",
	[WORD_KIND_EVENT] = "être informé de vos événements « {name} »",
	[WORD_KIND_METHOD] = "vous envoyer des requêtes {name}",
	[WORD_KIND_ALL] = "vous envoyer des messages, vous appeler ou quoi que ce soit d'autre",
	[WORD_COMMA] = ", ",
	[WORD_AND] = " et ",

	[WORD_THROUGH_LIST] = "la liste {target}",
	[WORD_THROUGH_ANY] = "toute liste de {domain}",

	[WORD_UNTIL_DAY] = "Un oui prend fin de lui-même après un jour.",
	[WORD_UNTIL_DAYS] = "Un oui prend fin de lui-même après {days} jours.",
	[WORD_UNTIL_NO] = "Un oui vaut jusqu'à ce que vous disiez non.",
	[WORD_ON_DAY] = "un jour à partir de votre réponse",
	[WORD_ON_DAYS] = "{days} jours à partir de votre réponse",
	[WORD_ON_NO] = "jusqu'à ce que vous disiez non",

	[WORD_STOP] = "Tout arrêter : {address}",
	[WORD_NOTE_CALL] =
		"Un appel est une conférence : plusieurs personnes vous entendent et parlent, pas "
		"seulement celle qui appelle.",
	[WORD_NOTE_MESSAGE] = "Sans votre oui, rien n'est envoyé.",
	[WORD_NOTE_OTHER] = "Sans votre oui, rien de cela n'a lieu.",
	[WORD_NOTE_LATER] =
		"Vous pourrez dire non à tout moment par la suite, avec la même adresse.",
	[WORD_NOTE_STOP] =
		"Un non laisse en place ce que vous avez permis auparavant ; « Tout arrêter » "
		"y met fin aussi. Les deux restent valables à tout moment.",

	[WORD_PAGE_LANGUAGE] = "Français",
	[WORD_PAGE_TITLE] = "Cet expéditeur peut-il vous joindre ?",
	[WORD_PAGE_ASKS] =
		"{who} demande votre autorisation : {kinds}, par {through}, à l'adresse {recipient}.",
	[WORD_PAGE_KNOWN] =
		"L'expéditeur s'est identifié avec cette adresse ; le relais ne sait pas qui c'est.",
	[WORD_PAGE_NOTHING] =
		"Rien de cela n'est envoyé avant votre oui. Vous pourrez dire non plus tard sur cette même page.",
	[WORD_PAGE_HOW_YES] =
		"Un oui ne peut être donné que depuis votre téléphone : répondez-y à la question, identifié sous votre nom.",
	[WORD_PAGE_NO] = "Non",
	[WORD_PAGE_YES] = "Oui",
	[WORD_PAGE_YES_AGAIN] = "Oui, de nouveau",
	[WORD_PAGE_GRANTED] = "Vous avez dit oui le {date}.",
	[WORD_PAGE_GRANTED_BY_OTHERS] = "L'opérateur a enregistré un oui de votre part le {date}.",
	[WORD_PAGE_STOP_THIS] = "Arrêter cela",
	[WORD_PAGE_DENIED] = "Vous avez dit non le {date}. Rien n'est envoyé.",
	[WORD_PAGE_AGAIN] = "Me redemander",
	[WORD_PAGE_AGAIN_NOTE] =
		"Un oui demande une nouvelle question. Ce bouton vous la fait envoyer.",
	[WORD_PAGE_DENIED_BY_OTHERS] = "L'opérateur de ce relais a arrêté cela.",
	[WORD_PAGE_EXPIRED] = "Votre oui a pris fin le {date}.",
	[WORD_PAGE_WIDER] =
		"Un non plus large de votre part est en vigueur. Rien n'est envoyé.",
	[WORD_PAGE_STOPPED] = "Vous avez tout arrêté de la part de {domain} le {date}.",
	[WORD_PAGE_LIFT] = "Annuler cet arrêt",
	[WORD_PAGE_LIFT_NOTE] =
		"Si vous l'annulez, chaque réponse que vous avez donnée avant compte de nouveau.",
	[WORD_PAGE_NO_LIFT] =
		"Ce lien ne peut pas annuler l'arrêt. Comme pour un oui, il faut une preuve que c'est bien vous.",
	[WORD_PAGE_LIFT_BY_PHONE] =
		"Depuis votre téléphone, identifié sous votre nom, répondez START ALL à la question.",
	[WORD_PAGE_LIFT_BY_PAGE] =
		"La page d'une question qui vous est parvenue par une connexion sûre peut l'annuler.",
	[WORD_PAGE_STOP_ALL] = "Tout arrêter de la part de {domain}",
	[WORD_PAGE_GONE] = "Cette question n'est plus ouverte.",
	[WORD_PAGE_GONE_NOTE] = "Un non compte tout de même, si quelqu'un le redemande.",
	[WORD_PAGE_UNKNOWN] = "Ce lien n'est plus valable.",
	[WORD_PAGE_UNKNOWN_NOTE] =
		"Utilisez le lien de la question la plus récente que vous avez reçue, ou demandez à l'expéditeur.",
	[WORD_PAGE_UNREAD] =
		"Le contenu de cette page ne peut pas être lu pour le moment. Vous pouvez quand même dire non.",
	[WORD_PAGE_DONE_NO] = "C'est fait : plus rien n'est envoyé.",
	[WORD_PAGE_DONE_YES] = "C'est fait : désormais cela peut vous parvenir.",
	[WORD_PAGE_DONE_AGAIN] = "C'est fait : une nouvelle question est en route.",
	[WORD_PAGE_UNSAVED] =
		"Votre non est en vigueur, mais n'a pas encore pu être sauvegardé.",
	[WORD_PAGE_RETRY] = "Réessayer",
	[WORD_PAGE_FAILED] = "Rien n'a été changé. Veuillez réessayer.",
	[WORD_PAGE_NOT_YET] =
		"Votre réponse est arrivée, mais n'a pas encore pu être sauvegardée. Veuillez réessayer.",
	[WORD_PAGE_WAIT] = "Veuillez attendre une minute.",
	[WORD_PAGE_STALE] =
		"Quelque chose a changé depuis que vous avez ouvert cette page. Voici l'état actuel.",
	[WORD_PAGE_BAD] = "Cette réponse n'a pas pu être lue. Rien n'a été changé.",
	[WORD_PAGE_LINE] = "Répondre sur une page : {address}",

	[WORD_MINE_TITLE] = "Ce à quoi vous avez dit oui et non",
	[WORD_MINE_SIGNED_IN] =
		"Vous êtes connecté en tant que {recipient}. Pour vous déconnecter, fermez le navigateur.",
	[WORD_MINE_ALL] = "Tout ({name})",
	[WORD_MINE_YES] = "Oui ({name})",
	[WORD_MINE_NO] = "Non ({name})",
	[WORD_MINE_NEWEST] = "Les plus récents",
	[WORD_MINE_OLDER] = "Plus anciens ({name})",
	[WORD_MINE_ROW] = "{who} ; {kinds} ; {through} ; vers {recipient}.",
	[WORD_MINE_DONE_LIFT] =
		"C'est fait : chaque réponse que vous avez donnée avant compte de nouveau.",
	[WORD_MINE_SIGN_IN] = "Connexion",
	[WORD_MINE_SIGN_IN_NOTE] = "Avec le nom et le mot de passe de votre compte chez {domain}.",
	[WORD_MINE_WAIT] =
		"Trop de mots de passe erronés sont venus pour ce nom ou de cet endroit. Veuillez attendre une minute. Un non ne demande pas de mot de passe : prenez le lien d'une question, ou répondez STOP sur votre téléphone.",

	[WORD_ENDS] = "Cette permission prend fin d'elle-même le {date}.",
	[WORD_ENDS_NO] = "Cette permission vaut jusqu'à ce que vous disiez non.",
	[WORD_RECORD] = "L'opérateur de {domain} a enregistré cela le {date}.",
	[WORD_RECORD_MANY] = "L'opérateur de {domain} a enregistré cela le {date}, avec d'autres.",
	[WORD_RECORD_DENIED] =
		"L'opérateur de {domain} (connecté sous le nom « {name} ») a enregistré cela le "
		"{date} et déclare que vous le lui avez dit.",
	[WORD_REASON] = "Le motif enregistré : « {evidence} ».",
	[WORD_REASON_NO] = "Aucun motif n'est enregistré.",
	[WORD_LIFT] = "Me demander à nouveau : {address}",
	[WORD_NOTE_GRANTED] =
		"Si cela est exact, vous n'avez rien à faire. Avec un non, cela prend fin tout de "
		"suite. Vous pouvez dire non maintenant ou à tout moment par la suite, et personne "
		"d'autre que vous ne peut revenir sur ce non.",
	[WORD_NOTE_GRANTED_STOP] =
		"Si cela est exact, vous n'avez rien à faire. Un non met fin à cette permission et "
		"laisse en place ce qui a été permis par ailleurs ; « Tout arrêter » y met fin "
		"aussi. Vous pouvez dire non maintenant ou à tout moment par la suite, et personne "
		"d'autre que vous ne peut revenir sur ce non.",
	[WORD_NOTE_DENIED] =
		"Si cela est exact, vous n'avez rien à faire. Personne d'autre que vous ne peut "
		"revenir sur ce non : envoyez PUBLISH à l'adresse de « Me demander à nouveau », "
		"depuis votre propre téléphone et connecté sous votre propre nom ; on vous "
		"demandera alors si vous donnez la permission. L'adresse seule ne permet rien.",

	[WORD_CHAT_YES] =
		"Votre oui est enregistré.\n"
		"Qui : {who}\n"
		"Ce qui est permis maintenant : {kinds}\n"
		"Par quel moyen : {through}\n"
		"{until} Pour y mettre fin, répondez STOP à tout moment.\n",
	[WORD_CHAT_NO] =
		"Votre non est enregistré, et personne d'autre que vous ne peut revenir dessus.\n"
		"Qui : {who}\n"
		"Ce qui n'est pas permis : {kinds}\n"
		"Par quel moyen : {through}\n",
	[WORD_CHAT_STOPPED] =
		"Arrêté. Plus personne ne vous atteint par ce moyen : {through}. Personne d'autre que vous "
		"ne peut revenir là-dessus.\n"
		"{lift}\n",
	[WORD_CHAT_LIFTED] =
		"Votre arrêt est annulé : chaque réponse que vous avez donnée avant compte de nouveau. Pour tout arrêter encore, répondez STOP ALL.\n",
	[WORD_CHAT_UNPROVED] =
		"Votre oui n'a pas compté et rien n'a changé : rien ne montrait qu'il venait de vous. "
		"Envoyez-le de nouveau depuis votre propre téléphone, connecté en tant que {recipient}. "
		"Un non n'a besoin d'aucune preuve.\n",
	[WORD_CHAT_HELP] =
		"Qui demande : {who}\n"
		"Ce qui serait permis : {kinds}\n"
		"Par quel moyen : {through}\n"
		"Répondez OUI ou NON, seul dans un message. STOP met fin aussi à ce que vous avez permis "
		"auparavant, TOUT ARRÊTER à tout ce qui vient de {domain}, et LISTE nomme ce à quoi vous "
		"avez dit oui et non.\n",
	[WORD_CHAT_HELP_AT] =
		"Envoyez STOP, seul dans un message, pour mettre fin à tout ce qui passe par ce moyen : "
		"{through}. TOUT ARRÊTER met fin à tout ce qui vient de {domain}, et LISTE nomme ce à "
		"quoi vous avez dit oui et non.\n",
	[WORD_CHAT_WHICH] =
		"Votre NON pourrait répondre à plusieurs questions ; rien n'a donc changé. Répondez NON à "
		"la question voulue, ou envoyez STOP pour mettre fin à tout ce qui passe par ce moyen : "
		"{through}.\n",
	[WORD_CHAT_FORGED] =
		"Quelqu'un a envoyé STOP au nom de {recipient}, par ce moyen : {through}. Rien ne montrait "
		"que c'était vous ; rien n'a donc changé. Il s'agit de :\n"
		"Qui : {who}\n"
		"Ce qui est permis maintenant : {kinds}\n"
		"Si cela doit prendre fin, envoyez un message quelconque à cette adresse : {no}\n",
	[WORD_CHAT_LIST] = "Ce que {recipient} a dit ici :\n",
	[WORD_CHAT_LIST_YES] = "Oui : {who} ; {kinds} ; {through}",
	[WORD_CHAT_LIST_NO] = "Non : {who} ; {kinds} ; {through}",
	[WORD_CHAT_LIST_MORE] = "et {name} de plus",
	[WORD_CHAT_LIST_NONE] = "Ni oui ni non à quoi que ce soit.",

	[WORD_DATE] = "{day} {month} {year}, {time} UTC",
	[WORD_JANUARY] = "janvier", "février", "mars", "avril", "mai", "juin", "juillet",
	"août", "septembre", "octobre", "novembre", "décembre",
};
