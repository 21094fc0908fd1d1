/* URIs from strangers: RFC 3261 sections 19.1 and 25.1, RFC 3966. */
#include "server/base/random.h"
#include "server/base/uri.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>

static struct arena *arena;

static void set_up(void)
{
	arena = arena_new(0);
}

static void tear_down(void)
{
	arena_free(arena);
}

struct parse_case {
	const char *text;
	enum err err;
	const char *why;
};

/* clang-format off */
static const struct parse_case parses[] = {
	{"sip:a@example.com", ERR_OK, "the plain one"},
	{"SIPS:example.com", ERR_OK, "schemes have no case, a user may lack"},
	{"sip:user;par=u%40example.net@example.com", ERR_OK,
	 "a semicolon before the at sign belongs to the user"},
	{"sip:a?b@example.com", ERR_OK, "and so does a question mark"},
	{"sip:a:pw@example.com:5070;transport=tcp;lr?Subject=x&a=", ERR_OK,
	 "all parts at once"},
	{"sip:a@[2001:db8::1]:5070", ERR_OK, "an IPv6 reference"},
	{"sip:a@192.0.2.1", ERR_OK, "an IPv4 address"},
	{"sip:a@under_score.example.com.", ERR_OK,
	 "underscores and the root's dot are tolerated"},
	{"sip:a@2130706433", ERR_OK, "a number is a name until it is checked"},
	{"sip:%00@example.com", ERR_OK, "an escaped NUL is an escape"},
	{"sip:sip%3Auser%40example.com@company.com;other-param=x", ERR_OK,
	 "RFC 4475 section 3.1.1.3"},
	{"sip:+1.2(3)@example.com;user=phone", ERR_OK, "a telephone number"},
	{"http://example.com/", ERR_OK, "another scheme"},
	{"nobodyKnowsThisScheme:totallyopaquecontent", ERR_OK,
	 "RFC 4475 section 3.3.3"},
	{"tel:+1-555-1234", ERR_OK, "a global number"},
	{"tel:7042;phone-context=example.com", ERR_OK, "a local number"},
	{"", ERR_SYNTAX, "nothing"},
	{"sip:", ERR_SYNTAX, "no host"},
	{"sip:@example.com", ERR_SYNTAX, "an empty user"},
	{"sip::pw@example.com", ERR_SYNTAX, "a password without a user"},
	{"sip:a@", ERR_SYNTAX, "a user without a host"},
	{"sip:a@b@c", ERR_SYNTAX, "two at signs"},
	{"example.com", ERR_SYNTAX, "no scheme"},
	{":a@example.com", ERR_SYNTAX, "an empty scheme"},
	{"1sip:a@example.com", ERR_SYNTAX, "a scheme begins with a letter"},
	{"sip:a b@example.com", ERR_SYNTAX, "a space"},
	{"sip:a%4@example.com", ERR_SYNTAX, "half an escape"},
	{"sip:a%4g@example.com", ERR_SYNTAX, "a broken escape"},
	{"sip:a<b@example.com", ERR_SYNTAX, "an angle bracket"},
	{"sip:a#b@example.com", ERR_SYNTAX, "a hash needs an escape"},
	{"sip:a@example.com:", ERR_SYNTAX, "an empty port"},
	{"sip:a@example.com:0", ERR_SYNTAX, "port 0"},
	{"sip:a@example.com:65536", ERR_SYNTAX, "a port too high"},
	{"sip:a@example.com:5o60", ERR_SYNTAX, "a port with a letter"},
	{"sip:a@example.com:99999999999999999999", ERR_SYNTAX, "an endless port"},
	{"sip:a@-x.com", ERR_SYNTAX, "a hyphen begins no label"},
	{"sip:a@x-.com", ERR_SYNTAX, "nor ends one"},
	{"sip:a@x..com", ERR_SYNTAX, "an empty label"},
	{"sip:a@.", ERR_SYNTAX, "the root alone"},
	{"sip:a@ex%61mple.com", ERR_SYNTAX, "hosts have no escapes"},
	{"sip:a@[::1", ERR_SYNTAX, "an open bracket"},
	{"sip:a@[::g]", ERR_SYNTAX, "a bad address"},
	{"sip:a@[192.0.2.1]", ERR_SYNTAX, "IPv4 in brackets"},
	{"sip:a@[fe80::1%25eth0]", ERR_SYNTAX, "a zone"},
	{"sip:a@[::1]x", ERR_SYNTAX, "rubbish after an address"},
	{"sip:a@::1", ERR_SYNTAX, "an address without brackets"},
	{"sip:a@example.com;", ERR_SYNTAX, "an empty parameter"},
	{"sip:a@example.com;=x", ERR_SYNTAX, "a parameter without a name"},
	{"sip:a@example.com;x=", ERR_SYNTAX, "an empty value"},
	{"sip:a@example.com;x=1;X=2", ERR_SYNTAX, "a parameter twice"},
	{"sip:a@example.com;x=1;%78=2", ERR_SYNTAX, "twice in disguise"},
	{"sip:a@example.com;x=\"y\"", ERR_SYNTAX, "a quoted value"},
	{"sip:a@example.com?", ERR_SYNTAX, "no header"},
	{"sip:a@example.com?x", ERR_SYNTAX, "a header without a value"},
	{"sip:a@example.com?x=1&", ERR_SYNTAX, "an empty header"},
	{"sip:a@example.com?x=1;y=2", ERR_SYNTAX, "parameters after headers"},
	{"sip:a@x.y,sip:b@x.y", ERR_SYNTAX, "two URIs"},
	{"sip:\xc3\xa9@example.com", ERR_SYNTAX, "letters need escapes"},
	{"sip:a\r\nVia: x@example.com", ERR_CHARSET, "a line end"},
	{"sip:a\t@example.com", ERR_CHARSET, "a tab"},
	{"sip:a\x7f@example.com", ERR_CHARSET, "a control byte"},
	{"sip:\xe9@example.com", ERR_CHARSET, "not UTF-8"},
	{"http:", ERR_SYNTAX, "a scheme alone"},
	{"http://a/<b>", ERR_SYNTAX, "brackets in another scheme"},
	{"tel:", ERR_SYNTAX, "no number"},
	{"tel:+", ERR_SYNTAX, "a plus alone"},
	{"tel:-", ERR_SYNTAX, "a separator alone"},
	{"tel:+1a", ERR_SYNTAX, "a letter in a global number"},
	{"tel:7042", ERR_SYNTAX, "a local number without a context"},
	{"tel:7042;phone-context", ERR_SYNTAX, "with an empty one"},
	{"tel:+1?x=y", ERR_SYNTAX, "numbers have no headers"},
};

struct key_case {
	const char *text;
	const char *key;
};

static const struct key_case keys[] = {
	{"sip:alice@example.com", "sip:alice@example.com"},
	{"SIP:alice@EXAMPLE.com", "sip:alice@example.com"},
	{"sip:Alice@example.com", "sip:Alice@example.com"},
	{"sips:alice@example.com", "sip:alice@example.com"},
	{"sip:alice@example.com.", "sip:alice@example.com"},
	{"sip:alice@example.com.:5070", "sip:alice@example.com:5070"},
	{"sip:alice@example.com:5060", "sip:alice@example.com"},
	{"sip:alice@example.com:05060", "sip:alice@example.com"},
	{"sip:alice@example.com:5061", "sip:alice@example.com:5061"},
	{"sips:alice@example.com:5061", "sip:alice@example.com"},
	{"sips:alice@example.com:5060", "sips:alice@example.com:5060"},
	{"sip:alice@example.com:5070", "sip:alice@example.com:5070"},
	{"sip:example.com", "sip:example.com"},
	{"sip:alice:secret@example.com", "sip:alice@example.com"},
	{"sip:alice@example.com;transport=tcp;lr", "sip:alice@example.com"},
	{"sip:alice@example.com?Subject=x", "sip:alice@example.com"},
	{"sip:+1555@example.com;user=phone",
	 "sip:+1555@example.com;user=phone"},
	{"sip:+1555@example.com;USER=Phone",
	 "sip:+1555@example.com;user=phone"},
	{"sip:+1555@example.com;user=%70hone",
	 "sip:+1555@example.com;user=phone"},
	{"sip:alice@example.com;user=ip", "sip:alice@example.com"},
	{"sip:%61lice@example.com", "sip:alice@example.com"},
	{"sip:%41lice@example.com", "sip:Alice@example.com"},
	{"sip:a%2db%5F@example.com", "sip:a-b_@example.com"},
	{"sip:a%3bb@example.com", "sip:a%3Bb@example.com"},
	{"sip:a;b@example.com", "sip:a;b@example.com"},
	{"sip:a%2bb@example.com", "sip:a%2Bb@example.com"},
	{"sip:%00a%0d%0A@example.com", "sip:%00a%0D%0A@example.com"},
	{"sip:%2541@example.com", "sip:%2541@example.com"},
	{"sip:caf%c3%a9@example.com", "sip:caf%C3%A9@example.com"},
	{"sip:a@[2001:DB8:0:0::1]:5060", "sip:a@[2001:db8::1]"},
	{"sip:a@[::FFFF:192.0.2.1]", "sip:a@[::ffff:192.0.2.1]"},
	{"tel:+1-(555).12-34", "tel:+15551234"},
	{"TEL:+1", "tel:+1"},
	{"tel:+1-", "tel:+1"},
	{"tel:+1;ext=-;isub=x", "tel:+1;isub=x"},
	{"tel:+1;phone-context=x.example", "tel:+1"},
	{"tel:70-42;phone-context=Example.COM",
	 "tel:7042;phone-context=example.com"},
	{"tel:1A;phone-context=+1-555", "tel:1a;phone-context=+1555"},
	{"tel:+1;isub=X;ext=4-2;foo=bar", "tel:+1;ext=42;isub=x"},
};

struct sendable_case {
	const char *text;
	enum err open;   /**< with private addresses and low ports allowed */
	enum err closed; /**< without */
};

static const struct sendable_case sendables[] = {
	{"sip:a@example.com", ERR_OK, ERR_OK},
	{"sips:a@example.com:5061", ERR_OK, ERR_OK},
	{"sip:a@example.com:5070;transport=tcp", ERR_OK, ERR_OK},
	{"sip:a@203.0.113.7", ERR_OK, ERR_OK},
	{"sip:a@[2001:db8::7]", ERR_OK, ERR_OK},
	{"sip:a@localhost.example.com", ERR_OK, ERR_OK},
	{"sip:a@notlocalhost", ERR_OK, ERR_OK},
	{"sip:a@8.example", ERR_OK, ERR_OK},
	{"tel:+1", ERR_SCHEME, ERR_SCHEME},
	{"mailto:a@example.com", ERR_SCHEME, ERR_SCHEME},
	{"sip:a@example.com;maddr=192.0.2.9", ERR_HOSTILE, ERR_HOSTILE},
	{"sip:a@example.com;MADDR=x", ERR_HOSTILE, ERR_HOSTILE},
	{"sip:a@example.com;%6dadd%72=x", ERR_HOSTILE, ERR_HOSTILE},
	{"sip:a@example.com;ttl=1", ERR_HOSTILE, ERR_HOSTILE},
	{"sip:a@example.com;method=INVITE", ERR_HOSTILE, ERR_HOSTILE},
	{"sip:a@example.com:25", ERR_OK, ERR_HOSTILE},
	{"sip:a@example.com:1023", ERR_OK, ERR_HOSTILE},
	{"sip:a@example.com:1024", ERR_OK, ERR_OK},
	{"sip:a@localhost", ERR_OK, ERR_HOSTILE},
	{"sip:a@LocalHost.", ERR_OK, ERR_HOSTILE},
	{"sip:a@x.localhost", ERR_OK, ERR_HOSTILE},
	{"sip:a@127.0.0.1", ERR_OK, ERR_HOSTILE},
	{"sip:a@127.0.0.1.", ERR_OK, ERR_HOSTILE},
	{"sip:a@127.255.255.255", ERR_OK, ERR_HOSTILE},
	{"sip:a@10.1.2.3", ERR_OK, ERR_HOSTILE},
	{"sip:a@172.16.0.1", ERR_OK, ERR_HOSTILE},
	{"sip:a@172.31.255.255", ERR_OK, ERR_HOSTILE},
	{"sip:a@172.32.0.1", ERR_OK, ERR_OK},
	{"sip:a@192.168.1.1", ERR_OK, ERR_HOSTILE},
	{"sip:a@169.254.169.254", ERR_OK, ERR_HOSTILE},
	{"sip:a@100.64.0.1", ERR_OK, ERR_HOSTILE},
	{"sip:a@0.0.0.0", ERR_HOSTILE, ERR_HOSTILE},
	{"sip:a@224.0.1.75", ERR_HOSTILE, ERR_HOSTILE},
	{"sip:a@255.255.255.255", ERR_HOSTILE, ERR_HOSTILE},
	{"sip:a@2130706433", ERR_HOSTILE, ERR_HOSTILE},
	{"sip:a@0x7f.1", ERR_HOSTILE, ERR_HOSTILE},
	{"sip:a@0x7f000001", ERR_HOSTILE, ERR_HOSTILE},
	{"sip:a@127.1", ERR_HOSTILE, ERR_HOSTILE},
	{"sip:a@0177.0.0.01", ERR_HOSTILE, ERR_HOSTILE},
	{"sip:a@127.0.0.0x1", ERR_HOSTILE, ERR_HOSTILE},
	{"sip:a@1.2.3.4.5", ERR_HOSTILE, ERR_HOSTILE},
	{"sip:a@[::1]", ERR_OK, ERR_HOSTILE},
	{"sip:a@[::]", ERR_HOSTILE, ERR_HOSTILE},
	{"sip:a@[::ffff:127.0.0.1]", ERR_OK, ERR_HOSTILE},
	{"sip:a@[::ffff:7f00:1]", ERR_OK, ERR_HOSTILE},
	{"sip:a@[::ffff:203.0.113.7]", ERR_OK, ERR_OK},
	{"sip:a@[::127.0.0.1]", ERR_OK, ERR_HOSTILE},
	{"sip:a@[::ffff:0:127.0.0.1]", ERR_OK, ERR_HOSTILE},
	{"sip:a@[::ffff:224.0.0.1]", ERR_HOSTILE, ERR_HOSTILE},
	{"sip:a@[64:ff9b::10.0.0.1]", ERR_OK, ERR_HOSTILE},
	{"sip:a@[64:ff9b::203.0.113.7]", ERR_OK, ERR_OK},
	{"sip:a@[64:ff9b:1::1]", ERR_OK, ERR_HOSTILE},
	{"sip:a@[2002:7f00:1::]", ERR_OK, ERR_HOSTILE},
	{"sip:a@[2002:cb00:7107::1]", ERR_OK, ERR_OK},
	{"sip:a@[2001::1]", ERR_OK, ERR_HOSTILE},
	{"sip:a@[fe80::1]", ERR_OK, ERR_HOSTILE},
	{"sip:a@[febf::1]", ERR_OK, ERR_HOSTILE},
	{"sip:a@[fd00::1]", ERR_OK, ERR_HOSTILE},
	{"sip:a@[ff02::1]", ERR_HOSTILE, ERR_HOSTILE},
	{"sip:a@[100::1]", ERR_HOSTILE, ERR_HOSTILE},
};
/* clang-format on */

#define N_ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

START_TEST(text_is_a_uri_or_is_refused)
{
	const struct parse_case *c = &parses[_i];
	struct uri uri;
	enum err err = uri_parse(view_of(c->text), &uri);

	ck_assert_msg(err == c->err, "%s (%s): %s", c->text, c->why,
		      err_text(err));
}
END_TEST

START_TEST(a_key_is_canonical)
{
	const struct key_case *c = &keys[_i];
	const char *key = NULL;

	ck_assert_int_eq(uri_key(arena, view_of(c->text), &key), ERR_OK);
	ck_assert_str_eq(key, c->key);
	ck_assert_int_eq(uri_key(arena, view_of(key), &key), ERR_OK);
	ck_assert_str_eq(key, c->key);
}
END_TEST

START_TEST(strangers_cannot_point_anywhere)
{
	const struct sendable_case *c = &sendables[_i];
	struct uri_rules open = {true, true, NULL, false};
	struct uri_rules closed = {false, false, NULL, false};
	struct uri uri;

	ck_assert_int_eq(uri_parse(view_of(c->text), &uri), ERR_OK);
	ck_assert_msg(uri_check_sendable(&uri, &open) == c->open, "open: %s",
		      c->text);
	ck_assert_msg(uri_check_sendable(&uri, &closed) == c->closed,
		      "closed: %s", c->text);
}
END_TEST

static void assert_view(struct view v, const char *wanted)
{
	ck_assert_str_eq(view_copy(arena, v), wanted);
}

START_TEST(a_uri_falls_into_its_parts)
{
	struct view value;
	struct uri uri;

	ck_assert_int_eq(
		uri_parse(VIEW("sips:a;x=?:pw@[::1]:5070;lr;y=z?S=t"), &uri),
		ERR_OK);
	ck_assert_int_eq(uri.scheme, URI_SIPS);
	assert_view(uri.user, "a;x=?");
	assert_view(uri.password, "pw");
	assert_view(uri.host, "[::1]");
	ck_assert_int_eq(uri.port, 5070);
	assert_view(uri.params, ";lr;y=z");
	assert_view(uri.headers, "?S=t");
	ck_assert(uri_param(&uri, "LR", &value));
	assert_view(value, "");
	ck_assert(uri_param(&uri, "y", &value));
	assert_view(value, "z");
	ck_assert(!uri_param(&uri, "x", &value));
}
END_TEST

START_TEST(a_uri_has_a_greatest_length)
{
	char text[URI_MAX_LEN + 2];
	struct uri uri;

	memset(text, 'a', sizeof(text));
	memcpy(text, "sip:", 4);
	memcpy(text + URI_MAX_LEN - 4, "@x.y", 4);
	ck_assert_int_eq(uri_parse((struct view){text, URI_MAX_LEN}, &uri),
			 ERR_OK);
	ck_assert_int_eq(uri_parse((struct view){text, URI_MAX_LEN + 1}, &uri),
			 ERR_TOO_LARGE);
}
END_TEST

START_TEST(a_nul_is_never_part_of_a_uri)
{
	struct uri uri;

	ck_assert_int_eq(uri_parse(VIEW("sip:a@example.com\0"), &uri),
			 ERR_CHARSET);
	ck_assert_int_eq(uri_parse(VIEW("sip:\0a@example.com"), &uri),
			 ERR_CHARSET);
}
END_TEST

START_TEST(other_schemes_have_no_key)
{
	const char *key;

	ck_assert_int_eq(uri_key(arena, VIEW("http://example.com"), &key),
			 ERR_SCHEME);
}
END_TEST

START_TEST(a_key_has_a_domain)
{
	assert_view(uri_key_domain("sip:a@example.com"), "example.com");
	assert_view(uri_key_domain("sip:a@example.com:5070;user=phone"),
		    "example.com");
	assert_view(uri_key_domain("sip:example.com"), "example.com");
	assert_view(uri_key_domain("sip:a;b?c@example.com"), "example.com");
	assert_view(uri_key_domain("sip:a@[2001:db8::1]:5070"),
		    "[2001:db8::1]");
	assert_view(uri_key_domain("sips:a@example.com:5060"), "example.com");
	assert_view(uri_key_domain("tel:7042;phone-context=example.com"), "");
}
END_TEST

static const char *request_of(const char *text)
{
	struct uri uri;

	ck_assert_int_eq(uri_parse(view_of(text), &uri), ERR_OK);
	return uri_request(arena, &uri, view_of(text));
}

START_TEST(a_request_uri_keeps_what_the_list_said)
{
	ck_assert_str_eq(request_of("sip:A%61;b@EX.com:5060;transport=TCP;x"),
			 "sip:A%61;b@EX.com:5060;transport=TCP;x");
	ck_assert_str_eq(request_of("sip:a@b.c?Subject=x&Route=%3Csip:d%3E"),
			 "sip:a@b.c");
	ck_assert_str_eq(request_of("sip:a@b.c;x=1;method=INVITE;y?S=x"),
			 "sip:a@b.c;x=1;y");
	ck_assert_str_eq(request_of("sip:a@b.c;%6Dethod=INVITE"), "sip:a@b.c");
	ck_assert_str_eq(request_of("tel:+1-2;ext=3"), "tel:+1-2;ext=3");
}
END_TEST

START_TEST(a_method_must_be_the_one_that_is_sent)
{
	struct uri_rules rules = {false, false, "MESSAGE", false};
	struct uri uri;

	ck_assert_int_eq(uri_parse(VIEW("sip:a@b.c;method=MESSAGE"), &uri),
			 ERR_OK);
	ck_assert_int_eq(uri_check_sendable(&uri, &rules), ERR_OK);
	rules.method = "INVITE";
	ck_assert_int_eq(uri_check_sendable(&uri, &rules), ERR_HOSTILE);
}
END_TEST

START_TEST(an_address_of_no_known_family_is_never_used)
{
	struct sockaddr address = {.sa_family = AF_UNSPEC};

	ck_assert(address_is_never(&address));
	ck_assert(!address_is_private(&address));
}
END_TEST

/* Random texts over an alphabet that makes URIs likely. */
static size_t random_uri(char *ret, size_t size)
{
	static const char *const pieces[] = {
		"sip:",	 "sips:",  "tel:", "@",
		":",	 ";",	   "=",	   "?",
		"&",	 "%41",	   "%3b",  "%00",
		"%2B",	 "a",	   "B",	   "1",
		".",	 "-",	   "_",	   "[::1]",
		"user=", "phone",  "5060", "5061",
		"+",	 "EX.com", "ext=", "phone-context=",
		"x.",
	};
	uint8_t dice[16];
	size_t len = 0, i;

	random_bytes(dice, sizeof(dice));
	len += (size_t)snprintf(ret, size, "%s", pieces[dice[0] % 3]);
	for (i = 1; i < (size_t)dice[15] % 14 + 2; i++)
		len += (size_t)snprintf(ret + len, size - len, "%s",
					pieces[dice[i] % N_ROWS(pieces)]);
	return len;
}

START_TEST(the_key_of_a_key_is_that_key)
{
	char text[256], person[URI_KEY_ROOM], third[URI_KEY_ROOM];
	int i, n_keys = 0;

	for (i = 0; i < 200000; i++) {
		const char *key, *again = "";
		size_t len = random_uri(text, sizeof(text));

		if (uri_key(arena, (struct view){text, len}, &key))
			continue;
		n_keys++;
		ck_assert_msg(!uri_key(arena, view_of(key), &again), "%s -> %s",
			      text, key);
		ck_assert_msg(!strcmp(key, again), "%s -> %s -> %s", text, key,
			      again);
		/* And the person of a person is that person. */
		if (uri_key_person(key, person))
			ck_assert_msg(!uri_key_person(person, third) &&
					      !uri_key(arena, view_of(person),
						       &again),
				      "%s -> %s", key, person);
	}
	/* The generator is of use only while it finds URIs. */
	ck_assert_int_gt(n_keys, 1000);
}
END_TEST

struct name_addr_case {
	const char *value;
	enum err err;
	const char *display, *uri, *params;
};

/* clang-format off */
static const struct name_addr_case name_addrs[] = {
	{"<sip:a@b.c>", ERR_OK, "", "sip:a@b.c", ""},
	{" \"A, \\\"<b>\\\"\" <sip:a@b.c;x=1?y=2> ;tag=1;q", ERR_OK,
	 "\"A, \\\"<b>\\\"\"", "sip:a@b.c;x=1?y=2", ";tag=1;q"},
	{"Alice B. <sip:a@b.c>", ERR_OK, "Alice B.", "sip:a@b.c", ""},
	{"sip:a@b.c;tag=1", ERR_OK, "", "sip:a@b.c", ";tag=1"},
	{"sip:a@b.c", ERR_OK, "", "sip:a@b.c", ""},
	{"sip:a@b.c ; x=\"<,>\"", ERR_OK, "", "sip:a@b.c", "; x=\"<,>\""},
	{"sip:a@b.c;x=<y>", ERR_OK, "", "sip:a@b.c", ";x=<y>"},
	{"\"A\" <sip:a@b.c>;x=\"a>b,c\"", ERR_OK, "\"A\"", "sip:a@b.c",
	 ";x=\"a>b,c\""},
	{"", ERR_SYNTAX, NULL, NULL, NULL},
	{"<>", ERR_SYNTAX, NULL, NULL, NULL},
	{"\"A <sip:a@b.c>", ERR_SYNTAX, NULL, NULL, NULL},
	{"\"A\" sip:a@b.c", ERR_SYNTAX, NULL, NULL, NULL},
	{"\"A\"\"B\" <sip:a@b.c>", ERR_SYNTAX, NULL, NULL, NULL},
	{"Bell, Alexander <sip:a.g.bell@b.c>;tag=43", ERR_SYNTAX, NULL, NULL,
	 NULL},
	{"<sip:a@b.c", ERR_SYNTAX, NULL, NULL, NULL},
	{"< sip:a@b.c >", ERR_SYNTAX, NULL, NULL, NULL},
	{"<sip:a@b.c>x", ERR_SYNTAX, NULL, NULL, NULL},
	{"<sip:a@b.c>, <sip:d@e.f>", ERR_SYNTAX, NULL, NULL, NULL},
	{"<sip:a@b.c>;x, <sip:d@e.f>", ERR_SYNTAX, NULL, NULL, NULL},
	{"<sip:a@b.c>;x=\"y", ERR_SYNTAX, NULL, NULL, NULL},
	{"sip:a@b.c?x=y", ERR_SYNTAX, NULL, NULL, NULL},
	{"sip:a,b@b.c", ERR_SYNTAX, NULL, NULL, NULL},
	{"\xff <sip:a@b.c>", ERR_CHARSET, NULL, NULL, NULL},
};
/* clang-format on */

START_TEST(a_header_value_has_a_name_and_an_address)
{
	const struct name_addr_case *c = &name_addrs[_i];
	struct name_addr found;
	enum err err = name_addr_parse(view_of(c->value), &found);

	ck_assert_msg(err == c->err, "%s: %s", c->value, err_text(err));
	if (err)
		return;
	assert_view(found.display, c->display);
	assert_view(found.uri, c->uri);
	assert_view(found.params, c->params);
}
END_TEST

static void add_tests(TCase *cases)
{
	tcase_add_loop_test(cases, text_is_a_uri_or_is_refused, 0,
			    N_ROWS(parses));
	tcase_add_loop_test(cases, a_key_is_canonical, 0, N_ROWS(keys));
	tcase_add_loop_test(cases, strangers_cannot_point_anywhere, 0,
			    N_ROWS(sendables));
	tcase_add_loop_test(cases, a_header_value_has_a_name_and_an_address, 0,
			    N_ROWS(name_addrs));
	tcase_add_test(cases, a_uri_falls_into_its_parts);
	tcase_add_test(cases, a_uri_has_a_greatest_length);
	tcase_add_test(cases, a_nul_is_never_part_of_a_uri);
	tcase_add_test(cases, other_schemes_have_no_key);
	tcase_add_test(cases, a_key_has_a_domain);
	tcase_add_test(cases, a_request_uri_keeps_what_the_list_said);
	tcase_add_test(cases, a_method_must_be_the_one_that_is_sent);
	tcase_add_test(cases, an_address_of_no_known_family_is_never_used);
	tcase_add_test(cases, the_key_of_a_key_is_that_key);
}

int main(void)
{
	Suite *suite = suite_create("uri");
	TCase *cases = tcase_create("uri");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, cases);
	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_set_timeout(cases, 60);
	add_tests(cases);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
