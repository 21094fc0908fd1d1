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

	[WORD_DATE] = "{day} {month} {year}، {time} UTC",
	[WORD_JANUARY] = "يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو",
	"أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر",
};
