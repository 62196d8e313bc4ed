// Lists the applications with an access token for the application: @NAME@
// npm install openid-client && node list-applications.mjs
import * as client from 'openid-client';

const env = process.env;
const issuer = new URL(env.SIGNET_ISSUER || @ISSUER@);
const endpoint = env.SIGNET_ENDPOINT || @ENDPOINT@;
const clientId = env.SIGNET_CLIENT_ID || @CLIENT_ID@;
const clientSecret = env.SIGNET_CLIENT_SECRET || @CLIENT_SECRET@;
if (!clientSecret) throw new Error("set SIGNET_CLIENT_SECRET to the application's secret");

// Plain HTTP is for a server on this machine only.
const execute = issuer.protocol === 'http:' ? [client.allowInsecureRequests] : [];
const config = await client.discovery(issuer, clientId, undefined, client.ClientSecretBasic(clientSecret), { execute });
const tokens = await client.clientCredentialsGrant(config, { scope: @SCOPE@, resource: @RESOURCE@ });

const response = await fetch(`${endpoint}/api/applications`, {
  headers: { authorization: `Bearer ${tokens.access_token}` },
});
if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
for (const application of await response.json()) {
  console.log(`${application.id}  ${application.type}  ${application.name}`);
}
