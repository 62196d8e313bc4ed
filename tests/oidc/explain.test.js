// POST /api/token-explain: the same decision as the token endpoint's, with reasons.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, tokenAnswer } from '../lib/api.js';
import { admin, createApp, createResource, createRole, createScope, managementScope, patchApp } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

const explain = async (body, token) => api(server, 'POST', '/api/token-explain', { token: token ?? (await admin(server)), body });

test('each scope with the role that grants it or the reason why not', async () => {
  const resource = await createResource(server);
  const read = await createScope(server, resource, 'read');
  await createScope(server, resource, 'write');
  const role = await createRole(server, { scopeIds: [read.id] });
  const app = await createApp(server, {}, [role.id]);
  const { status, json } = await explain({ clientId: app.id, resource: resource.indicator, scope: 'read write nope' });
  assert.equal(status, 200);
  assert.equal(json.scope, 'read');
  assert.deepEqual(json.granted, [{ scope: 'read', roleId: role.id, roleName: role.name }]);
  assert.deepEqual(json.dropped.map(({ scope }) => scope), ['write', 'nope']);
  assert.match(json.dropped[0].reason, /roles/);
  assert.match(json.dropped[1].reason, /no scope of this name/);
  const answer = await tokenAnswer(server, { id: app.id, secret: app.secret, resource: resource.indicator, scope: 'read write nope' });
  assert.equal(answer.json.scope, json.scope);
});

test('defaults of the application count; without any it says what to set', async () => {
  const app = await createApp(server);
  const missing = await explain({ clientId: app.id });
  assert.equal(missing.status, 400);
  assert.match(missing.json.message, /set `resource`/);
  await patchApp(server, app.id, { customClientMetadata: { defaultResource: server.client.resource, defaultScopes: ['all'] } });
  const { json } = await explain({ clientId: app.id });
  assert.equal(json.resource, server.client.resource);
  assert.match(json.dropped[0].reason, /no role/);
});

test('unknown client and resource, missing client', async () => {
  const unknown = await explain({ clientId: 'nope', resource: server.client.resource });
  assert.equal(unknown.status, 404);
  assert.equal(unknown.json.code, 'entity.not_exists_with_id');
  const target = await explain({ clientId: server.client.id, resource: 'https://unknown.example' });
  assert.equal(target.status, 400);
  assert.match(target.json.message, /https:\/\/unknown\.example/);
  assert.equal((await explain({})).json.code, 'guard.invalid_input');
  const page = await explain({ clientId: 'demo-app', resource: server.client.resource });
  assert.deepEqual([page.status, page.json.code], [422, 'application.invalid_type']);
  assert.match(page.json.message, /type SPA/);
});

test('it only reads: read:applications opens it', async () => {
  const role = await createRole(server, { scopeIds: [await managementScope(server, 'read:applications')] });
  const app = await createApp(server, {}, [role.id]);
  const { json } = await tokenAnswer(server, { id: app.id, secret: app.secret, scope: 'read:applications' });
  assert.equal((await explain({ clientId: app.id, resource: server.client.resource }, json.access_token)).status, 200);
});
