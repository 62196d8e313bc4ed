// POST /api/batch: many operations in one transaction, all or none.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { tokenAnswer } from '../lib/api.js';
import { createRole, unique } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';
import { call, invalid, limited, ok, refused, required } from './support.js';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

const role = (extra) => ({ name: unique('role'), description: 'made by a test', type: 'MachineToMachine', ...extra });
const batch = (operations, options = {}) => call(server, 'POST', '/api/batch', { body: { operations }, ...options });
const total = async (path) => Number((await call(server, 'GET', path)).headers['total-number']);

test('a client, its role and its scopes at once: later operations name what earlier ones made', async () => {
  const indicator = `https://${unique('api')}.example`;
  const answer = await batch([
    { method: 'POST', path: '/api/resources', body: { name: 'API', indicator } },
    { method: 'POST', path: '/api/resources/{{0.id}}/scopes', body: { name: 'read:things' } },
    { method: 'POST', path: '/api/roles', body: role({ scopeIds: ['{{1.id}}'] }) },
    { method: 'POST', path: '/api/applications', body: { name: 'batch "{{2.name}}"', type: 'MachineToMachine' } },
    { method: 'POST', path: '/api/applications/{{3.id}}/roles', body: { roleIds: ['{{ 2.id }}'] } },
    { method: 'GET', path: '/api/applications/{{3.id}}/secrets' },
  ]);
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.headers['cache-control'], 'no-store');
  const { results } = answer.json;
  assert.deepEqual(results.map(({ status }) => status), [201, 201, 200, 200, 201, 200]);
  const [, , made, app, , [secret]] = results.map(({ body }) => body);
  server.secrets.add(secret.value);
  assert.equal(app.name, `batch "${made.name}"`);
  const { json } = await tokenAnswer(server, { id: app.id, secret: secret.value, resource: indicator, scope: 'read:things' });
  assert.equal(json.scope, 'read:things');
});

test('when one is refused, nothing has changed, and the answer says which and why', async () => {
  const [roles, logs] = [await total('/api/roles'), await total('/api/logs')];
  const twice = role();
  const answer = await batch([{ method: 'POST', path: '/api/roles', body: role() }, { method: 'POST', path: '/api/roles', body: twice }, { method: 'POST', path: '/api/roles', body: twice }]);
  refused(answer, 422, 'role.name_in_use');
  assert.match(answer.json.message, /^operation 2: /);
  refused(await batch([{ method: 'POST', path: '/api/roles', body: role() }, { method: 'PATCH', path: '/api/roles/nonexistent0000000000', body: { description: 'x' } }]), 404, 'entity.not_exists_with_id');
  const wrong = await batch([{ method: 'POST', path: '/api/roles', body: { name: 1 } }]);
  refused(wrong, 400, 'guard.invalid_input');
  assert.equal(wrong.json.data.issues[0].path[0], 'name');
  assert.equal(await total('/api/roles'), roles);
  assert.equal(await total('/api/logs'), logs);
});

test('each operation has its audit row; bodies of the batch are in none', async () => {
  const key = (path) => total(`/api/logs?logKey=${encodeURIComponent(path)}`);
  const before_ = await key('ManagementApi.POST /api/roles');
  await ok(server, 'POST', '/api/batch', { body: { operations: [1, 2, 3].map(() => ({ method: 'POST', path: '/api/roles', body: role() })) } });
  assert.equal(await key('ManagementApi.POST /api/roles'), before_ + 3);
  const [row] = await ok(server, 'GET', '/api/logs?logKey=ManagementApi.POST%20/api/batch&page_size=1');
  assert.equal(row.payload.changed.operations, '******');
});

test('what has no place in it', async () => {
  const hook = await ok(server, 'POST', '/api/hooks', { body: { name: 'h', events: ['User.Created'], config: { url: 'https://example.com' } } }, 201);
  const event = { events: ['User.Created'], config: { url: 'https://example.com' } };
  for (const [operation, why] of [
    [{ method: 'POST', path: '/api/batch', body: { operations: [] } }, /no such operation/],
    [{ method: 'POST', path: '/oidc/token', body: {} }, /no such operation/],
    [{ method: 'GET', path: '/api/status' }, /no such operation/],
    [{ method: 'PUT', path: '/api/roles', body: {} }, /no such operation/],
    [{ method: 'POST', path: `/api/hooks/${hook.id}/test`, body: event }, /cannot be undone/],
    [{ method: 'POST', path: '/api/users', body: { username: 'someone', password: 'A long enough passphrase 1' } }, /of its own/],
    [{ method: 'GET', path: '/api/roles/{{0.id}}' }, /earlier answer/],
    [{ method: 'GET', path: '/api/roles/{{x.id}}' }, /earlier answer/],
    [{ method: 'GET', path: '/api/roles/{{' }, /earlier answer/],
  ]) {
    const answer = await batch([operation]);
    refused(answer, 422, 'request.invalid_operation');
    assert.match(answer.json.message, why);
  }
  invalid(await call(server, 'POST', '/api/batch', { body: {} }), [required('array', 'operations')]);
  refused(await batch([]), 400, 'guard.invalid_input');
  refused(await batch(Array.from({ length: 1001 }, () => ({ method: 'GET', path: '/api/roles' }))), 400, 'guard.invalid_input');
  refused(await batch([{ method: 'TRACE', path: '/api/roles' }]), 400, 'guard.invalid_input');
});

test('a place in a template is none of an answer\'s members', async () => {
  const { results } = await ok(server, 'POST', '/api/batch', { body: { operations: [
    { method: 'POST', path: '/api/roles', body: role({ description: 'Your code is {{code}}, {{ link }}' }) },
    { method: 'PATCH', path: '/api/roles/{{0.id}}', body: { description: '{{code}} of {{ 0.name }}' } },
  ] } });
  assert.equal(results[0].body.description, 'Your code is {{code}}, {{ link }}');
  assert.equal(results[1].body.description, `{{code}} of ${results[0].body.name}`);
  refused(await batch([{ method: 'POST', path: '/api/roles', body: role({ description: '{{7.id}}' }) }]), 422, 'request.invalid_operation');
});

test('a value in a path or a body stays a value', async () => {
  const name = `a/b?c=d"}, {"x": "${unique('y')}`;
  const { results } = await ok(server, 'POST', '/api/batch', { body: { operations: [
    { method: 'POST', path: '/api/roles', body: role({ name }) },
    { method: 'GET', path: '/api/roles?search={{0.name}}' },
    { method: 'PATCH', path: '/api/roles/{{0.id}}', body: { description: 'of {{0.name}}' } },
  ] } });
  assert.deepEqual(results[1].body.map((each) => each.name), [name]);
  assert.equal(results[2].body.description, `of ${name}`);
});

test('with a condition, a key and as a rehearsal', async () => {
  const { id } = await createRole(server);
  const { etag } = (await call(server, 'GET', `/api/roles/${id}`)).headers;
  const change = [{ method: 'PATCH', path: `/api/roles/${id}`, body: { description: 'new' }, ifMatch: etag }];
  assert.equal((await batch(change, { query: { dryRun: 1 } })).json.results[0].body.description, 'new');
  const headers = { 'idempotency-key': unique('key') };
  assert.equal((await batch(change, { headers })).status, 200);
  assert.equal((await batch(change, { headers })).headers['idempotent-replayed'], 'true');
  refused(await batch(change), 412, 'request.precondition_failed');
});

test('no operation is a rehearsal of its own', async () => {
  const body = role();
  for (const query of ['dryRun=1', 'x=2&dryRun=true', 'dryRun=%31']) {
    const answer = await batch([{ method: 'POST', path: `/api/roles?${query}`, body }]);
    refused(answer, 422, 'request.invalid_operation');
    assert.match(answer.json.message, /^operation 0: .*the batch's own address/);
  }
  const value = await batch([{ method: 'POST', path: '/api/roles?dryRun=maybe', body }]);
  assert.equal(value.status, (await call(server, 'POST', '/api/roles', { body, query: { dryRun: 'maybe' } })).status, value.text);
  assert.deepEqual(await ok(server, 'GET', '/api/roles', { query: { 'search.name': body.name } }), []);
  assert.equal((await batch([{ method: 'POST', path: '/api/roles?dryRun=0', body }])).status, 200);
});

test('a thousand at once', async () => {
  const roles = await total('/api/roles');
  const { results } = await ok(server, 'POST', '/api/batch', { body: { operations: Array.from({ length: 1000 }, () => ({ method: 'POST', path: '/api/roles', body: role() })) } });
  assert.equal(results.length, 1000);
  assert.equal(await total('/api/roles'), roles + 1000);
});

test('it needs full access', async () => {
  const { token } = await limited(server, 'write:roles');
  refused(await batch([{ method: 'POST', path: '/api/roles', body: role() }], { token }), 403, 'auth.forbidden');
});
