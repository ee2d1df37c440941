#!/usr/bin/env bash
# Builds the image and tries it, without a container engine: as root, on Debian, with
#   apt install buildah debootstrap
# The base is Debian itself, from the mirror that this machine's apt uses; it stands in for BASE.
# BUILD_OPTIONS goes to `buildah build`, for example --volume /etc/pip.conf:/etc/pip.conf:ro
# FOLDER keeps base and image for the next time; BUILD=0 tries the last image once more.
# Bars: 250 MB, START (5) seconds to start, 10 seconds to stop.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${FOLDER:-$(mktemp -d)}
port=${PORT:-9480}
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
read -ra more <<< "${BUILD_OPTIONS:-}"

run_buildah() {
  buildah --root "$folder/store" --runroot "$folder/run" --storage-driver vfs "$@"
}

fail() { echo "FEHLER: $*" >&2; exit 1; }

build() {
  if ! test -x "$folder/base/usr/bin/python3"; then
    rm -rf "$folder/base"
    debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates "$release" "$folder/base" > "$folder/base.log"
    # As slim images do it.
    rm -rf "$folder"/base/var/{cache/apt,lib/apt/lists,log}/* \
      "$folder"/base/usr/share/{doc,man,info,locale}/*
  fi
  container=$(run_buildah from scratch)
  run_buildah add --quiet "$container" "$folder/base" / > /dev/null
  run_buildah commit --quiet --rm "$container" wir-base > /dev/null

  run_buildah build --isolation chroot --format docker --pull-never --build-arg BASE=localhost/wir-base "${more[@]}" \
    --tag wir-portal . > "$folder/build.log" 2>&1 || { tail -n 40 "$folder/build.log" >&2; fail "Das Abbild entsteht nicht."; }
}

test "${BUILD:-1}" = 0 || build
container=$(run_buildah from --pull-never localhost/wir-portal)
root=$(run_buildah mount "$container")
data=$(mktemp -d)
stop() {
  test -z "${server:-}" || pkill -KILL --parent "$server" || true
  run_buildah rm "$container" > /dev/null
  rm -rf "$data"
  test -n "${FOLDER:-}" || rm -rf "$folder"
}
trap stop EXIT

size() { find "$1" -xdev -type f -printf '%s\n' | awk '{ sum += $1 } END { print int(sum / 1000000) }'; }
megabytes=$(size "$root")
echo "Größe: $megabytes MB, davon $(size "$folder/base") MB Debian mit Python"
test "$megabytes" -le 250 || fail "mehr als 250 MB"
for tool in cc gcc g++ make ld; do
  ! chroot "$root" sh -c "PATH=/opt/wir/bin:\$PATH command -v $tool" || fail "$tool ist im Abbild"
done

# What the image says about itself; then as an engine would run it with --read-only.
user=$(run_buildah inspect --format '{{.OCIv1.Config.User}}' "$container")
test "$user" = wir || fail "läuft als $user"
mapfile -t variables < <(run_buildah inspect --format '{{range .OCIv1.Config.Env}}{{println .}}{{end}}' "$container" | grep .)
ids=$(chroot "$root" sh -c "echo \$(id -u wir):\$(id -g wir)")
chown "$ids" "$data"

run() {  # in a process and file name space of its own; nothing but /data and /tmp can be written
  unshare --mount --fork --kill-child --pid bash -c '
    root=$1 data=$2 ids=$3 port=$4; shift 4
    mount --bind "$root" "$root" && mount -t proc proc "$root/proc" && mount --rbind /dev "$root/dev"
    mount -t tmpfs tmpfs "$root/tmp" && mount --bind "$data" "$root/data"
    mount -o remount,ro,bind "$root"
    exec env -i "$@" PORT="$port" HOST=127.0.0.1 chroot --userspec="$ids" "$root" \
      sh -c "! touch /app/x /opt/x 2> /dev/null || exit 9; cd /app && exec python -m wirportal.serve"
  ' - "$root" "$data" "$ids" "$port" "${variables[@]}" > "$folder/output" 2>&1 &
  server=$!
}

! curl --silent "http://127.0.0.1:$port/" > /dev/null || fail "Auf Port $port antwortet schon etwas."
for start in "mit leerer Datenbank" "noch einmal"; do
  started=$(date +%s%N)
  run
  until curl --silent --fail "http://127.0.0.1:$port/healthz" > /dev/null; do
    kill -0 "$server" 2> /dev/null || { cat "$folder/output" >&2; fail "Der Server ist nicht gestartet."; }
    sleep 0.02
  done
  milliseconds=$((($(date +%s%N) - started) / 1000000))
  echo "Start $start: $milliseconds ms"
  test "$milliseconds" -le $((${START:-5} * 1000)) || fail "mehr als ${START:-5} s"
  curl --silent --fail "http://127.0.0.1:$port/de/" > "$folder/home.html"
  grep -q "</html>" "$folder/home.html" || fail "Die Startseite ist nicht ganz."
  style=$(grep -o '/static/css/site\.[0-9a-f]*\.css' "$folder/home.html") || fail "Das Stylesheet fehlt."
  curl --silent --fail "http://127.0.0.1:$port$style" > /dev/null || fail "Das Stylesheet fehlt."
  for code in ar fa-af de-simple; do
    curl --silent --fail "http://127.0.0.1:$port/$code/" > /dev/null || fail "/$code/ fehlt"
  done
  gunicorn=$(pgrep --parent "$server")
  test "$(ps -o uid= -p "$gunicorn" | tr -d ' ')" = "${ids%:*}" || fail "läuft nicht als wir"
  started=$(date +%s%N)
  kill -TERM "$gunicorn"
  wait "$server" || fail "endet mit $?"
  server=
  milliseconds=$((($(date +%s%N) - started) / 1000000))
  echo "Ende nach SIGTERM: $milliseconds ms"
  test "$milliseconds" -le 10000 || fail "mehr als 10 s"
  while read -r line; do
    python3 -c 'import json, sys; json.loads(sys.argv[1])' "$line" 2> /dev/null || fail "kein JSON: $line"
  done < "$folder/output"
done
echo "In Ordnung."
