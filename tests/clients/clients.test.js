// The field's own clients, unchanged: each gets a token and lists the applications with it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { createManagementApi } from '@logto/api/management';
import { Applications } from '@logto/schemas';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as oauth from 'oauth4webapi';
import * as oidc from 'openid-client';
import { ClientCredentials } from 'simple-oauth2';
import { recordingFetch } from '../lib/api.js';
import { startServer } from '../lib/server.js';

const run = promisify(execFile);
let server;
before(async () => (server = await startServer()));
after(() => server.stop());

async function lists(token) {
  server.secrets.add(token);
  const answer = await recordingFetch(`${server.base}/api/applications`, { headers: { authorization: `Bearer ${token}` } });
  assert.equal(answer.status, 200);
  const applications = await answer.json();
  assert.ok(applications.some(({ id }) => id === server.client.id));
  return applications;
}

test('jose verifies the token against the published keys', async () => {
  const body = new URLSearchParams({ grant_type: 'client_credentials', scope: 'all', resource: server.client.resource });
  const authorization = `Basic ${Buffer.from(`${server.client.id}:${server.client.secret}`).toString('base64')}`;
  const answer = await recordingFetch(server.client.tokenUrl, { method: 'POST', body, headers: { authorization } });
  const { access_token: token } = await answer.json();
  const keys = createRemoteJWKSet(new URL(`${server.base}/oidc/jwks`));
  const { protectedHeader } = await jwtVerify(token, keys, { issuer: `${server.base}/oidc`, audience: server.client.resource, typ: 'at+jwt' });
  assert.equal(protectedHeader.alg, 'ES256');
  await lists(token);
});

test('openid-client: discovery, then client credentials by Basic and by body', async () => {
  for (const method of [oidc.ClientSecretBasic, oidc.ClientSecretPost]) {
    const config = await oidc.discovery(
      new URL(`${server.base}/oidc`),
      server.client.id,
      undefined,
      method(server.client.secret),
      { execute: [oidc.allowInsecureRequests] },
    );
    const tokens = await oidc.clientCredentialsGrant(config, { scope: 'all', resource: server.client.resource });
    assert.equal(tokens.expires_in, 3600);
    const seen = await oidc.tokenIntrospection(config, tokens.access_token);
    assert.equal(seen.active, true);
    await lists(tokens.access_token);
    await oidc.tokenRevocation(config, tokens.access_token);
    assert.equal((await oidc.tokenIntrospection(config, tokens.access_token)).active, false);
  }
});

test('oauth4webapi: RFC 8414 discovery and a strictly checked answer', async () => {
  const issuer = new URL(`${server.base}/oidc`);
  const insecure = { [oauth.allowInsecureRequests]: true };
  for (const algorithm of ['oauth2', 'oidc']) {
    const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm, ...insecure }));
    const client = { client_id: server.client.id };
    const parameters = new URLSearchParams({ scope: 'all', resource: server.client.resource });
    const response = await oauth.clientCredentialsGrantRequest(as, client, oauth.ClientSecretBasic(server.client.secret), parameters, insecure);
    const tokens = await oauth.processClientCredentialsResponse(as, client, response);
    assert.equal(tokens.token_type, 'bearer');
    await lists(tokens.access_token);
    const wrong = await oauth.clientCredentialsGrantRequest(as, client, oauth.ClientSecretPost('wrong'), parameters, insecure);
    await assert.rejects(oauth.processClientCredentialsResponse(as, client, wrong), { error: 'invalid_client', status: 401 });
  }
});

test('simple-oauth2 with header and body authentication', async () => {
  for (const authorizationMethod of ['header', 'body']) {
    const client = new ClientCredentials({
      client: { id: server.client.id, secret: server.client.secret },
      auth: { tokenHost: server.base, tokenPath: '/oidc/token' },
      options: { authorizationMethod },
    });
    const { token } = await client.getToken({ scope: 'all', resource: server.client.resource });
    await lists(token.access_token);
  }
});

test('@logto/api: the typed Management API client, and its schema accepts the list', async () => {
  const { apiClient } = createManagementApi('default', {
    clientId: server.client.id,
    clientSecret: server.client.secret,
    baseUrl: server.base,
    apiIndicator: server.client.resource,
  });
  const { data, error } = await apiClient.GET('/api/applications');
  assert.equal(error, undefined);
  assert.ok(data.some(({ id }) => id === server.client.id));
  for (const application of data) Applications.guard.omit({ secret: true }).parse(application);
});

test('curl: the two lines that init prints', async () => {
  const shell = `
    set -eu
    token=$(curl -sf -u "$ID:$SECRET" -d grant_type=client_credentials -d scope=all --data-urlencode "resource=$RESOURCE" "$TOKEN_URL" \
      | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')
    curl -sf -H "Authorization: Bearer $token" "$BASE/api/applications"`;
  const env = { ...process.env, ID: server.client.id, SECRET: server.client.secret, RESOURCE: server.client.resource, TOKEN_URL: server.client.tokenUrl, BASE: server.base };
  const { stdout } = await run('sh', ['-c', shell], { env });
  assert.ok(JSON.parse(stdout).some(({ id }) => id === server.client.id));
});
