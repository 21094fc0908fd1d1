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

enum err config_load_wording(const char *path, struct config *config)
{
	const char *file = config->wording_file, *what;
	struct wording_problem problem;
	struct view content;
	enum err err = check_languages(path, &config->languages);

	if (err)
		return err;
	wording_make(config->arena, config->languages.at, config->languages.n,
		     &config->wording);
	if (!*file)
		return ERR_OK;
	err = read_all(file, config->arena, &content, &what);
	if (err) {
		fprintf(stderr, "%s: wording %s: %s\n", path, log_text(file),
			what);
		return err;
	}
	err = wording_read(config->arena, content, &config->wording, &problem);
	if (err)
		fprintf(stderr, "%s:%zu: %s\n", file, problem.line,
			problem.what);
	return err;
}
