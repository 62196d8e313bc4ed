"""Signs in with Authlib's session for requests: prints the address to visit, reads the one that the browser is sent to."""
import json
import os
import sys

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.jose import JsonWebKey, jwt
from authlib.oidc.core import CodeIDToken

issuer, client_id, secret, callback, resource, organization = sys.argv[1:]
server = requests.get(issuer + "/.well-known/openid-configuration", timeout=30).json()
scope = "openid profile email offline_access read urn:logto:scope:organizations"
session = OAuth2Session(client_id, secret, scope=scope, redirect_uri=callback, code_challenge_method="S256")
verifier = "v" * 64
url, state = session.create_authorization_url(
    server["authorization_endpoint"], code_verifier=verifier, nonce="the nonce", prompt="consent", resource=resource
)
print(url, flush=True)
back = sys.stdin.readline().strip()
token = session.fetch_token(server["token_endpoint"], authorization_response=back, code_verifier=verifier, state=state)

keys = JsonWebKey.import_key_set(requests.get(server["jwks_uri"], timeout=30).json())
claims = jwt.decode(
    token["id_token"], keys, claims_cls=CodeIDToken,
    claims_options={"iss": {"value": issuer}, "aud": {"value": client_id}},
    claims_params={"nonce": "the nonce", "client_id": client_id},
)
claims.validate()
info = session.get(server["userinfo_endpoint"]).json()
first = token["refresh_token"]


def refreshed(**parameters):
    answer = session.refresh_token(server["token_endpoint"], refresh_token=session.token["refresh_token"], **parameters)
    return jwt.decode(answer["access_token"], keys)


for_resource = refreshed(resource=resource)
in_organization = refreshed(organization_id=organization)
session.revoke_token(server["revocation_endpoint"], session.token["refresh_token"], token_type_hint="refresh_token")
print(json.dumps({"sub": claims["sub"], "info": info, "token": for_resource, "organization": in_organization, "idToken": token["id_token"]}))
