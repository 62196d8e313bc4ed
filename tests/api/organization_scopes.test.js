// /api/organization-scopes.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { unique } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';
import { ID, call, invalid, limited, links, ok, refused, required, tooLong, tooShort, wrongType } from './support.js';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

const NONE = 'nonexistent0000000000';
const BASE = '/api/organization-scopes';
const post = (body) => call(server, 'POST', BASE, { body });
const create = (body) => ok(server, 'POST', BASE, { body: { name: unique('scope'), ...body } }, 201);

test('a new scope, with and without a description', async () => {
  const name = unique('org:read');
  const answer = await post({ name, description: 'r', id: 'mine', tenantId: 'other' });
  assert.equal(answer.status, 201, answer.text);
  const { id, ...rest } = answer.json;
  assert.match(id, ID);
  assert.deepEqual(Object.keys(answer.json), ['tenantId', 'id', 'name', 'description']);
  assert.deepEqual(rest, { tenantId: 'default', name, description: 'r' });
  assert.deepEqual(await ok(server, 'GET', `${BASE}/${id}`), answer.json);
  assert.equal((await create()).description, null);
  assert.equal((await create({ description: null })).description, null);
});

test('what is refused', async () => {
  const { name } = await create();
  refused(await post({ name }), 422, 'entity.unique_integrity_violation');
  invalid(await post({}), [required('string', 'name')]);
  invalid(await post({ name: '' }), [tooShort('name')]);
  invalid(await post({ name: 'n'.repeat(129), description: 'd'.repeat(257) }), [tooLong(128, 'name'), tooLong(256, 'description')]);
  invalid(await post({ name: 1 }), [wrongType('string', 'number', 'name')]);
  refused(await call(server, 'GET', `${BASE}/${NONE}`), 404, 'entity.not_exists_with_id');
});

test('changes and deletion', async () => {
  const [scope, other] = [await create({ description: 'd' }), await create()];
  const patch = (id, body) => call(server, 'PATCH', `${BASE}/${id}`, { body });
  assert.deepEqual((await patch(scope.id, { description: 'new', id: 'x' })).json, { ...scope, description: 'new' });
  assert.deepEqual((await patch(scope.id, { description: null })).json, { ...scope, description: null });
  refused(await patch(scope.id, { name: other.name }), 422, 'entity.unique_integrity_violation');
  refused(await patch(scope.id, {}), 422, 'entity.invalid_input');
  refused(await patch(NONE, { description: 'd' }), 404, 'entity.not_exists');
  const gone = await call(server, 'DELETE', `${BASE}/${scope.id}`);
  assert.deepEqual([gone.status, gone.text], [204, '']);
  refused(await call(server, 'DELETE', `${BASE}/${scope.id}`), 404, 'entity.not_found');
});

test('the list: by name, whole or in pages, by a part of the name', async () => {
  const mark = unique('listed');
  const names = ['b', 'A', 'c'].map((letter) => `${mark} ${letter}`);
  for (const name of names) await create({ name });
  const q = `q=${encodeURIComponent(mark.toUpperCase())}`;
  const whole = await call(server, 'GET', `${BASE}?${q}`);
  assert.equal(whole.headers['total-number'], undefined);
  assert.deepEqual(whole.json.map(({ name }) => name), [...names].sort());
  const page = await call(server, 'GET', `${BASE}?${q}&page=2&page_size=2`);
  assert.deepEqual(page.json, whole.json.slice(2));
  assert.equal(page.headers['total-number'], '3');
  assert.deepEqual(Object.keys(links(page)).sort(), ['first', 'last', 'prev']);
  assert.deepEqual(await ok(server, 'GET', `${BASE}?q=${mark}nothing`), []);
  assert.ok((await ok(server, 'GET', BASE)).length >= 3);
});

test('check 138: a pattern is data, whatever stands in it', async () => {
  const { name } = await create({ name: unique(`quote ' " ; -- \\`) });
  for (const q of [`' OR 1=1 --`, `quote ' "`, '\\', '%', '$1', 'x'.repeat(5000)]) {
    const answer = await call(server, 'GET', BASE, { query: { q } });
    assert.equal(answer.status, 200, `${q.slice(0, 20)}: ${answer.text}`);
  }
  assert.deepEqual((await ok(server, 'GET', BASE, { query: { q: `quote ' "` } })).map((scope) => scope.name), [name]);
});

test('reading and writing need their own scopes', async () => {
  const reader = await limited(server, 'read:organization-scopes');
  assert.equal((await call(server, 'GET', BASE, { token: reader.token })).status, 200);
  refused(await call(server, 'POST', BASE, { token: reader.token, body: { name: 'x' } }), 403, 'auth.forbidden');
});
