// /api/authn/hasura: who sends a request, for a Hasura engine.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { api, basic, token } from '../lib/api.js';
import { Browser, createClient, createUser, exchange, signIn } from '../lib/browser.js';
import { createApp, createResource, createRole, unique } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';
import { invalid, ok, refused, required } from './support.js';

let server;
const SECRET = 'of-the-tests-of-tokens-for-hasura-0123456789';
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hasura-'));
before(async () => {
  const bootstrap = path.join(folder, 'bootstrap.json');
  const client = { name: 'Hasura', secret: SECRET, scopes: ['all'] };
  fs.writeFileSync(bootstrap, JSON.stringify({ clients: [{ ...client, id: 'own' }, { ...client, id: 'operator', tenant: 'admin' }] }), { mode: 0o600 });
  server = await startServer({ env: { SIGNET_BOOTSTRAP: bootstrap } });
});
after(async () => {
  fs.rmSync(folder, { recursive: true });
  await server?.stop();
});

const RESOURCE = 'https://default.logto.app/api';
const ask = (query, bearer, expectedRole) => api(server, 'GET', '/api/authn/hasura', {
  query, token: bearer, headers: expectedRole ? { 'expected-role': expectedRole } : {},
});

test('a machine is told by its id, and has no roles of users', async () => {
  const bearer = await token(server);
  const answer = await ask({ resource: RESOURCE }, bearer);
  assert.deepEqual([answer.status, answer.json], [200, { 'X-Hasura-User-Id': server.client.id }]);
  refused(await ask({ resource: RESOURCE }, bearer, 'editor'), 401, 'auth.expected_role_not_found');
  assert.deepEqual((await ask({ resource: RESOURCE, unauthorizedRole: 'guest' }, bearer, 'editor')).json, { 'X-Hasura-User-Id': server.client.id, 'X-Hasura-Role': 'guest' });
});

test('whoever has no token has the role for those, or none', async () => {
  assert.deepEqual((await ask({ resource: RESOURCE, unauthorizedRole: 'guest' })).json, { 'X-Hasura-Role': 'guest' });
  assert.deepEqual((await ask({ resource: RESOURCE })).json, {});
  assert.deepEqual((await ask({ resource: RESOURCE, unauthorizedRole: 'guest' }, 'no.token.this')).json, { 'X-Hasura-Role': 'guest' });
  refused(await ask({ resource: RESOURCE }, undefined, 'editor'), 401, 'auth.expected_role_not_found');
  invalid(await ask({ unauthorizedRole: 'guest' }), [required('string', 'resource')]);
});

test('a user has the expected role when it is theirs and the token is for the resource', async () => {
  const resource = await createResource(server);
  const user = await createUser(server);
  const role = await createRole(server, { type: 'User', name: unique('editor') });
  await ok(server, 'POST', `/api/users/${user.id}/roles`, { body: { roleIds: [role.id] } }, 201);
  const client = await createClient(server);
  const signed = await signIn(new Browser(server), client, user, { resource: resource.indicator });
  const tokens = await exchange(server, client, signed, { resource: resource.indicator });
  assert.equal(tokens.status, 200, tokens.text);
  const bearer = tokens.json.access_token;
  server.secrets.add(bearer);
  assert.deepEqual((await ask({ resource: resource.indicator }, bearer, role.name)).json, { 'X-Hasura-User-Id': user.id, 'X-Hasura-Role': role.name });
  refused(await ask({ resource: resource.indicator }, bearer, 'other'), 401, 'auth.expected_role_not_found');
  // A token for something else says who it is, where the role for those without is asked for, and nothing more.
  refused(await ask({ resource: RESOURCE }, bearer, role.name), 401, 'auth.expected_role_not_found');
  assert.deepEqual((await ask({ resource: RESOURCE, unauthorizedRole: 'guest' }, bearer, role.name)).json, { 'X-Hasura-User-Id': user.id, 'X-Hasura-Role': 'guest' });
  assert.deepEqual((await ask({ resource: RESOURCE }, bearer)).json, {});
});

for (const [id, base] of [['own', 'base'], ['operator', 'adminBase']])
  test(`a revoked token is none (${id})`, async () => {
    const at = server[base];
    const bearer = await token(server, { id, secret: SECRET, tokenUrl: `${at}/oidc/token` });
    assert.deepEqual((await ask({ resource: RESOURCE }, bearer)).json, { 'X-Hasura-User-Id': id });
    const revoked = await api(server, 'POST', `${at}/oidc/token/revocation`, { body: new URLSearchParams({ token: bearer }), headers: { authorization: basic(id, SECRET) } });
    assert.equal(revoked.status, 200, revoked.text);
    assert.deepEqual((await ask({ resource: RESOURCE }, bearer)).json, {});
    assert.deepEqual((await ask({ resource: RESOURCE, unauthorizedRole: 'guest' }, bearer)).json, { 'X-Hasura-Role': 'guest' });
  });

test('a token of an application that is gone is none', async () => {
  const app = await createApp(server);
  const resource = await createResource(server);
  const bearer = await token(server, { id: app.id, secret: app.secret, resource: resource.indicator });
  assert.deepEqual((await ask({ resource: resource.indicator }, bearer)).json, { 'X-Hasura-User-Id': app.id });
  await ok(server, 'DELETE', `/api/applications/${app.id}`, {}, 204);
  assert.deepEqual((await ask({ resource: resource.indicator }, bearer)).json, {});
});
