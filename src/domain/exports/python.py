# Lists the applications with an access token for the application: @NAME@
# pip install authlib requests && python3 list_applications.py
import os
import sys

from authlib.integrations.requests_client import OAuth2Session

endpoint = os.environ.get("SIGNET_ENDPOINT") or @ENDPOINT@
token_url = os.environ.get("SIGNET_TOKEN_URL") or @TOKEN_URL@
client_id = os.environ.get("SIGNET_CLIENT_ID") or @CLIENT_ID@
client_secret = os.environ.get("SIGNET_CLIENT_SECRET") or @CLIENT_SECRET@
if not client_secret:
    sys.exit("set SIGNET_CLIENT_SECRET to the application's secret")

session = OAuth2Session(client_id, client_secret, scope=@SCOPE@)
session.fetch_token(token_url, grant_type="client_credentials", resource=@RESOURCE@)

response = session.get(endpoint + "/api/applications")
response.raise_for_status()
for application in response.json():
    print(application["id"], application["type"], application["name"], sep="  ")
