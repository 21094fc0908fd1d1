#include "server/base/xml.h"

#include <expat.h>
#include <limits.h>
#include <stdatomic.h>

#include "server/base/random.h"

#define XML_NAMESPACE_MAX 256	 /**< bytes of a namespace URI */
#define XML_ATTRIBUTES_MAX 16384 /**< bytes of names and values an element */
#define XML_KEPT 65536		 /**< bytes read, at most, by a parser kept */

struct reader {
	XML_Parser parser;
	const struct xml_handler *handler;
	const struct xml_limits *limits;
	size_t elements;
	int depth;
	enum err err; /**< the first thing that was wrong */
};

/* expat may call on for a while after it was stopped: handlers look at err. */
static void reader_stop(struct reader *reader, enum err err)
{
	if (reader->err)
		return;
	reader->err = err;
	XML_StopParser(reader->parser, XML_FALSE);
}

static void XMLCALL on_declaration(void *arg, const XML_Char *version,
				   const XML_Char *encoding, int standalone)
{
	(void)version;
	(void)standalone;
	if (encoding && !view_equal_nocase(view_of(encoding), VIEW("UTF-8")))
		reader_stop(arg, ERR_CHARSET);
}

static void XMLCALL on_doctype(void *arg, const XML_Char *name,
			       const XML_Char *sysid, const XML_Char *pubid,
			       int has_internal_subset)
{
	(void)name;
	(void)sysid;
	(void)pubid;
	(void)has_internal_subset;
	reader_stop(arg, ERR_HOSTILE);
}

/* expat writes the namespace into each name: a long one would be multiplied by
 * the number of elements. */
static void XMLCALL on_namespace(void *arg, const XML_Char *prefix,
				 const XML_Char *uri)
{
	(void)prefix;
	if (uri && strlen(uri) > XML_NAMESPACE_MAX)
		reader_stop(arg, ERR_TOO_LARGE);
}

static void XMLCALL on_start(void *arg, const XML_Char *name,
			     const XML_Char **attributes)
{
	struct reader *reader = arg;
	size_t bytes = 0, i;
	enum err err;

	if (reader->err)
		return;
	for (i = 0; attributes[i] && bytes <= XML_ATTRIBUTES_MAX; i++)
		bytes += strlen(attributes[i]);
	if (bytes > XML_ATTRIBUTES_MAX ||
	    ++reader->elements > reader->limits->elements ||
	    ++reader->depth > reader->limits->depth) {
		reader_stop(reader, ERR_TOO_LARGE);
		return;
	}
	err = reader->handler->start(reader->handler->arg, name, attributes);
	if (err)
		reader_stop(reader, err);
}

static void XMLCALL on_end(void *arg, const XML_Char *name)
{
	struct reader *reader = arg;
	enum err err;

	if (reader->err)
		return;
	reader->depth--;
	err = reader->handler->end(reader->handler->arg, name);
	if (err)
		reader_stop(reader, err);
}

static void XMLCALL on_chars(void *arg, const XML_Char *at, int len)
{
	struct reader *reader = arg;
	enum err err;

	if (reader->err || !reader->handler->chars)
		return;
	err = reader->handler->chars(reader->handler->arg,
				     (struct view){at, (size_t)len});
	if (err)
		reader_stop(reader, err);
}

/* NUL tells UTF-16 and UTF-32 without a mark; with one they are no UTF-8. */
static enum err check_document(struct view document,
			       const struct xml_limits *limits)
{
	if (document.len > limits->bytes || document.len > INT_MAX)
		return ERR_TOO_LARGE;
	if (!document.len)
		return ERR_SYNTAX;
	if (!view_is_utf8(document) || view_find(document, '\0', 0) != SIZE_MAX)
		return ERR_CHARSET;
	return ERR_OK;
}

/*
 * A parser that nobody uses at the moment: to make one and free it costs more
 * than to read a short list with it.  Only one that read a small document to
 * its good end is kept: it holds no more memory than that took, and no state.
 */
static _Atomic(XML_Parser) spare;

static XML_Parser parser_take(void)
{
	XML_Parser parser = atomic_exchange(&spare, NULL);
	unsigned long salt = 0;

	/* The name given here wins over any that the document declares. */
	if (parser && !XML_ParserReset(parser, "UTF-8")) {
		XML_ParserFree(parser);
		parser = NULL;
	}
	if (!parser)
		parser = XML_ParserCreateNS("UTF-8", '|');
	if (!parser)
		err_fatal("out of memory");
	/* Else it would ask the system for one; 0 counts as none. */
	random_bytes(&salt, sizeof(salt));
	XML_SetHashSalt(parser, salt);
	return parser;
}

static void parser_give_back(XML_Parser parser, struct view document,
			     enum err err)
{
	if (!err && document.len <= XML_KEPT)
		parser = atomic_exchange(&spare, parser);
	if (parser)
		XML_ParserFree(parser);
}

enum err xml_read(struct view document, const struct xml_limits *limits,
		  const struct xml_handler *handler)
{
	struct reader reader = {.handler = handler, .limits = limits};
	enum err err = check_document(document, limits);
	XML_Parser parser;

	if (err)
		return err;
	parser = parser_take();
	reader.parser = parser;
	XML_SetUserData(parser, &reader);
	XML_SetXmlDeclHandler(parser, on_declaration);
	XML_SetStartDoctypeDeclHandler(parser, on_doctype);
	XML_SetStartNamespaceDeclHandler(parser, on_namespace);
	XML_SetElementHandler(parser, on_start, on_end);
	XML_SetCharacterDataHandler(parser, on_chars);
	if (XML_Parse(parser, document.at, (int)document.len, XML_TRUE) !=
		    XML_STATUS_OK &&
	    !reader.err) {
		if (XML_GetErrorCode(parser) == XML_ERROR_NO_MEMORY)
			err_fatal("out of memory");
		reader.err = ERR_SYNTAX;
	}
	parser_give_back(parser, document, reader.err);
	return reader.err;
}

/* What stands for @p c in a document; NULL where it stands for itself. */
static const char *escape_of(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	case '\t':
		return "&#9;";
	case '\n':
		return "&#10;";
	case '\r':
		return "&#13;";
	default:
		return (unsigned char)c < 0x20 ? "\xef\xbf\xbd" : NULL;
	}
}

/* XML 1.0 section 2.2 leaves out U+FFFE and U+FFFF. */
static bool is_noncharacter(struct view c)
{
	return c.len == 3 && (!memcmp(c.at, "\xef\xbf\xbe", 3) ||
			      !memcmp(c.at, "\xef\xbf\xbf", 3));
}

void xml_add_escaped(struct text *text, struct view value)
{
	while (value.len) {
		size_t len = view_utf8_length(value);
		struct view character = view_head(value, len ? len : 1);
		const char *escape = NULL;

		if (len == 1)
			escape = escape_of(value.at[0]);
		else if (!len || is_noncharacter(character))
			escape = "\xef\xbf\xbd";
		if (escape)
			text_add(text, escape);
		else
			text_add_view(text, character);
		value = view_from(value, character.len);
	}
}
