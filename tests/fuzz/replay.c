/*
 * replay -- run a fuzz target over its corpus: the main() of the targets where
 * libFuzzer has none.
 *
 * tests/fuzz/uri_fuzz reads $srcdir/tests/fuzz/corpus/uri, or the files and
 * folders that are named on its command line.
 */
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <libgen.h>
#include <string.h>
#include <sys/stat.h>

static int n_files;

static int fail(const char *path)
{
	perror(path);
	return 1;
}

static int replay_file(const char *path, size_t len)
{
	FILE *file = fopen(path, "rb");
	uint8_t *at;
	size_t n;

	if (!file)
		return fail(path);
	/* Exactly as long as the input: a sanitizer sees each byte beyond. */
	at = malloc(len ? len : 1);
	n = at ? fread(at, 1, len, file) : 0;
	fclose(file);
	if (n != len) {
		free(at);
		return fail(path);
	}
	LLVMFuzzerTestOneInput(at, len);
	free(at);
	n_files++;
	return 0;
}

static int replay(const char *path);

static int replay_dir(const char *path)
{
	struct dirent **names;
	int n = scandir(path, &names, NULL, alphasort);
	int failed = 0, i;

	if (n < 0)
		return fail(path);
	for (i = 0; i < n; i++) {
		char *inner = NULL;

		if (names[i]->d_name[0] != '.' && !failed) {
			if (asprintf(&inner, "%s/%s", path, names[i]->d_name) <
			    0)
				failed = fail(path);
			else
				failed = replay(inner);
			free(inner);
		}
		free(names[i]);
	}
	free(names);
	return failed;
}

static int replay(const char *path)
{
	struct stat about;

	if (stat(path, &about))
		return fail(path);
	if (S_ISDIR(about.st_mode))
		return replay_dir(path);
	return replay_file(path, (size_t)about.st_size);
}

/* The corpus of `.../<noun>_fuzz`. */
static int replay_own(char *program)
{
	const char *srcdir = getenv("srcdir");
	char *noun = basename(program), *end = strstr(noun, "_fuzz");
	char *path;
	int failed;

	if (!end ||
	    asprintf(&path, "%s/tests/fuzz/corpus/%.*s", srcdir ? srcdir : ".",
		     (int)(end - noun), noun) < 0)
		return fail(program);
	failed = replay(path);
	free(path);
	return failed;
}

int main(int argc, char **argv)
{
	int failed = 0, i;

	if (argc < 2)
		failed = replay_own(argv[0]);
	for (i = 1; i < argc && !failed; i++)
		failed = replay(argv[i]);
	if (!failed && !n_files) {
		fprintf(stderr, "%s: no corpus\n", argv[0]);
		failed = 1;
	}
	printf("%s: %d inputs\n", argv[0], n_files);
	return failed;
}
