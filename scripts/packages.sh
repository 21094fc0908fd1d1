# Sourced by the other scripts: which Debian packages are needed, and how they
# get here.  Nothing is installed that is there already.

PACKAGES_BUILD="gcc libc6-dev make autoconf automake pkg-config
	libsofia-sip-ua-dev libsqlite3-dev libssl-dev libc-ares-dev libexpat1-dev
	libconfuse-dev libmicrohttpd-dev libgnutls28-dev libjansson-dev libcurl4-openssl-dev"
PACKAGES_RUN="curl"
PACKAGES_DEMO="sip-tester sipsak curl python3"
PACKAGES_BENCH="kamailio kamailio-sqlite-modules janus python3 util-linux openssl"
PACKAGES_INSTRUCTIONS="valgrind python3"
PACKAGES_TEST="clang-14 libclang-rt-14-dev clang-format-14 check
	sip-tester sipsak baresip-core linphone-cli kamailio kamailio-tls-modules python3 curl
	openssl libxml2-utils sqlite3 faketime iproute2 procps man-db groff-base python3-yaml
	chromium nodejs"
# Who has Node.js from elsewhere has npm with it.
command -v npm >/dev/null || PACKAGES_TEST="$PACKAGES_TEST npm"

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
	tell_tail "$log" &
	teller=$!
	status=0
	# shellcheck disable=SC2086
	install_packages $missing >"$log" 2>&1 </dev/null || status=1
	kill "$teller" 2>/dev/null
	wait "$teller" 2>/dev/null || true
	if [ "$status" -ne 0 ]; then
		tail -n 20 "$log" >&2
		echo "installing failed; see $log" >&2
		exit 1
	fi
	rm -f "$log"
}

# tell_tail FILE: say its last line every 10 s, until killed.
tell_tail() {
	trap 'kill $nap 2>/dev/null; exit 0' TERM
	while true; do
		sleep 10 &
		nap=$!
		wait $nap
		printf '    %.70s\n' "$(tail -n 1 "$1" | tr -d '\r')" >&2
	done
}

# A list of packages that cannot be refreshed may still be good enough; a fresh
# machine may be busy with its own updates for a while.
install_packages() {
	$sudo apt-get update
	# Kamailio and Janus come with services that would start at once, on every
	# address: mask them (`systemctl unmask kamailio` takes that back).
	for service in kamailio janus; do
		case " $* " in
		*" $service "*)
			[ ! -d /etc/systemd/system ] ||
				$sudo ln -sf /dev/null "/etc/systemd/system/$service.service" ;;
		esac
	done
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

# build_told DIR: build, and say on standard error how far it is.  What the compiler
# says is in DIR/build.log, and shown when it fails.  One script at a time: somebody
# may call scripts/demo while scripts/run still builds.
build_told() {
	mkdir -p "$1"
	(
		flock -n 9 || {
			echo "another script builds in $1: waiting for it ..." >&2
			flock 9
		}
		build_alone "$1"
	) 9>"$1/build.lock"
}

build_alone() {
	local dir="$1" log steps
	mkdir -p "$dir"
	log="$dir/build.log"
	if [ ! -f "$dir/Makefile" ]; then
		echo "configuring ..." >&2
		[ -x configure ] || scripts/bootstrap >"$log" 2>&1 ||
			{ cat "$log" >&2; return 1; }
		(cd "$dir" && "$OLDPWD/configure" -q) >"$log" 2>&1 ||
			{ cat "$log" >&2; return 1; }
		: >"$dir/configured"
	fi
	# config.h is made before; its rule makes -n think that all depends on it anew.
	steps=$(make -C "$dir" -n -o config.h all-am 2>/dev/null |
		grep -cE 'echo "  (CC|CCLD|AR|GEN)' || true)
	[ "$steps" -eq 0 ] || echo "building: $steps steps ..." >&2
	(build "$dir" 2>&1 && touch "$dir/built" || rm -f "$dir/built") |
		tee "$log" | awk -v steps="$steps" '
		/^  (CC|CCLD|AR|GEN) / && ++n % 25 == 0 {
			printf "  %d of %d\n", n, steps > "/dev/stderr" }'
	[ -f "$dir/built" ] || { cat "$log" >&2; return 1; }
}
