// Fine-grained scopes of the Management API: what a client with few of them can do, and that it
// cannot get more by itself.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { tokenAnswer } from '../lib/api.js';
import { createApp, createResource, createRole, createScope, managementScope, unique } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';
import { call, everything, limited, ok, refused } from './support.js';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

const as = (who, method, path, body) => call(server, method, path, { token: who.token, body });

function forbidden(answer, scope) {
  refused(answer, 403, 'auth.forbidden');
  assert.match(answer.json.message, new RegExp(scope));
}

async function strongRole() {
  return (await everything(server, '/api/roles')).find((role) => role.name === 'Logto Management API access');
}

test('a client that may read applications reads them and changes nothing', async () => {
  const reader = await limited(server, 'read:applications');
  const app = await createApp(server);
  for (const path of ['/api/applications', `/api/applications/${app.id}`, `/api/applications/${app.id}/secrets`, `/api/applications/${app.id}/roles`]) {
    assert.equal((await as(reader, 'GET', path)).status, 200, path);
    assert.equal((await as(reader, 'HEAD', path)).status, 200, path);
  }
  const attempts = [
    ['POST', '/api/applications', { name: 'x', type: 'SPA' }],
    ['PATCH', `/api/applications/${app.id}`, { name: 'x' }],
    ['PATCH', `/api/applications/${app.id}/custom-data`, { a: 1 }],
    ['POST', `/api/applications/${app.id}/secrets`, { name: 's' }],
    ['DELETE', `/api/applications/${app.id}/secrets/Default%20secret`],
    ['POST', `/api/applications/${app.id}/roles`, { roleIds: [reader.role.id] }],
    ['DELETE', `/api/applications/${app.id}`],
  ];
  for (const [method, path, body] of attempts) {
    const answer = await as(reader, method, path, body);
    forbidden(answer, 'write:applications');
    assert.deepEqual(answer.json.data, { scope: 'write:applications' });
    assert.deepEqual(Object.keys(answer.json), ['code', 'data', 'message']);
    assert.match(answer.headers['www-authenticate'], /^Bearer realm=".*", error="insufficient_scope", scope="write:applications"$/);
  }
  for (const path of ['/api/roles', '/api/resources', '/api/logs']) assert.equal((await as(reader, 'GET', path)).status, 403, path);
  const { secret, ...shown } = app;
  assert.deepEqual(await ok(server, 'GET', `/api/applications/${app.id}`), { ...shown, isAdmin: false });
});

test('writing does not include reading, and all includes both', async () => {
  const writer = await limited(server, 'write:roles');
  forbidden(await as(writer, 'GET', '/api/roles'), 'read:roles');
  assert.equal((await as(writer, 'POST', '/api/roles', { name: unique('written'), description: 'd' })).status, 200);
  // What only `all` opens says so as the others do; so does what may not be handed on.
  for (const [path, body] of [['/api/batch', { operations: [] }], [`/api/applications/${(await createApp(server)).id}/roles`, { roleIds: [(await strongRole()).id] }]]) {
    const answer = await as(await limited(server, 'write:applications'), 'POST', path, body);
    forbidden(answer, 'all');
    assert.deepEqual(answer.json.data, { scope: 'all' });
    assert.match(answer.headers['www-authenticate'], /error="insufficient_scope", scope="all"$/);
    assert.doesNotMatch(answer.json.message, /too/);
  }
  const all = await limited(server, 'all');
  assert.equal((await as(all, 'GET', '/api/roles')).status, 200);
  assert.equal((await as(all, 'GET', '/api/logs')).status, 200);
});

test('a token has only scopes that a role of its client grants', async () => {
  const reader = await limited(server, 'read:applications');
  const asked = await tokenAnswer(server, { id: reader.app.id, secret: reader.app.secret, scope: 'all write:applications read:applications' });
  assert.equal(asked.json.scope, 'read:applications');
});

test('check 136: write:applications does not lead to all', async () => {
  const writer = await limited(server, 'read:applications', 'write:applications');
  const strong = await limited(server, 'all');
  const role = await strongRole();
  const own = `/api/applications/${writer.app.id}`;
  forbidden(await as(writer, 'POST', `${own}/roles`, { roleIds: [role.id] }), 'all');
  forbidden(await as(writer, 'PUT', `${own}/roles`, { roleIds: [writer.role.id, role.id] }), 'all');
  forbidden(await as(writer, 'PATCH', own, { isAdmin: true }), 'all');
  forbidden(await as(writer, 'POST', `/api/applications/${strong.app.id}/secrets`, { name: 'mine' }), 'all');
  const [seen] = (await as(writer, 'GET', `/api/applications/${strong.app.id}/secrets`)).json;
  assert.equal(seen.value, '********');
  assert.deepEqual((await ok(server, 'GET', `${own}/roles`)).map((one) => one.id), [writer.role.id]);
  const { role: readLogs } = await limited(server, 'read:logs');
  forbidden(await as(writer, 'POST', `${own}/roles`, { roleIds: [readLogs.id] }), 'read:logs');
});

test('write:applications hands on roles within its reach, and roles of other APIs', async () => {
  const writer = await limited(server, 'read:applications', 'write:applications');
  const app = await createApp(server);
  const resource = await createResource(server);
  const scope = await createScope(server, resource, 'read:x');
  const other = await createRole(server, { scopeIds: [scope.id] });
  const answer = await as(writer, 'POST', `/api/applications/${app.id}/roles`, { roleIds: [writer.role.id, other.id] });
  assert.equal(answer.status, 201, answer.text);
  assert.equal((await as(writer, 'PUT', `/api/applications/${app.id}/roles`, { roleIds: [other.id] })).status, 200);
  assert.equal((await as(writer, 'DELETE', `/api/applications/${app.id}/roles/${other.id}`)).status, 204);
});

test('check 136: write:roles does not lead to all', async () => {
  const writer = await limited(server, 'read:roles', 'write:roles');
  const role = await strongRole();
  const all = await managementScope(server, 'all');
  forbidden(await as(writer, 'POST', `/api/roles/${writer.role.id}/scopes`, { scopeIds: [all] }), 'all');
  const body = { name: unique('strong'), description: 'd', type: 'MachineToMachine', scopeIds: [all] };
  forbidden(await as(writer, 'POST', '/api/roles', body), 'all');
  assert.deepEqual((await everything(server, `/api/roles?search=${body.name}`)), []);
  forbidden(await as(writer, 'POST', `/api/roles/${role.id}/applications`, { applicationIds: [writer.app.id] }), 'all');
  const again = await tokenAnswer(server, { id: writer.app.id, secret: writer.app.secret, scope: 'all write:roles' });
  assert.equal(again.json.scope, 'write:roles');
});

test('write:roles makes roles of scopes it has and of other APIs', async () => {
  const writer = await limited(server, 'read:roles', 'write:roles');
  const resource = await createResource(server);
  const scope = await createScope(server, resource, 'read:x');
  const scopeIds = [scope.id, await managementScope(server, 'read:roles')];
  const body = { name: unique('fair'), description: 'd', type: 'MachineToMachine', scopeIds };
  const made = await as(writer, 'POST', '/api/roles', body);
  assert.equal(made.status, 200, made.text);
  const given = await as(writer, 'POST', `/api/roles/${made.json.id}/applications`, { applicationIds: [writer.app.id] });
  assert.equal(given.status, 201, given.text);
});

test('write:resources does not reach the Management API', async () => {
  const writer = await limited(server, 'read:resources', 'write:resources');
  refused(await as(writer, 'POST', '/api/resources/management-api/scopes', { name: 'x' }), 400, 'resource.cannot_modify_management_api');
  const resource = (await as(writer, 'POST', '/api/resources', { name: 'x', indicator: `https://${unique('r')}.example` })).json;
  assert.equal((await as(writer, 'POST', `/api/resources/${resource.id}/scopes`, { name: 'all' })).status, 201);
  assert.equal((await as(writer, 'DELETE', `/api/resources/${resource.id}`)).status, 204);
});
