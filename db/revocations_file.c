/* The two files of the record: reading, writing, repairing them. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/store_private.h"
#include "db/revocations.h"
#include "server/base/random.h"

#define MAGIC "volens revocations 1 "
#define KEY_HEX 32
#define READ_LINES 1024
/** So many entries that stand no more are kept before the file is rewritten. */
#define SLACK 1024
/** The file grows by so much at a time, see record_append(). */
#define CHUNK (256 * 1024)

static enum err complain(struct record_file *file, const char *path,
			 const char *why)
{
	snprintf(file->problem, sizeof(file->problem), "%.150s: %.100s", path,
		 why);
	return ERR_IO;
}

static enum err complain_errno(struct record_file *file, const char *path)
{
	enum err err = errno == ENOSPC || errno == EDQUOT ? ERR_FULL : ERR_IO;

	(void)complain(file, path, strerror(errno));
	return err;
}

/* ---- the key ----------------------------------------------------------- */

static enum err write_all(int fd, const char *at, size_t len, off_t to)
{
	while (len > 0) {
		ssize_t n = pwrite(fd, at, len, to);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0 || errno == ENOSPC || errno == EDQUOT
				       ? ERR_FULL
				       : ERR_IO;
		at += n;
		to += n;
		len -= (size_t)n;
	}
	return ERR_OK;
}

/** A whole file under a name of its own, then in its place. */
static enum err put_file(struct record_file *file, const char *path,
			 struct view content)
{
	struct text fresh;
	enum err err = ERR_IO;
	int fd;

	text_init(&fresh, NULL);
	text_printf(&fresh, "%s.new", path);
	fd = open(fresh.at, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd >= 0)
		err = write_all(fd, content.at, content.len, 0);
	if (err == ERR_OK && fsync(fd) != 0)
		err = ERR_IO;
	if (err == ERR_OK && rename(fresh.at, path) != 0)
		err = ERR_IO;
	if (err == ERR_OK)
		err = store_sync_folder(path);
	if (err != ERR_OK) {
		(void)complain_errno(file, path);
		unlink(fresh.at);
	}
	if (fd >= 0)
		close(fd);
	text_release(&fresh);
	return err;
}

static enum err make_key(struct record_file *file)
{
	char hex[KEY_HEX + 2];

	random_bytes(file->keys[0].bytes, sizeof(file->keys[0].bytes));
	file->n_keys = 1;
	hex_encode(file->keys[0].bytes, sizeof(file->keys[0].bytes), hex);
	hex[KEY_HEX] = '\n';
	return put_file(file, file->key_path, (struct view){hex, KEY_HEX + 1});
}

static enum err read_keys(struct record_file *file, struct view text)
{
	while (text.len > 0) {
		struct hash_key *key = &file->keys[file->n_keys];

		if (file->n_keys == INDEX_KEYS_MAX || text.len < KEY_HEX ||
		    hex_decode(view_head(text, KEY_HEX), key->bytes,
			       sizeof(key->bytes)) != ERR_OK)
			return complain(file, file->key_path,
					"it has lines other than 1 to 8 keys "
					"of 32 hex digits");
		file->n_keys++;
		text = view_from(text, KEY_HEX);
		if (text.len > 0 && *text.at == '\n')
			text = view_from(text, 1);
	}
	return file->n_keys > 0
		       ? ERR_OK
		       : complain(file, file->key_path, "it has no key");
}

static enum err load_keys(struct record_file *file, int fd)
{
	char bytes[INDEX_KEYS_MAX * (KEY_HEX + 1) + 2];
	struct stat about;
	ssize_t n;

	if (fstat(fd, &about) != 0)
		return complain_errno(file, file->key_path);
	if (about.st_mode & (S_IRWXG | S_IRWXO))
		return complain(file, file->key_path,
				"it is open to others than its owner: chmod "
				"600");
	n = read(fd, bytes, sizeof(bytes));
	if (n < 0)
		return complain_errno(file, file->key_path);
	return read_keys(file, (struct view){bytes, (size_t)n});
}

static enum err take_keys(struct record_file *file)
{
	int fd = open(file->key_path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	enum err err;

	if (fd < 0 && errno == ENOENT && file->is_new)
		return make_key(file);
	if (fd < 0 && errno == ENOENT)
		return complain(file, file->key_path,
				"it is missing, and the record beside it "
				"cannot be read without it: put it back");
	if (fd < 0)
		return complain_errno(file, file->key_path);
	err = load_keys(file, fd);
	close(fd);
	return err;
}

/* ---- entries ------------------------------------------------------------ */

/* "r 00 <hash> <expires_at> <check>\n".  The check is keyed as the hash is. */
#define CHECKED 54
static uint32_t check_of(const struct record_file *file, size_t key,
			 const char *line)
{
	return (uint32_t)hash_64(&file->keys[key], line, CHECKED);
}

static void put_number(char *at, size_t n_digits, uint64_t number)
{
	while (n_digits > 0) {
		at[--n_digits] = "0123456789abcdef"[number & 0xf];
		number >>= 4;
	}
}

void record_line(const struct record_file *file, struct text *ret,
		 const struct record_entry *entry)
{
	char line[REVOCATION_LINE];

	memset(line, ' ', sizeof(line));
	line[0] = entry->kind;
	put_number(line + 2, 2, entry->key);
	put_number(line + 5, 16, entry->hash.a);
	put_number(line + 21, 16, entry->hash.b);
	put_number(line + 38, 16, (uint64_t)entry->expires_at);
	put_number(line + CHECKED + 1, 8, check_of(file, entry->key, line));
	line[REVOCATION_LINE - 1] = '\n';
	text_add_bytes(ret, line, REVOCATION_LINE);
}

static bool hex_number(const char *at, size_t n, uint64_t *ret)
{
	*ret = 0;
	for (size_t i = 0; i < n; i++) {
		const char *digits = "0123456789abcdef";
		const char *digit = at[i] ? strchr(digits, at[i]) : NULL;

		if (!digit)
			return false;
		*ret = *ret << 4 | (uint64_t)(digit - digits);
	}
	return true;
}

/** Under all spellings: what still stands in the store is recorded again. */
static void lift(struct table *table, struct hash128 hash)
{
	const struct slot *slot;

	while ((slot = table_first(table, hash.a)))
		table_remove(table, table_find(table, slot->hash));
}

/** @return false when it is not one that was written whole */
static bool take_entry(struct record_file *file, const char *line)
{
	uint64_t key, a, b, ends_at, check;
	struct hash128 hash;
	struct slot *slot;

	/* A power cut leaves zeros; strchr() would find those, too. */
	if (!line[0] || !strchr("rol", line[0]) ||
	    line[REVOCATION_LINE - 1] != '\n' ||
	    !hex_number(line + 2, 2, &key) || !hex_number(line + 5, 16, &a) ||
	    !hex_number(line + 21, 16, &b) ||
	    !hex_number(line + 38, 16, &ends_at) ||
	    !hex_number(line + 55, 8, &check))
		return false;
	file->has_strange_key |= key >= file->n_keys;
	if (key >= file->n_keys || check != check_of(file, key, line))
		return false;
	hash = (struct hash128){a, b};
	if (line[0] == 'l') {
		lift(&file->table, hash);
		return true;
	}
	slot = table_make(&file->table, hash);
	slot->state = SLOT_DENIED;
	slot->origin = line[0] == 'r' ? ORIGIN_RECIPIENT : ORIGIN_ADMIN;
	slot->expires_at = ends_at;
	slot->id = key;
	return true;
}

/* "volens revocations 1 <name> <check>": with another key no entry could be
 * told from a damaged one, and all of them would be dropped. */
#define NAMED (sizeof(MAGIC) - 1 + STORE_NAME_LEN)
static void header_line(const struct record_file *file, struct text *ret)
{
	char line[REVOCATION_LINE + 1];

	snprintf(line, sizeof(line), MAGIC "%.*s", STORE_NAME_LEN, file->name);
	snprintf(line + NAMED, sizeof(line) - NAMED, " %08x \n",
		 (uint32_t)hash_64(&file->keys[0], line, NAMED));
	text_add_bytes(ret, line, REVOCATION_LINE);
}

static bool is_of_key(struct record_file *file, const char *line)
{
	struct text right;
	bool is_right;

	text_init(&right, NULL);
	header_line(file, &right);
	is_right = memcmp(right.at, line, REVOCATION_LINE) == 0;
	text_release(&right);
	return is_right;
}

static enum err read_header(struct record_file *file)
{
	char line[REVOCATION_LINE];
	size_t magic = strlen(MAGIC);
	ssize_t n = pread(file->fd, line, sizeof(line), 0);

	if (n < 0)
		return complain_errno(file, file->path);
	if (n != sizeof(line) || memcmp(line, MAGIC, magic) != 0)
		return complain(file, file->path,
				"it is not a record of revocations: put the "
				"right one back");
	memcpy(file->name, line + magic, STORE_NAME_LEN);
	if (!is_of_key(file, line))
		return complain(file, file->key_path,
				"its first key is not the one of the record "
				"beside it: put that back");
	return ERR_OK;
}

/** Room for entries to come is zeros: record_append(). */
static bool is_free(const char *at, size_t len)
{
	size_t i = 0;

	while (i < len && at[i] == '\0')
		i++;
	return i == len;
}

/** One line, or what there is of the last.  Behind free room no entry was
 *  promised to anybody, and the room is not free. */
static void take_line(struct record_file *file, const char *line, size_t len)
{
	if (is_free(line, len)) {
		file->has_room = true;
		file->room += (off_t)len;
		return;
	}
	file->n_entries++;
	file->n_damaged += len < REVOCATION_LINE || !take_entry(file, line) ||
			   file->has_room;
	file->room += (off_t)len;
	if (!file->has_room)
		file->end = file->room;
}

/* A power cut may leave half an entry at the end, or one that was not written;
 * none of them was promised to anybody. */
static enum err read_entries(struct record_file *file)
{
	static const size_t most = READ_LINES * REVOCATION_LINE;
	char *lines = mem_take(most);
	ssize_t n;

	file->end = file->room = REVOCATION_LINE;
	while ((n = pread(file->fd, lines, most, file->room)) > 0) {
		for (ssize_t at = 0; at < n; at += REVOCATION_LINE)
			take_line(file, lines + at,
				  n - at < REVOCATION_LINE ? (size_t)(n - at)
							   : REVOCATION_LINE);
	}
	free(lines);
	if (n < 0)
		return complain_errno(file, file->path);
	if (file->has_strange_key)
		return complain(file, file->key_path,
				"it lacks a key of the record beside it: put "
				"that back");
	return ERR_OK;
}

static enum err open_record(struct record_file *file)
{
	file->fd = open(file->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (file->fd < 0 && errno == ENOENT) {
		file->is_new = true;
		return ERR_OK;
	}
	return file->fd < 0 ? complain_errno(file, file->path) : ERR_OK;
}

void record_name(struct record_file *file, const char *store)
{
	struct text name;

	text_init(&name, NULL);
	text_printf(&name, "%s.revocations", store);
	file->fd = -1;
	file->path = mem_strdup(name.at);
	text_add(&name, ".key");
	file->key_path = mem_strdup(name.at);
	text_release(&name);
}

enum err record_look_at(struct record_file *file)
{
	enum err err = open_record(file);

	if (err != ERR_OK || file->is_new)
		return err;
	err = take_keys(file);
	return err == ERR_OK ? read_header(file) : err;
}

enum err record_read(struct record_file *file)
{
	enum err err = record_look_at(file);

	if (err == ERR_OK && file->is_new)
		return take_keys(file);
	if (err == ERR_OK)
		err = read_entries(file);
	if (err == ERR_OK && (file->n_damaged > 0 ||
			      file->n_entries > 2 * file->table.used + SLACK))
		err = record_rewrite(file);
	return err;
}

enum err record_rewrite(struct record_file *file)
{
	struct text content;
	enum err err;

	text_init(&content, NULL);
	header_line(file, &content);
	for (size_t i = 0; i < file->table.size; i++) {
		const struct slot *slot = &file->table.slots[i];

		const struct record_entry entry = {
			slot->origin == ORIGIN_RECIPIENT ? 'r' : 'o', slot->id,
			slot->hash, (int64_t)slot->expires_at};

		if (slot_is_used(slot))
			record_line(file, &content, &entry);
	}
	err = put_file(file, file->path, text_view(&content));
	if (err == ERR_OK) {
		if (file->fd >= 0)
			close(file->fd);
		file->end = file->room = (off_t)content.len;
		file->fd = open(file->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
		err = file->fd < 0 ? complain_errno(file, file->path) : ERR_OK;
	}
	text_release(&content);
	return err;
}

/** Zeros behind the entries, up to a whole chunk.  Without them, where the disk
 *  is full, it goes on. */
static void make_room(struct record_file *file, off_t end)
{
	off_t room = (end / CHUNK + 1) * CHUNK;
	size_t len = (size_t)(room - end);
	char *zeros = mem_alloc(len);

	memset(zeros, 0, len);
	if (write_all(file->fd, zeros, len, end) == ERR_OK)
		file->room = room;
	free(zeros);
}

enum err record_append(struct record_file *file, struct view entries)
{
	off_t end = file->end + (off_t)entries.len;
	enum err err = write_all(file->fd, entries.at, entries.len, file->end);

	if (err != ERR_OK) /* it is written again, or dropped at a start */
		return err;
	if (end > file->room) {
		file->room = end;
		make_room(file, end);
	}
	return ERR_OK;
}

void record_trim(struct record_file *file)
{
	if (file->room > file->end)
		(void)!ftruncate(file->fd, file->end);
}

void record_release(struct record_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	free(file->path);
	free(file->key_path);
	table_release(&file->table);
}
