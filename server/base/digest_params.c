#include "server/base/digest_params.h"

#include "server/base/chars.h"

#define VALUE_MAX 4096

static bool is_token_char(char c)
{
	return c == '/' || char_is(c, CHAR_TOKEN);
}

static struct view skip_blanks(struct view v)
{
	while (v.len && strchr(" \t\r\n", v.at[0]) && v.at[0])
		v = view_from(v, 1);
	return v;
}

/** One `name=value` of the credentials. */
struct auth_param {
	struct view name, value;
};

/* A token or a quoted string at the beginning of @p rest, moved past it. */
static enum err value_next(struct view *rest, struct view *ret)
{
	size_t end;

	if (rest->len && rest->at[0] == '"') {
		for (end = 1; end < rest->len && rest->at[end] != '"'; end++)
			if (rest->at[end] == '\\')
				end++;
		if (end >= rest->len)
			return ERR_SYNTAX;
		*ret = view_from(view_head(*rest, end), 1);
		*rest = view_from(*rest, end + 1);
		return ERR_OK;
	}
	for (end = 0; end < rest->len && is_token_char(rest->at[end]);)
		end++;
	*ret = view_head(*rest, end);
	*rest = view_from(*rest, end);
	return end ? ERR_OK : ERR_SYNTAX;
}

/* `name = value`, up to a comma or the end. */
static enum err auth_param_next(struct view *rest, struct auth_param *ret)
{
	enum err err = value_next(rest, &ret->name);

	if (err)
		return err;
	*rest = skip_blanks(*rest);
	if (!rest->len || rest->at[0] != '=')
		return ERR_SYNTAX;
	*rest = skip_blanks(view_from(*rest, 1));
	err = value_next(rest, &ret->value);
	if (err)
		return err;
	*rest = skip_blanks(*rest);
	if (!rest->len)
		return ERR_OK;
	if (rest->at[0] != ',')
		return ERR_SYNTAX;
	*rest = skip_blanks(view_from(*rest, 1));
	return rest->len ? ERR_OK : ERR_SYNTAX;
}

static const char *const names[DIGEST_PARAMS] = {
	[DIGEST_PARAM_USERNAME] = "username",
	[DIGEST_PARAM_REALM] = "realm",
	[DIGEST_PARAM_NONCE] = "nonce",
	[DIGEST_PARAM_URI] = "uri",
	[DIGEST_PARAM_RESPONSE] = "response",
	[DIGEST_PARAM_ALGORITHM] = "algorithm",
	[DIGEST_PARAM_CNONCE] = "cnonce",
	[DIGEST_PARAM_NC] = "nc",
	[DIGEST_PARAM_QOP] = "qop",
	[DIGEST_PARAM_OPAQUE] = "opaque",
	[DIGEST_PARAM_STALE] = "stale",
	[DIGEST_PARAM_USERHASH] = "userhash",
};

static enum err params_add(struct digest_params *params,
			   const struct auth_param *param)
{
	int i;

	for (i = 0; i < DIGEST_PARAMS; i++)
		if (view_equal_nocase(param->name, view_of(names[i])))
			break;
	if (i == DIGEST_PARAMS)
		return ERR_OK;
	if (params->there[i])
		return ERR_SYNTAX;
	params->there[i] = true;
	params->values[i] = param->value;
	return ERR_OK;
}

enum err digest_params_read(struct view value, struct digest_params *ret)
{
	struct view scheme = VIEW("Digest"), rest;
	struct auth_param param;
	enum err err;

	memset(ret, 0, sizeof(*ret));
	value = view_trim(value);
	if (!view_starts_nocase(value, scheme) ||
	    (value.len > scheme.len && is_token_char(value.at[scheme.len])))
		return ERR_UNSUPPORTED;
	if (value.len > VALUE_MAX || view_find(value, '\0', 0) != SIZE_MAX)
		return ERR_SYNTAX;
	rest = skip_blanks(view_from(value, scheme.len));
	while (rest.len) {
		err = auth_param_next(&rest, &param);
		if (!err)
			err = params_add(ret, &param);
		if (err)
			return err;
	}
	return ERR_OK;
}

bool digest_param_is(const struct digest_params *params,
		     enum digest_param param, const char *value)
{
	return params->there[param] &&
	       view_equal_nocase(params->values[param], view_of(value));
}
