#include "server/config_wording.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/base/log.h"
#include "server/words/wording_file.h"

/** All of a regular file; it may not grow while it is read. */
static enum err read_all(const char *path, struct arena *arena,
			 struct view *ret, const char **ret_problem)
{
	char *room = arena_alloc(arena, WORDING_FILE_MAX + 1);
	struct stat status;
	ssize_t n = -1;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd >= 0 && !fstat(fd, &status) && !S_ISREG(status.st_mode)) {
		*ret_problem = "is no regular file";
		close(fd);
		return ERR_IO;
	}
	if (fd >= 0)
		n = read(fd, room, WORDING_FILE_MAX + 1);
	*ret_problem = strerror(errno);
	if (fd >= 0)
		close(fd);
	*ret = (struct view){room, n < 0 ? 0 : (size_t)n};
	return n < 0 ? ERR_IO : ERR_OK;
}

static enum err check_languages(const char *path,
				const struct strings *languages)
{
	for (size_t i = 0; i < languages->n; i++)
		for (size_t j = 0; j < i; j++)
			if (strcmp(languages->at[i], languages->at[j]) == 0) {
				fprintf(stderr,
					"%s: languages names %s twice\n", path,
					languages->at[i]);
				return ERR_SYNTAX;
			}
	return ERR_OK;
}

/** Where one wording comes from. */
struct source {
	const char *path; /**< of the configuration */
	const struct strings *languages;
	const char *file; /**< "": none */
};

static enum err load(const struct source *from, struct arena *arena,
		     struct wording *ret)
{
	struct wording_problem problem;
	struct view content;
	const char *what;
	enum err err = check_languages(from->path, from->languages);

	if (err)
		return err;
	wording_make(arena, from->languages->at, from->languages->n, ret);
	if (!*from->file)
		return ERR_OK;
	err = read_all(from->file, arena, &content, &what);
	if (err) {
		fprintf(stderr, "%s: wording %s: %s\n", from->path,
			log_text(from->file), what);
		return err;
	}
	err = wording_read(arena, content, ret, &problem);
	if (err)
		fprintf(stderr, "%s:%zu: %s\n", from->file, problem.line,
			problem.what);
	return err;
}

/* Not the relay's file: it may name who runs the first domain. */
static enum err load_domains(const char *path, struct config *config)
{
	struct wording *all =
		arena_array(config->arena, config->n_domains + 1, sizeof(*all));
	size_t n = 0;
	enum err err = ERR_OK;

	for (size_t i = 0; i < config->n_domains && !err; i++) {
		const struct domain_config *domain = &config->domains[i];
		const struct strings *languages = &domain->languages;

		if (!languages->n && !*domain->wording_file)
			continue;
		if (!languages->n)
			languages = &config->languages;
		err = load(
			&(struct source){path, languages, domain->wording_file},
			config->arena, &all[n]);
		all[n++].domain = domain->name;
	}
	config->wording.domains = all;
	config->wording.n_domains = n;
	return err;
}

enum err config_load_wording(const char *path, struct config *config)
{
	enum err err = load(&(struct source){path, &config->languages,
					     config->wording_file},
			    config->arena, &config->wording);

	return err ? err : load_domains(path, config);
}
