/*
 * volensd -- the consent relay; see volensd(8).
 */
#include <getopt.h>

#include "server/base/log.h"
#include "server/config.h"
#include "server/daemon_private.h"

#define EXIT_USAGE 2

static const char usage[] =
	"Usage: volensd [-c FILE] [-t] [--accept-new-store]\n"
	"       volensd --version | --help\n"
	"\n"
	"  -c FILE        read the configuration from FILE (without: the "
	"defaults)\n"
	"  -t             check the configuration and its files, do not start\n"
	"  --accept-new-store\n"
	"                 start also where the database is missing, empty or\n"
	"                 another one than its record of revocations says\n"
	"  -V, --version  print the version\n"
	"  -h, --help     print this\n"
	"\n"
	"Stays in the foreground and logs to standard error.  SIGTERM finishes "
	"what\n"
	"is in flight.  See volensd(8) and volens.conf(5).\n";

struct command {
	const char *config_path; /**< NULL: the defaults */
	bool check_only;
	bool accept_new;
};

/** @return true to go on; else exit with *ret_code */
static bool command_parse(int argc, char **argv, struct command *ret,
			  int *ret_code)
{
	static const struct option longer[] = {
		{"accept-new-store", no_argument, NULL, 'a'},
		{"version", no_argument, NULL, 'V'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0}};
	int option;

	while ((option = getopt_long(argc, argv, "c:tVh", longer, NULL)) !=
	       -1) {
		switch (option) {
		case 'a':
			ret->accept_new = true;
			break;
		case 'c':
			ret->config_path = optarg;
			break;
		case 't':
			ret->check_only = true;
			break;
		case 'V':
			puts("volensd " PACKAGE_VERSION);
			*ret_code = EXIT_SUCCESS;
			return false;
		case 'h':
			fputs(usage, stdout);
			*ret_code = EXIT_SUCCESS;
			return false;
		default:
			fputs(usage, stderr);
			*ret_code = EXIT_USAGE;
			return false;
		}
	}
	if (optind == argc)
		return true;
	fprintf(stderr, "volensd: takes no argument: %s\n%s", argv[optind],
		usage);
	*ret_code = EXIT_USAGE;
	return false;
}

static int serve(const struct config *config)
{
	struct daemon *daemon;

	if (daemon_new(config, &daemon))
		return EXIT_FAILURE;
	daemon_run(daemon);
	daemon_free(daemon);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct command command = {NULL, false, false};
	struct config *config;
	int code;

	if (!command_parse(argc, argv, &command, &code))
		return code;
	housekeeping_prepare();
	if (config_load(command.config_path, &config))
		return EXIT_FAILURE;
	config->accept_new = command.accept_new;
	log_set_level((enum log_level)config->log_level);
	if (command.check_only)
		code = daemon_check(config) ? EXIT_FAILURE : EXIT_SUCCESS;
	else
		code = serve(config);
	config_free(config);
	return code;
}
