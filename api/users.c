#include "api/handlers.h"

#include "api/bodies.h"
#include "api/json.h"
#include "db/accounts.h"
#include "server/base/log.h"

#define NOUN "user"

/** As it is told: "" is the first domain. */
static const char *realm_of(const struct exchange *exchange,
			    const struct account *user)
{
	return user->realm && *user->realm ? user->realm
					   : exchange->api->settings.domain;
}

static void respond_user(struct exchange *exchange, int status,
			 const struct account *user)
{
	exchange->etag = user->etag;
	respond_json(exchange, status,
		     json_user(user, realm_of(exchange, user)));
}

static bool filter_read(struct exchange *exchange, struct account_filter *ret)
{
	static const char *const known[] = {"aor",   "username", "domain",
					    "limit", "after",	 NULL};

	*ret = (struct account_filter){
		.username = params_value(&exchange->params, "username")};
	return exchange_knows(exchange, known) &&
	       exchange_domain(exchange, &ret->realm) &&
	       exchange_aor(exchange, "aor", &ret->aor);
}

static enum err list_fill(struct exchange *exchange, struct store *store,
			  const void *filter, struct listing *listing)
{
	struct account_filter of = *(const struct account_filter *)filter;
	struct account *users;
	size_t n;
	enum err err;

	of.page = listing_page(listing);
	err = store_account_list(store, &of, exchange->arena, &users, &n);
	if (err)
		return err;
	for (size_t i = 0; i < n; i++)
		listing_add(
			listing, users[i].id,
			json_user(&users[i], realm_of(exchange, &users[i])));
	return ERR_OK;
}

void users_list(struct exchange *exchange)
{
	struct account_filter filter;

	if (filter_read(exchange, &filter))
		respond_listing(exchange, list_fill, &filter, NOUN);
}

static enum err user_look(struct exchange *exchange, struct store *store,
			  void *ret)
{
	return store_account_get(store, exchange->id, exchange->arena, ret);
}

void user_get(struct exchange *exchange)
{
	struct account user;

	if (exchange_read(exchange, user_look, &user, NOUN))
		respond_user(exchange, 200, &user);
}

struct user_job {
	struct pieces pieces; /* first: the writer hands back its job */
	const struct exchange *exchange;
	struct account user;  /**< what to write */
	const char *password; /**< NULL: no new one */
	unsigned may;	      /**< 0: as it was */
	struct account after;
};

/** All digests of the new password, under the name the account has: so a
 *  setting that offers another one needs no new passwords. */
static void user_digest(struct user_job *put)
{
	struct view name = view_of(put->user.username);
	struct view realm = view_of(realm_of(put->exchange, &put->user));
	struct view password = view_of(put->password);

	for (int i = 0; i < DIGEST_ALGORITHMS; i++) {
		char *ha1 =
			arena_alloc(put->exchange->arena, DIGEST_HEX_MAX + 1);

		digest_ha1((enum digest_algorithm)i, name, realm, password,
			   ha1);
		put->user.ha1[i] = ha1;
	}
}

static enum err add_run(struct store *store, struct write_job *job)
{
	struct user_job *put = (struct user_job *)job;

	return store_account_add(store, &put->user, put->exchange->arena,
				 &put->after);
}

/** The account as it is, if the client has read it so. */
static enum err account_read(struct store *store, struct user_job *put)
{
	enum err err = store_account_get(store, put->exchange->id,
					 put->exchange->arena, &put->user);

	if (!err && !exchange_if_match(put->exchange, put->user.etag))
		err = ERR_PRECONDITION;
	return err;
}

static enum err change_run(struct store *store, struct write_job *job)
{
	struct user_job *put = (struct user_job *)job;
	enum err err = account_read(store, put);

	if (err)
		return err;
	if (put->password)
		user_digest(put);
	if (put->may)
		put->user.may = put->may;
	put->user.changed_at = put->exchange->now;
	return store_account_change(store, &put->user, NULL,
				    put->exchange->arena, &put->after);
}

static enum err remove_run(struct store *store, struct write_job *job)
{
	struct user_job *put = (struct user_job *)job;
	int64_t id = put->exchange->id;
	bool *has_more = &put->pieces.has_more;
	enum err err = account_read(store, put);

	if (!err)
		err = store_account_end_some(store, id, has_more);
	return err || *has_more ? err : store_account_remove(store, id, NULL);
}

/** Have it written; the password is wiped.  Responds when it fails. */
static bool user_call(struct exchange *exchange, struct user_job *put)
{
	enum err err = exchange_write_pieces(exchange, &put->pieces);

	if (err == ERR_HOSTILE) {
		respond_problem(
			exchange,
			&(struct problem){
				.status = 409,
				.reason = "name-taken",
				.detail = "This address is that of a stored "
					  "list; a list is nobody."});
		return false;
	}
	if (err == ERR_EXISTS || err == ERR_CONFLICT) {
		respond_problem(
			exchange,
			&(struct problem){.status = 409,
					  .reason = "exists",
					  .detail = "There is a user with this "
						    "username already, in the "
						    "same domain."});
		return false;
	}
	if (err) {
		respond_err(exchange, err, NOUN);
		return false;
	}
	return true;
}

static void password_wipe(const char *password)
{
	char *bytes = (char *)(uintptr_t)password;

	if (!bytes)
		return;
	explicit_bzero(bytes, strlen(bytes));
}

static const char *rights_text(unsigned may)
{
	return may == ACCOUNT_ALL    ? "send,answer"
	       : may == ACCOUNT_SEND ? "send"
				     : "answer";
}

/** One name is one thing. */
static bool is_relay(const struct exchange *exchange, const char *aor)
{
	struct uri uri;

	return !uri_parse(view_of(aor), &uri) &&
	       ours_has(&exchange->api->settings.ours, &uri);
}

static void respond_relay(struct exchange *exchange)
{
	respond_problem(
		exchange,
		&(struct problem){.status = 409,
				  .reason = "name-taken",
				  .detail = "This address is the relay's own: "
					    "a service, or one of its consent "
					    "or conference URIs."});
}

/** Whose account it is: the domain that is named, else that of the AOR where it
 *  is one of ours, else the first.  False: it has responded. */
static bool find_realm(struct exchange *exchange, const struct user_body *body,
		       const char **ret)
{
	const struct api_settings *settings = &exchange->api->settings;
	const char *found = domains_of(&settings->domains, body->aor);

	if (body->realm && strcmp(body->realm, settings->domain) == 0)
		found = NULL;
	else if (body->realm)
		found = domains_find(&settings->domains, view_of(body->realm));
	*ret = found ? found : "";
	if (found || !body->realm || strcmp(body->realm, settings->domain) == 0)
		return true;
	respond_problem(exchange,
			&(struct problem){.status = 422,
					  .reason = "field",
					  .field = "realm",
					  .detail = "This must be a domain of "
						    "ours."});
	return false;
}

void users_post(struct exchange *exchange)
{
	struct user_body body;
	struct problem problem;
	const char *realm;

	if (user_body_read(text_view(&exchange->body), exchange->arena, &body,
			   &problem)) {
		respond_problem(exchange, &problem);
		return;
	}
	if (is_relay(exchange, body.aor)) {
		password_wipe(body.password);
		respond_relay(exchange);
		return;
	}
	if (!find_realm(exchange, &body, &realm)) {
		password_wipe(body.password);
		return;
	}
	struct user_job put = {.pieces.job = {.run = add_run},
			       .exchange = exchange,
			       .user = {.aor = body.aor,
					.realm = realm,
					.username = body.username,
					.may = body.may,
					.created_at = exchange->now,
					.changed_at = exchange->now},
			       .password = body.password};

	user_digest(&put);
	password_wipe(body.password);
	if (!user_call(exchange, &put))
		return;
	log_event(LOG_EVENT_USER_CHANGED, NULL,
		  "user=%lld change=added aor=%s may=%s",
		  (long long)put.after.id, log_text(put.after.aor),
		  rights_text(put.after.may));
	exchange->location = arena_printf(exchange->arena, "/v1/users/%lld",
					  (long long)put.after.id);
	respond_user(exchange, 201, &put.after);
}

void user_patch(struct exchange *exchange)
{
	struct user_body body;
	struct problem problem;

	if (user_patch_read(text_view(&exchange->body), exchange->arena, &body,
			    &problem)) {
		respond_problem(exchange, &problem);
		return;
	}
	struct user_job put = {.pieces.job = {.run = change_run},
			       .exchange = exchange,
			       .password = body.password,
			       .may = body.may};
	bool is_done = user_call(exchange, &put);

	password_wipe(body.password);
	if (!is_done)
		return;
	log_event(LOG_EVENT_USER_CHANGED, NULL, "user=%lld change=%s may=%s",
		  (long long)exchange->id,
		  body.password ? "password" : "rights",
		  rights_text(put.after.may));
	respond_user(exchange, 200, &put.after);
}

/** In pieces: what ends with it may be much. */
void user_delete(struct exchange *exchange)
{
	struct user_job put = {
		.pieces.job = {.run = remove_run, .is_one_step = true},
		.exchange = exchange};

	if (!user_call(exchange, &put))
		return;
	log_event(LOG_EVENT_USER_CHANGED, NULL, "user=%lld change=removed",
		  (long long)exchange->id);
	respond_no_content(exchange);
}
