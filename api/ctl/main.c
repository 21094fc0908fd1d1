/* volensctl: what an operator does with a running relay. */
#include "config.h"

#include <locale.h>
#include <unistd.h>

#include "api/ctl/commands.h"
#include "api/ctl/print.h"
#include "server/base/token.h"

#define URL_DEFAULT "http://127.0.0.1:8080"
#define TOKEN_FILE_SYSTEM "/etc/volens/admin.token"
#define TOKEN_FILE_DEFAULT "var/admin.token"

#define WORDS_MAX 1001 /* the service or id, and 1,000 to call */

/* clang-format off */
struct command {
	const char *noun, *verb; /**< verb NULL: the noun is all */
	int least, most;         /**< words after it */
	const char *letters;     /**< options it understands */
	command_fn *run;
	const char *words, *help;
};

static const struct command commands[] = {
	{"status",     NULL,       0, 0, "",      status_run,            "",                                     "is the relay ready, and what has it done"},
	{"explain",    NULL,       3, 4, "M",     explain_run,           "SENDER TARGET RECIPIENT [--method METHOD]",     "would a request be relayed, and why"},
	{"why",        NULL,       1, 1, "sLdc",  why_run,               "RECIPIENT [--from SENDER] [--last | --id ID | --call-id C]", "what became of a message or call for one recipient, and why"},
	{"request",    "list",     0, 0, "sgrcnl",request_list_run,      "[--sender S] [--target T] [--recipient R] [--call-id C] [--since WHEN] [--limit N]", "what was sent, newest first"},
	{"request",    "show",     1, 1, "",      request_show_run,      "ID",                                   "what became of each of its recipients"},
	{"permission", "list",     0, 0, "sgrSolKxFE", permission_list_run, "[--sender S] [--target T] [--recipient R] [--state S] [--origin O] [--kind K] [--domain D] [--expires WITHIN] [--unanswered-for TIME] [--limit N]", "all permissions, or some"},
	{"permission", "show",     1, 1, "",      permission_show_run,   "ID",                                   "all about one"},
	{"permission", "ask",      0, WORDS_MAX, "xeiwysgqSF", permission_ask_run, "SENDER TARGET RECIPIENT [--kinds KINDS] | ID... | --list NAME | --sender S --target T [--term TERM] [--state waiting|error] [--unanswered-for TIME]", "have the recipient asked, or those who did not answer once more"},
	{"permission", "grant",    1, 3, "exiwy", permission_grant_run,  "SENDER TARGET RECIPIENT [--kinds KINDS] | ID --evidence TEXT [--expires WHEN | --term TERM] [--import]", "grant for the recipient, on evidence"},
	{"permission", "deny",     1, 3, "exwP",  permission_deny_run,   "SENDER TARGET RECIPIENT | ID [--kinds KINDS] [--evidence TEXT | --by-recipient EVIDENCE]", "deny it, or some kinds of it"},
	{"permission", "remove",   1, 3, "K",     permission_remove_run, "SENDER TARGET RECIPIENT [--kind K] | ID", "forget it"},
	{"user",       "list",     0, 0, "lE",    user_list_run,         "[--domain D] [--limit N]",             "all accounts, or those of one domain"},
	{"user",       "add",      1, 2, "pmE",   user_add_run,          "AOR [USERNAME] [--may RIGHTS] [--domain D] [--password-file FILE]", "add an account; asks for the password"},
	{"user",       "password", 1, 1, "pE",    user_password_run,     "ID | USERNAME | AOR [--domain D] [--password-file FILE]", "give it a new password"},
	{"user",       "may",      2, 2, "E",     user_may_run,          "ID | USERNAME | AOR RIGHTS [--domain D]", "send, answer, or send,answer: what it is good for"},
	{"user",       "remove",   1, 1, "E",     user_remove_run,       "ID | USERNAME | AOR [--domain D]",     "remove it"},
	{"list",       "list",     0, 0, "OlE",   list_list_run,         "[--owner AOR] [--domain D] [--limit N]", "all stored lists, or those of one owner or domain"},
	{"list",       "show",     1, 1, "l",     list_show_run,         "NAME [--limit N]",                     "all about one, and who in it has granted it"},
	{"list",       "create",   1, 1, "OURwN", list_create_run,       "NAME --owner AOR [--use USE] [--replies REPLIES] [--kinds KINDS] [--name TEXT]", "make one"},
	{"list",       "set",      1, 1, "OURwN", list_set_run,          "NAME [--owner AOR] [--use USE] [--replies REPLIES] [--kinds KINDS] [--name TEXT]", "change it; who has to be asked for more is"},
	{"list",       "add",      2, WORDS_MAX, "CAyNIG", list_add_run, "NAME URI... [--name TEXT] [--copy ROLE] [--anonymous] [--term TERM] [--inside LIST] [--from-list OTHER]", "add people; they are asked"},
	{"list",       "nest",     2, 2, "I",     list_nest_run,         "NAME INNER [--inside LIST]",           "make a list inside, with a name of its own"},
	{"list",       "remove",   2, 2, "",      list_remove_run,       "NAME URI | NAME ID",                   "take an entry out, with what it permitted"},
	{"list",       "delete",   1, 1, "",      list_delete_run,       "NAME",                                 "remove it, with all that is permitted through it"},
	{"import",     "list",     0, 0, "lE",    import_list_run,       "[--domain D] [--limit N]",             "all imports, or those of one domain"},
	{"import",     "show",     1, 1, "",      import_show_run,       "ID",                                   "what one did, and how its people stand now"},
	{"import",     "take-back", 1, WORDS_MAX, "", import_take_back_run, "ID...",                                  "undo what nobody said again since"},
	{"import",     NULL,       1, 1, "qsgBewxyzDYl", import_run,      "FILE --mode ask|granted|stop --list NAME | --sender S --target T [--evidence TEXT] [--kinds KINDS] [--expires WHEN | --term TERM] [--skip-denied] [--dry-run | --yes] [--limit N]", "ask many people, grant or stop for them; shows first what it would do"},
	{"delivery",   "list",     0, 0, "sgrSl", delivery_list_run,     "[--sender S] [--target T] [--recipient R] [--state S] [--limit N]", "what is on its way, waits or has failed"},
	{"delivery",   "show",     1, 1, "",      delivery_show_run,     "ID",                                   "all about one"},
	{"delivery",   "retry",    1, 1, "",      delivery_retry_run,    "ID",                                   "try it now"},
	{"delivery",   "remove",   1, 1, "",      delivery_remove_run,   "ID",                                   "give up on it"},
	{"conference", "list",     0, 0, "sSl",   conference_list_run,   "[--sender S] [--state live|ended] [--limit N]", "conferences that run or ran in the last day"},
	{"conference", "show",     1, 1, "",      conference_show_run,   "ID",                                   "who is in one, and why others are not"},
	{"conference", "create",   2, WORDS_MAX, "sbk", conference_create_run, "SERVICE --sender AOR URI... [--subject TEXT] [--skip-missing]", "call people into a conference"},
	{"conference", "add",      2, WORDS_MAX, "k", conference_add_run, "ID URI... [--skip-missing]",          "call more people"},
	{"conference", "remove",   2, 2, "",      conference_remove_run, "ID PARTY",                             "send somebody away"},
	{"conference", "redial",   2, 2, "",      conference_redial_run, "ID PARTY",                             "call somebody again who is gone"},
	{"conference", "mute",     1, 2, "a",     conference_mute_run,   "ID PARTY | ID --all",                  "nobody hears them"},
	{"conference", "unmute",   1, 2, "a",     conference_unmute_run, "ID PARTY | ID --all",                  "they are heard again"},
	{"conference", "lock",     1, 1, "",      conference_lock_run,   "ID",                                   "nobody joins any more"},
	{"conference", "unlock",   1, 1, "",      conference_unlock_run, "ID",                                   "people can join again"},
	{"conference", "end",      1, 1, "",      conference_end_run,    "ID",                                   "send everybody away"},
	{"conference", "watch",    1, 1, "",      conference_watch_run,  "ID",                                   "follow it until it ends"},
	{"trust",      "list",     0, 0, "",      trust_list_run,        "",                                     "the trust domains"},
	{"trust",      "check",    1, 1, "TN",    trust_check_run,       "URI | ADDRESS [--transport T] [--name NAME]", "is it believed, and is it told who sends"},
	{"metrics",    NULL,       0, 0, "",      metrics_run,           "",                                     "counters, as Prometheus reads them"},
};
/* clang-format on */
#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

/** The command and its words, broken before the 80th column. */
static void command_print(const struct command *command)
{
	const char *word = command->words;
	int column = printf("  %s%s%s", command->noun, command->verb ? " " : "",
			    command->verb ? command->verb : "");

	while (*word) {
		size_t len = strcspn(word, " ");
		size_t end = len;

		/* "[--sender S]" stays together. */
		if (word[0] == '[')
			end = strcspn(word, "]") + 1;
		else if (word[0] == '-' && word[len])
			end = len + 1 + strcspn(word + len + 1, " ");
		if (column + (int)end + 1 >= 80)
			column = printf("\n     ") - 1;
		column += printf(" %.*s", (int)end, word);
		word += end + strspn(word + end, " ");
	}
	printf("\n      %s\n", command->help);
}

/** All commands, or those of one noun. */
static void help_print(const char *noun)
{
	puts("Usage: volensctl [OPTIONS] COMMAND ...\n\nCommands:");
	for (size_t i = 0; i < N_COMMANDS; i++) {
		if (!noun || !strcmp(noun, commands[i].noun))
			command_print(&commands[i]);
	}
	puts("\nOptions:\n"
	     "  -u, --url URL          address of the relay (" URL_DEFAULT ",\n"
	     "                         or VOLENS_URL)\n"
	     "  -t, --token-file FILE  admin token (VOLENS_TOKEN_FILE, or "
	     "else\n"
	     "                         " TOKEN_FILE_SYSTEM
	     ", " TOKEN_FILE_DEFAULT ")\n"
	     "      --ca-file FILE     authority of its certificate "
	     "(VOLENS_CA_FILE, "
	     "or else\n"
	     "                         those of the system)\n"
	     "      --json             print JSON instead of text\n"
	     "  -h, --help             this text\n"
	     "  -V, --version          version\n\n"
	     "`volensctl help NOUN` shows the commands of one noun.  SENDER is "
	     "an address,\n*@domain, * or anonymous; TARGET a URI or *; sip: "
	     "may be left out.  WHEN is 30d,\n12h, a time such as "
	     "2030-01-02T03:04:05Z, or never.  See volensctl(1).");
}

/** The command that was meant; NULL when none is like it. */
static const struct command *command_like(char **words, bool is_noun)
{
	const struct command *best = NULL;
	unsigned least = 3; /* more than two letters off is another word */

	for (size_t i = 0; i < N_COMMANDS; i++) {
		const struct command *command = &commands[i];
		unsigned off;

		if (is_noun && strcmp(command->noun, words[0]) != 0)
			continue;
		off = is_noun ? word_distance(words[1], command->verb)
			      : word_distance(words[0], command->noun);
		if (off < least) {
			least = off;
			best = command;
		}
	}
	return best;
}

/** There is no such command: say which one there is. */
static void suggest_print(char **words, bool is_noun)
{
	const struct command *like = command_like(words, is_noun);
	const char *verb = is_noun && like ? like->verb : NULL;

	fprintf(stderr, "volensctl: there is no command \"%s%s%s\"", words[0],
		is_noun ? " " : "", is_noun ? words[1] : "");
	if (like)
		fprintf(stderr, "; did you mean \"%s%s%s\"?\n", like->noun,
			verb ? " " : "", verb ? verb : "");
	else
		fputs("; see: volensctl help\n", stderr);
}

/** The command that the first words name; NULL and a sentence when none does.
 */
static const struct command *command_find(char **words, int n_words)
{
	bool is_noun = false;

	for (size_t i = 0; i < N_COMMANDS; i++) {
		const struct command *command = &commands[i];

		if (strcmp(command->noun, words[0]) != 0)
			continue;
		is_noun = true;
		if (!command->verb ||
		    (n_words > 1 && !strcmp(command->verb, words[1])))
			return command;
	}
	if (is_noun && n_words == 1)
		print_problem("a command is missing after %s, such as: "
			      "volensctl %s list",
			      words[0], words[0]);
	else
		suggest_print(words, is_noun);
	return NULL;
}

/** Do the words and options fit the command? */
static bool command_fits(const struct command *command,
			 const struct options *options, const char *letters)
{
	for (; *letters; letters++) {
		const struct option *option = options_known;

		if (strchr(command->letters, *letters))
			continue;
		while (option->val != *letters)
			option++;
		print_problem("%s %s takes no --%s; see: volensctl help",
			      command->noun, command->verb ? command->verb : "",
			      option->name);
		return false;
	}
	if (options->n_words >= command->least &&
	    options->n_words <= command->most)
		return true;
	print_problem("usage: volensctl %s%s%s%s%s", command->noun,
		      command->verb ? " " : "",
		      command->verb ? command->verb : "",
		      command->words[0] ? " " : "", command->words);
	return false;
}

/** A setting from the environment, or its default. */
static const char *setting(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value && value[0] ? value : otherwise;
}

/** The token file where none is named: an installed relay's, or that of
 *  scripts/run in this folder. */
static const char *token_file_default(void)
{
	return access(TOKEN_FILE_SYSTEM, F_OK) ? TOKEN_FILE_DEFAULT
					       : TOKEN_FILE_SYSTEM;
}

static bool url_fits(const char *url)
{
	if (view_starts_nocase(view_of(url), VIEW("http://")) ||
	    view_starts_nocase(view_of(url), VIEW("https://")))
		return true;
	print_problem(
		"\"%s\" is no address of a relay; write it like " URL_DEFAULT
		".",
		url);
	return false;
}

static enum outcome command_run(struct options *options, char **words,
				int n_words, const char *letters)
{
	const struct command *command = command_find(words, n_words);
	int taken;

	if (!command)
		return OUTCOME_USAGE;
	taken = command->verb ? 2 : 1;
	options->words = words + taken;
	options->n_words = n_words - taken;
	if (!command_fits(command, options, letters))
		return OUTCOME_USAGE;
	if (!url_fits(options->url))
		return OUTCOME_USAGE;
	struct client *client = client_new(options);
	enum outcome outcome = command->run(client, options);

	client_free(client);
	if (fflush(stdout) || ferror(stdout)) {
		print_problem("the output could not be written.");
		return OUTCOME_FAILED;
	}
	return outcome;
}

/** `help`, for all or one noun. */
static int help_run(char *noun)
{
	for (size_t i = 0; noun && i < N_COMMANDS; i++) {
		if (!strcmp(noun, commands[i].noun)) {
			help_print(noun);
			return OUTCOME_OK;
		}
	}
	if (noun) {
		suggest_print(&noun, false);
		return OUTCOME_USAGE;
	}
	help_print(NULL);
	return OUTCOME_OK;
}

int main(int argc, char **argv)
{
	struct options options = {.url = setting("VOLENS_URL", URL_DEFAULT),
				  .token_file = setting("VOLENS_TOKEN_FILE",
							token_file_default()),
				  .ca_file = setting("VOLENS_CA_FILE", NULL)};
	char letters[32] = ""; /* options that only some commands have */
	size_t n_letters = 0;
	bool wants_help = false;
	int letter;

	setlocale(LC_CTYPE, "");
	while ((letter = getopt_long(argc, argv, "u:t:hV", options_known,
				     NULL)) != -1) {
		if (letter == 'V') {
			puts("volensctl " PACKAGE_VERSION);
			return OUTCOME_OK;
		}
		if (letter == 'h') {
			wants_help = true;
			continue;
		}
		if (!option_take(&options, letter, optarg))
			return OUTCOME_USAGE;
		if (!strchr("utjf", letter) && n_letters + 1 < sizeof(letters))
			letters[n_letters++] = (char)letter;
	}
	if (optind < argc && !strcmp(argv[optind], "help")) {
		wants_help = true;
		optind++;
	}
	if (wants_help)
		return help_run(optind < argc ? argv[optind] : NULL);
	if (optind == argc) {
		print_problem("a command is missing; see: volensctl help");
		return OUTCOME_USAGE;
	}
	options.arena = arena_new(0);
	enum outcome outcome =
		command_run(&options, argv + optind, argc - optind, letters);

	arena_free(options.arena);
	return (int)outcome;
}
