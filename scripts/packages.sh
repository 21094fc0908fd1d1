# Sourced by the other scripts: which Debian packages are needed, and how they
# get here.  Nothing is installed that is there already.

PACKAGES_BUILD="gcc libc6-dev make autoconf automake pkg-config
	libsofia-sip-ua-dev libsqlite3-dev libssl-dev libc-ares-dev libexpat1-dev
	libconfuse-dev libmicrohttpd-dev libjansson-dev libcurl4-openssl-dev"
PACKAGES_RUN="curl"
PACKAGES_DEMO="sip-tester sipsak curl"
PACKAGES_BENCH="kamailio kamailio-sqlite-modules python3 util-linux"
PACKAGES_TEST="clang-14 libclang-rt-14-dev clang-format-14 check
	sip-tester sipsak baresip-core kamailio python3 curl
	libxml2-utils sqlite3 faketime procps man-db groff-base python3-yaml"

missing_packages() {
	for package in "$@"; do
		status=$(dpkg-query -W -f '${db:Status-Status}' "$package" \
			2>/dev/null) || status=none
		[ "$status" = installed ] || printf '%s ' "$package"
	done
}

# need_packages NAME...: install what is missing, or say what to do and stop.
need_packages() {
	missing=$(missing_packages "$@")
	[ -n "$missing" ] || return 0
	if [ "$(id -u)" -eq 0 ]; then
		sudo=
	elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
		sudo=sudo
	else
		cat >&2 <<-EOF
			These packages are missing: $missing
			They can be installed only by root.  Please run

			    sudo apt-get install -y --no-install-recommends $missing

			and then this script again.
		EOF
		exit 1
	fi
	echo "installing: $missing" >&2
	log=$(mktemp)
	# shellcheck disable=SC2086
	if ! { $sudo apt-get update &&
		DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y \
			--no-install-recommends $missing; } >"$log" 2>&1 </dev/null
	then
		tail -n 20 "$log" >&2
		echo "installing failed; see $log" >&2
		exit 1
	fi
	rm -f "$log"
}

# build DIR CONFIGURE-ARGUMENT...: configure (once) and make in DIR.
build() {
	dir=$1
	shift
	[ -x configure ] || scripts/bootstrap >/dev/null
	mkdir -p "$dir"
	if [ ! -f "$dir/Makefile" ]; then
		(cd "$dir" && "$OLDPWD/configure" -q "$@") || return 1
	fi
	make -C "$dir" -s -j "$(nproc)"
}
