#include "api/handlers.h"

#include "api/bodies.h"
#include "api/shape.h"
#include "server/base/log.h"

#define NOUN "user"

static void answer_user(struct call *call, int status, const struct user *user)
{
	call->etag = user->etag;
	answer_json(call, status, shape_user(user));
}

void users_list(struct call *call)
{
	static const char *const known[] = {"aor", "username", "limit", "after",
					    NULL};
	const char *stranger = params_stranger(&call->params, known);
	const char *aor = params_value(&call->params, "aor");
	const char *username = params_value(&call->params, "username");
	struct listing listing;
	struct user *users = NULL;
	struct store *store;
	size_t n = 0;

	if (stranger || (aor && aor_read(call->arena, aor, &aor))) {
		answer_refusal(
			call, 400,
			arena_printf(call->arena, "The parameter %s %s.",
				     stranger ? stranger : "aor",
				     stranger ? "is not known here"
					      : "must be an address such as "
						"sip:name@example.com"));
		return;
	}
	if (!listing_open(call, &listing))
		return;
	enum err err = readers_take(call->api->readers, &store);

	if (!err) {
		err = store_user_list(store, aor, username,
				      listing_page(&listing), call->arena,
				      &users, &n);
		readers_give(call->api->readers, store);
	}
	if (err) {
		json_decref(listing.items);
		answer_err(call, err, NOUN);
		return;
	}
	for (size_t i = 0; i < n; i++)
		listing_add(&listing, users[i].id, shape_user(&users[i]));
	listing_close(&listing, call);
}

void user_get(struct call *call)
{
	struct user user;
	struct store *store;
	enum err err = readers_take(call->api->readers, &store);

	if (!err) {
		err = store_user_get(store, call->id, call->arena, &user);
		readers_give(call->api->readers, store);
	}
	if (err)
		answer_err(call, err, NOUN);
	else
		answer_user(call, 200, &user);
}

struct user_job {
	struct write_job job; /* first: the writer hands it back */
	const struct call *call;
	struct user user;     /**< what to write */
	const char *password; /**< NULL: no new one */
	struct user after;
};

/** The digests of the new password, under the name the account has. */
static void user_digest(struct user_job *put)
{
	const struct api_settings *settings = &put->call->api->settings;
	struct view name = view_of(put->user.username);
	struct view realm = view_of(settings->domain);
	struct view password = view_of(put->password);
	int n = settings->allow_md5 ? DIGEST_ALGORITHMS : DIGEST_SHA256 + 1;

	for (int i = 0; i < n; i++) {
		char *ha1 = arena_alloc(put->call->arena, DIGEST_HEX_MAX + 1);

		digest_ha1((enum digest_algorithm)i, name, realm, password,
			   ha1);
		put->user.ha1[i] = ha1;
	}
}

static enum err add_run(struct store *store, struct write_job *job)
{
	struct user_job *put = (struct user_job *)job;

	return store_user_add(store, &put->user, put->call->arena, &put->after);
}

/** The account as it is, if the client has read it so. */
static enum err user_read(struct store *store, struct user_job *put)
{
	enum err err = store_user_get(store, put->call->id, put->call->arena,
				      &put->user);

	if (!err && !call_if_match(put->call, put->user.etag))
		err = ERR_PRECONDITION;
	return err;
}

static enum err change_run(struct store *store, struct write_job *job)
{
	struct user_job *put = (struct user_job *)job;
	enum err err = user_read(store, put);

	if (err)
		return err;
	put->user.ha1[DIGEST_MD5] = NULL;
	user_digest(put);
	put->user.changed_at = put->call->now;
	return store_user_change(store, &put->user, NULL, put->call->arena,
				 &put->after);
}

static enum err remove_run(struct store *store, struct write_job *job)
{
	struct user_job *put = (struct user_job *)job;
	enum err err = user_read(store, put);

	return err ? err : store_user_remove(store, put->call->id, NULL);
}

/** Have it written; the password is wiped.  Answers when it fails. */
static bool user_call(struct call *call, struct user_job *put)
{
	enum err err = writer_call(call->api->settings.writer, &put->job);

	if (err == ERR_EXISTS || err == ERR_CONFLICT) {
		answer_fault(
			call,
			&(struct fault){.status = 409,
					.reason = "exists",
					.detail = "There is a user with this "
						  "username already."});
		return false;
	}
	if (err) {
		answer_err(call, err, NOUN);
		return false;
	}
	return true;
}

static void password_wipe(const char *password)
{
	char *bytes = (char *)(uintptr_t)password;

	explicit_bzero(bytes, strlen(bytes));
}

void users_post(struct call *call)
{
	struct user_body body;
	struct fault fault;

	if (user_body_read(text_view(&call->body), call->arena, &body,
			   &fault)) {
		answer_fault(call, &fault);
		return;
	}
	struct user_job put = {.job = {.run = add_run},
			       .call = call,
			       .user = {.aor = body.aor,
					.username = body.username,
					.created_at = call->now,
					.changed_at = call->now},
			       .password = body.password};

	user_digest(&put);
	password_wipe(body.password);
	if (!user_call(call, &put))
		return;
	log_event(LOG_INFO, NULL, "user", "user=%lld change=added aor=%s",
		  (long long)put.after.id, log_text(put.after.aor));
	call->location = arena_printf(call->arena, "/v1/users/%lld",
				      (long long)put.after.id);
	answer_user(call, 201, &put.after);
}

void user_patch(struct call *call)
{
	struct user_body body;
	struct fault fault;

	if (user_patch_read(text_view(&call->body), call->arena, &body,
			    &fault)) {
		answer_fault(call, &fault);
		return;
	}
	struct user_job put = {.job = {.run = change_run},
			       .call = call,
			       .password = body.password};
	bool is_done = user_call(call, &put);

	password_wipe(body.password);
	if (!is_done)
		return;
	log_event(LOG_INFO, NULL, "user", "user=%lld change=password",
		  (long long)call->id);
	answer_user(call, 200, &put.after);
}

void user_delete(struct call *call)
{
	struct user_job put = {.job = {.run = remove_run}, .call = call};

	if (!user_call(call, &put))
		return;
	log_event(LOG_INFO, NULL, "user", "user=%lld change=removed",
		  (long long)call->id);
	answer_nothing(call);
}
