# Sourced by the other scripts: which Debian packages are needed, and how they
# get here.  Nothing is installed that is there already.

PACKAGES_BUILD="gcc libc6-dev make autoconf automake pkg-config
	libsofia-sip-ua-dev libsqlite3-dev libssl-dev libc-ares-dev libexpat1-dev
	libconfuse-dev libmicrohttpd-dev libjansson-dev libcurl4-openssl-dev"
PACKAGES_RUN="curl"
PACKAGES_DEMO="sip-tester sipsak curl"
PACKAGES_BENCH="kamailio kamailio-sqlite-modules python3 util-linux"
PACKAGES_INSTRUCTIONS="valgrind python3"
PACKAGES_TEST="clang-14 libclang-rt-14-dev clang-format-14 check
	sip-tester sipsak baresip-core kamailio python3 curl
	libxml2-utils sqlite3 faketime procps man-db groff-base python3-yaml"

missing_packages() {
	for package in $(printf '%s\n' "$@" | awk '!seen[$0]++'); do
		status=$(dpkg-query -W -f '${db:Status-Status}' "$package" \
			2>/dev/null) || status=none
		[ "$status" = installed ] || printf '%s ' "$package"
	done
}

# may_sudo: whether sudo works; somebody at a terminal is asked for a password.
may_sudo() {
	command -v sudo >/dev/null || return 1
	sudo -n true 2>/dev/null && return 0
	[ -t 0 ] && [ -t 2 ] || return 1
	echo "to be installed with sudo: $missing" >&2
	sudo -v
}

# need_packages NAME...: install what is missing, or say what to do and stop.
need_packages() {
	command -v dpkg-query >/dev/null || {
		echo "this script needs Debian 12 or a system like it" >&2
		exit 1
	}
	missing=$(missing_packages "$@")
	[ -n "$missing" ] || return 0
	if [ "$(id -u)" -eq 0 ]; then
		sudo=
	elif may_sudo; then
		sudo=sudo
	else
		lines=$(echo "$missing" | fmt -w 64 | sed 's/^/        /; $!s/ *$/ \\/')
		cat >&2 <<-EOF
			Packages are missing, and only root can install them.  Please run as root
			(in a shell of \`su -\`, or with sudo before each command)

			    apt-get update
			    apt-get install -y --no-install-recommends \\
			$lines

			and then this script again, as yourself.
		EOF
		exit 1
	fi
	echo "installing: $missing" >&2
	log=$(mktemp)
	# shellcheck disable=SC2086
	if ! install_packages $missing >"$log" 2>&1 </dev/null; then
		tail -n 20 "$log" >&2
		echo "installing failed; see $log" >&2
		exit 1
	fi
	rm -f "$log"
}

# A list of packages that cannot be refreshed may still be good enough; a fresh
# machine may be busy with its own updates for a while.
install_packages() {
	$sudo apt-get update
	# Kamailio comes with a service that would start at once, on every address:
	# mask it (`systemctl unmask kamailio` takes that back).
	case " $* " in
	*" kamailio "*)
		[ ! -d /etc/systemd/system ] ||
			$sudo ln -s /dev/null /etc/systemd/system/kamailio.service ;;
	esac
	$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y \
		--no-install-recommends -o DPkg::Lock::Timeout=300 "$@"
}

# build DIR CONFIGURE-ARGUMENT...: configure (once) and make in DIR.  Without
# arguments any configuration will do; with some it has to be that one: what
# scripts/run made when there were fewer packages knows nothing of the tests.
build() {
	local dir="$1"
	shift
	if [ ! -x configure ]; then
		said=$(scripts/bootstrap 2>&1) || { echo "$said" >&2; return 1; }
	fi
	mkdir -p "$dir"
	if [ $# -gt 0 ] && [ -f "$dir/Makefile" ] &&
		[ "$(cat "$dir/configured" 2>/dev/null)" != "$*" ]; then
		make -C "$dir" -s clean
		rm "$dir/Makefile"
	fi
	if [ ! -f "$dir/Makefile" ]; then
		(cd "$dir" && "$OLDPWD/configure" -q "$@") || return 1
		echo "$*" >"$dir/configured"
	fi
	make -C "$dir" -s -j "$(nproc)"
}
