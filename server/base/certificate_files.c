#include "server/base/certificate_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_OPEN_TO 0027 /* modes of a key's file that are refused */

enum err certificate_fail(struct certificate_problem *problem, enum err err,
			  const char *file, const char *reason)
{
	snprintf(problem->text, sizeof(problem->text), "%s: %s", file, reason);
	return err;
}

enum err certificate_file_open(const char *path, bool is_key, int *ret,
			       struct certificate_problem *ret_problem)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat status;
	enum err err = ERR_OK;

	if (fd < 0)
		return certificate_fail(ret_problem, ERR_IO, path,
					strerror(errno));
	if (fstat(fd, &status) || !S_ISREG(status.st_mode))
		err = certificate_fail(ret_problem, ERR_IO, path,
				       "is no regular file");
	else if (is_key && (status.st_mode & KEY_OPEN_TO))
		err = certificate_fail(
			ret_problem, ERR_FORBIDDEN, path,
			"is open to others than its owner: chmod 600");
	if (err)
		close(fd);
	else
		*ret = fd;
	return err;
}
