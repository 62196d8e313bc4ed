# A throw-away PostgreSQL cluster on a free loopback port; sourced, never run.

# Runs a command of PostgreSQL's as someone who may: the server refuses to be root.
pg_as() {
    if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

# pg_start FOLDER: makes and starts a cluster in FOLDER/pg, with its socket there as well; exports
# SIGNET_TEST_PG_URL. Durability is off, since the data does not outlive the tests, unless PG_DURABLE=1.
pg_start() {
    pg_folder=$1/pg
    pg_bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
    # Databases are copied and dropped by the hundred: no log of the copies, and nobody who tidies up meanwhile.
    local port durability='-c fsync=off -c full_page_writes=off -c wal_level=minimal -c max_wal_senders=0 -c autovacuum=off -c jit=off'
    [ "${PG_DURABLE:-0}" = 0 ] || durability=
    port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
    mkdir -p "$pg_folder"
    [ "$(id -u)" -ne 0 ] || chown postgres "$1" "$pg_folder"
    pg_as "$pg_bin/initdb" -D "$pg_folder/data" -U postgres -A trust -E UTF8 --locale=C --no-sync \
        >"$pg_folder.log" 2>&1 || { cat "$pg_folder.log" >&2 && return 1; }
    pg_as "$pg_bin/pg_ctl" -D "$pg_folder/data" -l "$pg_folder/server.log" -s -w start \
        -o "-p $port -k $pg_folder -c listen_addresses=127.0.0.1 $durability -c max_connections=400" ||
        { cat "$pg_folder/server.log" >&2 && return 1; }
    export SIGNET_TEST_PG_URL=postgres://postgres@127.0.0.1:$port/postgres
}

pg_stop() {
    [ -n "${pg_folder:-}" ] && [ -d "$pg_folder/data" ] || return 0
    pg_as "$pg_bin/pg_ctl" -D "$pg_folder/data" -m immediate -s stop || true
    pg_folder=
}
