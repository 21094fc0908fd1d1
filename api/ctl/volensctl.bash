# Completion of volensctl(1) for bash.  The words come from `volensctl help`.

_volensctl()
{
	local program=${COMP_WORDS[0]} cur=${COMP_WORDS[COMP_CWORD]} noun='' n=0 i

	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-u | --url | -t | --token-file | --ca-file | --limit) i=$((i + 1)) ;;
		-*) ;;
		*) n=$((n + 1)); [ "$n" -gt 1 ] || noun=${COMP_WORDS[i]} ;;
		esac
	done
	COMPREPLY=()
	case $cur in
	-*)
		mapfile -t COMPREPLY < <(compgen -W "$("$program" help ${noun:+"$noun"} 2>/dev/null |
			grep -oE -- '--[a-z][a-z-]*' | sort -u)" -- "$cur")
		return ;;
	esac
	[ "$n" -le 1 ] || return 0
	mapfile -t COMPREPLY < <(compgen -W "$("$program" help ${noun:+"$noun"} 2>/dev/null |
		awk -v noun="$noun" '
			/^Options:/ { exit }
			/^  [a-z]/ && !noun { print $1 }
			/^  [a-z]/ && $1 == noun && $2 ~ /^[a-z][a-z-]*$/ { print $2 }' |
		sort -u) $([ -n "$noun" ] || echo help)" -- "$cur")
}
complete -F _volensctl volensctl
