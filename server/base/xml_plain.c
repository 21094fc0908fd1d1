/*
 * The lists that clients write use very little of XML.  To read one with expat
 * costs many times what the rest of the relay does with it, so what is plain is
 * read here; whatever is not, or may not be, is left to expat.
 *
 * A document is walked twice: first to see that all of it is plain, then to
 * call the handlers.
 */
#include "server/base/xml_parts.h"

#include "server/base/chars.h"

#define DEPTH_MAX 32
#define BINDINGS_MAX 16
#define ATTRIBUTES_MAX 16
#define NAME_MAX_LEN 256

struct name {
	struct view prefix, local;
};

struct attribute {
	struct name name;
	struct view ns, value;
};

struct binding {
	struct view prefix, ns; /**< no prefix: the default */
	int depth;		/**< of the element that declares it */
};

struct walk {
	const char *at, *end;
	const struct xml_limits *limits;
	const struct xml_handler *handler; /**< NULL: only look */
	enum err err;			   /**< of a handler */
	size_t elements;
	int depth;
	struct name open[DEPTH_MAX];
	struct binding bindings[BINDINGS_MAX];
	size_t n_bindings;
	struct attribute attributes[ATTRIBUTES_MAX]; /**< of this element */
	size_t n_attributes;
};

/* ---- bytes ------------------------------------------------------------- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool skip_blanks(struct walk *w)
{
	const char *from = w->at;

	while (w->at < w->end && is_blank(*w->at))
		w->at++;
	return w->at > from;
}

static bool take(struct walk *w, struct view literal)
{
	if ((size_t)(w->end - w->at) < literal.len ||
	    memcmp(w->at, literal.at, literal.len) != 0)
		return false;
	w->at += literal.len;
	return true;
}

/* Letters, digits and what a name may hold of ASCII but the colon. */
static bool is_of_name(char c)
{
	return char_is(c, CHAR_ALNUM) || c == '_' || c == '-' || c == '.';
}

static bool read_word(struct walk *w, struct view *ret)
{
	const char *from = w->at, *to = from;

	if (to == w->end || (!char_is(*to, CHAR_ALPHA) && *to != '_'))
		return false;
	while (to < w->end && is_of_name(*to))
		to++;
	w->at = to;
	*ret = (struct view){from, (size_t)(to - from)};
	return ret->len <= NAME_MAX_LEN;
}

static bool read_name(struct walk *w, struct name *ret)
{
	ret->prefix = VIEW_NONE;
	if (!read_word(w, &ret->local))
		return false;
	if (!take(w, VIEW(":")))
		return true;
	ret->prefix = ret->local;
	return read_word(w, &ret->local);
}

/* No references, and nothing that a parser would turn into something else. */
static bool value_is_plain(struct view value)
{
	bool is_plain = true;

	for (size_t i = 0; i < value.len; i++) {
		char c = value.at[i];

		is_plain &= c >= ' ' && c < 0x7f && c != '<' && c != '&';
	}
	return is_plain;
}

static bool read_value(struct walk *w, struct view *ret)
{
	struct view rest = {w->at, (size_t)(w->end - w->at)};
	size_t end;

	if (!rest.len || (rest.at[0] != '"' && rest.at[0] != '\''))
		return false;
	end = view_find(rest, rest.at[0], 1);
	if (end == SIZE_MAX)
		return false;
	w->at += end + 1;
	*ret = (struct view){rest.at + 1, end - 1};
	return w->handler || value_is_plain(*ret); /* it was looked at */
}

/* Text up to the next tag.  A bracket may belong to the end of a section. */
static bool skip_text(struct walk *w)
{
	for (; w->at < w->end && *w->at != '<'; w->at++) {
		if (!is_blank(*w->at) && (*w->at < ' ' || *w->at >= 0x7f ||
					  *w->at == '&' || *w->at == ']'))
			return false;
	}
	return w->at < w->end;
}

/* ---- namespaces -------------------------------------------------------- */

/* Namespaces in XML 1.0, section 3: names and URIs that have a meaning of their
 * own.  A bar would end the URI for whoever reads our names. */
static bool may_bind(struct view prefix, struct view ns)
{
	return ns.len && ns.len <= XML_NAMESPACE_MAX &&
	       view_find(ns, '|', 0) == SIZE_MAX &&
	       !view_starts_nocase(prefix, VIEW("xml")) &&
	       !view_equal(ns, VIEW("http://www.w3.org/XML/1998/namespace")) &&
	       !view_equal(ns, VIEW("http://www.w3.org/2000/xmlns/"));
}

static bool bind(struct walk *w, struct view prefix, struct view ns)
{
	if (w->n_bindings == BINDINGS_MAX || !may_bind(prefix, ns))
		return false;
	for (size_t i = w->n_bindings; i-- > 0;) {
		if (w->bindings[i].depth == w->depth &&
		    view_equal(w->bindings[i].prefix, prefix))
			return false; /* twice in an element */
	}
	w->bindings[w->n_bindings++] = (struct binding){prefix, ns, w->depth};
	return true;
}

/* What @p prefix stands for here; no default is no namespace. */
static bool resolve(const struct walk *w, struct view prefix, struct view *ret)
{
	*ret = VIEW_NONE;
	for (size_t i = w->n_bindings; i-- > 0;) {
		if (view_equal(w->bindings[i].prefix, prefix)) {
			*ret = w->bindings[i].ns;
			return true;
		}
	}
	return prefix.len == 0;
}

/* Declarations are no attributes. */
static bool declare_all(struct walk *w)
{
	size_t n = 0;

	for (size_t i = 0; i < w->n_attributes; i++) {
		const struct attribute *it = &w->attributes[i];
		bool is_one = view_equal(it->name.prefix, VIEW("xmlns"));
		bool is_default = !it->name.prefix.len &&
				  view_equal(it->name.local, VIEW("xmlns"));

		if (!is_one && !is_default)
			w->attributes[n++] = *it;
		else if (!bind(w, is_one ? it->name.local : VIEW_NONE,
			       it->value))
			return false;
	}
	w->n_attributes = n;
	return true;
}

static bool resolve_all(struct walk *w)
{
	size_t bytes = 0;

	for (size_t i = 0; i < w->n_attributes; i++) {
		struct attribute *it = &w->attributes[i];

		it->ns = VIEW_NONE; /* the default is for elements only */
		if (it->name.prefix.len &&
		    !resolve(w, it->name.prefix, &it->ns))
			return false;
		for (size_t k = 0; k < i; k++) {
			const struct attribute *other = &w->attributes[k];

			if (view_equal(other->name.local, it->name.local) &&
			    view_equal(other->ns, it->ns))
				return false;
		}
		bytes += it->ns.len + 1 + it->name.local.len + it->value.len;
	}
	return bytes <= XML_ATTRIBUTES_MAX;
}

/* ---- telling ----------------------------------------------------------- */

static char *add(char *to, struct view v)
{
	return v.len ? (char *)memcpy(to, v.at, v.len) + v.len : to;
}

/* "namespace|local", or what has no namespace as it is. */
static char *add_name(char *to, struct view ns, struct view local)
{
	to = add(to, ns);
	if (ns.len)
		*to++ = '|';
	to = add(to, local);
	*to++ = '\0';
	return to;
}

#define NAME_ROOM (XML_NAMESPACE_MAX + NAME_MAX_LEN + 2)

static bool tell_start(struct walk *w, const struct name *name, struct view ns)
{
	char bytes[NAME_ROOM + XML_ATTRIBUTES_MAX + 2 * ATTRIBUTES_MAX];
	const char *list[2 * ATTRIBUTES_MAX + 1];
	char *to = add_name(bytes, ns, name->local);
	size_t n = 0;

	for (size_t i = 0; i < w->n_attributes; i++) {
		const struct attribute *it = &w->attributes[i];

		list[n++] = to;
		to = add_name(to, it->ns, it->name.local);
		list[n++] = to;
		to = add_name(to, VIEW_NONE, it->value);
	}
	list[n] = NULL;
	w->err = w->handler->start(w->handler->arg, bytes, list);
	return !w->err;
}

static bool tell_end(struct walk *w, const struct name *name)
{
	char bytes[NAME_ROOM];
	struct view ns;

	if (!resolve(w, name->prefix, &ns))
		return false;
	add_name(bytes, ns, name->local);
	w->err = w->handler->end(w->handler->arg, bytes);
	return !w->err;
}

/* ---- elements ---------------------------------------------------------- */

/* The element that is open ends, and what it declared with it. */
static bool element_end(struct walk *w)
{
	if (w->handler && !tell_end(w, &w->open[w->depth - 1]))
		return false;
	while (w->n_bindings &&
	       w->bindings[w->n_bindings - 1].depth == w->depth)
		w->n_bindings--;
	w->depth--;
	return true;
}

static bool read_attribute(struct walk *w)
{
	struct attribute *it = &w->attributes[w->n_attributes];

	if (w->n_attributes == ATTRIBUTES_MAX || !read_name(w, &it->name))
		return false;
	skip_blanks(w);
	if (!take(w, VIEW("=")))
		return false;
	skip_blanks(w);
	w->n_attributes++;
	return read_value(w, &it->value);
}

/* The attributes, and the end of the tag. */
static bool read_attributes(struct walk *w, bool *ret_empty)
{
	w->n_attributes = 0;
	for (;;) {
		bool is_apart = skip_blanks(w);

		*ret_empty = take(w, VIEW("/>"));
		if (*ret_empty || take(w, VIEW(">")))
			return true;
		if (!is_apart || !read_attribute(w))
			return false;
	}
}

static bool read_start(struct walk *w)
{
	struct name *name = &w->open[w->depth];
	struct view ns;
	bool is_empty;

	if (w->depth == DEPTH_MAX || w->depth == w->limits->depth ||
	    ++w->elements > w->limits->elements || !read_name(w, name) ||
	    !read_attributes(w, &is_empty))
		return false;
	w->depth++;
	if (!declare_all(w) || !resolve_all(w) ||
	    !resolve(w, name->prefix, &ns))
		return false;
	if (w->handler && !tell_start(w, name, ns))
		return false;
	return !is_empty || element_end(w);
}

static bool read_end(struct walk *w)
{
	const struct name *open = &w->open[w->depth - 1];
	struct name name;

	if (!read_name(w, &name) || !view_equal(name.prefix, open->prefix) ||
	    !view_equal(name.local, open->local))
		return false;
	skip_blanks(w);
	return take(w, VIEW(">")) && element_end(w);
}

static bool read_declaration(struct walk *w)
{
	if (!take(w, VIEW("<?xml version=\"1.0\"")))
		return true; /* it need not be there */
	if (!take(w, VIEW(" encoding=\"UTF-8\"")))
		take(w, VIEW(" encoding=\"utf-8\""));
	skip_blanks(w);
	return take(w, VIEW("?>"));
}

static bool read_document(struct walk *w)
{
	if (!read_declaration(w))
		return false;
	skip_blanks(w);
	if (!take(w, VIEW("<")) || !read_start(w))
		return false;
	while (w->depth > 0) {
		if (!skip_text(w))
			return false;
		if (take(w, VIEW("</")) ? !read_end(w)
					: !take(w, VIEW("<")) || !read_start(w))
			return false;
	}
	skip_blanks(w);
	return w->at == w->end;
}

static bool walk(struct view document, const struct xml_limits *limits,
		 const struct xml_handler *handler, enum err *ret)
{
	struct walk w;
	bool is_plain;

	w.at = document.at;
	w.end = document.at + document.len;
	w.limits = limits;
	w.handler = handler;
	w.err = ERR_OK;
	w.elements = w.n_bindings = 0;
	w.depth = 0;
	is_plain = read_document(&w);
	*ret = w.err;
	return is_plain;
}

bool xml_read_plain(struct view document, const struct xml_limits *limits,
		    const struct xml_handler *handler, enum err *ret)
{
	enum err none;

	if (handler->chars || !walk(document, limits, NULL, &none))
		return false;
	walk(document, limits, handler, ret);
	return true;
}
