#include "server/base/token.h"

#include "server/base/chars.h"
#include "server/base/random.h"
#include "server/base/text.h"
#include "server/base/uri.h"

static const char letters[TOKEN_KINDS] = {[TOKEN_GRANT] = 'g',
					  [TOKEN_DENY] = 'd',
					  [TOKEN_TRIGGER] = 't',
					  [TOKEN_PAGE] = 'p',
					  [TOKEN_CHAT] = 'q'};

struct token token_random(void)
{
	struct token token;

	random_bytes(token.bytes, sizeof(token.bytes));
	return token;
}

char token_letter(enum token_kind kind)
{
	return letters[kind];
}

void token_format(enum token_kind kind, const struct token *token, char *ret)
{
	ret[0] = letters[kind];
	ret[1] = '-';
	hex_encode(token->bytes, TOKEN_LEN, ret + 2);
}

/** A user part that begins like one with a token. */
struct found {
	enum token_kind kind;
	char digits[TOKEN_HEX];
	size_t n; /**< of them */
};

static bool read_letter(struct view *text, enum token_kind *ret)
{
	int c = uri_next_char(text) | 0x20;
	enum token_kind kind = 0;

	while (kind < TOKEN_KINDS && letters[kind] != c)
		kind++;
	*ret = kind;
	return kind < TOKEN_KINDS && uri_next_char(text) == '-';
}

/* Digits that are not escaped: all of them, nearly always. */
static void take_plain(struct view *text, struct found *ret)
{
	size_t most = text->len < TOKEN_HEX ? text->len : TOKEN_HEX, n = 0;

	for (; n < most && char_is(text->at[n], CHAR_HEX); n++)
		ret->digits[n] = (char)(text->at[n] | 0x20);
	ret->n = n;
	*text = view_from(*text, n);
}

/* Letter, "-" and digits off @p text, in either case and escaped or not (RFC
 * 3261 section 19.1.2): the one reader of tokens. */
static bool take_user(struct view *text, struct found *ret)
{
	ret->n = 0;
	if (!read_letter(text, &ret->kind))
		return false;
	take_plain(text, ret);
	while (ret->n < TOKEN_HEX) {
		struct view rest = *text;
		int c = uri_next_char(&rest);

		if (c < 0 || hex_digit((char)c) < 0)
			break;
		ret->digits[ret->n++] = (char)(c | 0x20);
		*text = rest;
	}
	return true;
}

static enum err read_user(struct view *text, enum token_kind *ret_kind,
			  struct token *ret)
{
	struct found found;
	enum err err;

	if (!take_user(text, &found) || found.n < TOKEN_HEX)
		return ERR_SYNTAX;
	err = hex_decode((struct view){found.digits, TOKEN_HEX}, ret->bytes,
			 TOKEN_LEN);
	if (!err)
		*ret_kind = found.kind;
	return err;
}

/* ---- not to be shown ------------------------------------------------------
 */

/** Digits of a token that was cut off at the end of a text, from which on it is
 *  blotted out, too: what is shown leaves 68 bits to guess. */
#define CUT_HEX 16
#define BLOT "********"
#define BLOT_LEN (2 + sizeof(BLOT) - 1)

size_t token_shown_len(struct view text, enum token_kind *ret_kind)
{
	struct view rest = text;
	struct found found;

	if (!take_user(&rest, &found))
		return 0;
	if (found.n < TOKEN_HEX && (found.n < CUT_HEX || rest.len))
		return 0;
	*ret_kind = found.kind;
	return text.len - rest.len;
}

char *token_blot_to(char *to, enum token_kind kind)
{
	*to++ = letters[kind];
	*to++ = '-';
	return mempcpy(to, BLOT, sizeof(BLOT) - 1);
}

/** Where the next hyphen and the next percent sign stand; before the place that
 *  is asked for: not known. */
struct marks {
	size_t hyphen, percent;
};

/* A token has a hyphen or an escape behind its first letter, or begins with an
 * escape: @p i goes on to the next of them.  No byte is looked at twice for the
 * same sign. */
static bool mark_next(struct marks *marks, struct view text, size_t *i)
{
	if (marks->hyphen <= *i)
		marks->hyphen = view_find(text, '-', *i);
	if (marks->percent <= *i)
		marks->percent = view_find(text, '%', *i);
	*i = marks->hyphen < marks->percent ? marks->hyphen : marks->percent;
	return *i != SIZE_MAX;
}

bool token_may_be_in(struct view text)
{
	size_t i = 0;

	return mark_next(&(struct marks){.hyphen = 0}, text, &i);
}

size_t token_blot_bytes(char *at, size_t len)
{
	struct marks marks = {.hyphen = 0};
	size_t i = 0, n;

	while (mark_next(&marks, (struct view){at, len}, &i)) {
		enum token_kind kind;
		size_t begin = i ? i - 1 : 0; /* the letter, if it is one */

		n = token_shown_len((struct view){at + begin, len - begin},
				    &kind);
		if (!n && begin < i && at[i] == '%') {
			begin = i;
			n = token_shown_len((struct view){at + i, len - i},
					    &kind);
		}
		i++;
		if (!n)
			continue;
		memmove(token_blot_to(at + begin, kind), at + begin + n,
			len - begin - n);
		len -= n - BLOT_LEN;
		i = begin + BLOT_LEN;
		marks = (struct marks){.hyphen = 0};
	}
	return len;
}

void token_blot(char *text)
{
	text[token_blot_bytes(text, strlen(text))] = '\0';
}

/* ---- tokens ---------------------------------------------------------------
 */

enum err token_parse(struct view user, enum token_kind *ret_kind,
		     struct token *ret)
{
	enum token_kind kind;
	enum err err = read_user(&user, &kind, ret);

	if (!err && user.len)
		err = ERR_SYNTAX;
	if (!err)
		*ret_kind = kind;
	return err;
}

enum err token_find(struct view text, enum token_kind *ret_kind,
		    struct token *ret)
{
	enum token_kind kind;
	enum err err = read_user(&text, &kind, ret);

	if (!err && text.len &&
	    (text.at[0] == '%' || char_is(text.at[0], CHAR_UNRESERVED)))
		err = ERR_SYNTAX;
	if (!err)
		*ret_kind = kind;
	return err;
}

void token_hash(enum token_kind kind, const struct token *token,
		uint8_t ret[HASH_LEN])
{
	uint8_t text[1 + TOKEN_LEN];

	text[0] = (uint8_t)letters[kind];
	memcpy(text + 1, token->bytes, TOKEN_LEN);
	sha256(text, sizeof(text), ret);
}
