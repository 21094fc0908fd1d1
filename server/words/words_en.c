/* English. */
#include "server/words/words_private.h"

/* clang-format off */
const char *const words_en[WORDS] = {
	[WORD_QUESTION] =
		"{who} asks to {kinds} through {through}.\n"
		"You are asked as {recipient}.\n"
		"{until} {notes}\n"
		"\n"
		"Yes: {yes}\n"
		"No: {no}\n"
		"{stop}\n",
	[WORD_RENEWAL] =
		"{who} may {kinds} through {through}.\n"
		"You are asked as {recipient}.\n"
		"This ends by itself on {ends}. Yes: it goes on {until}. No: it ends at once. "
		"Without an answer it ends on that day, and you are not asked again. {notes}\n"
		"\n"
		"Yes: {yes}\n"
		"No: {no}\n"
		"{stop}\n",
	[WORD_NOTICE] =
		"{who} may {kinds} through {through}.\n"
		"{until}\n"
		"\n"
		"{record} {reason}\n"
		"\n"
		"No: {no}\n"
		"{stop}\n"
		"\n"
		"{notes}\n",
	[WORD_DENIED] =
		"A no was recorded in your name.\n"
		"\n"
		"Who: {who}\n"
		"May not: {kinds}\n"
		"Through: {through}\n"
		"\n"
		"{record} {reason}\n"
		"\n"
		"{notes}\n"
		"\n"
		"{lift}\n",

	[WORD_WHO_DOMAIN] = "Everybody at {domain}",
	[WORD_WHO_LIST] = "Any member of this list (and whoever else may write to it)",
	[WORD_WHO_KNOWN] = "Every sender known by name",
	[WORD_WHO_ANYBODY] = "Everybody (with an address that was checked, or without)",

	[WORD_KIND_MESSAGE] = "send you messages",
	[WORD_KIND_CALL] = "call you",
	[WORD_KIND_REFER] = "have you call others",
	[WORD_KIND_RECORDING] = "record calls with you",
	[WORD_KIND_LEAVE_MEDIA] = "leave recorded messages for you",
	[WORD_KIND_PRESENCE] = "see whether you are there",
	[WORD_KIND_DIALOG] = "see whether you are in a call",
	[WORD_KIND_EVENT] = "be told of your \"{name}\" events",
	[WORD_KIND_METHOD] = "send you {name} requests",
	[WORD_KIND_ALL] = "send you messages, call you or anything else",
	[WORD_COMMA] = ", ",
	[WORD_AND] = " and ",

	[WORD_THROUGH_LIST] = "the list {target}",
	[WORD_THROUGH_ANY] = "any list of {domain}",

	[WORD_UNTIL_DAY] = "A yes ends by itself after one day.",
	[WORD_UNTIL_DAYS] = "A yes ends by itself after {days} days.",
	[WORD_UNTIL_NO] = "A yes holds until you say no.",
	[WORD_ON_DAY] = "for one day from your answer",
	[WORD_ON_DAYS] = "for {days} days from your answer",
	[WORD_ON_NO] = "until you say no",

	[WORD_STOP] = "Stop everything: {address}",
	[WORD_NOTE_CALL] =
		"A call is a conference: several people hear you and speak, not the caller alone.",
	[WORD_NOTE_MESSAGE] = "Without your yes nothing is sent.",
	[WORD_NOTE_OTHER] = "Without your yes none of this is done.",
	[WORD_NOTE_LATER] = "You can say no at any later time with the same address.",
	[WORD_NOTE_STOP] =
		"A no leaves what you allowed before; \"Stop everything\" ends that, too. "
		"You can use both at any later time.",

	[WORD_PAGE_LANGUAGE] = "English",
	[WORD_PAGE_TITLE] = "May this sender reach you?",
	[WORD_PAGE_ASKS] =
		"{who} asks to {kinds} through {through}, to reach {recipient}.",
	[WORD_PAGE_KNOWN] =
		"The sender signed in as this address; the relay does not know who it is.",
	[WORD_PAGE_NOTHING] =
		"Nothing of this is sent until you say yes. You can say no later with this same page.",
	[WORD_PAGE_HOW_YES] =
		"A yes can be given from your phone only: answer the question there, signed in as yourself.",
	[WORD_PAGE_NO] = "No",
	[WORD_PAGE_YES] = "Yes",
	[WORD_PAGE_YES_AGAIN] = "Yes, again",
	[WORD_PAGE_GRANTED] = "You said yes on {date}.",
	[WORD_PAGE_GRANTED_BY_OTHERS] = "The operator recorded a yes of yours on {date}.",
	[WORD_PAGE_STOP_THIS] = "Stop this",
	[WORD_PAGE_DENIED] = "You said no on {date}. Nothing is sent.",
	[WORD_PAGE_AGAIN] = "Ask me again",
	[WORD_PAGE_AGAIN_NOTE] =
		"A yes needs a new question. With this button one is sent to you.",
	[WORD_PAGE_DENIED_BY_OTHERS] = "The operator of this relay has stopped this.",
	[WORD_PAGE_EXPIRED] = "Your yes ended on {date}.",
	[WORD_PAGE_WIDER] = "A wider no of yours stands. Nothing is sent.",
	[WORD_PAGE_STOPPED] = "You stopped everything from {domain} on {date}.",
	[WORD_PAGE_LIFT] = "Take this stop back",
	[WORD_PAGE_LIFT_NOTE] =
		"If you take it back, each answer that you gave before counts again.",
	[WORD_PAGE_NO_LIFT] =
		"This link cannot take the stop back. That needs a proof that it is you, as a yes does.",
	[WORD_PAGE_LIFT_BY_PHONE] =
		"From your phone, signed in as yourself, answer START ALL to the question.",
	[WORD_PAGE_LIFT_BY_PAGE] =
		"The page of a question that reached you over a secure connection can take it back.",
	[WORD_PAGE_STOP_ALL] = "Stop everything from {domain}",
	[WORD_PAGE_GONE] = "This question is no longer open.",
	[WORD_PAGE_GONE_NOTE] = "A no counts still, should anybody ask for this again.",
	[WORD_PAGE_UNKNOWN] = "This link is no longer good.",
	[WORD_PAGE_UNKNOWN_NOTE] =
		"Use the link of the newest question that you got, or ask the sender.",
	[WORD_PAGE_UNREAD] =
		"What this page is about cannot be read at the moment. You can say no all the same.",
	[WORD_PAGE_DONE_NO] = "Done: nothing more is sent.",
	[WORD_PAGE_DONE_YES] = "Done: from now on this can reach you.",
	[WORD_PAGE_DONE_AGAIN] = "Done: a new question is on its way to you.",
	[WORD_PAGE_UNSAVED] = "Your no is in force now, but could not be saved yet.",
	[WORD_PAGE_RETRY] = "Try again",
	[WORD_PAGE_FAILED] = "Nothing was changed. Please try again.",
	[WORD_PAGE_NOT_YET] =
		"Your answer has come, but could not be saved yet. Please try again.",
	[WORD_PAGE_WAIT] = "Please wait a minute.",
	[WORD_PAGE_STALE] =
		"Something changed since you opened this page. This is how it is now.",
	[WORD_PAGE_BAD] = "This answer could not be read. Nothing was changed.",
	[WORD_PAGE_LINE] = "Answer on a page: {address}",

	[WORD_MINE_TITLE] = "What you said yes and no to",
	[WORD_MINE_SIGNED_IN] = "You are signed in as {recipient}. To sign out, close the browser.",
	[WORD_MINE_ALL] = "All ({name})",
	[WORD_MINE_YES] = "Yes ({name})",
	[WORD_MINE_NO] = "No ({name})",
	[WORD_MINE_NEWEST] = "Newest",
	[WORD_MINE_OLDER] = "Older ({name})",
	[WORD_MINE_ROW] = "{who}, to {kinds}, through {through}, to reach {recipient}.",
	[WORD_MINE_DONE_LIFT] = "Done: each answer that you gave before counts again.",
	[WORD_MINE_SIGN_IN] = "Sign in",
	[WORD_MINE_SIGN_IN_NOTE] = "With the name and the password of your account at {domain}.",
	[WORD_MINE_WAIT] =
		"Too many wrong passwords came for this name or from this place. Please wait a minute. A no needs no password: use the link of a question, or answer STOP on your phone.",

	[WORD_ENDS] = "This ends by itself on {date}.",
	[WORD_ENDS_NO] = "This holds until you say no.",
	[WORD_RECORD] = "The operator of {domain} recorded this on {date}.",
	[WORD_RECORD_MANY] = "The operator of {domain} recorded this on {date}, with others.",
	[WORD_RECORD_DENIED] =
		"The operator of {domain} (signed in as \"{name}\") recorded this on {date}, and "
		"says that you told them.",
	[WORD_REASON] = "The reason on record: \"{evidence}\".",
	[WORD_REASON_NO] = "No reason is on record.",
	[WORD_LIFT] = "Ask me again: {address}",
	[WORD_NOTE_GRANTED] =
		"There is nothing to do if this is right. With a no it ends at once. You can say "
		"no now or at any later time, and nobody but you can take that back.",
	[WORD_NOTE_GRANTED_STOP] =
		"There is nothing to do if this is right. A no ends this and leaves what else was "
		"allowed; \"Stop everything\" ends that, too. You can say no now or at any later "
		"time, and nobody but you can take that back.",
	[WORD_NOTE_DENIED] =
		"There is nothing to do if this is right. Nobody but you can take it back: send "
		"PUBLISH to the address of \"Ask me again\", from your own phone and signed in as "
		"yourself, and you are asked if you allow it. The address alone allows nothing.",

	[WORD_CHAT_YES] =
		"Your yes is recorded: {who} may {kinds} through {through}. {until} To end it, answer STOP at any time.\n",
	[WORD_CHAT_NO] =
		"Your no is recorded, and nobody but you can take it back.\n"
		"Who: {who}\n"
		"May not: {kinds}\n"
		"Through: {through}\n",
	[WORD_CHAT_STOPPED] =
		"Stopped. Nobody reaches you any more through {through}, and nobody but you can take "
		"that back.\n"
		"{lift}\n",
	[WORD_CHAT_LIFTED] =
		"Your stop is taken back: each answer that you gave before counts again. To stop everything again, answer STOP ALL.\n",
	[WORD_CHAT_UNPROVED] =
		"Your yes did not count, and nothing was changed: nothing showed that it came from you. "
		"Send it again from your own phone, signed in as {recipient}. A no needs no proof.\n",
	[WORD_CHAT_HELP] =
		"{who} asks to {kinds} through {through}.\n"
		"Answer YES or NO, alone in a message. STOP also ends what you allowed before, STOP ALL ends "
		"everything from {domain}, and LIST names what you said yes and no to.\n",
	[WORD_CHAT_HELP_AT] =
		"Send STOP, alone in a message, to end everything through {through}; STOP ALL to end "
		"everything from {domain}; LIST for what you said yes and no to.\n",
	[WORD_CHAT_WHICH] =
		"Your NO could answer more than one question, so nothing was changed. Answer NO to the "
		"question that you mean, or send STOP to end everything through {through}.\n",
	[WORD_CHAT_FORGED] =
		"Somebody sent STOP to {through} in the name of {recipient}. Nothing showed that it was "
		"you, so nothing was changed. It is about:\n"
		"Who: {who}\n"
		"May: {kinds}\n"
		"If you want it to end, send any message to this address: {no}\n",
	[WORD_CHAT_LIST] = "What {recipient} said here:\n",
	[WORD_CHAT_LIST_YES] = "Yes: {who}, to {kinds}, through {through}",
	[WORD_CHAT_LIST_NO] = "No: {who}, to {kinds}, through {through}",
	[WORD_CHAT_LIST_MORE] = "and {name} more",
	[WORD_CHAT_LIST_NONE] = "Neither yes nor no to anything.",

	[WORD_DATE] = "{day} {month} {year}, {time} UTC",
	[WORD_JANUARY] = "January", "February", "March", "April", "May", "June", "July",
	"August", "September", "October", "November", "December",
};
