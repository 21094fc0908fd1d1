/* From the blocks credential to what next hops that ask are told. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policies/trust_domain.h"
#include "server/base/digest.h"
#include "server/daemon_private.h"

#define PASSWORD_MAX 1024

struct hops {
	const struct trust_network *at;
	size_t n;
};

static bool is_hop(const void *arg, const uint8_t address[16])
{
	const struct hops *hops = arg;

	for (size_t i = 0; i < hops->n; i++)
		if (trust_network_holds(&hops->at[i], address))
			return true;
	return false;
}

/* The first line. */
static const char *read_line(int fd, char room[PASSWORD_MAX])
{
	struct stat about;
	ssize_t n;

	if (fstat(fd, &about))
		return strerror(errno);
	if (!S_ISREG(about.st_mode))
		return "it is no regular file";
	if (about.st_mode & (S_IRWXG | S_IRWXO))
		return "it is open to others than its owner: chmod 600";
	n = read(fd, room, PASSWORD_MAX);
	if (n < 0)
		return strerror(errno);
	if (n == PASSWORD_MAX)
		return "it is too long for a password";
	room[n] = '\0';
	room[strcspn(room, "\r\n")] = '\0';
	return *room ? NULL : "its first line is empty";
}

static const char *missing_of(const struct credential_config *it)
{
	return !*it->realm	     ? "has no title, which is the realm"
	       : !*it->username	     ? "has no username"
	       : !*it->password_file ? "has no password-file"
				     : NULL;
}

static const char *read_secrets(const struct credential_config *from,
				struct digest_secrets *ret)
{
	char password[PASSWORD_MAX];
	int fd = open(from->password_file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	const char *problem;

	if (fd < 0)
		return strerror(errno);
	problem = read_line(fd, password);
	close(fd);
	for (int i = 0; i < DIGEST_ALGORITHMS && !problem; i++)
		digest_ha1((enum digest_algorithm)i, view_of(from->username),
			   view_of(from->realm), view_of(password),
			   ret->ha1[i]);
	explicit_bzero(password, sizeof(password));
	return problem;
}

static void set_hops(struct arena *arena, const struct credential_config *from,
		     struct sip_credential *to)
{
	struct hops *hops;

	if (!from->hops.n)
		return;
	hops = arena_alloc(arena, sizeof(*hops));
	*hops = (struct hops){setup_networks(arena, &from->hops), from->hops.n};
	to->is_hop = is_hop;
	to->arg = hops;
}

const char *setup_credentials(const struct config *config, struct arena *arena,
			      struct sip_credentials *ret)
{
	struct sip_credential *all =
		arena_array(arena, config->n_credentials + 1, sizeof(*all));

	*ret = (struct sip_credentials){all, config->n_credentials};
	for (size_t i = 0; i < config->n_credentials; i++) {
		const struct credential_config *from = &config->credentials[i];
		struct digest_secrets *secrets =
			arena_alloc(arena, sizeof(*secrets));
		const char *problem = missing_of(from);

		if (!problem)
			problem = read_secrets(from, secrets);
		if (problem)
			return arena_printf(arena, "credential %s %s: %s",
					    from->realm, from->password_file,
					    problem);
		all[i] = (struct sip_credential){.realm = from->realm,
						 .username = from->username,
						 .secrets = secrets,
						 .is_plain = from->plain != 0,
						 .is_weak = from->md5 != 0};
		set_hops(arena, from, &all[i]);
	}
	return NULL;
}
