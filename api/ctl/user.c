#include "api/ctl/commands.h"

#include <errno.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include "api/ctl/print.h"
#include "server/base/digest.h"

#define PATH "/v1/users"
#define PASSWORD_MAX 256

/** One line without its end; false at the end of the file or when too long. */
static bool line_read(FILE *file, char ret[PASSWORD_MAX + 2])
{
	if (!fgets(ret, PASSWORD_MAX + 2, file))
		return false;
	size_t len = strcspn(ret, "\r\n");

	ret[len] = '\0';
	return len > 0 && len <= PASSWORD_MAX;
}

/** Only breaks the read off, so that the terminal gets its echo back. */
static void on_interrupt(int number)
{
	(void)number;
}

/** Ask at the terminal without showing what is typed. */
static bool prompt_read(const char *prompt, char ret[PASSWORD_MAX + 2])
{
	const struct sigaction interrupt = {.sa_handler = on_interrupt};
	struct sigaction usual;
	struct termios before, silent;
	bool is_read;

	if (tcgetattr(STDIN_FILENO, &before))
		return false;
	silent = before;
	silent.c_lflag &= ~(tcflag_t)ECHO;
	fputs(prompt, stderr);
	sigaction(SIGINT, &interrupt, &usual);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
	is_read = line_read(stdin, ret);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	sigaction(SIGINT, &usual, NULL);
	fputc('\n', stderr);
	return is_read;
}

static bool prompt_twice(char ret[PASSWORD_MAX + 2])
{
	char again[PASSWORD_MAX + 2] = "";
	bool is_same = prompt_read("Password: ", ret) &&
		       prompt_read("The same again: ", again) &&
		       !strcmp(ret, again);

	explicit_bzero(again, sizeof(again));
	if (!is_same)
		print_problem("the passwords differ or are empty; nothing was "
			      "changed.");
	return is_same;
}

/** From the file named, the terminal or standard input; never from the command
 *  line, where every process of the host can read it. */
static bool password_read(const struct options *options,
			  char ret[PASSWORD_MAX + 2])
{
	const char *path = options->password_file;
	FILE *file = stdin;

	if (!path && isatty(STDIN_FILENO))
		return prompt_twice(ret);
	if (path && strcmp(path, "-") != 0)
		file = fopen(path, "re");
	if (!file) {
		print_problem("the password file %s cannot be read: %s.", path,
			      strerror(errno));
		return false;
	}
	bool is_read = line_read(file, ret);

	if (file != stdin)
		fclose(file);
	if (!is_read)
		print_problem("there is no password of 1 to %d bytes in the "
			      "first line of %s.",
			      PASSWORD_MAX, path ? path : "standard input");
	return is_read;
}

/** With the realm, where that is not what the address says. */
static const char *username_of(struct arena *arena, const json_t *user)
{
	const char *name = member_text(arena, user, "username", "?");
	const char *realm = member_text(arena, user, "realm", "");
	const char *at = strchr(member_text(arena, user, "aor", ""), '@');

	return at && strcmp(at + 1, realm) == 0
		       ? name
		       : arena_printf(arena, "%s (%s)", name, realm);
}

static bool is_among(const json_t *names, const char *name)
{
	for (size_t i = 0; i < json_array_size(names); i++) {
		const char *it = json_string_value(json_array_get(names, i));

		if (it && strcmp(it, name) == 0)
			return true;
	}
	return false;
}

/** The digests without which an algorithm is not offered to its realm: of an
 *  account that has had no new password since there is this algorithm. */
static const char *lacks_of(struct arena *arena, const json_t *user)
{
	const json_t *has = json_object_get(user, "algorithms");
	struct text lacks;

	text_init(&lacks, arena);
	for (int i = 0; i < DIGEST_ALGORITHMS; i++) {
		const char *name = digest_name((enum digest_algorithm)i);

		if (!is_among(has, name))
			text_printf(&lacks, "%s%s", lacks.len ? "," : "", name);
	}
	return lacks.len ? lacks.at : "-";
}

static void list_row(struct print_table *table, struct arena *arena,
		     const json_t *user)
{
	const char *changed =
		json_string_value(json_object_get(user, "changed_at"));
	const char *const cells[] = {
		arena_printf(arena, "%lld", member_number(user, "id")),
		member_text(arena, user, "aor", "?"),
		username_of(arena, user),
		member_words(arena, user, "may", ",", "nothing"),
		lacks_of(arena, user),
		print_age(arena, changed, "?")};

	table_row(table, cells);
}

static void list_print(const struct options *options, const json_t *users,
		       bool has_more)
{
	static const char *const headings[] = {
		"ID", "AOR", "USERNAME", "MAY", "LACKS", "CHANGED", NULL};

	table_print_rows(options->arena, headings, users, list_row);
	print_total(json_array_size(users), "user", has_more);
}

enum outcome user_list_run(struct client *client, const struct options *options)
{
	bool has_more;
	struct text path;
	json_t *users;

	text_init(&path, options->arena);
	text_add(&path, PATH);
	path_param(client, &path, "domain", options->domain);
	users = client_list(client, path.at, &has_more);
	if (!users)
		return OUTCOME_FAILED;
	if (options->is_json)
		print_json(users);
	else if (json_array_size(users))
		list_print(options, users, has_more);
	else if (options->domain)
		puts("No user matches.");
	else
		puts("There are no users yet. Add one with: volensctl user add "
		     "AOR");
	json_decref(users);
	return OUTCOME_OK;
}

/** The user part of an address. */
static const char *user_part(const struct options *options, const char *aor)
{
	struct view whole = view_of(word_uri(options, aor));
	size_t colon = view_find(whole, ':', 0), at = view_find(whole, '@', 0);

	if (colon == SIZE_MAX || at == SIZE_MAX || at < colon)
		return aor;
	return view_copy(options->arena,
			 view_from(view_head(whole, at), colon + 1));
}

static enum outcome user_call(struct client *client,
			      const struct options *options, const char *method,
			      const char *path, json_t *body)
{
	struct arena *arena = options->arena;
	struct http_reply reply;

	if (!client_call(client, method, path, body, &reply))
		return OUTCOME_FAILED;
	if (options->is_json)
		print_json(reply.json);
	else
		printf("User %lld: %s signs in as %s, and may %s.\n",
		       member_number(reply.json, "id"),
		       member_text(arena, reply.json, "aor", "?"),
		       username_of(arena, reply.json),
		       member_words(arena, reply.json, "may", ",", "nothing"));
	reply_clear(&reply);
	return OUTCOME_OK;
}

enum outcome user_add_run(struct client *client, const struct options *options)
{
	char password[PASSWORD_MAX + 2] = "";
	const char *aor = options->words[0];
	const char *username = options->n_words > 1 ? options->words[1]
						    : user_part(options, aor);

	if (!password_read(options, password))
		return OUTCOME_FAILED;
	json_t *body = json_pack("{s:s,s:s,s:s}", "aor", word_uri(options, aor),
				 "username", username, "password", password);

	explicit_bzero(password, sizeof(password));
	if (!body) {
		print_problem("the address, name or password is not UTF-8.");
		return OUTCOME_USAGE;
	}
	if (options->may)
		json_object_set_new(body, "may", words_json(options->may));
	if (options->domain)
		json_object_set_new(body, "realm",
				    json_string(options->domain));
	return user_call(client, options, "POST", PATH, body);
}

/** The path of the user that a word names: number, username or address. */
static const char *user_path(struct client *client,
			     const struct options *options, const char *word)
{
	const char *kinds[] = {"username", "aor"};
	const char *path = NULL;

	if (word_is_id(word))
		return arena_printf(options->arena, PATH "/%s", word);
	for (size_t i = 0; i < 2 && !path; i++) {
		struct text query;

		if (i == 1 && !strchr(word, '@'))
			break;
		text_init(&query, options->arena);
		text_add(&query, PATH);
		path_param(client, &query, kinds[i], word);
		path_param(client, &query, "domain", options->domain);
		json_t *users = client_list(client, query.at, NULL);

		if (!users)
			return NULL;
		if (json_array_size(users) == 1)
			path = arena_printf(
				options->arena, PATH "/%lld",
				member_number(json_array_get(users, 0), "id"));
		json_decref(users);
	}
	if (!path)
		print_problem("there is no one user called \"%s\"; see: "
			      "volensctl user list",
			      print_safe(options->arena, word));
	return path;
}

enum outcome user_password_run(struct client *client,
			       const struct options *options)
{
	char password[PASSWORD_MAX + 2] = "";
	const char *path = user_path(client, options, options->words[0]);

	if (!path || !password_read(options, password))
		return OUTCOME_FAILED;
	json_t *body = json_pack("{s:s}", "password", password);

	explicit_bzero(password, sizeof(password));
	if (!body) {
		print_problem("the password is not UTF-8.");
		return OUTCOME_USAGE;
	}
	return user_call(client, options, "PATCH", path, body);
}

enum outcome user_may_run(struct client *client, const struct options *options)
{
	const char *path = user_path(client, options, options->words[0]);

	if (!path)
		return OUTCOME_FAILED;
	return user_call(
		client, options, "PATCH", path,
		json_pack("{s:o}", "may", words_json(options->words[1])));
}

enum outcome user_remove_run(struct client *client,
			     const struct options *options)
{
	const char *path = user_path(client, options, options->words[0]);
	struct http_reply reply;

	if (!path || !client_call(client, "DELETE", path, NULL, &reply))
		return OUTCOME_FAILED;
	reply_clear(&reply);
	if (!options->is_json)
		printf("User %s is removed.\n",
		       print_safe(options->arena, options->words[0]));
	return OUTCOME_OK;
}
