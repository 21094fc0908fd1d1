/* Arabic; not yet reviewed by a native speaker.  No line begins with an
 * address: the first letter of a line says from where it is written. */
#include "server/words/words_private.h"

/* clang-format off */
const char *const words_ar[WORDS] = {
	[WORD_QUESTION] =
		"سؤال إلى: {recipient}\n"
		"من يسأل: {who}\n"
		"المطلوب السماح به: {kinds}\n"
		"عن طريق: {through}\n"
		"{until} {notes}\n"
		"\n"
		"نعم: {yes}\n"
		"لا: {no}\n"
		"{stop}\n",
	[WORD_RENEWAL] =
		"سؤال إلى: {recipient}\n"
		"من: {who}\n"
		"المسموح به الآن: {kinds}\n"
		"عن طريق: {through}\n"
		"ينتهي هذا السماح تلقائيًا في {ends}. نعم: يستمر ({until}). لا: ينتهي فورًا. "
		"إذا لم تجب فسينتهي في ذلك اليوم ولن تُسأل مرة أخرى. {notes}\n"
		"\n"
		"نعم: {yes}\n"
		"لا: {no}\n"
		"{stop}\n",
	[WORD_NOTICE] =
		"إشعار لك:\n"
		"من: {who}\n"
		"المسموح به الآن: {kinds}\n"
		"عن طريق: {through}\n"
		"{until}\n"
		"\n"
		"{record} {reason}\n"
		"\n"
		"لا: {no}\n"
		"{stop}\n"
		"\n"
		"{notes}\n",
	[WORD_DENIED] =
		"سُجّلت إجابة «لا» باسمك.\n"
		"\n"
		"من: {who}\n"
		"غير المسموح به: {kinds}\n"
		"عن طريق: {through}\n"
		"\n"
		"{record} {reason}\n"
		"\n"
		"{notes}\n"
		"\n"
		"{lift}\n",

	[WORD_WHO_DOMAIN] = "الجميع في {domain}",
	[WORD_WHO_LIST] = "أي عضو في هذه القائمة (وكل من يُسمح له بالكتابة إليها)",
	[WORD_WHO_KNOWN] = "كل مرسل جرى التحقق من عنوانه",
	[WORD_WHO_ANYBODY] = "أي شخص (بعنوان جرى التحقق منه أو بدونه)",

	[WORD_KIND_MESSAGE] = "إرسال رسائل إليك",
	[WORD_KIND_CALL] = "الاتصال بك",
	[WORD_KIND_REFER] = "جعل هاتفك يتصل بآخرين",
	[WORD_KIND_RECORDING] = "تسجيل المكالمات معك",
	[WORD_KIND_LEAVE_MEDIA] = "ترك رسائل مسجلة لك",
	[WORD_KIND_PRESENCE] = "معرفة ما إذا كنت موجودًا",
	[WORD_KIND_DIALOG] = "معرفة ما إذا كنت في مكالمة",
	[WORD_KIND_EVENT] = "تلقي إشعارات بأحداثك من نوع {name}",
	[WORD_KIND_METHOD] = "إرسال طلبات إليك من نوع {name}",
	[WORD_KIND_ALL] = "إرسال رسائل إليك أو الاتصال بك أو أي شيء آخر",
	[WORD_COMMA] = "، ",
	[WORD_AND] = " و",

	[WORD_THROUGH_LIST] = "القائمة {target}",
	[WORD_THROUGH_ANY] = "أي قائمة في {domain}",

	[WORD_UNTIL_DAY] = "تنتهي الموافقة تلقائيًا بعد يوم واحد.",
	[WORD_UNTIL_DAYS] = "تنتهي الموافقة تلقائيًا، ومدتها بالأيام: {days}.",
	[WORD_UNTIL_NO] = "تبقى الموافقة سارية إلى أن تقول لا.",
	[WORD_ON_DAY] = "يومًا واحدًا من وقت إجابتك",
	[WORD_ON_DAYS] = "عدد الأيام من وقت إجابتك: {days}",
	[WORD_ON_NO] = "إلى أن تقول لا",

	[WORD_STOP] = "إيقاف كل شيء: {address}",
	[WORD_NOTE_CALL] = "المكالمة مؤتمر: يسمعك ويتكلم عدة أشخاص، لا المتصل وحده.",
	[WORD_NOTE_MESSAGE] = "لن يُرسل شيء بدون موافقتك.",
	[WORD_NOTE_OTHER] = "لن يحدث شيء من هذا بدون موافقتك.",
	[WORD_NOTE_LATER] = "يمكنك أن تقول لا في أي وقت لاحق باستخدام العنوان نفسه.",
	[WORD_NOTE_STOP] =
		"قول لا يُبقي ما سمحت به من قبل، و«إيقاف كل شيء» ينهي ذلك أيضًا. "
		"يمكنك استخدامهما في أي وقت لاحق.",

	[WORD_PAGE_LANGUAGE] = "العربية",
	[WORD_PAGE_TITLE] = "هل يجوز لهذا المرسل أن يصل إليك؟",
	[WORD_PAGE_ASKS] = "يطلب {who} إذنك: {kinds}، عبر {through}، إلى {recipient}.",
	[WORD_PAGE_KNOWN] = "سجّل المرسل دخوله بهذا العنوان؛ ولا يعرف المرحّل من هو.",
	[WORD_PAGE_NOTHING] =
		"لا يُرسل شيء من هذا حتى تقول نعم. ويمكنك أن تقول لا لاحقًا في هذه الصفحة نفسها.",
	[WORD_PAGE_HOW_YES] =
		"لا يمكن إعطاء نعم إلا من هاتفك: أجب عن السؤال هناك بعد تسجيل الدخول باسمك.",
	[WORD_PAGE_NO] = "لا",
	[WORD_PAGE_YES] = "نعم",
	[WORD_PAGE_YES_AGAIN] = "نعم مرة أخرى",
	[WORD_PAGE_GRANTED] = "قلت نعم في {date}.",
	[WORD_PAGE_GRANTED_BY_OTHERS] = "سجّل المشغّل موافقة منك في {date}.",
	[WORD_PAGE_STOP_THIS] = "أوقف هذا",
	[WORD_PAGE_DENIED] = "قلت لا في {date}. لا يُرسل شيء.",
	[WORD_PAGE_AGAIN] = "اسألني مرة أخرى",
	[WORD_PAGE_AGAIN_NOTE] = "تحتاج نعم إلى سؤال جديد. بهذا الزر يُرسل إليك.",
	[WORD_PAGE_DENIED_BY_OTHERS] = "أوقف مشغّل هذا المرحّل هذا الأمر.",
	[WORD_PAGE_EXPIRED] = "انتهت موافقتك في {date}.",
	[WORD_PAGE_WIDER] = "هناك رفض أوسع منك ساري المفعول. لا يُرسل شيء.",
	[WORD_PAGE_STOPPED] = "أوقفت كل شيء من {domain} في {date}.",
	[WORD_PAGE_LIFT] = "تراجع عن هذا الإيقاف",
	[WORD_PAGE_LIFT_NOTE] = "إذا تراجعت عنه يعود كل جواب أعطيته من قبل ساريًا.",
	[WORD_PAGE_NO_LIFT] =
		"لا يمكن لهذا الرابط أن يتراجع عن الإيقاف. يلزم لذلك، كما يلزم لكلمة نعم، إثبات أنك أنت.",
	[WORD_PAGE_LIFT_BY_PHONE] =
		"أجب عن السؤال من هاتفك بعبارة START ALL بعد تسجيل الدخول باسمك.",
	[WORD_PAGE_LIFT_BY_PAGE] =
		"يمكن التراجع عنه في صفحة سؤال وصلك عبر اتصال آمن.",
	[WORD_PAGE_STOP_ALL] = "أوقف كل شيء من {domain}",
	[WORD_PAGE_GONE] = "لم يعد هذا السؤال مفتوحًا.",
	[WORD_PAGE_GONE_NOTE] = "يبقى الرفض ساريًا إذا طلب أحد هذا مرة أخرى.",
	[WORD_PAGE_UNKNOWN] = "لم يعد هذا الرابط صالحًا.",
	[WORD_PAGE_UNKNOWN_NOTE] = "استخدم رابط أحدث سؤال وصل إليك، أو اسأل المرسل.",
	[WORD_PAGE_UNREAD] =
		"لا يمكن قراءة محتوى هذه الصفحة الآن. ومع ذلك يمكنك أن تقول لا.",
	[WORD_PAGE_DONE_NO] = "تم: لن يُرسل شيء بعد الآن.",
	[WORD_PAGE_DONE_YES] = "تم: من الآن يمكن أن يصل هذا إليك.",
	[WORD_PAGE_DONE_AGAIN] = "تم: سؤال جديد في الطريق إليك.",
	[WORD_PAGE_UNSAVED] = "رفضك ساري المفعول الآن، لكن لم يمكن حفظه بعد.",
	[WORD_PAGE_RETRY] = "حاول مرة أخرى",
	[WORD_PAGE_FAILED] = "لم يتغير شيء. حاول مرة أخرى من فضلك.",
	[WORD_PAGE_NOT_YET] =
		"وصل جوابك، لكن لم يمكن حفظه بعد. حاول مرة أخرى من فضلك.",
	[WORD_PAGE_WAIT] = "انتظر دقيقة من فضلك.",
	[WORD_PAGE_STALE] = "تغيّر شيء منذ أن فتحت هذه الصفحة. هذا هو الوضع الآن.",
	[WORD_PAGE_BAD] = "تعذّرت قراءة هذا الجواب. لم يتغير شيء.",
	[WORD_PAGE_LINE] = "أجب في صفحة: {address}",

	[WORD_MINE_TITLE] = "ما قلت له نعم ولا",
	[WORD_MINE_SIGNED_IN] = "سجّلت الدخول باسم {recipient}. للخروج أغلق المتصفح.",
	[WORD_MINE_ALL] = "الكل ({name})",
	[WORD_MINE_YES] = "نعم ({name})",
	[WORD_MINE_NO] = "لا ({name})",
	[WORD_MINE_NEWEST] = "الأحدث",
	[WORD_MINE_OLDER] = "الأقدم ({name})",
	[WORD_MINE_ROW] = "{who}؛ {kinds}؛ {through}؛ إلى {recipient}.",
	[WORD_MINE_DONE_LIFT] = "تم: يعود كل جواب أعطيته من قبل ساريًا.",
	[WORD_MINE_SIGN_IN] = "تسجيل الدخول",
	[WORD_MINE_SIGN_IN_NOTE] = "باسم حسابك لدى {domain} وكلمة مروره.",
	[WORD_MINE_WAIT] =
		"وصلت كلمات مرور خاطئة كثيرة لهذا الاسم أو من هذا المكان. انتظر دقيقة من فضلك. لا يحتاج الرفض إلى كلمة مرور: استعمل رابط سؤال، أو أجب STOP على هاتفك.",

	[WORD_ENDS] = "ينتهي هذا السماح تلقائيًا في {date}.",
	[WORD_ENDS_NO] = "يبقى هذا السماح ساريًا إلى أن تقول لا.",
	[WORD_RECORD] = "سجّل مشغّل {domain} هذا في {date}.",
	[WORD_RECORD_MANY] = "سجّل مشغّل {domain} هذا في {date}، مع آخرين.",
	[WORD_RECORD_DENIED] =
		"سجّل مشغّل {domain} هذا في {date} (باسم الدخول {name})، ويقول إنك أخبرته بذلك.",
	[WORD_REASON] = "السبب المسجّل: «{evidence}».",
	[WORD_REASON_NO] = "لا يوجد سبب مسجّل.",
	[WORD_LIFT] = "اسألني من جديد: {address}",
	[WORD_NOTE_GRANTED] =
		"إذا كان هذا صحيحًا فليس عليك فعل شيء. إذا قلت لا فسينتهي فورًا. يمكنك أن تقول لا "
		"الآن أو في أي وقت لاحق، ولا يمكن لأحد غيرك التراجع عن ذلك.",
	[WORD_NOTE_GRANTED_STOP] =
		"إذا كان هذا صحيحًا فليس عليك فعل شيء. قول لا ينهي هذا السماح ويُبقي غيره مما سُمح "
		"به، و«إيقاف كل شيء» ينهي ذلك أيضًا. يمكنك أن تقول لا الآن أو في أي وقت لاحق، ولا "
		"يمكن لأحد غيرك التراجع عن ذلك.",
	[WORD_NOTE_DENIED] =
		"إذا كان هذا صحيحًا فليس عليك فعل شيء. لا يمكن لأحد غيرك التراجع عن ذلك: أرسل "
		"PUBLISH إلى عنوان «اسألني من جديد» من هاتفك أنت وباسم الدخول الخاص بك، وستُسأل "
		"عندئذ هل تسمح بذلك. العنوان وحده لا يسمح بشيء.",

	[WORD_CHAT_YES] =
		"سُجّلت موافقتك.\n"
		"من: {who}\n"
		"المسموح به الآن: {kinds}\n"
		"عن طريق: {through}\n"
		"{until} لإنهائها أجب بكلمة STOP في أي وقت.\n",
	[WORD_CHAT_NO] =
		"سُجّل رفضك، ولا يمكن لأحد غيرك التراجع عنه.\n"
		"من: {who}\n"
		"غير المسموح به: {kinds}\n"
		"عن طريق: {through}\n",
	[WORD_CHAT_STOPPED] =
		"تم الإيقاف. لن يصل إليك أحد بعد الآن عن طريق {through}، ولا يمكن لأحد غيرك التراجع عن ذلك.\n"
		"{lift}\n",
	[WORD_CHAT_LIFTED] =
		"تم التراجع عن الإيقاف: يعود كل جواب أعطيته من قبل ساريًا. لإيقاف كل شيء من جديد أجب بعبارة STOP ALL.\n",
	[WORD_CHAT_UNPROVED] =
		"لم تُحتسب موافقتك ولم يتغير شيء: لم يُثبت شيء أنها منك. أرسلها من جديد من هاتفك أنت وباسم "
		"الدخول {recipient}. أما الرفض فلا يحتاج إلى إثبات.\n",
	[WORD_CHAT_HELP] =
		"من يسأل: {who}\n"
		"المطلوب السماح به: {kinds}\n"
		"عن طريق: {through}\n"
		"أجب بكلمة نعم أو لا وحدها في رسالة. كلمة STOP تنهي أيضًا ما سمحت به من قبل، و«إيقاف كل شيء» "
		"تنهي كل ما يأتي من {domain}، و«قائمة» تذكر ما قلت له نعم ولا.\n",
	[WORD_CHAT_HELP_AT] =
		"أرسل STOP وحدها في رسالة لإنهاء كل ما يأتي عن طريق {through}، و«إيقاف كل شيء» لإنهاء كل ما يأتي "
		"من {domain}، و«قائمة» لمعرفة ما قلت له نعم ولا.\n",
	[WORD_CHAT_WHICH] =
		"قد يكون رفضك جوابًا عن أكثر من سؤال، لذلك لم يتغير شيء. أجب بكلمة لا عن السؤال الذي تقصده، أو أرسل "
		"STOP لإنهاء كل ما يأتي عن طريق {through}.\n",
	[WORD_CHAT_FORGED] =
		"أرسل أحدهم STOP باسم {recipient} عن طريق {through}. لم يُثبت شيء أنه أنت، لذلك لم يتغير شيء. يتعلق "
		"الأمر بما يلي:\n"
		"من: {who}\n"
		"المسموح به الآن: {kinds}\n"
		"إذا أردت إنهاءه فأرسل أي رسالة إلى هذا العنوان: {no}\n",
	[WORD_CHAT_LIST] = "ما قاله {recipient} هنا:\n",
	[WORD_CHAT_LIST_YES] = "نعم: {who}؛ {kinds}؛ {through}",
	[WORD_CHAT_LIST_NO] = "لا: {who}؛ {kinds}؛ {through}",
	[WORD_CHAT_LIST_MORE] = "و{name} غيرها",
	[WORD_CHAT_LIST_NONE] = "لا نعم ولا لا لأي شيء.",

	[WORD_DATE] = "{day} {month} {year}، {time} UTC",
	[WORD_JANUARY] = "يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو",
	"أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر",
};
