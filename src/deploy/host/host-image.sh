# shellcheck shell=sh disable=SC2034,SC2154,SC2015 # a part of one library: names come from other parts; `A && B || die` is meant
# Images of releases, which are kept as coracle/NAME:RELEASE, and which of them may go.

image_name() {
  case $runtime in
    podman) echo "localhost/coracle/$service" ;;
    *) echo "coracle/$service" ;;
  esac
}

# Tags of this service's images. Podman shows an image by its other names too.
image_tags() {
  rt images --format '{{.Repository}} {{.Tag}}' "$(image_name)" 2>/dev/null | awk -v name="$(image_name)" '$1 == name { print $2 }'
}

# Brings $reference here and tags it as $release. $login is a file of credentials, as docker login writes it.
op_pull() {
  open_records
  open_runtime
  known=false
  ! rt image inspect "$reference" >/dev/null 2>&1 || known=true
  secrets=
  trap '[ -z "$secrets" ] || rm -rf "$secrets"' EXIT
  trap 'exit 130' HUP INT TERM
  [ -z "$login" ] || keep_login
  said=$(pull_image 2>&1) || {
    printf '%s\n' "$said" | tail -n 5 >&2
    exit 61
  }
  said=$(rt tag "$reference" "$(image_name):$release" 2>&1) || die 61 "$said"
  # Only what we brought: somebody else may want the name.
  [ "$known" = true ] || rt rmi "$reference" >/dev/null 2>&1
  echo "$(image_name):$release"
}

# In memory where the host has a place for that.
keep_login() {
  secrets=$(mktemp -d -p "${XDG_RUNTIME_DIR:-/dev/shm}" 2>/dev/null || mktemp -d) || no_room 'a temporary directory'
  (umask 077 && printf '%s\n' "$login" >"$secrets/config.json") || no_room "$secrets"
}

pull_image() {
  set -- "$reference"
  case $runtime in
    podman)
      [ "$plain_http" != true ] || set -- --tls-verify=false "$@"
      [ -z "$secrets" ] || set -- --authfile "$secrets/config.json" "$@"
      rt pull --quiet "$@"
      ;;
    *)
      if [ -n "$secrets" ]; then
        # Which daemon is meant stands in the user's own configuration.
        DOCKER_HOST=${DOCKER_HOST:-$(docker context inspect --format '{{.Endpoints.docker.Host}}')}
        export DOCKER_HOST DOCKER_CONFIG="$secrets"
      fi
      rt pull --quiet "$@"
      ;;
  esac
}

# Releases that have an image or records, newest first: `ID current|previous|pending|kept|failed BYTES SECONDS` since it was started.
op_releases() {
  open_records
  open_runtime
  read_state "$records/state"
  read_fresh
  images=$(image_tags)
  clock=$(date +%s)
  { printf '%s\n' "$images"; ls -1 "$records/releases"; } | sort -ru | while read -r tag; do
    tokens "$tag" || continue
    size=$(rt image inspect --format '{{.Size}}' "$(image_name):$tag" 2>/dev/null) || size=0
    since=$(stat -c %Y "$records/releases/$tag/release.json" 2>/dev/null || echo "$clock")
    echo "$tag $(standing "$tag") $size $((clock - since))"
  done
}

# Sets fresh: releases that something is being done with.
read_fresh() {
  fresh=
  for record in pending reverting confirmed starting; do
    ! read_record "$record" || fresh="$fresh $id"
  done
}

standing() {
  case " $fresh " in *" $1 "*) echo pending && return ;; esac
  if [ "$1" = "$current" ]; then
    echo current
  elif [ "$1" = "$previous" ]; then
    echo previous
  elif was_served "$1"; then
    echo kept
  else
    echo failed
  fi
}

# Removes the releases of $releases, whatever they have. Looks again, as time has passed.
op_forget() {
  open_records
  open_runtime
  read_state "$records/state"
  read_fresh
  for old in $releases; do
    tokens "$old" || die 63 "not a release: $old"
    case $(standing "$old") in current | previous | pending) continue ;; esac
    remove_container "$service-$old" || continue
    rt rmi "$(image_name):$old" >/dev/null 2>&1
    rm -rf "${records:?}/releases/$old"
    echo "$old"
  done
}
