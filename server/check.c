/* volensd -t: the files that the configuration names, looked at without
 * changing one; a daemon may be running with them. */
#include <errno.h>
#include <unistd.h>

#include "api/admin_token.h"
#include "server/base/log.h"
#include "server/base/secret.h"
#include "server/daemon_private.h"

const char *store_missing(const char *leftover, struct arena *arena)
{
	return arena_printf(arena,
			    "it is missing or empty, but was here: %s is. Put "
			    "the database back, or start once with "
			    "--accept-new-store: denies stay in force, grants "
			    "and waiting messages are gone",
			    leftover);
}

const char *secret_problem(enum err err, int error)
{
	if (err == ERR_FORBIDDEN && error != EACCES)
		return "it is open to others than its owner: chmod 600";
	if (err == ERR_SYNTAX)
		return "it is not a secret of volens: put the right file back";
	return error ? strerror(error) : err_text(err);
}

static enum err fail(const char *what, const char *name, const char *why)
{
	log_event(LOG_EVENT_CHECK_FAILED, NULL, "what=%s name=%s reason=%s",
		  what, log_text(name), log_text(why));
	return ERR_IO;
}

static enum err check_secret(const char *store, struct arena *arena)
{
	const char *path = arena_printf(arena, "%s.secret", store);
	struct secret *secret;
	enum err err;

	if (access(path, F_OK) != 0)
		return ERR_OK; /* the first start makes it */
	errno = 0;
	err = secret_load(path, &secret);
	if (err)
		return fail("secret", path, secret_problem(err, errno));
	secret_free(secret);
	return ERR_OK;
}

static enum err check_token(const char *path)
{
	const char *problem = NULL;
	struct admin_token *admin;

	if (access(path, F_OK) != 0)
		return fail("admin-token-file", path, TOKEN_FILE_MISSING);
	if (admin_token_new(path, &admin, &problem))
		return fail("admin-token-file", path, problem);
	admin_token_free(admin);
	return ERR_OK;
}

static enum err check_tls(const struct config *config, struct arena *arena)
{
	const char *problem;
	struct tls *tls;

	if (certificates_load(config, arena, &tls, &problem))
		return fail("tls", config->tls_certificate, problem);
	if (tls)
		certificates_warn(config, tls);
	net_tls_free(tls);
	return ERR_OK;
}

static enum err check_credentials(const struct config *config,
				  struct arena *arena)
{
	struct sip_credentials credentials;
	const char *problem = setup_credentials(config, arena, &credentials);

	return problem ? fail("credential", "password-file", problem) : ERR_OK;
}

static enum err check_http(const struct config *config, struct arena *arena)
{
	struct api_settings settings = {.listen = config->http_listen,
					.origin = setup_origin(config, arena)};
	struct api_problem problem;
	struct https *https;
	enum err err = https_load(config, arena, &https, &problem.text);

	if (err)
		return fail("https", setup_https_listen(config), problem.text);
	settings.https = config->http_tls ? https : NULL;
	settings.page = setup_page(config, https, arena);
	err = api_check_listen(&settings, &problem);
	https_free(https);
	return err ? fail(problem.block, problem.listen, problem.text) : ERR_OK;
}

enum err daemon_check(const struct config *config)
{
	struct arena *arena = arena_new(0);
	const char *problem = store_look(config->store_path);
	enum err err = check_token(config->admin_token_file);

	const char *leftover = store_leftover(config->store_path, arena);

	if (!problem && leftover && !config->accept_new)
		problem = store_missing(leftover, arena);
	if (!problem)
		problem = store_look_record(config->store_path, arena);
	/* All that is wrong is told at once. */
	if (problem)
		err = fail("store", config->store_path, problem);
	if (check_secret(config->store_path, arena))
		err = ERR_IO;
	if (check_tls(config, arena))
		err = ERR_IO;
	if (check_credentials(config, arena))
		err = ERR_IO;
	if (check_http(config, arena))
		err = ERR_IO;
	trust_warn(config);
	arena_free(arena);
	return err;
}
