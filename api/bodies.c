#include "api/bodies.h"

#include "api/terms.h"
#include "db/accounts.h"
#include "policies/match.h"
#include "server/base/uri.h"

#define WORD_MAX 32

/** "name@host": no scheme before it, so no colon before the at sign. */
static bool is_bare(struct view text)
{
	size_t at = view_find(text, '@', 0);

	return at != SIZE_MAX && view_find(text, ':', 0) > at;
}

enum err aor_read(struct arena *arena, const char *text, const char **ret)
{
	struct view given = view_of(text);

	if (is_bare(given))
		given = view_of(arena_printf(arena, "sip:%s", text));
	return uri_key(arena, given, ret);
}

enum err recipient_key_read(struct arena *arena, const char *text,
			    const char **ret)
{
	struct view given = view_of(text);
	struct uri uri;
	enum err err;

	if (is_bare(given))
		given = view_of(arena_printf(arena, "sip:%s", text));
	err = uri_parse(given, &uri);
	return err ? err : uri_recipient_key(arena, &uri, ret);
}

/** "*@domain", with the domain made canonical by way of a key. */
static enum err domain_scope_read(struct arena *arena, const char *text,
				  const char **ret)
{
	const char *given = arena_printf(arena, "sip:x%s", text + 1);
	const char *key;
	struct uri uri;
	enum err err = uri_parse(view_of(given), &uri);

	/* Nothing but a domain may stand after the @: its port is the usual
	 * one, which goes without saying. */
	if (!err && ((uri.port && uri.port != 5060) || uri.params.len ||
		     uri.headers.len))
		err = ERR_SYNTAX;
	if (!err)
		err = uri_key_of(arena, &uri, &key);
	if (err)
		return err;
	struct view domain = uri_key_domain(key);
	const char *scope =
		arena_printf(arena, "*@%.*s", (int)domain.len, domain.at);

	if (scope_kind(scope) != SCOPE_DOMAIN)
		return ERR_SYNTAX;
	*ret = scope;
	return ERR_OK;
}

enum err scope_read(struct arena *arena, const char *text, const char **ret)
{
	if (!strcmp(text, "*") || !strcmp(text, "anonymous")) {
		*ret = arena_strdup(arena, text);
		return ERR_OK;
	}
	if (text[0] == '*' && text[1] == '@')
		return domain_scope_read(arena, text, ret);
	return aor_read(arena, text, ret);
}

/** What is wrong with a URI, for a person. */
static const char *uri_problem(enum err err)
{
	switch ((int)err) {
	case ERR_SCHEME:
		return "This must be a sip URI, or with TLS a sips URI: there "
		       "is no way to it from here.";
	case ERR_UNSUPPORTED:
		return "This cannot be reached: requests do not go out by this "
		       "transport here.";
	case ERR_HOSTILE:
		return "A request may not be sent to this URI: its host, port "
		       "or parameters are refused here.";
	case ERR_TOO_LARGE:
		return "This URI is too long.";
	case ERR_CHARSET:
		return "This holds bytes that a URI cannot.";
	default:
		return "This is not a URI such as sip:name@example.com.";
	}
}

/** "*" is any target of the first domain, "*@domain" of another of ours. */
static enum err target_read(const struct body_rules *rules, struct arena *arena,
			    const char *text, const char **ret)
{
	if (target_is_any(text)) {
		*ret = arena_strdup(arena, text);
		return !text[1] || domains_of(&rules->ours->domains, text)
			       ? ERR_OK
			       : ERR_SYNTAX;
	}
	return uri_key(arena, view_of(text), ret);
}

enum err recipient_uri_read(const char *text, const struct body_rules *rules,
			    struct arena *arena, const char **ret,
			    struct problem *ret_problem)
{
	const struct uri_rules sendable = {
		.allow_private = rules->allow_private_addresses,
		.has_tls = rules->has_tls};
	const char *key = NULL;
	struct uri uri;
	enum err err;

	if (strchr(text, '*') == text)
		return field_problem(
			ret_problem, "recipient",
			"A recipient is one person: one URI, never "
			"a wildcard.");
	err = uri_parse(view_of(text), &uri);
	if (!err)
		err = uri_check_sendable(&uri, &sendable);
	if (!err)
		err = uri_check_reachable(&uri, &sendable);
	if (!err)
		err = uri_recipient_key(arena, &uri, &key);
	if (err)
		return field_problem(ret_problem, "recipient",
				     uri_problem(err));
	if (ours_has(rules->ours, &uri))
		return field_problem(ret_problem, "recipient",
				     "This is the relay itself.");
	if (rules->lists && ours_is_host(rules->ours, &uri) &&
	    list_table_names(rules->lists, key))
		return field_problem(ret_problem, "recipient",
				     "This is a stored list.");
	*ret = key;
	return ERR_OK;
}

enum err leg_uri_read(const char *text, const struct body_rules *rules,
		      struct arena *arena, struct leg_uri *ret,
		      struct problem *ret_problem)
{
	struct view given = view_of(text);
	struct uri uri;
	enum err err =
		recipient_uri_read(text, rules, arena, &ret->key, ret_problem);

	if (err)
		return err;
	if (uri_parse(given, &uri) || uri.password.len)
		return field_problem(ret_problem, "recipient",
				     "A password in a URI would be seen by "
				     "others.");
	ret->uri = uri_request(arena, &uri, given);
	return ERR_OK;
}

/** The words of a body that become enums, and its time. */
struct words {
	const char *state, *origin, *term;
	int64_t expires_at;
};

static enum err state_read(const struct words *words,
			   struct permission_body *body, struct problem *ret)
{
	if (!permission_state_from(words->state, &body->state) ||
	    body->state == PERMISSION_WAITING ||
	    body->state == PERMISSION_ERROR)
		return field_problem(ret, "state",
				     "This must be pending, granted or denied; "
				     "waiting and error come from asking.");
	if (!permission_origin_from(words->origin, &body->origin))
		return field_problem(ret, "origin",
				     "This must be admin or import, or of a "
				     "deny recipient.");
	if (body->origin == ORIGIN_RECIPIENT &&
	    body->state != PERMISSION_DENIED)
		return field_problem(ret, "origin",
				     "Only a deny can be told to somebody "
				     "else: use admin or import.");
	return ERR_OK;
}

/** State, origin, evidence and time must fit together. */
static enum err decision_read(const struct words *words,
			      const struct body_rules *rules,
			      struct permission_body *body, struct problem *ret)
{
	enum err err = state_read(words, body, ret);

	if (err)
		return err;
	if (body->evidence && !view_trim(view_of(body->evidence)).len)
		body->evidence = NULL;
	if (body->state == PERMISSION_GRANTED && !body->evidence)
		return field_problem(
			ret, "evidence",
			"A grant on behalf of a recipient needs evidence.");
	if (body->origin == ORIGIN_RECIPIENT && !body->evidence)
		return field_problem(ret, "evidence",
				     "How did the recipient tell you? A deny "
				     "of theirs needs evidence.");
	if (body->origin == ORIGIN_RECIPIENT && words->expires_at > 0)
		return field_problem(ret, "expires_at",
				     "A deny of the recipient has no end.");
	if (words->expires_at > 0 && words->expires_at <= rules->now)
		return field_problem(ret, "expires_at", "This is in the past.");
	body->expires_at = words->expires_at;
	return term_read(words->term, rules, body, ret);
}

static enum err scopes_read(const struct body_rules *rules, struct arena *arena,
			    struct permission_body *body, struct problem *ret)
{
	if (!body->sender)
		return field_problem(ret, "sender", "This is missing.");
	if (!body->target)
		return field_problem(ret, "target", "This is missing.");
	if (!body->recipient_uri)
		return field_problem(ret, "recipient", "This is missing.");
	if (scope_read(arena, body->sender, &body->sender))
		return field_problem(
			ret, "sender",
			"This must be an address such as "
			"sip:name@example.com, *@example.com, * or "
			"anonymous.");
	enum err err = target_read(rules, arena, body->target, &body->target);

	if (err)
		return field_problem(
			ret, "target",
			"This must be the URI that senders send to, "
			"such as sip:lists@relay.example.com, or *.");
	return recipient_uri_read(body->recipient_uri, rules, arena,
				  &body->recipient, ret);
}

enum err kinds_words_read(const char *words, struct arena *arena,
			  struct kinds *ret, struct problem *ret_problem)
{
	char *text;

	if (!words)
		return ERR_OK;
	text = arena_strdup(arena, words);
	for (char *blank = text; (blank = strchr(blank, ' '));)
		*blank = ',';
	if (!kinds_read(text, ret) || ret->set == KINDS_ALL)
		return field_problem(
			ret_problem, "kinds",
			"Kinds are message, call, refer, recording, "
			"leave-media, event:presence, event:dialog; any other "
			"\"event:PACKAGE\" or \"method:METHOD\" has to stand "
			"alone.");
	return ERR_OK;
}

enum err permission_body_read(struct view body, const struct body_rules *rules,
			      struct arena *arena, struct permission_body *ret,
			      struct problem *ret_problem)
{
	struct permission_body read = {0};
	const char *kinds = NULL;
	struct words words = {
		.state = "pending", .origin = "admin", .expires_at = -1};
	const struct body_field fields[] = {
		{"sender", FIELD_STRING, URI_MAX_LEN, &read.sender, NULL, NULL},
		{"target", FIELD_STRING, URI_MAX_LEN, &read.target, NULL, NULL},
		{"recipient", FIELD_STRING, URI_MAX_LEN, &read.recipient_uri,
		 NULL, NULL},
		{"state", FIELD_STRING, WORD_MAX, &words.state, NULL, NULL},
		{"origin", FIELD_STRING, WORD_MAX, &words.origin, NULL, NULL},
		{"evidence", FIELD_STRING, EVIDENCE_MAX, &read.evidence, NULL,
		 NULL},
		{"expires_at", FIELD_TIME, 0, NULL, &words.expires_at, NULL},
		{"term", FIELD_STRING, WORD_MAX, &words.term, NULL, NULL},
		{"kinds", FIELD_WORDS, KINDS_TEXT_ROOM, &kinds, NULL, NULL},
	};
	enum err err =
		fields_read(body, arena, fields,
			    sizeof(fields) / sizeof(fields[0]), ret_problem);

	if (!err)
		err = scopes_read(rules, arena, &read, ret_problem);
	if (!err)
		err = decision_read(&words, rules, &read, ret_problem);
	if (!err)
		err = kinds_words_read(kinds, arena, &read.kinds, ret_problem);
	if (!err)
		*ret = read;
	return err;
}

enum err permission_patch_read(struct view body, const struct body_rules *rules,
			       struct arena *arena, struct permission_body *ret,
			       struct problem *ret_problem)
{
	struct permission_body read = {0};
	const char *kinds = NULL;
	struct words words = {.origin = "admin", .expires_at = -1};
	const struct body_field fields[] = {
		{"state", FIELD_STRING, WORD_MAX, &words.state, NULL, NULL},
		{"origin", FIELD_STRING, WORD_MAX, &words.origin, NULL, NULL},
		{"evidence", FIELD_STRING, EVIDENCE_MAX, &read.evidence, NULL,
		 NULL},
		{"expires_at", FIELD_TIME, 0, NULL, &words.expires_at, NULL},
		{"term", FIELD_STRING, WORD_MAX, &words.term, NULL, NULL},
		{"kinds", FIELD_WORDS, KINDS_TEXT_ROOM, &kinds, NULL, NULL},
	};
	enum err err =
		fields_read(body, arena, fields,
			    sizeof(fields) / sizeof(fields[0]), ret_problem);

	if (!err && !words.state)
		err = field_problem(ret_problem, "state", "This is missing.");
	if (!err)
		err = decision_read(&words, rules, &read, ret_problem);
	if (!err)
		err = kinds_words_read(kinds, arena, &read.kinds, ret_problem);
	if (!err && kinds && read.state != PERMISSION_DENIED)
		err = field_problem(ret_problem, "kinds",
				    "A permission keeps its kinds; only a "
				    "deny may name some of them.");
	if (!err)
		*ret = read;
	return err;
}

/** A digest username: RFC 7616 section 3.4 puts it before a colon. */
static bool is_username(const char *text)
{
	return text[0] && !strpbrk(text, ":\"\\") &&
	       view_trim(view_of(text)).len == strlen(text);
}

/** The rights in "send answer"; @p words NULL: none was named, 0. */
static enum err rights_read(const char *words, unsigned *ret,
			    struct problem *ret_problem)
{
	struct view rest = view_of(words ? words : "");
	unsigned may = 0;

	while (rest.len) {
		size_t end = view_find(rest, ' ', 0);
		struct view word =
			view_head(rest, end < rest.len ? end : rest.len);

		if (view_equal(word, VIEW("send")))
			may |= ACCOUNT_SEND;
		else if (view_equal(word, VIEW("answer")))
			may |= ACCOUNT_ANSWER;
		else
			return field_problem(ret_problem, "may",
					     "Rights are send and answer.");
		rest = view_from(rest, word.len + (end < rest.len));
	}
	if (words && !may)
		return field_problem(ret_problem, "may",
				     "This must name send, answer or both.");
	*ret = may;
	return ERR_OK;
}

enum err user_body_read(struct view body, struct arena *arena,
			struct user_body *ret, struct problem *ret_problem)
{
	struct user_body read = {0};
	const char *may = NULL;
	const struct body_field fields[] = {
		{"aor", FIELD_STRING, URI_MAX_LEN, &read.aor, NULL, NULL},
		{"username", FIELD_STRING, USERNAME_MAX, &read.username, NULL,
		 NULL},
		{"realm", FIELD_STRING, URI_MAX_LEN, &read.realm, NULL, NULL},
		{"password", FIELD_STRING, PASSWORD_MAX, &read.password, NULL,
		 NULL},
		{"may", FIELD_WORDS, WORD_MAX, &may, NULL, NULL},
	};
	enum err err =
		fields_read(body, arena, fields,
			    sizeof(fields) / sizeof(fields[0]), ret_problem);

	if (!err)
		err = rights_read(may, &read.may, ret_problem);
	if (err)
		return err;
	if (!read.aor)
		return field_problem(ret_problem, "aor", "This is missing.");
	err = aor_read(arena, read.aor, &read.aor);
	if (err)
		return field_problem(ret_problem, "aor", uri_problem(err));
	if (!read.username || !is_username(read.username))
		return field_problem(
			ret_problem, "username",
			"This must be a name without colon, quote "
			"or backslash, and without space around it.");
	if (!read.password || !read.password[0])
		return field_problem(ret_problem, "password",
				     "This must not be empty.");
	*ret = read;
	return ERR_OK;
}

enum err user_patch_read(struct view body, struct arena *arena,
			 struct user_body *ret, struct problem *ret_problem)
{
	struct user_body read = {0};
	const char *may = NULL;
	const struct body_field fields[] = {
		{"password", FIELD_STRING, PASSWORD_MAX, &read.password, NULL,
		 NULL},
		{"may", FIELD_WORDS, WORD_MAX, &may, NULL, NULL},
	};
	enum err err =
		fields_read(body, arena, fields,
			    sizeof(fields) / sizeof(fields[0]), ret_problem);

	if (!err)
		err = rights_read(may, &read.may, ret_problem);
	if (err)
		return err;
	if (read.password ? !read.password[0] : !read.may)
		return field_problem(ret_problem, "password",
				     "This must not be empty.");
	*ret = read;
	return ERR_OK;
}

/** RFC 3261 section 25.1: a method is a token; ours are upper-case words. */
static bool is_method(const char *text)
{
	return text[0] &&
	       !text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")];
}

static enum err explain_check(struct explain_body *read, struct arena *arena,
			      struct problem *ret)
{
	if (!read->sender)
		return field_problem(ret, "sender", "This is missing.");
	if (!read->target)
		return field_problem(ret, "target", "This is missing.");
	if (!read->recipient)
		return field_problem(ret, "recipient", "This is missing.");
	if (!strcmp(read->sender, "anonymous"))
		read->sender = NULL;
	else if (aor_read(arena, read->sender, &read->sender))
		return field_problem(ret, "sender",
				     "This must be an address such as "
				     "sip:name@example.com, or anonymous.");
	if (uri_key(arena, view_of(read->target), &read->target))
		return field_problem(ret, "target",
				     "This must be one URI such as "
				     "sip:lists@relay.example.com.");
	read->recipient_uri = read->recipient;
	if (recipient_key_read(arena, read->recipient, &read->recipient))
		return field_problem(ret, "recipient",
				     "This must be one URI such as "
				     "sip:name@example.com.");
	if (!is_method(read->method))
		return field_problem(
			ret, "method",
			"This must be a SIP method such as MESSAGE.");
	return ERR_OK;
}

enum err explain_body_read(struct view body, struct arena *arena,
			   struct explain_body *ret,
			   struct problem *ret_problem)
{
	struct explain_body read = {.method = "MESSAGE"};
	const struct body_field fields[] = {
		{"sender", FIELD_STRING, URI_MAX_LEN, &read.sender, NULL, NULL},
		{"target", FIELD_STRING, URI_MAX_LEN, &read.target, NULL, NULL},
		{"recipient", FIELD_STRING, URI_MAX_LEN, &read.recipient, NULL,
		 NULL},
		{"method", FIELD_STRING, WORD_MAX, &read.method, NULL, NULL},
	};
	enum err err =
		fields_read(body, arena, fields,
			    sizeof(fields) / sizeof(fields[0]), ret_problem);

	if (!err)
		err = explain_check(&read, arena, ret_problem);
	if (!err)
		*ret = read;
	return err;
}
