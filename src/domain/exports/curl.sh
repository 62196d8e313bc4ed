#!/bin/sh
# Access to the Management API for the application: @NAME@
#
#   sh signet.sh                             lists the applications
#   sh signet.sh METHOD PATH [CURL OPTIONS]  sends any request, e.g.
#   sh signet.sh POST /api/roles --json '{"name":"reader","description":"reads","type":"MachineToMachine"}'
#
# The secret is read from SIGNET_CLIENT_SECRET; neither it nor a token is shown to other users of
# the machine by ps.
set -eu

endpoint=${SIGNET_ENDPOINT:-@ENDPOINT@}
token_url=${SIGNET_TOKEN_URL:-@TOKEN_URL@}
client_id=${SIGNET_CLIENT_ID:-@CLIENT_ID@}
client_secret=${SIGNET_CLIENT_SECRET:-@CLIENT_SECRET@}
scope=${SIGNET_SCOPE:-@SCOPE@}
resource=${SIGNET_RESOURCE:-@RESOURCE@}

# Prints an access token.
get_token() {
    printf '%s' "$client_secret" | curl -sS --fail-with-body "$token_url" \
        -d grant_type=client_credentials \
        --data-urlencode "client_id=$client_id" \
        --data-urlencode client_secret@- \
        --data-urlencode "scope=$scope" \
        --data-urlencode "resource=$resource" |
        sed -n 's/.*"access_token":"\([^"]*\)".*/\1/p'
}

# api METHOD PATH [CURL OPTIONS]: prints the answer.
api() {
    api_method=$1 api_path=$2
    shift 2
    printf 'Authorization: Bearer %s\n' "$token" |
        curl -sS --fail-with-body -H @- -X "$api_method" "$@" "$endpoint$api_path"
}

[ -n "$client_secret" ] || {
    echo "set SIGNET_CLIENT_SECRET to the application's secret" >&2
    exit 2
}
token=$(get_token)
[ -n "$token" ] || {
    echo "no access token from $token_url: check the client id, the secret and the resource" >&2
    exit 1
}
if [ $# -ge 2 ]; then
    api "$@"
else
    api GET /api/applications
fi
echo
