// Refresh tokens for client credentials: opt-in, rotation, reuse, and clients with odd habits.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, basic, decodeJwt } from '../lib/api.js';
import { admin, createApp, createResource, createRole, createScope, patchApp } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';

let server, resource, role;
before(async () => {
  server = await startServer();
  resource = await createResource(server);
  const scopes = [];
  for (const name of ['read:x', 'write:x']) scopes.push((await createScope(server, resource, name)).id);
  role = await createRole(server, { scopeIds: scopes });
});
after(() => server.stop());

const post = (entries, headers = {}) => api(server, 'POST', '/oidc/token', { body: new URLSearchParams(entries), headers });

async function refreshing() {
  const app = await createApp(server, { customClientMetadata: { refreshTokenForClientCredentials: true } }, [role.id]);
  const first = await post({
    grant_type: 'client_credentials',
    client_id: app.id,
    client_secret: app.secret,
    resource: resource.indicator,
    scope: 'read:x write:x',
  });
  assert.equal(first.status, 200, first.text);
  assert.ok(first.json.refresh_token, first.text);
  server.secrets.add(first.json.refresh_token);
  const refresh = (token, more = {}) =>
    post({ grant_type: 'refresh_token', client_id: app.id, client_secret: app.secret, refresh_token: token, ...more });
  return { app, first: first.json, refresh };
}

const invalid = (answer) => {
  assert.equal(answer.status, 400, answer.text);
  assert.equal(answer.json.error, 'invalid_grant');
};

test('off by default: neither a refresh token nor the grant', async () => {
  const app = await createApp(server, {}, [role.id]);
  const answer = await post({ grant_type: 'client_credentials', client_id: app.id, client_secret: app.secret, resource: resource.indicator });
  assert.equal(answer.json.refresh_token, undefined);
  const refused = await post({ grant_type: 'refresh_token', client_id: app.id, client_secret: app.secret, refresh_token: 'x' });
  assert.equal(refused.json.error, 'invalid_request');
  assert.equal(refused.json.error_description, 'requested grant type is not allowed for this client');
});

test('a refresh as Postman sends it gives the same resource and scopes', async () => {
  const { app, first } = await refreshing();
  const answer = await post(
    { grant_type: 'refresh_token', refresh_token: first.refresh_token, client: app.id },
    { authorization: basic(app.id, app.secret) },
  );
  assert.equal(answer.status, 200, answer.text);
  server.secrets.add(answer.json.refresh_token);
  const { claims } = decodeJwt(answer.json.access_token);
  assert.equal(claims.aud, resource.indicator);
  assert.equal(claims.scope, 'read:x write:x');
  assert.equal(claims.client_id, app.id);
  assert.notEqual(answer.json.refresh_token, first.refresh_token);
});

test('fewer scopes on request, never more; the next refresh has all of them again', async () => {
  const { first, refresh } = await refreshing();
  const wide = await refresh(first.refresh_token, { scope: 'read:x other' });
  assert.equal(wide.status, 400);
  assert.equal(wide.json.error, 'invalid_scope');
  const narrow = await refresh(first.refresh_token, { scope: 'read:x' });
  assert.equal(narrow.status, 200, 'a refused refresh must not use up the token');
  assert.equal(narrow.json.scope, 'read:x');
  const next = await refresh(narrow.json.refresh_token);
  assert.equal(next.json.scope, 'read:x write:x');
});

test('check 80: another resource is refused, the same one is fine', async () => {
  const { first, refresh } = await refreshing();
  const other = await refresh(first.refresh_token, { resource: server.client.resource });
  assert.equal(other.json.error, 'invalid_target');
  assert.equal((await refresh(first.refresh_token, { resource: resource.indicator })).status, 200);
});

test('check 30: a used token is refused and its whole family with it', async () => {
  const { first, refresh } = await refreshing();
  const second = await refresh(first.refresh_token);
  assert.equal(second.status, 200);
  invalid(await refresh(first.refresh_token));
  invalid(await refresh(second.json.refresh_token));
});

test('check 31: of 50 at once exactly one succeeds, and no live branch is left', async () => {
  const { first, refresh } = await refreshing();
  const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(first.refresh_token)));
  const good = answers.filter(({ status }) => status === 200);
  assert.equal(good.length, 1);
  for (const answer of answers) if (answer !== good[0]) invalid(answer);
  invalid(await refresh(good[0].json.refresh_token));
});

test('check 29, 33: unknown, foreign and replayed tokens, after a restart too', async () => {
  const { first, refresh } = await refreshing();
  const other = await refreshing();
  invalid(await refresh('sgn_rt_unknown'));
  invalid(await other.refresh(first.refresh_token));
  const second = await refresh(first.refresh_token);
  assert.equal(second.status, 200, 'a foreign attempt must not hurt the owner');
  await server.restart();
  server.adminToken = undefined;
  invalid(await refresh(first.refresh_token));
});

test('check 32: rotation does not extend the lifetime', async () => {
  const { first, refresh, app } = await refreshing();
  const look = async (token) => {
    const answer = await api(server, 'POST', '/oidc/token/introspection', {
      body: new URLSearchParams({ token }),
      headers: { authorization: basic(app.id, app.secret) },
    });
    return answer.json;
  };
  const before = await look(first.refresh_token);
  assert.equal(before.active, true);
  assert.equal(before.token_type, 'refresh_token');
  const next = await refresh(first.refresh_token);
  assert.equal((await look(next.json.refresh_token)).exp, before.exp);
  assert.deepEqual(await look(first.refresh_token), { active: false });
});

test('check 34: a deleted application, a removed role and the switch turned off end it', async () => {
  const { app, first, refresh } = await refreshing();
  const token = await admin(server);
  await api(server, 'DELETE', `/api/applications/${app.id}/roles/${role.id}`, { token });
  const bare = await refresh(first.refresh_token);
  assert.equal(bare.json.scope, undefined);
  await patchApp(server, app.id, { customClientMetadata: {} });
  assert.equal((await refresh(bare.json.refresh_token)).json.error, 'invalid_request');
  await api(server, 'DELETE', `/api/applications/${app.id}`, { token });
  assert.equal((await refresh(bare.json.refresh_token)).json.error, 'invalid_client');
});

test('missing and repeated refresh_token', async () => {
  const { app, first } = await refreshing();
  const missing = await post({ grant_type: 'refresh_token', client_id: app.id, client_secret: app.secret });
  assert.equal(missing.json.error_description, "missing required parameter 'refresh_token'");
  const twice = new URLSearchParams({ grant_type: 'refresh_token', client_id: app.id, client_secret: app.secret, refresh_token: first.refresh_token });
  twice.append('refresh_token', first.refresh_token);
  const answer = await api(server, 'POST', '/oidc/token', { body: twice });
  assert.equal(answer.json.error_description, "'refresh_token' parameter must not be provided twice");
});
