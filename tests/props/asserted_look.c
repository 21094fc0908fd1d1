/* What must hold for each byte string that leaves. */
#include <strings.h>

#include "tests/props/asserted.h"

#define VALUES 4

/** A value of P-Asserted-Identity or P-Preferred-Identity that leaves. */
struct value {
	char display[128], uri[256];
};

/** One byte string. */
struct sight {
	const char *message, *body;
	const struct block *to;
	char method[16];  /**< "": a response */
	char head[16384]; /**< the lines that hold none of the values */
	struct value asserted[VALUES], preferred[VALUES];
	unsigned n_asserted, n_preferred;
	struct ask *ask;
	bool is_question; /**< a permission request: of the relay's own */
};

/* For people: what left, and what of it was said. */
static void tell(const struct sight *it)
{
	printf("%s\n", it->message);
	for (unsigned i = 0; it->ask && i < it->ask->n_lines; i++)
		printf("of: %s\n", it->ask->lines[i].text);
	for (unsigned i = 0; it->ask && i < it->ask->n_may; i++)
		printf("may: %s <%s>\n", it->ask->may[i].display,
		       it->ask->may[i].uri);
}

static void hold(bool holds, const struct sight *it, const char *says)
{
	if (!holds)
		tell(it);
	must(&world.prng, holds, says);
}

/* ---- reading ------------------------------------------------------------- */

const char *look_header(const char *message, const char *name)
{
	static char values[8][1024];
	static unsigned next;
	char *value = values[next++ % 8];
	size_t len = strlen(name);

	for (const char *at = strstr(message, "\r\n");
	     at && strncmp(at, "\r\n\r\n", 4) != 0;
	     at = strstr(at + 2, "\r\n")) {
		const char *line = at + 2;

		if (strncasecmp(line, name, len) || line[len] != ':')
			continue;
		line += len + 1;
		line += strspn(line, " ");
		snprintf(value, sizeof(values[0]), "%.*s",
			 (int)strcspn(line, "\r\n"), line);
		return value;
	}
	return NULL;
}

struct ask *look_ask(const char *message)
{
	const char *id = look_header(message, "Call-ID");
	const char *user = strncmp(message, "SIP/2.0", 7) == 0
				   ? NULL
				   : strstr(message, "sip");
	unsigned number = ASKS;
	char kind;

	if (user &&
	    sscanf(user + strcspn(user, ":"), ":%c%u-", &kind, &number) == 2 &&
	    strchr("rco", kind) && number < world.n_asks)
		return &world.asks[number];
	if (!user && id && sscanf(id, "k%u@", &number) == 1 &&
	    number < world.n_asks)
		return &world.asks[number];
	return NULL;
}

static size_t quoted_len(const char *text)
{
	size_t i = 0;

	if (*text != '"')
		return 0;
	for (i = 1; text[i] && text[i] != '"'; i++)
		i += text[i] == '\\' && text[i + 1];
	return i;
}

/* "display" <uri>;params, or uri;params */
static void read_value(const char *from, size_t len, struct value *ret)
{
	char text[512];
	char *open, *close;

	snprintf(text, sizeof(text), "%.*s", (int)len, from);
	open = strchr(text + quoted_len(text), '<');
	close = open ? strchr(open, '>') : NULL;
	memset(ret, 0, sizeof(*ret));
	if (!close) {
		text[strcspn(text, ";")] = '\0';
		snprintf(ret->uri, sizeof(ret->uri), "%.255s", text);
		return;
	}
	*close = *open = '\0';
	snprintf(ret->uri, sizeof(ret->uri), "%.255s", open + 1);
	while (open > text && open[-1] == ' ')
		*--open = '\0';
	snprintf(ret->display, sizeof(ret->display), "%.127s", text);
}

/* Commas outside of quotes and brackets. */
static unsigned read_values(const char *at, struct value *ret, unsigned n)
{
	bool is_quoted = false, is_in = false;
	const char *begin = at + strspn(at, " ");

	for (;; at++) {
		if (*at == '\\' && is_quoted && at[1])
			at++;
		else if (*at == '"')
			is_quoted = !is_quoted;
		else if (!is_quoted && (*at == '<' || *at == '>'))
			is_in = *at == '<';
		if (*at && (*at != ',' || is_quoted || is_in))
			continue;
		must(&world.prng, n < VALUES, "few values leave");
		read_value(begin, (size_t)(at - begin), &ret[n++]);
		if (!*at)
			return n;
		begin = at + 1 + strspn(at + 1, " ");
	}
}

static void read_line(struct sight *it, const char *line, size_t len)
{
	char text[4096];
	const char *value;

	snprintf(text, sizeof(text), "%.*s", (int)len, line);
	value = text + strcspn(text, ":");
	value += *value == ':';
	if (!strncasecmp(text, "P-Asserted-Identity", 19))
		it->n_asserted =
			read_values(value, it->asserted, it->n_asserted);
	else if (!strncasecmp(text, "P-Preferred-Identity", 20))
		it->n_preferred =
			read_values(value, it->preferred, it->n_preferred);
	else
		snprintf(it->head + strlen(it->head),
			 sizeof(it->head) - strlen(it->head), "%.*s\r\n",
			 (int)len, line);
}

static void read_head(struct sight *it, const char *message)
{
	const char *line = message, *from;

	while (*line && strncmp(line, "\r\n", 2) != 0) {
		size_t len = strcspn(line, "\r\n");

		hold(strncmp(line + len, "\r\n", 2) == 0, it,
		     "each line ends with CR and LF");
		hold(*line != ' ' && *line != '\t', it, "no line is folded");
		read_line(it, line, len);
		line += len + 2;
	}
	it->body = line;
	if (strncmp(message, "SIP/2.0 ", 8) != 0)
		snprintf(it->method, sizeof(it->method), "%.*s",
			 (int)strcspn(message, " "), message);
	it->ask = look_ask(message);
	from = look_header(message, "From");
	it->is_question = from && !strcmp(it->method, "MESSAGE") &&
			  strstr(from, "<sip:lists@");
}

/* ---- what must hold ------------------------------------------------------ */

static bool is_uri_of(const char *uri, const char *said)
{
	size_t len = strlen(uri);

	return len && strncmp(said, uri, len) == 0 &&
	       (!said[len] || strchr(";?", said[len]));
}

static bool is_of(const struct value *value, const struct said *said)
{
	return is_uri_of(value->uri, said->uri) &&
	       strcmp(said->display, value->display) == 0;
}

static void check_values(const struct sight *it, const struct value *values,
			 unsigned n, const struct ask *ask)
{
	for (unsigned i = 0; i < n; i++) {
		bool is_ours = false;

		for (unsigned j = 0; ask && j < ask->n_may; j++)
			is_ours |= is_of(&values[i], &ask->may[j]);
		if (!is_ours)
			printf("%s <%s>\n", values[i].display, values[i].uri);
		hold(is_ours, it,
		     "what leaves was asserted by us, or by a believed peer");
	}
}

/* Names that only somebody's headers had. */
static void check_names(const struct sight *it)
{
	static const char *const names[] = {"asserted-", "tel:+999", "Name-",
					    "stay-", "heard-"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		bool is_there = strstr(it->head, names[i]) ||
				strstr(it->body, names[i]);

		if (is_there)
			printf("%s\n", names[i]);
		hold(!is_there, it, "no name leaves in any other place");
	}
}

/* In a response we speak of ourselves alone: a service, or a conference; but
 * in a call of ours (check_answerer()). */
static void check_ourselves(const struct sight *it, const struct value *values,
			    unsigned n)
{
	const char *uri = values->uri;

	hold(n <= 1, it, "one of ours answers");
	hold(!n || (!*values->display &&
		    (!strcmp(uri, "sip:lists@" ASSERTED_DOMAIN) ||
		     (!strncmp(uri, "sip:c-", 6) &&
		      !strcmp(uri + 6 + strspn(uri + 6, "0123456789abcdef"),
			      "@" ASSERTED_DOMAIN)))),
	     it, "in a response we are who is asserted");
}

/* Whose call it is that we have made, where a phone that we called asks. */
static const struct ask *called_for(const struct sight *it)
{
	const char *from = look_header(it->head, "From");
	const char *to = look_header(it->head, "To");
	unsigned number = 0;
	char kind;

	if (!from || !to || !strstr(to, "sip:c-") ||
	    sscanf(from + strcspn(from, ":"), ":%c%u-", &kind, &number) != 2 ||
	    !strchr("rc", kind) || number >= world.n_asks)
		return NULL;
	return &world.asks[number];
}

/* In our own call it is for the same sender as our requests. */
static void check_answerer(const struct sight *it, enum told told)
{
	const struct ask *ask = called_for(it);
	const char *privacy = look_header(it->head, "Privacy");

	if (!ask) {
		check_ourselves(it, it->asserted, it->n_asserted);
		check_ourselves(it, it->preferred, it->n_preferred);
		return;
	}
	check_values(it, it->asserted, it->n_asserted, ask);
	check_values(it, it->preferred, it->n_preferred, ask);
	if (told == TOLD_NOTHING || (!it->n_asserted && !it->n_preferred))
		return;
	hold((!ask->wish.id && !ask->wish.user) ||
		     (privacy && !strncasecmp(privacy, "id", 2)),
	     it, "who is told in a response is asked to keep it, too");
}

static void look_response(const struct sight *it)
{
	int status = (int)strtol(it->head + 8, NULL, 10);
	struct ask *ask = it->ask;
	enum told told = model_tells_in_response(it->to);

	hold(!it->n_preferred || told == TOLD_PREFERRED, it,
	     "no preference leaves in a response, but to who is told so");
	hold(!it->n_asserted || told == TOLD_ASSERTED, it,
	     "nothing is asserted in a response, but to who is told so");
	check_answerer(it, told);
	if (!ask || status < 200)
		return;
	hold(status >= 300 || !ask->has_list || ask->n_may, it,
	     "nobody is served whom nobody identified");
	hold(status >= 300 || !ask->has_list || !ask->wish.is_refused, it,
	     "what cannot be kept secret is refused");
	hold(status >= 300 || strcmp(ask->method, "PUBLISH") != 0 ||
		     !strstr(ask->target, "sip:g-") ||
		     model_vouches(ask, ask->granter),
	     it, "a grant takes the word of a member who may give it");
	world.n_grants += status == 200 && strstr(ask->target, "sip:g-");
}

/* Of a call that a dead process left we know only whose it was: they are hidden
 * from all but members. */
static void check_left(const struct sight *it)
{
	static const struct wish hidden = {.id = true, .is_any = true};
	enum told told = model_tells(it->to, it->method, &hidden);
	const char *said = strchr(it->ask->may[0].uri, ':');
	const char *uri =
		it->n_asserted ? it->asserted[0].uri : it->preferred[0].uri;

	hold(it->n_asserted <= (told == TOLD_ASSERTED) &&
		     it->n_preferred <= (told == TOLD_PREFERRED),
	     it, "who was in a call of a dead process is told to members only");
	hold(told == TOLD_NOTHING || it->n_asserted || it->n_preferred ||
		     !strcmp(it->method, "ACK"),
	     it, "who was in a call of a dead process is told to members");
	if (!it->n_asserted && !it->n_preferred)
		return;
	hold(said && strchr(uri, ':') && is_uri_of(strchr(uri, ':'), said), it,
	     "it is theirs");
	hold(!strcmp(look_header(it->head, "Privacy"), "id"), it,
	     "and who is told keeps it");
}

/* Told is exactly who we say is the sender. */
static void check_told(const struct sight *it)
{
	const struct ask *ask = it->ask;
	enum told told = model_tells(it->to, it->method, &ask->wish);

	hold(!it->n_asserted || told == TOLD_ASSERTED, it,
	     "nothing leaves to who is not to be told");
	hold(!it->n_preferred || told == TOLD_PREFERRED, it,
	     "a preference is for who does not count us in");
	check_values(it, it->asserted, it->n_asserted, ask);
	check_values(it, it->preferred, it->n_preferred, ask);
	world.n_asserted += it->n_asserted > 0;
	world.n_preferred += it->n_preferred > 0;
	world.n_withheld += told == TOLD_NOTHING;
	if (strcmp(it->method, "ACK") == 0)
		return;
	hold(told != TOLD_ASSERTED || it->n_asserted == ask->n_may, it,
	     "who is to be told is told");
	hold(told != TOLD_PREFERRED || it->n_preferred == ask->n_may, it,
	     "who is to be told of a preference is");
}

/* RFC 3323 section 5; RFC 3325 section 7: what stays of Privacy. */
static void check_wish(const struct sight *it)
{
	const struct wish *wish = &it->ask->wish;
	const char *from = look_header(it->head, "From");
	const char *privacy = look_header(it->head, "Privacy");
	char name[32];

	snprintf(name, sizeof(name), "eller-%u-", it->ask->number);
	if (wish->user) {
		hold(from && !strstr(from, "alice") && !strstr(from, "bob"), it,
		     "From names nobody who is to be hidden");
		hold(!strstr(it->head, name), it,
		     "nothing names who is to be hidden");
		hold(strcmp(it->method, "MESSAGE") ||
			     strstr(from, "sip:anonymous@anonymous.invalid"),
		     it, "From is anonymous");
	}
	if (it->ask->is_own && !strcmp(it->method, "MESSAGE"))
		hold(strstr(from, "sip:anonymous@anonymous.invalid") ||
			     strstr(from, it->ask->may[0].uri),
		     it, "From is of who was authenticated, or of nobody");
	if (!it->n_asserted && !it->n_preferred)
		return;
	hold(!wish->none || (privacy && !strcasecmp(privacy, "none")), it,
	     "none stays with what it lets out");
	hold((!wish->id && !wish->user) ||
		     (privacy && !strncasecmp(privacy, "id", 2)),
	     it, "the next hop is asked to keep it, too");
}

static void look_request(const struct sight *it)
{
	bool is_to_caller = strstr(it->head, " sip:o") != NULL;

	hold(!it->n_asserted || !it->n_preferred, it,
	     "never both in one message");
	hold(strcmp(it->method, "CANCEL") ||
		     (!it->n_asserted && !it->n_preferred),
	     it, "nothing in CANCEL");
	if (!it->ask || it->is_question || is_to_caller) {
		hold(!it->n_asserted && !it->n_preferred, it,
		     "where there is no sender nobody is asserted");
		return;
	}
	hold(it->ask->n_may > 0, it, "nothing leaves for who is not known");
	hold(!it->ask->wish.is_refused, it,
	     "nothing leaves of what cannot be kept secret");
	if (it->ask->number < world.n_before &&
	    strcmp(it->method, "MESSAGE") != 0) {
		check_left(it);
		return;
	}
	check_told(it);
	check_wish(it);
}

void look(const struct flow *flow, struct view bytes)
{
	static struct sight it;
	char *message = arena_copy(world.arena, bytes.at, bytes.len);

	memset(&it, 0, sizeof(it));
	it.message = message;
	it.to = model_block(&flow->peer);
	read_head(&it, message);
	world.n_out++;
	check_names(&it);
	if (*it.method)
		look_request(&it);
	else
		look_response(&it);
}
