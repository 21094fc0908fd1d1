/* Who is believed, and who is told: RFC 3324, RFC 3325, RFC 5876 and the draft
 * before it, RFC 3323.  No code of the relay is asked. */
#include <strings.h>

#include "tests/props/asserted.h"

static bool is_in(const struct block *block, size_t i, const uint8_t bytes[16],
		  bool is_v4)
{
	const struct place *place = &world.places[block->place[i]];
	int first = is_v4 ? 96 : 0;

	if (place->is_v4 != is_v4)
		return false;
	for (int bit = first; bit < first + block->bits[i]; bit++) {
		if (((place->bytes[bit / 8] ^ bytes[bit / 8]) >>
		     (7 - bit % 8)) &
		    1)
			return false;
	}
	return true;
}

static bool proves(const struct block *block, const struct peer *peer)
{
	for (size_t i = 0; i < block->n_names; i++) {
		for (size_t j = 0; peer->names && peer->names[j]; j++) {
			if (!strcasecmp(block->names[i], peer->names[j]))
				return true;
		}
	}
	return false;
}

/* RFC 3324 section 2.3: known, and over a connection that is secure or is taken
 * to be. */
static bool is_member(const struct block *block, const struct peer *peer)
{
	bool is_v4 = peer->address.any.sa_family == AF_INET, is_near = false;
	uint8_t bytes[16];

	address_bytes(&peer->address, bytes);
	for (size_t i = 0; i < block->n_networks; i++)
		is_near |= is_in(block, i, bytes, is_v4);
	if (!block->n_networks && !block->n_names)
		return false;
	if ((block->n_networks && !is_near) ||
	    (block->n_names && !proves(block, peer)))
		return false;
	return peer->protocol == PROTOCOL_TLS ||
	       block->plain == TRUST_PLAIN_YES ||
	       (block->plain == TRUST_PLAIN_TCP &&
		peer->protocol == PROTOCOL_TCP);
}

const struct block *model_block(const struct peer *peer)
{
	for (size_t i = 0; i < world.n_blocks; i++) {
		if (is_member(&world.blocks[i], peer))
			return &world.blocks[i];
	}
	return NULL;
}

static bool is(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

bool model_believes(const struct block *from, const char *method,
		    bool is_secure)
{
	if (!from || !from->is_believed || from->spec == TRUST_NONE)
		return false;
	if (from->spec == TRUST_DRAFT_06)
		return is_secure || !is(method, "REGISTER");
	return !is(method, "ACK") && !is(method, "CANCEL");
}

/* RFC 5876 section 4.5: one sip or sips URI, one tel URI, nothing else. */
static void take(struct ask *ask, const struct said *said)
{
	if (said->scheme == SAID_OTHER || ask->n_may == 2 ||
	    (ask->n_may == 1 && ask->may[0].scheme == said->scheme))
		return;
	ask->may[ask->n_may++] = *said;
}

/* A believed member whose header field cannot be read speaks for nobody. */
void model_identify(struct ask *ask)
{
	const struct peer *peer = &ask->flow.peer;
	bool is_believed = model_believes(model_block(peer), ask->method,
					  peer->protocol == PROTOCOL_TLS);

	ask->n_may = 0;
	ask->is_own = false;
	for (unsigned i = 0; is_believed && i < ask->n_lines; i++) {
		for (unsigned j = 0; j < ask->lines[i].n_said; j++) {
			if (ask->lines[i].said[j].is_unsound) {
				ask->n_may = 0;
				return;
			}
			take(ask, &ask->lines[i].said[j]);
		}
	}
	if (ask->n_may || !ask->account || !ask->is_repeated ||
	    ask->is_wrong_password)
		return;
	ask->n_may = 1;
	ask->is_own = true;
	ask->may[0] = (struct said){.scheme = SAID_SIP};
	snprintf(ask->may[0].uri, sizeof(ask->may[0].uri),
		 "sip:%s@" ASSERTED_DOMAIN, ask->account);
}

/* A grant lasts, so it takes more than being believed. */
bool model_vouches(const struct ask *ask, const char *recipient)
{
	const struct block *block = model_block(&ask->flow.peer);
	const char *host = strchr(recipient, '@');

	for (unsigned i = 0; !ask->is_own && i < ask->n_may; i++) {
		if (strcmp(ask->may[i].uri, recipient) != 0)
			continue;
		for (size_t j = 0; block && host && j < block->n_users; j++) {
			if (is(host + 1, world_names[j]))
				return true;
		}
	}
	return false;
}

/* RFC 3325 section 9.1. */
static bool is_of_3325(const char *method)
{
	return is(method, "BYE") || is(method, "INVITE") ||
	       is(method, "OPTIONS") || is(method, "SUBSCRIBE") ||
	       is(method, "NOTIFY") || is(method, "REFER");
}

/* RFC 3325 section 7, RFC 5365 section 7.2. */
static enum told tells_outside(const struct wish *wish)
{
	return wish->none || (!wish->is_any && world.tells_outside)
		       ? TOLD_ASSERTED
		       : TOLD_NOTHING;
}

enum told model_tells(const struct block *to, const char *method,
		      const struct wish *wish)
{
	bool is_inside =
		to && to->spec != TRUST_NONE && to->tell != TRUST_TELL_NO;

	if (is(method, "CANCEL") ||
	    (is(method, "ACK") && !(to && to->spec == TRUST_DRAFT_06)))
		return TOLD_NOTHING;
	if (!is_inside)
		return tells_outside(wish);
	if (to->spec == TRUST_RFC3325 && (wish->id || wish->user) &&
	    !is_of_3325(method))
		return TOLD_NOTHING;
	return to->tell == TRUST_TELL_PREFERRED ? TOLD_PREFERRED
						: TOLD_ASSERTED;
}

/* RFC 5876 has none; the draft's section "UAS Behaviour". */
enum told model_tells_in_response(const struct block *to)
{
	if (!to || !to->is_in_responses || to->spec == TRUST_NONE ||
	    to->tell == TRUST_TELL_NO)
		return TOLD_NOTHING;
	return to->tell == TRUST_TELL_PREFERRED ? TOLD_PREFERRED
						: TOLD_ASSERTED;
}
