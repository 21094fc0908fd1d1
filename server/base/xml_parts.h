/*
 * xml_parts -- what the two readers behind xml.h share: expat (xml.c), and one
 * for what nearly everybody writes (xml_plain.c).
 */
#ifndef VOLENS_BASE_XML_PARTS_H
#define VOLENS_BASE_XML_PARTS_H

#include "server/base/xml.h"

#define XML_NAMESPACE_MAX 256	 /**< bytes of a namespace URI */
#define XML_ATTRIBUTES_MAX 16384 /**< bytes of names and values an element */

/**
 * Read a document that is nothing but elements, attributes and text in ASCII,
 * with namespaces, well-formed and within @p limits: most are.
 *
 * @p document is not longer than they allow.
 *
 * @param ret  ERR_OK, or what a handler returned
 * @return false when it is anything else, or there is a handler for text: then
 *         no handler was called, and expat may judge it
 */
bool xml_read_plain(struct view document, const struct xml_limits *limits,
		    const struct xml_handler *handler, enum err *ret);

#endif
