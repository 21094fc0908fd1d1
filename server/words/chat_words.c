#include "server/words/chat_words.h"

/* Those of English are what opt-out services of telephone networks take.  Of
 * other languages they are not yet reviewed by native speakers: a yes counts
 * only where the operator switched its language on.  Small letters, composed;
 * no word has two meanings in all of them (tests/unit/chat_test.c). */
/* clang-format off */
static const struct chat_word en[] = {
	{"yes", CHAT_YES}, {"y", CHAT_YES}, {"start", CHAT_YES},
	{"no", CHAT_NO},
	{"stop", CHAT_STOP}, {"unsubscribe", CHAT_STOP},
	{"end", CHAT_END}, {"quit", CHAT_END}, {"cancel", CHAT_END},
	{"revoke", CHAT_END}, {"optout", CHAT_END}, {"opt out", CHAT_END},
	{"opt-out", CHAT_END}, {"arret", CHAT_END},
	{"stopall", CHAT_STOP_ALL}, {"stop all", CHAT_STOP_ALL},
	{"stop everything", CHAT_STOP_ALL},
	{"start all", CHAT_START_ALL}, {"startall", CHAT_START_ALL},
	{"help", CHAT_HELP}, {"list", CHAT_LIST},
	{NULL, CHAT_TEXT},
};
static const struct chat_word de[] = {
	{"ja", CHAT_YES},
	{"nein", CHAT_NO},
	{"stopp", CHAT_END}, {"abmelden", CHAT_END}, {"abbestellen", CHAT_END},
	{"beenden", CHAT_END}, {"widerrufen", CHAT_END},
	{"alles beenden", CHAT_STOP_ALL},
	{"alles fortsetzen", CHAT_START_ALL},
	{"hilfe", CHAT_HELP}, {"liste", CHAT_LIST},
	{NULL, CHAT_TEXT},
};
static const struct chat_word fr[] = {
	{"oui", CHAT_YES},
	{"non", CHAT_NO},
	{"arrêt", CHAT_END}, {"arrêter", CHAT_END}, {"arreter", CHAT_END},
	{"désabonner", CHAT_END}, {"desabonner", CHAT_END},
	{"tout arrêter", CHAT_STOP_ALL}, {"tout arreter", CHAT_STOP_ALL},
	{"tout reprendre", CHAT_START_ALL},
	{"aide", CHAT_HELP}, {"liste", CHAT_LIST},
	{NULL, CHAT_TEXT},
};
static const struct chat_word es[] = {
	{"sí", CHAT_YES}, {"si", CHAT_YES},
	{"no", CHAT_NO},
	{"parar", CHAT_END}, {"alto", CHAT_END}, {"baja", CHAT_END},
	{"cancelar", CHAT_END},
	{"detener todo", CHAT_STOP_ALL}, {"parar todo", CHAT_STOP_ALL},
	{"reanudar todo", CHAT_START_ALL},
	{"ayuda", CHAT_HELP}, {"lista", CHAT_LIST},
	{NULL, CHAT_TEXT},
};
static const struct chat_word ar[] = {
	{"نعم", CHAT_YES},
	{"لا", CHAT_NO},
	{"قف", CHAT_END}, {"توقف", CHAT_END}, {"إيقاف", CHAT_END},
	{"ايقاف", CHAT_END}, {"إلغاء", CHAT_END}, {"الغاء", CHAT_END},
	{"إيقاف كل شيء", CHAT_STOP_ALL}, {"ايقاف كل شيء", CHAT_STOP_ALL},
	{"استئناف كل شيء", CHAT_START_ALL},
	{"مساعدة", CHAT_HELP}, {"قائمة", CHAT_LIST},
	{NULL, CHAT_TEXT},
};
/* clang-format on */

/* As language_at() counts them. */
static const struct chat_word *const tables[] = {en, de, fr, es, ar};
#define N_TABLES (sizeof(tables) / sizeof(tables[0]))

const struct chat_word *chat_words_at(size_t i)
{
	return i < N_TABLES ? tables[i] : NULL;
}

void chat_words_read(struct view text, const struct wording *wording,
		     struct chat_typed *ret)
{
	struct chat_words languages[N_TABLES];
	size_t at;

	for (size_t i = 0; i < N_TABLES; i++)
		languages[i] = (struct chat_words){
			tables[i],
			i == 0 || wording_find(wording,
					       view_of(language_at(i)->tag),
					       &at)};
	chat_read(text, languages, N_TABLES, ret);
}
