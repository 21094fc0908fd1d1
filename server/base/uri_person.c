/* Who a key names: the keys that differ only in what does not change that. */
#include "server/base/text.h"
#include "server/base/uri.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "server/base/uri_private.h"

/* What may stand unescaped in a user (RFC 3261 section 25.1, user-unreserved):
 * its escape is another URI by section 19.1.4, but not another person. */
#define USER_MORE "&=+$,;?/"
#define SEPARATORS "-.()"
#define MAPPED VIEW("[::ffff:")

/** A sip or sips key in its pieces. */
struct key_parts {
	struct view user, host, port; /**< port with its colon */
	bool is_secure;
	bool has_params;
};

static bool key_split(const char *key, struct key_parts *ret)
{
	struct view rest = view_of(key);
	size_t end = 0;

	*ret = (struct key_parts){
		.is_secure = view_starts_nocase(rest, VIEW("sips:"))};
	if (!ret->is_secure && !view_starts_nocase(rest, VIEW("sip:")))
		return false;
	rest = view_from(rest, ret->is_secure ? 5 : 4);
	end = view_find(rest, '@', 0);
	if (end != SIZE_MAX) {
		ret->user = view_head(rest, end);
		rest = view_from(rest, end + 1);
	}
	end = 0;
	if (rest.len && rest.at[0] == '[')
		end = view_find(rest, ']', 0);
	while (end < rest.len && rest.at[end] != ':' && rest.at[end] != ';')
		end++;
	if (end == SIZE_MAX)
		return false;
	ret->host = view_head(rest, end);
	rest = view_from(rest, end);
	end = view_find(rest, ';', 0);
	ret->port = view_head(rest, end);
	ret->has_params = end != SIZE_MAX;
	return true;
}

/* The ports of sip and sips where none is given: for a deny they are none. */
static bool is_usual_port(struct view port)
{
	return view_equal(port, VIEW(":5060")) ||
	       view_equal(port, VIEW(":5061"));
}

/* A telephone number, local or global, up to its parameters? */
static bool is_number(struct view user)
{
	size_t n_digits = 0;

	user = view_head(user, view_find(user, ';', 0));
	if (user.len && user.at[0] == '+')
		user = view_from(user, 1);
	for (size_t i = 0; i < user.len; i++) {
		if (is_digit(user.at[i]))
			n_digits++;
		else if (!strchr(SEPARATORS, user.at[i]) || !user.at[i])
			return false;
	}
	return n_digits;
}

/* Most users begin with a letter and have no escape: they are as they are. */
static bool user_is_plain(struct view user)
{
	if (view_find(user, '%', 0) != SIZE_MAX)
		return false;
	if (!user.len || is_alpha(user.at[0]) || !is_number(user))
		return true;
	for (size_t i = 0; i < user.len; i++)
		if (user.at[i] != '+' && !is_digit(user.at[i]))
			return false;
	return true;
}

/* Most keys have a name, a host and nothing else: each leg asks for that. */
static bool is_simple(const char *key)
{
	return key[0] == 's' && key[1] == 'i' && key[2] == 'p' &&
	       key[3] == ':' && is_alpha(key[4]) &&
	       !key[strcspn(key + 4, "%:;") + 4];
}

static bool is_plain(const struct key_parts *parts)
{
	return !parts->is_secure && !parts->has_params &&
	       !(parts->port.len && is_usual_port(parts->port)) &&
	       !view_starts_nocase(parts->host, MAPPED) &&
	       user_is_plain(parts->user);
}

static void add_decoded(struct text *text, struct view user)
{
	int c;

	while ((c = uri_next_char(&user)) >= 0) {
		char byte = (char)c;

		if (is_unreserved(byte) || (byte && strchr(USER_MORE, byte)))
			text_add_bytes(text, &byte, 1);
		else
			text_printf(text, "%%%02X", (unsigned)c);
	}
}

/* A number without separators; of its parameters those that name another line
 * (RFC 3966 section 3), not those that route the call. */
static void add_user(struct text *text, struct view user)
{
	struct uri number = {.scheme = URI_TEL};
	struct text decoded;
	struct view whole;
	size_t end;

	text_init(&decoded, NULL);
	add_decoded(&decoded, user);
	whole = text_view(&decoded);
	if (is_number(whole)) {
		end = view_find(whole, ';', 0);
		number.user = view_head(whole, end);
		number.params =
			end == SIZE_MAX ? VIEW_NONE : view_from(whole, end);
		uri_add_number(text, &number);
	} else {
		text_add_view(text, whole);
	}
	text_release(&decoded);
}

/* An IPv4 address in IPv6 clothes is that address. */
static void add_host(struct text *text, struct view host)
{
	struct view inner = host;

	if (view_starts_nocase(host, MAPPED) && host.at[host.len - 1] == ']') {
		inner = view_from(view_head(host, host.len - 1), MAPPED.len);
		if (view_find(inner, '.', 0) == SIZE_MAX)
			inner = host;
	}
	text_add_view(text, inner);
}

static void add_person(struct text *text, const struct key_parts *parts)
{
	text_add(text, "sip:");
	if (parts->user.len) {
		add_user(text, parts->user);
		text_add(text, "@");
	}
	add_host(text, parts->host);
	if (!is_usual_port(parts->port))
		text_add_view(text, parts->port);
}

static bool copy_out(const struct text *text, char ret[URI_KEY_ROOM])
{
	bool fits = text->len < URI_KEY_ROOM;

	if (fits)
		memcpy(ret, text->at, text->len + 1);
	return fits;
}

/* Apart, so that a simple key costs one look. */
static __attribute__((noinline)) bool find_person(const char *key,
						  char ret[URI_KEY_ROOM])
{
	struct key_parts parts;
	struct text text;
	bool is_other;

	if (!key_split(key, &parts) || is_plain(&parts))
		return false;
	text_init(&text, NULL);
	add_person(&text, &parts);
	is_other = strcmp(text.at, key) != 0 && copy_out(&text, ret);
	text_release(&text);
	return is_other;
}

bool uri_key_person(const char *key, char ret[URI_KEY_ROOM])
{
	return !is_simple(key) && find_person(key, ret);
}

bool uri_keys_name_one(const char *a, const char *b)
{
	char person_a[URI_KEY_ROOM], person_b[URI_KEY_ROOM];

	if (strcmp(a, b) == 0)
		return true;
	return strcmp(uri_key_person(a, person_a) ? person_a : a,
		      uri_key_person(b, person_b) ? person_b : b) == 0;
}

bool uri_key_number(const char *key, char ret[URI_KEY_ROOM])
{
	struct key_parts parts;
	struct text text;
	bool is_global;

	if ((!strchr(key, '+') && !strchr(key, '%')) ||
	    !key_split(key, &parts) || !parts.user.len ||
	    (parts.user.at[0] != '+' && parts.user.at[0] != '%'))
		return false;
	text_init(&text, NULL);
	text_add(&text, "tel:");
	add_user(&text, parts.user);
	is_global = text.at[4] == '+' &&
		    is_number(view_from(text_view(&text), 4)) &&
		    copy_out(&text, ret);
	text_release(&text);
	return is_global;
}
