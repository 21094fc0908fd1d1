
#include "server/base/date.h"

static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed",
				"Thu", "Fri", "Sat"};
static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
				   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/** `d` a digit, `a` a letter, else the character itself. */
static const char form[] = "aaa, dd aaa dddd dd:dd:dd GMT";

static bool has_form(struct view value)
{
	if (value.len != sizeof(form) - 1)
		return false;
	for (size_t i = 0; i < value.len; i++) {
		char c = value.at[i];
		bool is_digit = c >= '0' && c <= '9';

		if (form[i] == 'd' ? !is_digit : form[i] != 'a' && form[i] != c)
			return false;
	}
	return true;
}

static int number(struct view value, size_t at, size_t len)
{
	int n = 0;

	for (size_t i = at; i < at + len; i++)
		n = n * 10 + (value.at[i] - '0');
	return n;
}

static int month_of(struct view name)
{
	for (int i = 0; i < 12; i++) {
		if (view_equal_nocase(name, view_of(months[i])))
			return i;
	}
	return -1;
}

enum err date_parse(struct view value, int64_t *ret)
{
	struct tm tm = {0};

	value = view_trim(value);
	if (!has_form(value))
		return ERR_SYNTAX;
	tm.tm_mday = number(value, 5, 2);
	tm.tm_mon = month_of(view_head(view_from(value, 8), 3));
	tm.tm_year = number(value, 12, 4) - 1900;
	tm.tm_hour = number(value, 17, 2);
	tm.tm_min = number(value, 20, 2);
	tm.tm_sec = number(value, 23, 2);
	if (tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_mon < 0 ||
	    tm.tm_year < 70 || tm.tm_hour > 23 || tm.tm_min > 59 ||
	    tm.tm_sec > 60)
		return ERR_SYNTAX;
	*ret = (int64_t)timegm(&tm);
	return ERR_OK;
}

void date_add(struct text *text, int64_t at)
{
	time_t seconds = (time_t)at;
	struct tm tm;

	if (!gmtime_r(&seconds, &tm))
		return;
	text_printf(text, "%s, %02d %s %04d %02d:%02d:%02d GMT",
		    days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon],
		    tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}
