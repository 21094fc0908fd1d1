#include "api/time_format.h"

#define YEAR_9999_END INT64_C(253402300799)

void time_format(int64_t at, char ret[TIME_LEN])
{
	struct tm tm;
	time_t seconds = at < 0		      ? 0
			 : at > YEAR_9999_END ? YEAR_9999_END
					      : (time_t)at;

	gmtime_r(&seconds, &tm);
	strftime(ret, TIME_LEN, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

/** @p n digits at @p at; the number, or -1. */
static int digits(const char *at, size_t n)
{
	int value = 0;

	for (size_t i = 0; i < n; i++) {
		if (at[i] < '0' || at[i] > '9')
			return -1;
		value = value * 10 + (at[i] - '0');
	}
	return value;
}

/** `YYYY-MM-DDThh:mm:ss` into @p ret; false when it is not of that form. */
static bool instant_parse(const char *at, struct tm *ret)
{
	int year = digits(at, 4), month = digits(at + 5, 2);
	int day = digits(at + 8, 2), hour = digits(at + 11, 2);
	int minute = digits(at + 14, 2), second = digits(at + 17, 2);

	if (at[4] != '-' || at[7] != '-' || at[13] != ':' || at[16] != ':' ||
	    (at[10] != 'T' && at[10] != 't' && at[10] != ' '))
		return false;
	if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31 ||
	    hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 ||
	    second > 60)
		return false;
	*ret = (struct tm){.tm_year = year - 1900,
			   .tm_mon = month - 1,
			   .tm_mday = day,
			   .tm_hour = hour,
			   .tm_min = minute,
			   /* a leap second counts as the one before */
			   .tm_sec = second == 60 ? 59 : second};
	return true;
}

/** `Z` or `+hh:mm`: seconds east of UTC. */
static bool offset_parse(struct view text, int64_t *ret)
{
	if (text.len == 1 && (text.at[0] == 'Z' || text.at[0] == 'z')) {
		*ret = 0;
		return true;
	}
	if (text.len != 6 || (text.at[0] != '+' && text.at[0] != '-') ||
	    text.at[3] != ':')
		return false;
	int hours = digits(text.at + 1, 2), minutes = digits(text.at + 4, 2);

	if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
		return false;
	*ret = (hours * 60 + minutes) * 60 * (text.at[0] == '-' ? -1 : 1);
	return true;
}

enum err time_parse(struct view text, int64_t *ret)
{
	struct tm tm;
	int64_t offset;
	size_t at = 19;

	if (text.len < at + 1 || !instant_parse(text.at, &tm))
		return ERR_SYNTAX;
	if (text.at[at] == '.') {
		at++;
		while (at < text.len && digits(text.at + at, 1) >= 0)
			at++;
		if (at == 20)
			return ERR_SYNTAX;
	}
	if (!offset_parse(view_from(text, at), &offset))
		return ERR_SYNTAX;
	int day = tm.tm_mday;
	time_t seconds = timegm(&tm);

	if (tm.tm_mday != day) /* 31 February */
		return ERR_SYNTAX;
	*ret = (int64_t)seconds - offset;
	return ERR_OK;
}
