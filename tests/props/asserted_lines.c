/* Header lines of senders and of those who answer. */
#include "tests/props/asserted.h"

static struct prng *dice(void)
{
	return &world.prng;
}

#define PICK(table)                                                            \
	((table)[prng_below(dice(), sizeof(table) / sizeof((table)[0]))])

static struct line *line_add(struct ask *ask)
{
	must(dice(), ask->n_lines < LINES, "there is room for lines");
	return &ask->lines[ask->n_lines++];
}

static void add_text(struct line *line, const char *text)
{
	size_t len = strlen(line->text);

	snprintf(line->text + len, sizeof(line->text) - len, "%s", text);
}

/* The form with the request's number in the place of #. */
static const char *numbered(const struct ask *ask, const char *form)
{
	const char *mark = strchr(form, '#');

	return mark ? arena_printf(world.arena, "%.*s%u-%s", (int)(mark - form),
				   form, ask->number, numbered(ask, mark + 1))
		    : form;
}

/* ---- P-Asserted-Identity ------------------------------------------------- */

static void roll_uri(const struct ask *ask, unsigned i, struct said *ret)
{
	static const char *const hosts[] = {"in.example", "out.example",
					    ASSERTED_DOMAIN};
	const char *host = PICK(hosts);

	ret->scheme = SAID_SIP;
	if (strstr(ask->target, ":g-") && prng_below(dice(), 4)) {
		snprintf(ret->uri, sizeof(ret->uri), "%s", world.recipient);
		return;
	}
	switch (prng_below(dice(), 8)) {
	case 0:
	case 1:
		ret->scheme = SAID_TEL;
		snprintf(ret->uri, sizeof(ret->uri), "tel:+999%03u%02u",
			 ask->number, i);
		break;
	case 2:
		ret->scheme = SAID_OTHER;
		snprintf(ret->uri, sizeof(ret->uri), "urn:asserted-%u-%u",
			 ask->number, i);
		break;
	case 3:
		snprintf(ret->uri, sizeof(ret->uri), "sips:asserted-%u-%u@%s",
			 ask->number, i, host);
		break;
	case 4:
		ret->is_unsound = prng_once_in(dice(), 4);
		snprintf(ret->uri, sizeof(ret->uri),
			 ret->is_unsound
				 ? "sip:asserted-%u-%u@@%s"
				 : "sip:asserted-%u-%u@%s?Subject=stay-",
			 ask->number, i, host);
		break;
	default:
		snprintf(ret->uri, sizeof(ret->uri), "sip:asserted-%u-%u@%s",
			 ask->number, i, host);
		break;
	}
}

static void roll_display(const struct ask *ask, unsigned i, struct said *ret)
{
	static const char *const forms[] = {"",
					    "",
					    "Name-#",
					    "\"Name-#\"",
					    "\"Name-#, <sip:stay-@x>\"",
					    "\"Name-# \\\" x\""};
	const char *form = PICK(forms);

	if (i < 10 && *form == 'N')
		snprintf(ret->display, sizeof(ret->display), "%s%u",
			 numbered(ask, form), i);
	else
		snprintf(ret->display, sizeof(ret->display), "%s",
			 numbered(ask, form));
}

static void add_value(struct line *line, const struct said *said)
{
	static const char *const tails[] = {"", "", ";x=stay-"};
	size_t len = strlen(line->text);
	bool is_bare = !*said->display && !strpbrk(said->uri, "?") &&
		       prng_once_in(dice(), 4);

	snprintf(line->text + len, sizeof(line->text) - len,
		 is_bare ? "%s%s%s%s" : "%s%s<%s>%s", said->display,
		 *said->display ? " " : "", said->uri, PICK(tails));
	line->said[line->n_said++] = *said;
}

static void add_asserted(struct ask *ask)
{
	static const char *const heads[] = {
		"P-Asserted-Identity: ", "p-asserted-identity:",
		"P-ASSERTED-Identity  :\t", "P-Asserted-Identity:\r\n  "};
	static const char *const commas[] = {",", ", ", " ,\r\n\t"};
	unsigned n_lines = prng_below(dice(), 4), i = 0;

	while (n_lines--) {
		struct line *line = line_add(ask);
		unsigned n = 1 + prng_below(dice(), 3);

		snprintf(line->text, sizeof(line->text), "%s", PICK(heads));
		while (n--) {
			struct said said = {.uri = ""};

			roll_uri(ask, i, &said);
			roll_display(ask, i++, &said);
			add_value(line, &said);
			if (n)
				add_text(line, PICK(commas));
		}
	}
}

/* ---- Privacy ------------------------------------------------------------- */

static void add_privacy(struct ask *ask)
{
	static const char *const values[] = {
		"id",	   "user", "none", "critical", "id",   "header",
		"session", "user", "none", "history",  "x-odd"};
	static const char *const heads[] = {
		"Privacy: ", "PRIVACY:", "privacy :\r\n "};
	unsigned n_lines =
		prng_once_in(dice(), 3) ? 0 : 1 + prng_once_in(dice(), 8);

	while (n_lines--) {
		struct line *line = line_add(ask);
		unsigned n =
			1 +
			(prng_once_in(dice(), 3) ? 0 : prng_below(dice(), 3));

		snprintf(line->text, sizeof(line->text), "%s", PICK(heads));
		while (n--) {
			const char *value = PICK(values);

			add_text(line, value);
			add_text(line, !n			 ? ""
				       : prng_once_in(dice(), 4) ? ", "
								 : ";");
			line->wishes[line->n_wishes++] = value;
		}
	}
}

static bool is(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/* RFC 3323 sections 4.2 and 5: what it comes to, in the order of the lines. */
static void read_wish(struct ask *ask, bool is_required)
{
	const char *all[LINES * 4];
	struct wish *wish = &ask->wish;
	bool is_critical = false, is_undone = false;
	unsigned n = 0;

	for (unsigned i = 0; i < ask->n_lines; i++)
		for (unsigned j = 0; j < ask->lines[i].n_wishes; j++)
			all[n++] = ask->lines[i].wishes[j];
	wish->is_any = n > 0;
	for (unsigned i = 0; i < n; i++) {
		wish->none |= is(all[i], "none");
		wish->id |= is(all[i], "id");
		wish->user |= is(all[i], "user");
		is_critical |= is(all[i], "critical");
		is_undone |=
			is(all[i], "x-odd") ||
			(is(all[i], "session") && !is(ask->method, "INVITE"));
		for (unsigned j = 0; j < i; j++)
			wish->is_refused |= is(all[i], all[j]);
	}
	wish->is_refused |=
		(wish->none && n > 1) ||
		(is_critical && (n == 1 || !is(all[n - 1], "critical"))) ||
		(is_undone && (is_critical || is_required));
}

/* ---- the rest ------------------------------------------------------------ */

/* Of these nothing goes on. */
static const char *const strange[] = {
	"P-Preferred-Identity: <sip:stay-@" ASSERTED_DOMAIN ">",
	"P-Preferred-Identity: \"stay-\" <sip:alice@" ASSERTED_DOMAIN ">",
	"p-preferred-identity:\r\n <sip:bob@" ASSERTED_DOMAIN
	">, <tel:+99900000>",
	"Identity: stay-;info=<https://stay-.example/c.cer>;alg=ES256",
	"y: stay-;info=<https://stay-.example/c.cer>;alg=ES256",
	"Identity-Info: <https://stay-.example/c.cer>;alg=rsa-sha1",
	"Remote-Party-ID: \"stay-\" <sip:stay-@in.example>;party=calling",
	"History-Info: <sip:stay-@in.example>;index=1",
	"Diversion: <sip:stay-@in.example>;reason=unconditional",
	"P-Charging-Vector: icid-value=stay-;icid-generated-at=192.0.2.9",
	"P-Charging-Function-Addresses: ccf=stay-",
	"P-Access-Network-Info: 3GPP-UTRAN-TDD;utran-cell-id-3gpp=stay-",
	"P-Visited-Network-ID: stay-",
	"P-Called-Party-ID: <sip:stay-@in.example>",
	"P-Associated-URI: <sip:stay-@in.example>",
	"P-Asserted-Service: urn:urn-7:stay-",
	"P-User-Database: <aaa://stay-.example>",
	"P-Served-User: <sip:stay-@in.example>",
	"P-Asserted-Identity-2: <sip:stay-@in.example>",
	"X-P-Asserted-Identity: <sip:stay-@in.example>",
	"Organization: stay-",
	"User-Agent: stay-",
	"Alert-Info: <http://stay-.example/ring>",
	"Answer-Mode: Auto;x=stay-",
	"Authorization: Digest username=\"stay-\", realm=\"else\", "
	"nonce=\"n\", "
	"uri=\"sip:x\", response=\"00000000000000000000000000000000\"",
	"Proxy-Authorization: Digest username=\"stay-\", realm=\"else\", "
	"nonce=\"n\", uri=\"sip:x\", "
	"response=\"00000000000000000000000000000000\"",
	"Referred-By: <sip:stay-@in.example>",
	"Session-ID: stay-",
	"Call-Info: <http://stay-.example/>;answer-after=0",
};

/* Is there another line behind it? */
static const char *const smuggled[] = {
	"Subject: x\rP-Asserted-Identity: <sip:stay-@in.example>",
	"Subject: x\nP-Asserted-Identity: <sip:stay-@in.example>",
	"Subject: x\n\rP-Preferred-Identity: <sip:stay-@in.example>\r\t",
	"Reply-To: \"\nP-Asserted-Identity: <sip:stay-@a.b>\" <sip:x@y>",
	"Priority: normal\vP-Asserted-Identity: <sip:stay-@in.example>"};

static void add_strange(struct ask *ask)
{
	unsigned n = prng_below(dice(), 4);

	while (n--) {
		const char *text = prng_once_in(dice(), 16) ? PICK(smuggled)
							    : PICK(strange);

		add_text(line_add(ask), text);
	}
}

/* What legs take over, and names the sender. */
static void add_copied(struct ask *ask)
{
	static const char *const forms[] = {
		"Subject: of Teller-#", "s: of Teller-#",
		"Reply-To: <sip:teller-#@in.example>",
		"In-Reply-To: teller-#@in.example", "Priority: urgent"};

	if (prng_once_in(dice(), 2))
		add_text(line_add(ask), numbered(ask, PICK(forms)));
}

void lines_roll(struct ask *ask)
{
	bool is_required = prng_once_in(dice(), 8);

	add_asserted(ask);
	add_privacy(ask);
	add_strange(ask);
	add_copied(ask);
	if (is_required)
		snprintf(line_add(ask)->text, sizeof(ask->lines[0].text),
			 "Proxy-Require: privacy");
	prng_shuffle(dice(), ask->lines, ask->n_lines, sizeof(ask->lines[0]));
	read_wish(ask, is_required);
}

void lines_hearsay(struct text *ret)
{
	static const char *const lines[] = {
		"P-Asserted-Identity: \"heard-\" <sip:heard-@in.example>\r\n",
		"P-Asserted-Identity: <sip:heard-@in.example>, "
		"<tel:+99912345>\r\n",
		"p-asserted-identity:\r\n <tel:+99900001>\r\n",
		"P-Preferred-Identity: <sip:heard-@out.example>\r\n",
		"Privacy: id\r\n",
		"Privacy: none\r\n",
		"Privacy: user;critical\r\n",
		"Remote-Party-ID: <sip:heard-@in.example>;party=called\r\n",
		"P-Charging-Vector: icid-value=heard-\r\n",
		"History-Info: <sip:heard-@in.example>;index=1\r\n",
		"Server: heard-\r\n",
		"Organization: heard-\r\n",
		"Identity: "
		"heard-;info=<https://heard-.example/>;alg=ES256\r\n"};
	unsigned n = prng_below(dice(), 4);

	while (n--)
		text_add(ret, PICK(lines));
}
