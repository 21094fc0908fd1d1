/*
 * Invariant 5 over the list: random recipients with random roles, some of them
 * several times and spelled differently, become one set and one history list.
 * What can be read from the list, by anybody, must be what RFC 5364 lets be
 * read: who is to or cc and not anonymous, and how many are.
 */
#include <check.h>

#include "server/list/recipients.h"
#include "tests/props/prng.h"

static const struct ours ours = {.domain = "relay.example"};

#define SEQUENCES 10000
#define PEOPLE 12
#define ENTRIES_MAX 30

/** The strongest thing that was said of somebody. */
struct person {
	bool is_there;
	enum copy_control copy;
	bool is_anonymous;
};

struct model {
	struct person people[PEOPLE];
};

/** What a reader of the history list sees. */
struct seen {
	const struct prng *prng;
	bool named[PEOPLE];
	enum copy_control copy[PEOPLE];
	unsigned anonymous[COPY_TO + 1]; /**< by role */
};

static uint64_t seed;

/* ---- writing -------------------------------------------------------- */

/** One person's URI, in one of several spellings of the same. */
static char *spell(struct prng *prng, struct arena *arena, unsigned person)
{
	static const char *const forms[][2] = {
		{"sip:person-", "@example.org"},
		{"sips:person-", "@example.org"},
		{"SIP:person-", "@EXAMPLE.org"},
		{"sip:%70erson-", "@example.org"},
		{"sip:person-", "@example.org:5060"},
		{"sip:person-", "@example.org;transport=tcp"},
		{"sip:person-", ":secret@example.org"},
		{"sip:person-", "@example.org?Subject=hello"},
		{"sip:person-", "@example.org;method=INVITE"}};
	unsigned i = prng_below(prng, sizeof(forms) / sizeof(forms[0]));

	return arena_printf(arena, "%s%02u%s", forms[i][0], person,
			    forms[i][1]);
}

static void say(struct model *model, unsigned person,
		const struct resource_list_entry *entry)
{
	struct person *p = &model->people[person];

	if (!p->is_there)
		*p = (struct person){true, entry->copy, entry->is_anonymous};
	if (entry->copy > p->copy)
		p->copy = entry->copy;
	p->is_anonymous = p->is_anonymous || entry->is_anonymous;
}

static void add_entry(struct prng *prng, struct model *model,
		      struct recipients *set)
{
	unsigned person = prng_below(prng, PEOPLE);
	struct resource_list_entry entry = {
		.copy = (enum copy_control)prng_below(prng, COPY_TO + 1),
		.is_anonymous = prng_once_in(prng, 4)};

	entry.uri = view_of(spell(prng, set->arena, person));
	must(prng, recipients_add(set, &entry) == ERR_OK,
	     "a sendable URI is taken");
	say(model, person, &entry);
}

static bool write_history(const struct recipients *set, struct text *ret)
{
	struct resource_list_name *names =
		arena_array(set->arena, set->n + 1, sizeof(*names));

	for (size_t i = 0; i < set->n; i++)
		names[i] = (struct resource_list_name){set->at[i].name,
						       set->at[i].copy,
						       set->at[i].is_anonymous};
	return resource_list_write_history(names, set->n, ret);
}

/* ---- reading, with our own eyes ------------------------------------- */

static const char *attribute(const char **attributes, const char *name)
{
	for (; *attributes; attributes += 2) {
		if (strcmp(attributes[0], name) == 0)
			return attributes[1];
	}
	return NULL;
}

static void see(struct seen *seen, const char *uri, enum copy_control copy,
		const char *times)
{
	const char *number = strstr(uri, "erson-");
	unsigned person;

	if (strcmp(uri, "sip:anonymous@anonymous.invalid") == 0) {
		must(seen->prng, seen->anonymous[copy] == 0,
		     "the anonymous of a role are one entry");
		seen->anonymous[copy] =
			times ? (unsigned)strtoul(times, NULL, 10) : 1;
		return;
	}
	must(seen->prng, number != NULL, "nobody else is in the list");
	person = (unsigned)strtoul(number + strlen("erson-"), NULL, 10);
	must(seen->prng, person < PEOPLE && !seen->named[person],
	     "nobody is named twice");
	must(seen->prng, !strstr(uri, "secret") && !strchr(uri, '?'),
	     "passwords and header components are not told");
	seen->named[person] = true;
	seen->copy[person] = copy;
}

#define COPY_NS "urn:ietf:params:xml:ns:copycontrol|"

static enum err on_start(void *arg, const char *name, const char **attributes)
{
	struct seen *seen = arg;
	const char *uri = attribute(attributes, "uri");
	const char *copy = attribute(attributes, COPY_NS "copyControl");

	must(seen->prng, !attribute(attributes, COPY_NS "anonymize"),
	     "a history list does not say who wanted to be anonymous");
	if (!strstr(name, "|entry"))
		return ERR_OK;
	must(seen->prng, uri && copy, "an entry has a URI and a role");
	must(seen->prng, strcmp(copy, "to") == 0 || strcmp(copy, "cc") == 0,
	     "nobody in a history list is bcc");
	see(seen, uri, strcmp(copy, "to") == 0 ? COPY_TO : COPY_CC,
	    attribute(attributes, COPY_NS "count"));
	return ERR_OK;
}

static enum err on_end(void *arg, const char *name)
{
	(void)arg, (void)name;
	return ERR_OK;
}

/* ---- comparing ------------------------------------------------------ */

static void check_person(struct seen *seen, const struct model *model,
			 unsigned i, struct view history)
{
	const struct person *p = &model->people[i];
	bool hidden = !p->is_there || p->copy == COPY_BCC || p->is_anonymous;
	char number[16];

	must(seen->prng, seen->named[i] == !hidden,
	     "named is who is there, to or cc, and not anonymous");
	if (!hidden)
		must(seen->prng, seen->copy[i] == p->copy,
		     "the strongest role counts");
	snprintf(number, sizeof(number), "erson-%02u", i);
	if (hidden)
		must(seen->prng,
		     view_find_view(history, view_of(number), 0) == SIZE_MAX,
		     "no octet of the list tells of who is hidden");
}

static void check_history(struct prng *prng, const struct model *model,
			  struct view history)
{
	struct seen seen = {.prng = prng};
	struct xml_limits limits = {1 << 16, 1000, 8};
	struct xml_handler handler = {on_start, on_end, NULL, &seen};
	unsigned anonymous[COPY_TO + 1] = {0};

	if (history.len > 0)
		must(prng, xml_read(history, &limits, &handler) == ERR_OK,
		     "the list can be read");
	for (unsigned i = 0; i < PEOPLE; i++) {
		const struct person *p = &model->people[i];

		check_person(&seen, model, i, history);
		if (p->is_there && p->is_anonymous && p->copy != COPY_BCC)
			anonymous[p->copy]++;
	}
	must(prng,
	     seen.anonymous[COPY_TO] == anonymous[COPY_TO] &&
		     seen.anonymous[COPY_CC] == anonymous[COPY_CC],
	     "the anonymous are counted, by role");
}

static void run_sequence(unsigned sequence)
{
	struct prng prng = prng_of(seed, sequence);
	struct uri_rules rules = {.allow_private = true};
	struct recipients set = {.arena = arena_new(0),
				 .rules = &rules,
				 .ours = &ours,
				 .most = PEOPLE};
	unsigned n = prng_below(&prng, ENTRIES_MAX);
	struct model model = {0};
	size_t there = 0;
	struct text history;

	recipients_init(&set);
	for (unsigned i = 0; i < n; i++)
		add_entry(&prng, &model, &set);
	for (unsigned i = 0; i < PEOPLE; i++)
		there += model.people[i].is_there;
	must(&prng, set.n == there, "one recipient a person");
	text_init(&history, set.arena);
	must(&prng, write_history(&set, &history) == (history.len > 0),
	     "what is written is told");
	check_history(&prng, &model, text_view(&history));
	arena_free(set.arena);
}

START_TEST(nobody_hears_of_who_is_hidden)
{
	unsigned n = prng_sequences(SEQUENCES);

	for (unsigned i = 0; prng_goes_on(i, n); i++)
		run_sequence(i);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("history");
	TCase *cases = tcase_create("properties");
	SRunner *runner = srunner_create(suite);
	int failed;

	seed = prng_seed("history_prop");
	suite_add_tcase(suite, cases);
	tcase_set_timeout(cases, 300);
	tcase_add_test(cases, nobody_hears_of_who_is_hidden);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
