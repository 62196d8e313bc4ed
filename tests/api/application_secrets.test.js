// /api/applications/:id/secrets and /roles: what an application authenticates with and may do.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { tokenAnswer } from '../lib/api.js';
import { createApp, createResource, createRole, createScope, unique } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';
import { call, custom, invalid, limited, links, ok, refused, required, tooLong, tooShort, wrongType } from './support.js';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

const secretsOf = (id) => `/api/applications/${id}/secrets`;
const rolesOf = (id) => `/api/applications/${id}/roles`;
const list = (id) => ok(server, 'GET', secretsOf(id));
const add = (id, body) => call(server, 'POST', secretsOf(id), { body });
const created = async (id, body) => {
  const secret = await ok(server, 'POST', secretsOf(id), { body }, 201);
  server.secrets.add(secret.value);
  return secret;
};
const works = async (id, secret) => (await tokenAnswer(server, { id, secret })).status;
const SECRET = /^[A-Za-z0-9]{32}$/;

test('a confidential application starts with one secret, a public one with none', async () => {
  for (const type of ['MachineToMachine', 'Traditional']) {
    const app = await createApp(server, { type });
    const [secret, ...more] = await list(app.id);
    assert.deepEqual(more, []);
    assert.deepEqual(Object.keys(secret), ['tenantId', 'applicationId', 'name', 'value', 'createdAt', 'expiresAt']);
    assert.match(secret.value, SECRET);
    const { value, createdAt, ...rest } = secret;
    assert.deepEqual(rest, { tenantId: 'default', applicationId: app.id, name: 'Default secret', expiresAt: null });
    assert.equal(typeof createdAt, 'number');
  }
  for (const type of ['SPA', 'Native']) {
    const app = await createApp(server, { type });
    assert.deepEqual(await list(app.id), []);
    refused(await add(app.id, { name: 's' }), 422, 'entity.db_constraint_violated');
  }
  const third = await createApp(server, { type: 'Traditional', isThirdParty: true });
  assert.equal((await list(third.id)).length, 1);
});

test('secrets are not cached', async () => {
  const app = await createApp(server);
  const answer = await call(server, 'GET', secretsOf(app.id));
  assert.equal(answer.headers['cache-control'], 'no-store');
  const made = await add(app.id, { name: 'uncached' });
  assert.equal(made.headers['cache-control'], 'no-store');
});

test('several secrets work side by side; a deleted one is refused from the next request', async () => {
  const app = await createApp(server);
  const second = await created(app.id, { name: 'second' });
  assert.match(second.value, SECRET);
  assert.equal(await works(app.id, app.secret), 200);
  assert.equal(await works(app.id, second.value), 200);
  const answer = await call(server, 'DELETE', `${secretsOf(app.id)}/second`);
  assert.equal(answer.status, 204);
  assert.equal(answer.text, '');
  assert.equal(await works(app.id, second.value), 401);
  assert.equal(await works(app.id, app.secret), 200);
  refused(await call(server, 'DELETE', `${secretsOf(app.id)}/second`), 404, 'entity.not_found');
  assert.deepEqual((await list(app.id)).map((secret) => secret.name), ['Default secret']);
});

test('a secret of one application is none of another', async () => {
  const [one, other] = [await createApp(server), await createApp(server)];
  assert.equal(await works(one.id, other.secret), 401);
  refused(await call(server, 'DELETE', `${secretsOf(one.id)}/nothing`), 404, 'entity.not_found');
  await created(other.id, { name: 'mine' });
  refused(await call(server, 'DELETE', `${secretsOf(one.id)}/mine`), 404, 'entity.not_found');
  assert.equal((await list(other.id)).length, 2);
});

test('names and times of expiry are checked', async () => {
  const app = await createApp(server);
  await created(app.id, { name: 's1' });
  refused(await add(app.id, { name: 's1' }), 422, 'application.secret_name_exists');
  invalid(await add(app.id, {}), [required('string', 'name')]);
  invalid(await add(app.id, { name: '' }), [tooShort('name')]);
  invalid(await add(app.id, { name: 'n'.repeat(257) }), [tooLong(256, 'name')]);
  for (const name of ['.', '..']) invalid(await add(app.id, { name }), [custom('name')]);
  invalid(await add(app.id, { name: 'x', expiresAt: 'soon' }), [wrongType('number', 'string', 'expiresAt')]);
  for (const expiresAt of [1000, 0, -5, Date.now() - 1]) refused(await add(app.id, { name: 's3', expiresAt }), 400, 'request.invalid_input');
  refused(await add('nonexistent0000000000', { name: 's' }), 404, 'entity.not_exists_with_id');
  refused(await call(server, 'GET', secretsOf('nonexistent0000000000')), 404, 'entity.not_exists_with_id');
  const late = await created(app.id, { name: 'late', expiresAt: 4102444800000 });
  assert.equal(late.expiresAt, 4102444800000);
  assert.equal((await created(app.id, { name: 'never', expiresAt: null })).expiresAt, null);
  assert.deepEqual((await list(app.id)).map((secret) => secret.name).sort(), ['Default secret', 'late', 'never', 's1']);
});

test('check 140: the value of a secret is the server’s to choose', async () => {
  const app = await createApp(server);
  const secret = await created(app.id, { name: 'chosen', value: 'a'.repeat(32), createdAt: 1, applicationId: 'x', tenantId: 'admin' });
  assert.notEqual(secret.value, 'a'.repeat(32));
  assert.equal(secret.applicationId, app.id);
  assert.equal(secret.tenantId, 'default');
  assert.ok(secret.createdAt > 1);
  assert.equal(await works(app.id, 'a'.repeat(32)), 401);
});

test('an expired secret is refused', async () => {
  const app = await createApp(server);
  const expiresAt = Date.now() + 700;
  const secret = await created(app.id, { name: 'short', expiresAt });
  while (Date.now() <= expiresAt) await list(app.id);
  const answer = await tokenAnswer(server, { id: app.id, secret: secret.value });
  assert.ok([400, 401].includes(answer.status), answer.text);
  assert.equal(await works(app.id, app.secret), 200);
});

test('renaming keeps the value working and readable; names may hold any character', async () => {
  const app = await createApp(server);
  const names = ['s1b', 'with blank', 'a/b?c#d%e+f', 'schön ☃ 𝒳', '...', '"\\'];
  let before = await created(app.id, { name: 'first' });
  for (const name of names) {
    const answer = await call(server, 'PATCH', `${secretsOf(app.id)}/${encodeURIComponent(before.name)}`, { body: { name } });
    assert.equal(answer.status, 200, `${name}: ${answer.text}`);
    assert.deepEqual(answer.json, { ...before, name });
    before = answer.json;
    assert.ok((await list(app.id)).some((secret) => secret.name === name && secret.value === before.value), name);
    assert.equal(await works(app.id, before.value), 200);
  }
  const path = `${secretsOf(app.id)}/${encodeURIComponent(before.name)}`;
  assert.equal((await call(server, 'PATCH', path, { body: { name: before.name } })).status, 200);
  refused(await call(server, 'PATCH', path, { body: { name: 'Default secret' } }), 422, 'application.secret_name_exists');
  invalid(await call(server, 'PATCH', path, { body: {} }), [required('string', 'name')]);
  refused(await call(server, 'PATCH', `${secretsOf(app.id)}/zzz`, { body: { name: 'y' } }), 404, 'entity.not_exists');
  refused(await call(server, 'PATCH', `${secretsOf('nonexistent0000000000')}/zzz`, { body: { name: 'y' } }), 404, 'entity.not_exists_with_id');
  assert.equal((await call(server, 'DELETE', path)).status, 204);
  assert.equal(await works(app.id, before.value), 401);
});

test('there is no legacy secret', async () => {
  const app = await createApp(server);
  refused(await call(server, 'DELETE', `/api/applications/${app.id}/legacy-secret`), 400, 'application.no_legacy_secret_found');
  refused(await call(server, 'DELETE', '/api/applications/nonexistent0000000000/legacy-secret'), 404, 'entity.not_exists_with_id');
});

test('check 139: a token that only reads sees no secret, one that writes only those within its reach', async () => {
  const plain = await createApp(server);
  const strong = await limited(server, 'all');
  const reader = await limited(server, 'read:applications');
  const writer = await limited(server, 'read:applications', 'write:applications');
  const values = async (id, who) => (await ok(server, 'GET', secretsOf(id), { token: who.token })).map((secret) => secret.value);
  assert.deepEqual(await values(plain.id, reader), ['********']);
  assert.deepEqual(await values(plain.id, writer), [plain.secret]);
  assert.deepEqual(await values(strong.app.id, writer), ['********']);
  assert.deepEqual(await values(reader.app.id, writer), [reader.app.secret]);
  assert.deepEqual(await values(strong.app.id, strong), [strong.app.secret]);
  const body = { name: 'mine' };
  refused(await call(server, 'POST', secretsOf(strong.app.id), { token: writer.token, body }), 403, 'auth.forbidden');
  assert.equal((await list(strong.app.id)).length, 1);
  const path = `${secretsOf(strong.app.id)}/Default%20secret`;
  const renamed = await call(server, 'PATCH', path, { token: writer.token, body: { name: 'renamed' } });
  assert.equal(renamed.status, 200);
  assert.equal(renamed.json.value, '********');
  const own = await call(server, 'POST', secretsOf(plain.id), { token: writer.token, body });
  assert.equal(own.status, 201);
  server.secrets.add(own.json.value);
});

test('check 139: with SIGNET_REVEAL_SECRETS=false a secret is shown at its creation only', async () => {
  const closed = await startServer({ env: { SIGNET_REVEAL_SECRETS: 'false' } });
  try {
    const body = { name: 'x', type: 'MachineToMachine' };
    const app = await ok(closed, 'POST', '/api/applications', { body });
    const made = await ok(closed, 'POST', secretsOf(app.id), { body: { name: 'second' } }, 201);
    assert.match(made.value, SECRET);
    closed.secrets.add(made.value);
    assert.equal((await tokenAnswer(closed, { id: app.id, secret: made.value })).status, 200);
    const values = (await ok(closed, 'GET', secretsOf(app.id))).map((secret) => secret.value);
    assert.deepEqual(values, ['********', '********']);
    const renamed = await ok(closed, 'PATCH', `${secretsOf(app.id)}/second`, { body: { name: 'third' } });
    assert.equal(renamed.value, '********');
    assert.equal((await tokenAnswer(closed, { id: app.id, secret: made.value })).status, 200);
  } finally {
    await closed.stop();
  }
});

// ---- Roles of an application ----

test('roles: given once, listed in pages, replaced, taken away', async () => {
  const app = await createApp(server);
  const roles = [await createRole(server), await createRole(server), await createRole(server)];
  const ids = roles.map((role) => role.id);
  const given = await call(server, 'POST', rolesOf(app.id), { body: { roleIds: [ids[0]] } });
  assert.equal(given.status, 201);
  assert.equal(given.text, JSON.stringify({ roleIds: [ids[0]], addedRoleIds: [ids[0]] }));
  const again = await call(server, 'POST', rolesOf(app.id), { body: { roleIds: [ids[0], ids[1], ids[1]] } });
  assert.deepEqual(again.json, { roleIds: [ids[0], ids[1], ids[1]], addedRoleIds: [ids[1]] });
  const page = await call(server, 'GET', `${rolesOf(app.id)}?page=1&page_size=1`);
  assert.deepEqual(page.json, [roles[0]]);
  assert.equal(page.headers['total-number'], '2');
  assert.match(links(page).next, new RegExp(`^${server.base}/applications/${app.id}/roles\\?page=2&page_size=1$`));
  const put = await call(server, 'PUT', rolesOf(app.id), { body: { roleIds: [ids[2], ids[1], ids[2]] } });
  assert.equal(put.status, 200);
  assert.equal(put.text, 'OK');
  assert.match(put.headers['content-type'], /^text\/plain/);
  assert.deepEqual((await ok(server, 'GET', rolesOf(app.id))).map((role) => role.id), [ids[1], ids[2]]);
  assert.equal((await call(server, 'PUT', rolesOf(app.id), { body: { roleIds: [ids[2], ids[1]] } })).status, 200);
  const gone = await call(server, 'DELETE', `${rolesOf(app.id)}/${ids[1]}`);
  assert.equal(gone.status, 204);
  refused(await call(server, 'DELETE', `${rolesOf(app.id)}/${ids[1]}`), 404, 'entity.not_found');
  assert.deepEqual((await ok(server, 'GET', `${rolesOf(app.id)}?search=${roles[2].name}`)).map((role) => role.id), [ids[2]]);
  assert.deepEqual(await ok(server, 'GET', `${rolesOf(app.id)}?search=nothing`), []);
});

test('roles: what is refused changes nothing', async () => {
  const app = await createApp(server);
  const spa = await createApp(server, { type: 'SPA' });
  const [machine, user] = [await createRole(server), await createRole(server, { type: 'User' })];
  for (const method of ['GET', 'POST', 'PUT']) {
    const body = method === 'GET' ? undefined : { roleIds: [machine.id] };
    refused(await call(server, method, rolesOf(spa.id), { body }), 422, 'application.invalid_type');
    refused(await call(server, method, rolesOf('nonexistent0000000000'), { body }), 404, 'entity.not_exists_with_id');
  }
  refused(await call(server, 'DELETE', `${rolesOf(spa.id)}/${machine.id}`), 422, 'application.invalid_type');
  for (const method of ['POST', 'PUT']) {
    refused(await call(server, method, rolesOf(app.id), { body: { roleIds: [machine.id, 'nope'] } }), 404, 'entity.not_exists_with_id');
    refused(await call(server, method, rolesOf(app.id), { body: { roleIds: [machine.id, user.id] } }), 422, 'application.invalid_role_type');
    invalid(await call(server, method, rolesOf(app.id), { body: {} }), [required('array', 'roleIds')]);
    invalid(await call(server, method, rolesOf(app.id), { body: { roleIds: [''] } }), [tooShort('roleIds', 0)]);
  }
  assert.deepEqual(await ok(server, 'GET', rolesOf(app.id)), []);
  await ok(server, 'POST', rolesOf(app.id), { body: { roleIds: [machine.id] } }, 201);
  refused(await call(server, 'PUT', rolesOf(app.id), { body: { roleIds: [] } }), 422, 'entity.invalid_input');
  refused(await call(server, 'PUT', rolesOf(app.id), { body: { roleIds: ['nope'] } }), 404, 'entity.not_exists_with_id');
  assert.deepEqual((await ok(server, 'GET', rolesOf(app.id))).map((role) => role.id), [machine.id]);
});

test('roles: a token carries their scopes from the next request, and loses them so', async () => {
  const resource = await createResource(server);
  const scope = await createScope(server, resource, 'read:x');
  const role = await createRole(server, { scopeIds: [scope.id] });
  const app = await createApp(server);
  const granted = async () => (await tokenAnswer(server, { id: app.id, secret: app.secret, resource: resource.indicator, scope: 'read:x' })).json.scope;
  assert.equal(await granted(), undefined);
  await ok(server, 'POST', rolesOf(app.id), { body: { roleIds: [role.id] } }, 201);
  assert.equal(await granted(), 'read:x');
  await ok(server, 'DELETE', `${rolesOf(app.id)}/${role.id}`, {}, 204);
  assert.equal(await granted(), undefined);
});

test('check 141: role lists that are empty, repeated or endless', async () => {
  const app = await createApp(server);
  const role = await createRole(server);
  const empty = await call(server, 'POST', rolesOf(app.id), { body: { roleIds: [] } });
  assert.equal(empty.status, 201);
  assert.deepEqual(empty.json, { roleIds: [], addedRoleIds: [] });
  const repeated = await call(server, 'POST', rolesOf(app.id), { body: { roleIds: Array(10_000).fill(role.id) } });
  assert.equal(repeated.status, 201, repeated.text.slice(0, 200));
  assert.deepEqual(repeated.json.addedRoleIds, [role.id]);
  const endless = Array.from({ length: 10_000 }, (_, i) => `${unique('none')}-${i}`);
  refused(await call(server, 'POST', rolesOf(app.id), { body: { roleIds: endless } }), 404, 'entity.not_exists_with_id');
  refused(await call(server, 'PUT', rolesOf(app.id), { body: { roleIds: [role.id, ...endless] } }), 404, 'entity.not_exists_with_id');
  assert.deepEqual((await ok(server, 'GET', rolesOf(app.id))).map((one) => one.id), [role.id]);
});

test('when a secret was last used is told on demand: by tokens it got, not by refusals', async () => {
  const app = await createApp(server, { type: 'MachineToMachine' });
  const used = async () => (await ok(server, 'GET', `${secretsOf(app.id)}?includeLastUse=true`))[0].lastUsedAt;
  assert.equal(await used(), null);
  assert.equal((await tokenAnswer(server, { id: app.id, secret: 'wrong' })).status, 401);
  assert.equal((await tokenAnswer(server, { id: app.id, secret: app.secret, resource: 'https://unknown.example' })).status, 400);
  assert.equal(await used(), null);
  const before = Date.now();
  assert.equal(await works(app.id, app.secret), 200);
  let first = null; // stored soon, not by the token
  while (first === null) first = await used();
  assert.ok(first >= before && first <= Date.now(), `${first}`);
  assert.equal(await works(app.id, app.secret), 200);
  assert.equal(await used(), first, 'to within five minutes: not each token is a write');
});
