#include "server/list/resource_list.h"

#define RESOURCE_LIST_NS "urn:ietf:params:xml:ns:resource-lists"
#define COPY_NS "urn:ietf:params:xml:ns:copycontrol"
/** A sample of RFC 5366 writes it so, and it was copied since. */
#define COPY_NS_SAMPLE "urn:ietf:params:xml:ns:copyControl"
#define ANONYMOUS "sip:anonymous@anonymous.invalid"

enum kind { KIND_ROOT, KIND_LIST, KIND_ENTRY, KIND_OTHER };

static enum err refuse(struct resource_list *list, enum err err,
		       const char *problem)
{
	list->problem = problem;
	return err;
}

/* An attribute may stand there in both spellings of the namespace: each is
 * read, and the stricter wish holds. */
static bool is_copy_attribute(const char *full, const char *name)
{
	static const char *const namespaces[] = {COPY_NS, COPY_NS_SAMPLE};
	size_t len = sizeof(COPY_NS) - 1;

	for (int i = 0; i < 2; i++) {
		if (strncmp(full, namespaces[i], len) == 0 &&
		    full[len] == '|' && strcmp(full + len + 1, name) == 0)
			return true;
	}
	return false;
}

static bool copy_from(struct view value, enum copy_control *ret)
{
	if (view_equal(value, VIEW("to")))
		*ret = COPY_TO;
	else if (view_equal(value, VIEW("cc")))
		*ret = COPY_CC;
	else if (view_equal(value, VIEW("bcc")))
		*ret = COPY_BCC;
	else
		return false;
	return true;
}

/* RFC 5364 section 3: absent means bcc. */
static enum err read_copy(struct resource_list *list, const char **attributes,
			  enum copy_control *ret)
{
	bool is_said = false;

	*ret = COPY_BCC;
	for (; *attributes; attributes += 2) {
		enum copy_control copy;

		if (!is_copy_attribute(attributes[0], "copyControl"))
			continue;
		if (!copy_from(view_trim(view_of(attributes[1])), &copy))
			return refuse(list, ERR_SYNTAX,
				      "Unknown copyControl In Recipient List");
		if (!is_said || copy < *ret)
			*ret = copy;
		is_said = true;
	}
	return ERR_OK;
}

static enum err read_anonymize(struct resource_list *list,
			       const char **attributes, bool *ret)
{
	*ret = false;
	for (; *attributes; attributes += 2) {
		struct view value;
		bool is_yes;

		if (!is_copy_attribute(attributes[0], "anonymize"))
			continue;
		value = view_trim(view_of(attributes[1]));
		is_yes = view_equal(value, VIEW("true")) ||
			 view_equal(value, VIEW("1"));
		if (!is_yes && !view_equal(value, VIEW("false")) &&
		    !view_equal(value, VIEW("0")))
			return refuse(list, ERR_SYNTAX,
				      "Unknown anonymize In Recipient List");
		*ret |= is_yes;
	}
	return ERR_OK;
}

static enum err read_entry(struct resource_list *list, const char **attributes)
{
	struct resource_list_entry entry = {.uri = VIEW_NONE};
	enum err err;

	for (const char **at = attributes; *at; at += 2) {
		if (strcmp(at[0], "uri") == 0)
			entry.uri = view_trim(view_of(at[1]));
	}
	if (!entry.uri.len)
		return refuse(list, ERR_SYNTAX,
			      "Entry Without URI In Recipient List");
	err = read_copy(list, attributes, &entry.copy);
	if (!err)
		err = read_anonymize(list, attributes, &entry.is_anonymous);
	if (err)
		return err;
	err = list->entry(list->arg, &entry);
	list->is_entrys = err != ERR_OK;
	return err;
}

static enum err read_child_of_list(struct resource_list *list, const char *name,
				   const char **attributes, enum kind *ret)
{
	if (strcmp(name, RESOURCE_LIST_NS "|list") == 0) {
		*ret = KIND_LIST;
		return ERR_OK;
	}
	if (strcmp(name, RESOURCE_LIST_NS "|entry") == 0) {
		*ret = KIND_ENTRY;
		return read_entry(list, attributes);
	}
	if (strcmp(name, RESOURCE_LIST_NS "|entry-ref") == 0)
		return refuse(list, ERR_UNSUPPORTED,
			      "entry-ref Not Served In Recipient List");
	if (strcmp(name, RESOURCE_LIST_NS "|external") == 0)
		return refuse(list, ERR_UNSUPPORTED,
			      "external Not Served In Recipient List");
	return ERR_OK;
}

static enum err on_start(void *arg, const char *name, const char **attributes)
{
	struct resource_list *list = arg;
	enum kind kind = KIND_OTHER;
	enum err err = ERR_OK;

	if (list->depth == 0) {
		if (strcmp(name, RESOURCE_LIST_NS "|resource-lists") != 0)
			return refuse(list, ERR_SYNTAX,
				      "Recipient List Is Not resource-lists");
		kind = KIND_ROOT;
	} else if (list->kind[list->depth - 1] == KIND_ROOT) {
		if (strcmp(name, RESOURCE_LIST_NS "|list") == 0)
			kind = KIND_LIST;
	} else if (list->kind[list->depth - 1] == KIND_LIST) {
		err = read_child_of_list(list, name, attributes, &kind);
	}
	list->kind[list->depth++] = (unsigned char)kind;
	return err;
}

static enum err on_end(void *arg, const char *name)
{
	struct resource_list *list = arg;

	(void)name;
	list->depth--;
	return ERR_OK;
}

/* What to say where the XML reader itself stopped. */
static const char *problem_of(enum err err)
{
	switch ((int)err) {
	case ERR_CHARSET:
		return "Recipient List Is Not UTF-8";
	case ERR_TOO_LARGE:
		return "Recipient List Too Large";
	case ERR_HOSTILE:
		return "DOCTYPE Not Allowed In Recipient List";
	default:
		return "Recipient List Is Not Well-Formed XML";
	}
}

enum err resource_list_read(struct resource_list *list, struct view document)
{
	struct xml_handler handler = {on_start, on_end, NULL, list};
	enum err err;

	list->depth = 0;
	list->is_entrys = false;
	list->problem = NULL;
	if (list->limits.depth > (int)sizeof(list->kind))
		list->limits.depth = (int)sizeof(list->kind);
	err = xml_read(document, &list->limits, &handler);
	if (err && !list->problem && !list->is_entrys)
		list->problem = problem_of(err);
	return err;
}

static const char *copy_name(enum copy_control copy)
{
	return copy == COPY_TO ? "to" : "cc";
}

static void write_entry(struct text *text, const char *uri,
			enum copy_control copy)
{
	text_add(text, "    <entry uri=\"");
	xml_add_escaped(text, view_of(uri));
	text_printf(text, "\" c:copyControl=\"%s\"", copy_name(copy));
}

/* RFC 5364 section 5: all the anonymous of a role become one entry. */
static void write_anonymous(struct text *text, enum copy_control copy, size_t n)
{
	if (n == 0)
		return;
	write_entry(text, ANONYMOUS, copy);
	text_printf(text, " c:count=\"%zu\"/>\r\n", n);
}

static bool is_any_named(const struct resource_list_name *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (names[i].copy != COPY_BCC)
			return true;
	}
	return false;
}

static void write_role(struct text *text, enum copy_control copy,
		       const struct resource_list_name *names, size_t n)
{
	size_t n_anonymous = 0;

	for (size_t i = 0; i < n; i++) {
		if (names[i].copy != copy)
			continue;
		if (names[i].is_anonymous) {
			n_anonymous++;
			continue;
		}
		write_entry(text, names[i].uri, copy);
		text_add(text, "/>\r\n");
	}
	write_anonymous(text, copy, n_anonymous);
}

bool resource_list_write_history(const struct resource_list_name *names,
				 size_t n, struct text *ret)
{
	if (!is_any_named(names, n))
		return false;
	text_add(ret, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n"
		      "<resource-lists xmlns=\"" RESOURCE_LIST_NS "\"\r\n"
		      "                xmlns:c=\"" COPY_NS "\">\r\n"
		      "  <list>\r\n");
	write_role(ret, COPY_TO, names, n);
	write_role(ret, COPY_CC, names, n);
	text_add(ret, "  </list>\r\n</resource-lists>\r\n");
	return true;
}
