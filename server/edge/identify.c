#include "server/edge/identify.h"

#include "db/accounts.h"
#include "server/edge/asserted.h"
#include "server/edge/intake.h"

#define CREDENTIALS_MAX                                                        \
	4 /* sets of our realm that are tried in one request                   \
	   */

static const enum field credential_fields[] = {FIELD_PROXY_AUTHORIZATION,
					       FIELD_AUTHORIZATION};

/* The realm is that of the domain that was addressed (RFC 3261 section 22.1):
 * whoever it is, another domain's account counts for nothing here.  By that
 * section "anonymous" is nobody's name: it says that nothing is proved. */
static bool is_for_us(const struct intake *intake, struct view value,
		      struct digest_credentials *ret)
{
	const char *domain = intake->target.domain;

	return digest_parse(value, ret) == ERR_OK &&
	       !view_equal(ret->username, VIEW("anonymous")) &&
	       view_equal(ret->realm,
			  view_of(domain ? domain
					 : intake->edge->settings.domain));
}

/* Step through the credentials of our realm in both fields: any number may be
 * there (RFC 3261 section 22.3). */
struct cursor {
	size_t field, at;
};
static bool next_credentials(const struct intake *intake, struct cursor *cursor,
			     struct digest_credentials *ret)
{
	struct view value;

	for (; cursor->field < 2; cursor->field++, cursor->at = 0)
		while (message_next(intake->received->message,
				    credential_fields[cursor->field],
				    &cursor->at, &value))
			if (is_for_us(intake, value, ret))
				return true;
	return false;
}

static bool is_asserted(const struct intake *intake)
{
	char method[16] = "";
	struct view name = intake->received->message->method;

	if (!intake->received->message->count[FIELD_P_ASSERTED_IDENTITY] ||
	    name.len >= sizeof(method))
		return false;
	memcpy(method, name.at, name.len);
	return trust_request_in(&(struct trust_arrival){
		       .from = intake->trust,
		       .method = method,
		       .is_secure = protocol_is_secure(
			       intake->received->from->peer.protocol),
		       .is_asserted = 1}) == IDENTITY_IN_ASSERTED;
}

bool identify_is_spoilt(const struct intake *intake)
{
	return is_asserted(intake) &&
	       !asserted_is_sound(intake->received->message);
}

bool identify_is_possible(const struct intake *intake)
{
	struct digest_credentials credentials;
	struct cursor cursor = {0};

	if (!intake->trust &&
	    intake->received->message->count[FIELD_P_ASSERTED_IDENTITY])
		count(intake->edge->counters, COUNT_PAI_STRIPPED);
	return is_asserted(intake) ||
	       next_credentials(intake, &cursor, &credentials);
}

static int64_t now_s(const struct edge *edge)
{
	return loop_now_ms(edge->loop) / 1000;
}

bool identify_is_promising(const struct intake *intake)
{
	struct edge *edge = intake->edge;
	struct digest_credentials credentials;
	struct cursor cursor = {0};

	while (next_credentials(intake, &cursor, &credentials))
		if (nonce_check(edge->nonces, credentials.nonce,
				digest_nc(&credentials),
				now_s(edge)) == NONCE_FRESH)
			return true;
	return false;
}

static bool is_same_uri(const struct intake *intake, struct arena *arena,
			struct view uri)
{
	const char *a, *b;

	if (view_equal(intake->received->message->uri, uri))
		return true;
	return uri_key(arena, intake->received->message->uri, &a) == ERR_OK &&
	       uri_key(arena, uri, &b) == ERR_OK && strcmp(a, b) == 0;
}

/*
 * RFC 7616 section 3.4.6: are the credentials meant for this request?  At a
 * service a URI of ours will do: there are clients that write the host alone.
 * At a consent URI exactly it, or those of a deny could be replayed at the
 * grant.
 */
static bool is_meant(const struct intake *intake, struct arena *arena,
		     struct view text)
{
	struct uri uri;

	if (is_same_uri(intake, arena, text))
		return true;
	return intake->target.kind != TARGET_TOKEN &&
	       uri_parse(text, &uri) == ERR_OK && uri.scheme == URI_SIP &&
	       targets_host_is_ours(intake->edge, &uri);
}

static bool is_allowed(const struct edge *edge,
		       const struct digest_credentials *credentials)
{
	return credentials->algorithm_known &&
	       (credentials->algorithm != DIGEST_MD5 ||
		edge->settings.md5 != MD5_NEVER);
}

static bool find_account(const struct intake *intake, struct arena *arena,
			 const struct digest_credentials *credentials,
			 struct account *ret)
{
	const struct accounts *accounts = intake->edge->settings.accounts;
	struct account_name name = {
		intake->target.domain ? intake->target.domain : "",
		credentials->username};
	const char *hidden = NULL;

	if (credentials->is_hashed) {
		hidden = accounts_unhash(accounts, &name, arena);
		if (!hidden)
			return false;
		name.username = view_of(hidden);
	}
	/* Nobody's name in a hash is nobody's name. */
	return !view_equal(name.username, VIEW("anonymous")) &&
	       accounts_find(accounts, &name, arena, ret) == ERR_OK;
}

/* A no needs no lockout to wait for, and neither does a peer that many people
 * share: it has to know them itself. */
static bool may_lock(const struct intake *intake)
{
	return !intake->is_claimed && !intake->trust &&
	       intake->module->row->purpose != PURPOSE_CHAT;
}

static struct lockout_try try_of(const struct intake *intake,
				 const struct digest_credentials *credentials)
{
	const struct edge *edge = intake->edge;
	struct lockout_try attempt = {
		.from = lockout_owner(edge->lockout,
				      &intake->received->from->peer.address),
		.realm = intake->target.domain ? intake->target.domain : "",
		.username = credentials->username,
		.now_ms = loop_now_ms(edge->loop)};

	if (!nonce_is_ours(edge->nonces, credentials->nonce, &attempt.given))
		attempt.given = attempt.from;
	return attempt;
}

static bool is_right(const struct intake *intake, struct arena *arena,
		     const struct digest_credentials *credentials,
		     struct account *ret)
{
	const char *ha1 = NULL;

	if (find_account(intake, arena, credentials, ret))
		ha1 = ret->ha1[credentials->algorithm];
	return digest_verify(credentials, ha1,
			     intake->received->message->method,
			     intake->received->message->body);
}

/*
 * One set of credentials.  Without a nonce that is good it is not looked at:
 * `stale` says so to everybody (RFC 7616 section 3.3), also after a restart,
 * and nobody can try passwords with a nonce that was given to no one.
 */
static void check_digest(const struct intake *intake, struct arena *arena,
			 const struct digest_credentials *credentials,
			 struct proof *proof)
{
	struct edge *edge = intake->edge;
	const struct lockout_try attempt = try_of(intake, credentials);
	uint32_t nc = digest_nc(credentials);
	struct account user = {0};

	if (!is_allowed(edge, credentials) || !nc)
		return;
	if (nonce_check(edge->nonces, credentials->nonce, nc, now_s(edge)) !=
	    NONCE_FRESH) {
		proof->is_stale = true;
		return;
	}
	proof->is_locked =
		may_lock(intake) && lockout_holds(edge->lockout, &attempt);
	if (proof->is_locked)
		return;
	if (!is_right(intake, arena, credentials, &user)) {
		lockout_failed(edge->lockout, &attempt);
		return;
	}
	if (!is_meant(intake, arena, credentials->uri))
		return;
	lockout_proved(edge->lockout, &attempt);
	nonce_used(edge->nonces, credentials->nonce, nc, now_s(edge));
	proof->sender = (struct identity){IDENTITY_DIGEST, {user.aor}};
	proof->asserted[0] = arena_printf(arena, "<%s>", user.aor);
	proof->may = user.may;
}

static void read_assertions(const struct intake *intake, struct arena *arena,
			    struct proof *proof)
{
	const struct asserted_source source = {
		.message = intake->received->message,
		.from = intake->trust,
		.known = intake->received->from_name.name.uri,
		.known_key = intake->from_key};
	struct asserted asserted;

	asserted_read(&source, arena, &asserted);
	if (asserted.sender.method == IDENTITY_NONE)
		return;
	proof->sender = asserted.sender;
	proof->vouched = asserted.vouched;
	memcpy(proof->asserted, asserted.text, sizeof(proof->asserted));
	proof->may = ACCOUNT_ALL; /* their peer knows what they may */
}

static void find_sender(const struct intake *intake, struct arena *arena,
			struct proof *ret)
{
	struct digest_credentials credentials;
	struct cursor cursor = {0};

	memset(ret, 0, sizeof(*ret));
	if (is_asserted(intake))
		read_assertions(intake, arena, ret);
	for (int n = 0; n < CREDENTIALS_MAX; n++) {
		if (ret->sender.method != IDENTITY_NONE ||
		    !next_credentials(intake, &cursor, &credentials))
			return;
		check_digest(intake, arena, &credentials, ret);
	}
}

void identify_sender(const struct intake *intake, struct arena *arena,
		     struct proof *ret)
{
	find_sender(intake, arena, ret);
	if (ret->sender.method != IDENTITY_NONE &&
	    protocol_is_reliable(intake->received->from->peer.protocol))
		transport_peer_identified(sip_transport(intake->edge->sip),
					  intake->received->from->connection);
}

/* As accounts have it: "" is the first. */
static const char *realm_of(const struct edge *edge, const char *name)
{
	return strcmp(name, edge->settings.domain) == 0 ? "" : name;
}

/* A client takes the first that it knows, and an account that lacks it could
 * not log in (RFC 8760 section 2.4).  Where that leaves none there is SHA-256,
 * which they all should have: a challenge has to be there. */
static unsigned offered_in(const struct edge *edge, const char *name)
{
	const char *realm = realm_of(edge, name);
	unsigned offered = 0;

	for (int i = 0; i < DIGEST_ALGORITHMS; i++) {
		enum digest_algorithm algorithm = (enum digest_algorithm)i;

		if (edge->settings.md5 !=
			    (algorithm == DIGEST_MD5 ? MD5_NEVER : MD5_ONLY) &&
		    !accounts_lack(edge->settings.accounts, realm, algorithm))
			offered |= 1U << i;
	}
	return offered ? offered : 1U << DIGEST_SHA256;
}

void identify_challenge(struct edge *edge, const struct challenge *challenge,
			struct text *ret_lines)
{
	const char *name = challenge->status == 401 ? "WWW-Authenticate"
						    : "Proxy-Authenticate";
	struct text nonce;
	const struct nonce_owner owner =
		lockout_owner(edge->lockout, challenge->to);
	unsigned offered = offered_in(edge, challenge->realm);
	int algorithm;

	for (algorithm = 0; algorithm < DIGEST_ALGORITHMS; algorithm++) {
		if (!(offered & 1U << algorithm))
			continue;
		text_init(&nonce, NULL);
		nonce_new(edge->nonces, now_s(edge), &owner, &nonce);
		text_printf(ret_lines, "%s: ", name);
		digest_challenge((enum digest_algorithm)algorithm,
				 challenge->realm, nonce.at,
				 challenge->is_stale, ret_lines);
		text_add(ret_lines, "\r\n");
		text_release(&nonce);
	}
}
