#!/bin/sh
# Write C that holds the schema and the steps to it: embed.sh schema.sql [step...]
set -eu

literal() {
	sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/"/' -e 's/$/\\n"/' "$1"
}

printf '/* Made by embed.sh from %s. */\n' "${1##*/}"
printf '#include "db/schema.h"\n\nconst char schema_sql[] =\n'
literal "$1"
printf ';\n\nconst char *const schema_steps[] = {\n'
shift
for step; do
	literal "$step"
	printf ',\n'
done
printf 'NULL};\n'
