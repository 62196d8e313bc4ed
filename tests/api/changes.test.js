// What every change may ask for: a condition (If-Match), one effect (Idempotency-Key), a rehearsal (dryRun).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, token as tokenOf } from '../lib/api.js';
import { admin, createApp, createRole, managementScope, unique } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';
import { call, limited, ok, refused } from './support.js';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

const send = (method, path, body, { token, ...options } = {}) => call(server, method, path, { body, ...options, ...(token && { token }) });
const get = (path) => call(server, 'GET', path);
const newRole = () => ({ name: unique('role'), description: 'made by a test', type: 'MachineToMachine' });
const total = async (path) => Number((await get(path)).headers['total-number']);

test('If-Match: the change is made when the thing is as it was read, and refused afterwards', async () => {
  const path = `/api/applications/${(await createApp(server)).id}`;
  const { etag } = (await get(path)).headers;
  assert.match(etag, /^"/);
  assert.equal((await send('PATCH', path, { description: 'first' }, { headers: { 'if-match': etag } })).status, 200);
  refused(await send('PATCH', path, { description: 'second' }, { headers: { 'if-match': etag } }), 412, 'request.precondition_failed');
  assert.equal((await get(path)).json.description, 'first');
  refused(await send('DELETE', path, undefined, { headers: { 'if-match': etag } }), 412, 'request.precondition_failed');
  const now = (await get(path)).headers.etag;
  assert.equal((await send('DELETE', path, undefined, { headers: { 'if-match': `"other", ${now}` } })).status, 204);
  assert.equal((await get(path)).status, 404);
});

test('If-Match: of two operators who read the same, one is refused', async () => {
  const path = `/api/roles/${(await createRole(server)).id}`;
  const { etag } = (await get(path)).headers;
  const answers = await Promise.all(['a', 'b', 'c', 'd'].map((description) => send('PATCH', path, { description }, { headers: { 'if-match': etag } })));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 412, 412, 412]);
  assert.equal((await get(path)).json.description, answers.find(({ status }) => status === 200).json.description);
});

test('If-Match: of two who set the same relation, one is refused', async () => {
  const role = await createRole(server);
  const app = await createApp(server);
  const path = `/api/applications/${app.id}/roles`;
  const { etag } = (await get(path)).headers;
  const answers = await Promise.all([1, 2, 3].map(() => send('PUT', path, { roleIds: [role.id] }, { headers: { 'if-match': etag } })));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 412, 412]);
});

test('If-Match: "*" is any, a weak tag none; what is not there is 404; without GET at the address it is refused', async () => {
  const path = `/api/roles/${(await createRole(server)).id}`;
  const { etag } = (await get(path)).headers;
  const change = (at, tag) => send('PATCH', at, { description: 'x' }, { headers: { 'if-match': tag } });
  assert.equal((await change(path, '*')).status, 200);
  refused(await change(path, `W/${(await get(path)).headers.etag}`), 412, 'request.precondition_failed');
  refused(await change('/api/roles/nonexistent0000000000', etag), 404, 'entity.not_exists_with_id');
  const app = await createApp(server);
  refused(await send('DELETE', `/api/applications/${app.id}/roles/${server.client.roleId ?? 'x'}`, undefined, { headers: { 'if-match': etag } }), 412, 'request.precondition_failed');
});

test('If-None-Match: nothing is put over what is there, or over the state that is named', async () => {
  const path = `/api/roles/${(await createRole(server)).id}`;
  const change = async (tag, method = 'PATCH', at = path) => send(method, at, method === 'DELETE' ? undefined : { description: unique('x') }, { headers: { 'if-none-match': tag } });
  const { etag } = (await get(path)).headers;
  for (const tag of ['*', etag, `W/${etag}`, `"other", ${etag}`]) refused(await change(tag), 412, 'request.precondition_failed');
  refused(await change('*', 'DELETE'), 412, 'request.precondition_failed');
  assert.equal((await get(path)).headers.etag, etag);
  assert.equal((await change('"other"')).status, 200);
  assert.equal((await change(etag)).status, 200);
  refused(await change('*', 'PATCH', '/api/roles/nonexistent0000000000'), 404, 'entity.not_exists_with_id');
  const email = unique('hr');
  const first = { name: email, type: 'Text', required: false };
  const field = `/api/custom-profile-fields/${email.replaceAll('-', '')}`;
  refused(await send('PUT', field, first, { headers: { 'if-none-match': '*' } }), 404, 'entity.not_exists');
});

test('a body in an encoding is refused for that, wherever it is sent to', async () => {
  const headers = { 'content-encoding': 'gzip', 'content-type': 'application/json' };
  const answer = await call(server, 'POST', '/api/roles', { body: '\u001f\u008b', headers });
  refused(answer, 415, 'request.unsupported_content_encoding');
  assert.equal(answer.headers['accept-encoding'], 'identity');
  assert.match(answer.json.message, /without Content-Encoding/);
  const token = await api(server, 'POST', '/oidc/token', { body: new URLSearchParams({ grant_type: 'client_credentials' }), headers: { 'content-encoding': 'br' } });
  assert.deepEqual([token.status, token.json.error], [415, 'invalid_request']);
  assert.equal((await call(server, 'POST', '/api/roles', { body: newRole(), headers: { 'content-encoding': 'identity' } })).status, 200);
});

test('Idempotency-Key: the same request again has the same answer and no second effect', async () => {
  const headers = { 'idempotency-key': unique('key') };
  const body = newRole();
  const before_ = await total('/api/roles');
  const first = await send('POST', '/api/roles', body, { headers });
  assert.equal(first.status, 200);
  assert.equal(first.headers['idempotent-replayed'], undefined);
  const again = await send('POST', '/api/roles', body, { headers });
  assert.equal(again.status, 200);
  assert.equal(again.text, first.text);
  assert.equal(again.headers['idempotent-replayed'], 'true');
  assert.equal(await total('/api/roles'), before_ + 1);
  // Another key is another request.
  refused(await send('POST', '/api/roles', body, { headers: { 'idempotency-key': unique('key') } }), 422, 'role.name_in_use');
});

test('Idempotency-Key: many at once make one', async () => {
  const headers = { 'idempotency-key': unique('key') };
  const body = { name: unique('app'), type: 'MachineToMachine' };
  const count = await total('/api/applications');
  const answers = await Promise.all(Array.from({ length: 8 }, () => send('POST', '/api/applications', body, { headers })));
  assert.deepEqual([...new Set(answers.map(({ text }) => text))].length, 1);
  assert.equal(answers.filter((each) => each.headers['idempotent-replayed']).length, 7);
  assert.equal(await total('/api/applications'), count + 1);
});

test('Idempotency-Key: with another body or address it is refused; keys of another caller are others', async () => {
  const headers = { 'idempotency-key': unique('key') };
  const body = newRole();
  const { json: role } = await send('POST', '/api/roles', body, { headers });
  refused(await send('POST', '/api/roles', { ...body, description: 'another' }, { headers }), 409, 'request.idempotency_key_reused');
  refused(await send('POST', `/api/roles/${role.id}/applications`, { applicationIds: [server.client.id] }, { headers }), 409, 'request.idempotency_key_reused');
  const mine = await createRole(server, { scopeIds: [await managementScope(server, 'all')] });
  const app = await createApp(server, {}, [mine.id]);
  const { json } = await api(server, 'POST', '/oidc/token', { body: new URLSearchParams({ grant_type: 'client_credentials', client_id: app.id, client_secret: app.secret, resource: server.client.resource, scope: 'all' }) });
  refused(await send('POST', '/api/roles', body, { headers, token: json.access_token }), 422, 'role.name_in_use');
});

test('Idempotency-Key: a token that may see less does not get the answer of one that saw more', async () => {
  const headers = { 'idempotency-key': unique('key') };
  const target = await createApp(server);
  const { app, token: full } = await limited(server, 'write:applications', 'read:applications');
  const less = await tokenOf(server, { id: app.id, secret: app.secret, scope: 'write:applications' });
  const body = { name: 'kept for one', expiresAt: null };
  const made = await send('POST', `/api/applications/${target.id}/secrets`, body, { headers, token: full });
  assert.equal(made.status, 201, made.text);
  server.secrets.add(made.json.value);
  refused(await send('POST', `/api/applications/${target.id}/secrets`, body, { headers, token: less }), 409, 'request.idempotency_key_reused');
  assert.equal((await send('POST', `/api/applications/${target.id}/secrets`, body, { headers, token: full })).text, made.text);
});

test('Idempotency-Key: a refused request leaves the key free, and a user with a password is made once', async () => {
  const headers = { 'idempotency-key': unique('key') };
  refused(await send('POST', '/api/users', { username: '1' }, { headers }), 400, 'guard.invalid_input');
  const body = { username: unique('user').replaceAll('-', '_'), password: 'A long enough passphrase 1' };
  const first = await send('POST', '/api/users', body, { headers });
  assert.equal(first.status, 200);
  const again = await send('POST', '/api/users', body, { headers });
  assert.equal(again.text, first.text);
  assert.equal(again.headers['idempotent-replayed'], 'true');
});

test('Idempotency-Key: one that is no key is refused', async () => {
  for (const key of ['', 'with blank', 'x'.repeat(256), 'ü'.normalize()]) {
    refused(await send('POST', '/api/roles', newRole(), { headers: { 'idempotency-key': key } }), 400, 'request.invalid_idempotency_key');
  }
});

test('Idempotency-Key: an answer that holds a secret is not stored in clear', async () => {
  const headers = { 'idempotency-key': unique('key') };
  const app = await createApp(server);
  const made = await send('POST', `/api/applications/${app.id}/secrets`, { name: 'kept', expiresAt: null }, { headers });
  assert.equal(made.status, 201);
  server.secrets.add(made.json.value); // the server's files and log are searched for it at the end
  assert.equal((await send('POST', `/api/applications/${app.id}/secrets`, { name: 'kept', expiresAt: null }, { headers })).json.value, made.json.value);
});

test('dryRun: the answer of the change, and no change', async () => {
  const count = await total('/api/roles');
  const body = newRole();
  const tried = await send('POST', '/api/roles', body, { query: { dryRun: 1 } });
  assert.equal(tried.status, 200);
  assert.equal(tried.json.name, body.name);
  assert.equal(tried.headers['signet-dry-run'], 'true');
  assert.equal(await total('/api/roles'), count);
  assert.equal((await get(`/api/roles/${tried.json.id}`)).status, 404);
  refused(await send('POST', '/api/roles', { ...body, name: 'Logto Management API access' }, { query: { dryRun: 'true' } }), 422, 'role.name_in_use');
  const app = await createApp(server);
  assert.equal((await send('DELETE', `/api/applications/${app.id}`, undefined, { query: { dryRun: 1 } })).status, 204);
  assert.equal((await get(`/api/applications/${app.id}`)).status, 200);
  // The application that seemed deleted still gets its tokens.
  const token = await api(server, 'POST', '/oidc/token', { body: new URLSearchParams({ grant_type: 'client_credentials', client_id: app.id, client_secret: app.secret }) });
  assert.notEqual(token.json.error, 'invalid_client');
  assert.equal((await send('PATCH', `/api/applications/${app.id}`, { description: 'x' }, { query: { dryRun: 0 } })).json.description, 'x');
  assert.equal((await get(`/api/applications/${app.id}`)).json.description, 'x');
});

test('dryRun: no audit row, and the key of a tried request is free', async () => {
  const headers = { 'idempotency-key': unique('key') };
  const logs = await total('/api/logs?logKey=ManagementApi.POST%20/api/roles');
  const body = newRole();
  await send('POST', '/api/roles', body, { query: { dryRun: 1 }, headers });
  assert.equal(await total('/api/logs?logKey=ManagementApi.POST%20/api/roles'), logs);
  assert.equal((await send('POST', '/api/roles', body, { headers })).headers['idempotent-replayed'], undefined);
});

test('dryRun: refused where it cannot be tried, and when it is neither yes nor no', async () => {
  const hook = await ok(server, 'POST', '/api/hooks', { body: { name: 'h', events: ['User.Created'], config: { url: 'https://example.com' } } }, 201);
  refused(await send('POST', `/api/hooks/${hook.id}/test`, { events: ['User.Created'], config: { url: 'https://example.com' } }, { query: { dryRun: 1 } }), 400, 'request.invalid_dry_run');
  refused(await send('POST', '/api/roles', newRole(), { query: { dryRun: 'maybe' } }), 400, 'request.invalid_dry_run');
});

test('the OpenAPI document tells of all three', async () => {
  const { json } = await get('/api/swagger.json');
  const names = (path, method) => (json.paths[path][method].parameters ?? []).map(({ $ref }) => $ref?.split('/').at(-1)).filter(Boolean).sort();
  assert.deepEqual(names('/api/roles', 'post'), ['DryRun', 'IdempotencyKey']);
  assert.deepEqual(names('/api/roles/{id}', 'patch'), ['DryRun', 'IfMatch']);
  assert.deepEqual(names('/api/roles', 'get'), []);
  assert.deepEqual(names('/api/hooks/{id}/test', 'post'), ['IdempotencyKey']);
  for (const name of ['DryRun', 'IdempotencyKey', 'IfMatch']) assert.ok(json.components.parameters[name].description);
  assert.ok(json.paths['/api/roles/{id}'].patch.responses['412']);
  assert.ok(json.paths['/api/roles'].post.responses['409']);
  void (await admin(server));
});
