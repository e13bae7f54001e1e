# shellcheck shell=bash
# What compare and long share: nodes on free ports of 127.0.0.1 with their data in a temporary folder, and the client.
# All that was started ends with the script that sources this, and that has set keys and value_bytes.
: "${keys:?}" "${value_bytes:?}"

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/mostdb-bench.XXXXXX")
declare -A running=() # by process id: what stop_all ends
node_pids=()          # of the nodes of mostdb, in the order of their ports
node_ports=()
declare -A failed_by=([client]=0 [node]=0)

say() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
}

die() {
  say "$@"
  exit 2
}

finish() {
  trap '' INT TERM
  stop_all
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

require_tools() {
  command -v wrk >/dev/null ||
    die "there is no wrk, the client: install it, such as with 'apt-get install wrk' or 'brew install wrk'"
  command -v curl >/dev/null || die "there is no curl: install it, such as with 'apt-get install curl'"
}

# What is to be there: server or bench. The benchmarks are built first: what speeds the server's start up fits only the
# jars that its own build has made last, and plain Maven makes jars without it.
ensure_built() {
  if [[ $1 == bench && ! -s $root/mostdb-bench/target/mostdb-bench.jar ]]; then "$root/mostdb" build-bench; fi
  "$root/mostdb" is-trained || "$root/mostdb" build
}

# So many ports, into free_ports, on which nobody listens.
choose_ports() {
  local port
  free_ports=()
  while ((${#free_ports[@]} < $1)); do
    port=$((20000 + RANDOM % 12000))
    [[ " ${free_ports[*]} " == *" $port "* ]] && continue
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || free_ports+=("$port")
  done
}

# The processes that were started, also stopped ones.
stop_all() {
  local pid
  for pid in "${!running[@]}"; do kill -CONT "$pid" 2>/dev/null && kill "$pid" 2>/dev/null; done
  for pid in "${!running[@]}"; do await_end "$pid"; done
  node_pids=() node_ports=()
}

# A process that does not end within a while is ended.
await_end() {
  local tries=0
  while kill -0 "$1" 2>/dev/null; do
    ((tries++ < 150)) || kill -9 "$1"
    sleep 0.1
  done
  wait "$1" 2>/dev/null
  unset "running[$1]"
}

# Waits until a URL answers with success: URL, process, its log, seconds.
await_ready() {
  local tries=$(($4 * 20))
  until curl -sf -m 2 -o /dev/null "$1"; do
    if ! kill -0 "$2" 2>/dev/null || ((--tries < 0)); then
      tail -n 20 "$3" >&2
      die "$1 does not answer; above is the end of that process's log"
    fi
    sleep 0.05
  done
}

# Starts a node in the place 0, 1 … of node_ports; the further settings are those of the environment. All are one
# cluster, unless each_alone is "yes".
start_node() {
  local place=$1 port=${node_ports[$1]} urls url
  printf -v urls 'http://127.0.0.1:%s;' "${node_ports[@]}"
  url=http://127.0.0.1:$port
  if ((${#node_ports[@]} == 1)) || [[ ${each_alone:-} == yes ]]; then urls='' url=''; fi
  MOSTDB_SERVER_PORT=$port MOSTDB_SERVER_URL=$url MOSTDB_CLUSTER_URLS=${urls%;} MOSTDB_STORE_ROOT=$work/mostdb-$place \
    "$root/mostdb" "${2:-server}" >>"$work/mostdb-$place.log" 2>&1 &
  node_pids[place]=$!
  running[$!]=node
}

# So many nodes of a new cluster, ready to serve.
start_mostdb() {
  local place
  rm -rf "$work"/mostdb-*
  choose_ports "$1"
  node_ports=("${free_ports[@]}")
  for ((place = 0; place < $1; place++)); do start_node "$place" "${2:-server}"; done
  for ((place = 0; place < $1; place++)); do await_node "$place"; done
  grep -h 'sources are newer' "$work"/mostdb-0.log >&2
  not_ok=()
}

await_node() {
  await_ready "http://127.0.0.1:${node_ports[$1]}/health/ready" "${node_pids[$1]}" "$work/mostdb-$1.log" 60
}

# The folder's file system: what fsync costs is its doing.
file_system() {
  df -T "$work" | awk 'NR == 2 { print $2 " on " $1 }'
}

print_setup() {
  printf 'machine   %s, %s cores, Linux %s\n' \
    "$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" "$(uname -r)"
  printf 'mostdb    %s, commit %s%s\n' "$("$root/mostdb" version | sed 's/^mostdb //; s/ (.*//')" \
    "$(git -C "$root" describe --always --dirty 2>/dev/null || echo unknown)" \
    "$("$root/mostdb" is-trained || echo ', without its AOT cache: starts are slower')"
  printf 'settings  MOSTDB_SYNC=%s' "${MOSTDB_SYNC:-sync}"
  env | grep '^MOSTDB_' | grep -v -e '^MOSTDB_SYNC=' -e KEY | sort | sed 's/^/, /' | tr -d '\n'
  printf '\nclient    %s, one thread, on the same machine\n' "$(wrk -v | sed -n '1s/ Copyright.*//p')"
  printf 'data      %s, %s keys, values of %s bytes that do not compress\n' "$(file_system)" "$keys" "$value_bytes"
}

# --- the client ----------------------------------------------------------------------------------------------------

# Runs wrk so that a signal to this script is not kept waiting; its output goes to $work/wrk.out.
run_wrk() {
  wrk "$@" >"$work/wrk.out" 2>&1 &
  local wrk=$!
  running[$wrk]=wrk
  wait "$wrk"
  unset "running[$wrk]"
}

# Sets rate, p50 and p99 (milliseconds) from wrk's output, and counts what failed.
read_wrk() {
  local failed
  # shellcheck disable=SC2034 # p50 and p99 are the caller's
  read -r rate p50 p99 failed < <(awk '
    function milliseconds(t) {
      return t ~ /us$/ ? t / 1000 : t ~ /ms$/ ? t + 0 : t ~ /m$/ ? t * 60000 : t * 1000
    }
    $1 == "50%" { p50 = milliseconds($2) }
    $1 == "99%" { p99 = milliseconds($2) }
    /Requests\/sec:/ { rate = $2 }
    /Socket errors:/ { gsub(/,/, ""); failed += $4 + $6 + $8 + $10 }
    /Non-2xx/ { failed += $NF }
    END { print rate + 0, p50 + 0, p99 + 0, failed + 0 }' "$work/wrk.out")
  if [[ $rate == 0 ]]; then
    cat "$work/wrk.out" >&2
    die "wrk has measured nothing; above is what it said"
  fi
  count_failures client "$failed"
}

# Load for some seconds: SCRIPT URL CONNECTIONS SECONDS. The environment has NKEYS, VLEN, EOP for the script.
load() {
  run_wrk -t1 -c"$3" -d"${4}s" --latency -s "$root/bench/$1" "$2"
  read_wrk
}

# client|node NUMBER: both may have seen the same ones, so they are not added up.
count_failures() {
  if (($2 > 0)); then
    say "FAILED: $2 requests, as the $1 has counted"
    failed_by[$1]=$((failed_by[$1] + $2))
  fi
}

# The last word, and whether nothing has failed.
print_failures() {
  printf '\nfailed requests: %s as the client counts, %s as the nodes count\n' \
    "${failed_by[client]}" "${failed_by[node]}"
  ((failed_by[client] == 0 && failed_by[node] == 0))
}

# What the node in a place (0) has answered with anything but success: wrk does not see bodies.
count_not_ok() {
  local before=${not_ok[${1:-0}]:-0}
  forget_not_ok "${1:-0}"
  count_failures node $((not_ok[${1:-0}] - before))
}

# What there was so far is no failure, such as what is refused while a node starts.
forget_not_ok() {
  not_ok[${1:-0}]=$(curl -sf -m 10 "http://127.0.0.1:${node_ports[${1:-0}]}/metrics" | awk '
    /^mostdb_requests_total/ { seen = 1; if (!/outcome="ok"/) n += $NF }
    END { if (!seen) exit 1; printf "%d", n }') || die "the node does not tell mostdb_requests_total at /metrics"
}

# Sets the keys k<FROM>..k<TO>: mostdb|etcd URL FROM TO
fill() {
  local filled at_most_seconds=$((60 + ($4 - $3) / 500))
  WTARGET=$1 KFROM=$3 KTO=$4 VLEN=$value_bytes \
    run_wrk -t1 -c64 -d"${at_most_seconds}s" -s "$root/bench/fill.lua" "$2"
  filled=$(sed -n 's/^filled //p' "$work/wrk.out")
  [[ $filled == "$(($4 - $3 + 1)) of $(($4 - $3 + 1)), 0 refused" ]] || {
    cat "$work/wrk.out" >&2
    die "not every key could be set; above is what wrk said"
  }
}
