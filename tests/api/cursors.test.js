// Lists by cursor: after and limit instead of page and page_size.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer } from '../lib/server.js';
import { createResource, createRole, createScope, unique } from '../lib/fixtures.js';
import { call, links, ok, refused } from './support.js';

let server;
before(async () => { server = await startServer(); });
after(() => server.stop());

const word = (prefix) => unique(prefix).replaceAll('-', '_');
const user = (body = {}) => ok(server, 'POST', '/api/users', { body });

/** One page and the path of the next; every answer lacks what takes a count. */
async function pageOf(path) {
  const answer = await call(server, 'GET', path);
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.headers['total-number'], undefined);
  const { next, ...others } = links(answer);
  assert.deepEqual(others, {});
  return { rows: answer.json, next: next && next.replace(server.base, '/api') };
}

/** All rows page by page, with something happening between pages. */
async function walk(path, between = () => {}) {
  const rows = [];
  for (let at = path; at;) {
    const page = await pageOf(at);
    rows.push(...page.rows);
    at = page.next;
    if (at) await between(page.rows);
  }
  return rows;
}

const ids = (rows) => rows.map((row) => row.id);

test('rows that come and go between pages: none is doubled, none that stays is lost', async () => {
  const mine = [];
  for (let i = 0; i < 23; i += 1) mine.push((await user({ name: 'Walker' })).id);
  const gone = new Set();
  const seen = await walk('/api/users?limit=4', async (rows) => {
    await user({ name: 'Newcomer' });
    await ok(server, 'DELETE', `/api/users/${rows.at(-1).id}`, {}, 204); // the very row the cursor was made of
    gone.add(rows.at(-1).id);
    const ahead = mine.find((id) => !gone.has(id) && !rows.some((row) => row.id === id));
    if (gone.size === 2) {
      await ok(server, 'DELETE', `/api/users/${ahead}`, {}, 204);
      gone.add(ahead);
    }
  });
  assert.equal(new Set(ids(seen)).size, seen.length);
  for (const id of mine) assert.ok(ids(seen).includes(id) || gone.has(id), id);
  assert.ok(seen.every((row) => row.name !== 'Newcomer'));
  assert.deepEqual(seen.map((row) => row.createdAt), seen.map((row) => row.createdAt).sort((a, b) => b - a));
});

test('a list is the same by page and by cursor, with its filters', async () => {
  const role = await createRole(server, { type: 'User' });
  const name = word('same');
  const users = [];
  for (let i = 0; i < 7; i += 1) users.push((await user({ name, username: `${name}_${i}` })).id);
  await ok(server, 'POST', `/api/roles/${role.id}/users`, { body: { userIds: users.slice(1) } }, 201);
  await ok(server, 'POST', '/api/organizations', { body: { name: 'Another' } }, 201);
  const organization = await ok(server, 'POST', '/api/organizations', { body: { name } }, 201);
  await ok(server, 'POST', `/api/organizations/${organization.id}/users`, { body: { userIds: users } }, 201);
  for (const kind of ['c', 'a', 'b']) {
    await ok(server, 'POST', '/api/organization-scopes', { body: { name: `${name}:${kind}` } }, 201);
    await ok(server, 'POST', '/api/organization-roles', { body: { name: `${name}:${kind}` } }, 201);
    await ok(server, 'POST', '/api/applications', { body: { name: `${name}:${kind}`, type: 'SPA' } });
    await ok(server, 'POST', '/api/hooks', { body: { name: `${name}:${kind}`, events: ['User.Created'], config: { url: 'http://127.0.0.1:9/' } } }, 201);
  }
  const lists = [
    `/api/users?search=%25${name}%25`, `/api/users?hasRoleId=${role.id}`, `/api/roles/${role.id}/users?`, `/api/organizations/${organization.id}/users?`,
    '/api/organization-scopes?', '/api/organization-roles?', '/api/applications?', '/api/hooks?', '/api/roles?', '/api/organizations?', '/api/users?',
  ];
  for (const path of lists) {
    const whole = await ok(server, 'GET', `${path}&page=1&page_size=100`);
    assert.ok(whole.length > 1, path);
    assert.deepEqual(await walk(`${path}&limit=1`), whole, path);
    assert.deepEqual(await walk(`${path}&limit=100`), whole, path);
  }
});

test('resources by cursor have the scopes of their page', async () => {
  for (let i = 0; i < 3; i += 1) {
    const resource = await createResource(server);
    await createScope(server, resource, `read:${i}`);
  }
  const whole = await ok(server, 'GET', '/api/resources?includeScopes=true');
  assert.ok(whole.filter((row) => row.scopes.length).length >= 3);
  assert.deepEqual(await walk('/api/resources?includeScopes=true&limit=2'), whole);
  const paged = [];
  for (let page = 1; paged.length < whole.length; page += 1) paged.push(...await ok(server, 'GET', `/api/resources?includeScopes=true&page=${page}&page_size=2`));
  assert.deepEqual(paged, whole);
});

test('the log by cursor: in order of time, and of one application', async () => {
  for (let i = 0; i < 18; i += 1) await user();
  const { key, payload } = (await ok(server, 'GET', '/api/logs?page_size=1'))[0];
  for (const path of ['/api/logs?', `/api/logs?applicationId=${payload.applicationId}`, '/api/logs?start_time=1', `/api/logs?logKey=${encodeURIComponent(key)}`]) {
    const first = await pageOf(`${path}&limit=100`);
    const seen = await walk(`${path}&limit=17`, () => user()); // each makes a row of the log
    assert.ok(first.rows.length > 17, path);
    assert.deepEqual(ids(seen).slice(0, first.rows.length), ids(first.rows), path);
    assert.equal(new Set(ids(seen)).size, seen.length);
  }
});

test('what is no cursor of the list', async () => {
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  await user();
  await user();
  const { next } = await pageOf('/api/users?limit=1');
  const good = new URL(next, server.base).searchParams.get('after');
  assert.equal(JSON.parse(Buffer.from(good, 'base64url'))[0], 'users');
  const wrong = ['x', '!!', 'a'.repeat(5000), `${good}=`, encode({}), encode([]), encode(['users']), encode(['users', 1]), encode(['users', '1', 'a']),
    encode(['users', 1.5, 'a']), encode(['users', 1, 2]), encode(['users', 1, null]), encode(['users', 1, 'a\u0000']), encode(['users', 1, 'a', 'b']),
    encode(['roles', 1, 'a']), encode('users'), `${good}, ${good}`];
  for (const after of wrong) refused(await call(server, 'GET', '/api/users', { query: { after } }), 400, 'guard.invalid_pagination');
  refused(await call(server, 'GET', `/api/roles?after=${good}`), 400, 'guard.invalid_pagination');
  for (const limit of ['0', '101', '-1', 'x', '']) refused(await call(server, 'GET', '/api/users', { query: { limit } }), 400, 'guard.invalid_pagination');
  for (const query of ['limit=1&page=1', 'limit=1&page_size=1', `after=${good}&page=2`]) {
    const answer = await call(server, 'GET', `/api/users?${query}`);
    refused(answer, 400, 'guard.invalid_pagination');
    assert.match(answer.json.message, /not by both/);
  }
});

test('limits, first pages and last pages', async () => {
  for (const limit of ['0', '-1', 'x', '101', '1.5', '']) refused(await call(server, 'GET', `/api/users?limit=${limit}`), 400, 'guard.invalid_pagination');
  const first = await pageOf('/api/users?after=&limit=2');
  assert.deepEqual(first.rows, await ok(server, 'GET', '/api/users?page_size=2'));
  assert.equal((await pageOf('/api/users?after=')).rows.length, 20);
  const answer = await call(server, 'GET', '/api/users?limit=2&search=%25%C3%A4+b%25');
  assert.deepEqual([answer.json, answer.headers.link], [[], undefined]);
  const role = await createRole(server, { type: 'User' });
  assert.deepEqual((await pageOf(`/api/roles/${role.id}/users?limit=1`)).rows, []);
  const { next } = await pageOf('/api/users?limit=1&search=%25&mode=like');
  assert.match(next, /^\/api\/users\?limit=1&search=%25&mode=like&after=[\w-]+$/);
});

test('every paged list takes a cursor, and says so in its description', async () => {
  const { paths } = await ok(server, 'GET', '/api/swagger.json');
  let count = 0;
  for (const [path, { get }] of Object.entries(paths)) {
    const names = (get?.parameters ?? []).map((parameter) => parameter.name);
    assert.equal(names.includes('after'), names.includes('page'), path);
    if (!names.includes('page') || path.includes('{') || path === '/api/user-exports') continue;
    if (path === '/api/my-account/trusted-devices') continue; // users ask for it: tests/oidc/trusted_devices.test.js
    const answer = await call(server, 'GET', path, { query: { limit: 1 } });
    assert.equal(answer.status, 200, `${path}: ${answer.text}`);
    assert.ok(answer.json.length <= 1, path);
    if (answer.json.length) count += 1;
    refused(await call(server, 'GET', path, { query: { after: 'x' } }), 400, 'guard.invalid_pagination');
  }
  assert.ok(count >= 8);
});
