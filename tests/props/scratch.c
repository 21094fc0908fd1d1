#include "tests/props/scratch.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];
static char path[sizeof(folder) + 256];

void scratch_make(void)
{
	struct stat status;
	int has_shm =
		stat("/dev/shm", &status) == 0 && access("/dev/shm", W_OK) == 0;

	snprintf(folder, sizeof(folder), "%s/volens-props-XXXXXX",
		 has_shm ? "/dev/shm" : "/tmp");
	if (!mkdtemp(folder)) {
		perror(folder);
		exit(1);
	}
}

const char *scratch_path(const char *name)
{
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

void scratch_remove(void)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] != '.')
			unlink(scratch_path(entry->d_name));
	}
	if (dir)
		closedir(dir);
	rmdir(folder);
}
