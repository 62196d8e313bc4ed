// Roles of users, from both sides: /api/users/:userId/roles and /api/roles/:id/users.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer } from '../lib/server.js';
import { createRole, unique } from '../lib/fixtures.js';
import { call, emptyArray, everything, invalid, links, ok, refused, required } from './support.js';

const NONE = 'nonexistent0';
let server;

before(async () => { server = await startServer(); });
after(() => server.stop());

const create = (body = {}) => ok(server, 'POST', '/api/users', { body });
const userRole = (body = {}) => createRole(server, { type: 'User', ...body });
const rolesOf = (id) => `/api/users/${id}/roles`;
const usersOf = (id) => `/api/roles/${id}/users`;
const held = async (id) => (await ok(server, 'GET', rolesOf(id))).map((role) => role.id).sort();

test('roles are given to a user once, replaced and taken away', async () => {
  const [user, one, two, machine] = [await create(), await userRole(), await userRole(), await createRole(server)];
  const give = (roleIds) => call(server, 'POST', rolesOf(user.id), { body: { roleIds } });
  const both = await give([one.id, two.id, one.id]);
  assert.equal(both.status, 201);
  assert.deepEqual(both.json, { roleIds: [one.id, two.id, one.id], addedRoleIds: [one.id, two.id] });
  assert.deepEqual((await give([one.id])).json, { roleIds: [one.id], addedRoleIds: [] });
  assert.deepEqual((await give([])).json, { roleIds: [], addedRoleIds: [] });
  refused(await give(['nope']), 404, 'entity.not_exists_with_id');
  refused(await give([machine.id]), 422, 'user.invalid_role_type');
  assert.deepEqual(await held(user.id), [one.id, two.id].sort());
  const put = (roleIds) => call(server, 'PUT', rolesOf(user.id), { body: { roleIds } });
  assert.deepEqual((await put([one.id, one.id])).json, { roleIds: [one.id] });
  assert.deepEqual(await held(user.id), [one.id]);
  refused(await put([two.id, machine.id]), 422, 'user.invalid_role_type');
  refused(await put([two.id, 'nope']), 404, 'entity.not_exists_with_id');
  assert.deepEqual(await held(user.id), [one.id]);
  assert.equal((await call(server, 'DELETE', `${rolesOf(user.id)}/${one.id}`)).status, 204);
  refused(await call(server, 'DELETE', `${rolesOf(user.id)}/${one.id}`), 404, 'entity.not_found');
  await put([two.id]);
  assert.deepEqual((await put([])).json, { roleIds: [] });
  assert.deepEqual(await held(user.id), []);
  invalid(await call(server, 'POST', rolesOf(user.id), { body: {} }), [required('array', 'roleIds')]);
});

test('the roles of a user are a page of roles', async () => {
  const [user, one, two] = [await create(), await userRole({ name: unique('readers') }), await userRole()];
  await ok(server, 'POST', rolesOf(user.id), { body: { roleIds: [one.id, two.id] } }, 201);
  const page = await call(server, 'GET', `${rolesOf(user.id)}?page_size=1`);
  assert.equal(page.headers['total-number'], '2');
  assert.deepEqual(page.json, [one]);
  assert.match(links(page).next, /\/users\/\w+\/roles\?page_size=1&page=2$/);
  assert.deepEqual(await ok(server, 'GET', `${rolesOf(user.id)}?search=${one.name}`), [one]);
  for (const [method, body] of [['GET'], ['POST', { roleIds: [] }], ['PUT', { roleIds: [] }]])
    refused(await call(server, method, rolesOf(NONE), { body }), 404, 'entity.not_found');
  refused(await call(server, 'DELETE', `${rolesOf(NONE)}/${one.id}`), 404, 'entity.not_found');
});

test('default roles are given to who is made after', async () => {
  const own = await startServer();
  try {
    const make = () => ok(own, 'POST', '/api/users', { body: {} });
    const before_ = await make();
    const role = await createRole(own, { type: 'User', isDefault: true });
    await createRole(own, { type: 'MachineToMachine', isDefault: true });
    const after_ = await make();
    assert.deepEqual(await ok(own, 'GET', rolesOf(before_.id)), []);
    assert.deepEqual((await ok(own, 'GET', rolesOf(after_.id))).map(({ id }) => id), [role.id]);
  } finally {
    await own.stop();
  }
});

test('users that hold a role: given, listed, taken away', async () => {
  const role = await userRole();
  const [one, other] = [await create({ name: unique('holder') }), await create()];
  const give = (userIds) => call(server, 'POST', usersOf(role.id), { body: { userIds } });
  const answer = await give([one.id, one.id]);
  assert.equal(answer.status, 201, answer.text);
  assert.equal(answer.text, 'Created');
  const list = await call(server, 'GET', usersOf(role.id));
  assert.deepEqual(list.json, [one]);
  assert.equal(list.headers['total-number'], '1');
  assert.deepEqual(await ok(server, 'GET', `${usersOf(role.id)}?search=${one.name}`), [one]);
  assert.deepEqual(await ok(server, 'GET', `${usersOf(role.id)}?search=nothing`), []);
  refused(await give([other.id, one.id]), 422, 'role.user_exists');
  refused(await give([other.id, NONE]), 404, 'entity.not_found');
  invalid(await give([]), [emptyArray('userIds')]);
  assert.equal((await give([other.id])).status, 201);
  assert.equal((await call(server, 'DELETE', `${usersOf(role.id)}/${one.id}`)).status, 204);
  refused(await call(server, 'DELETE', `${usersOf(role.id)}/${one.id}`), 404, 'entity.not_found');
  await ok(server, 'DELETE', `/api/users/${other.id}`, {}, 204);
  assert.deepEqual(await ok(server, 'GET', usersOf(role.id)), []);
  refused(await call(server, 'GET', usersOf('nope')), 404, 'entity.not_exists_with_id');
  refused(await call(server, 'POST', usersOf('nope'), { body: { userIds: [one.id] } }), 404, 'entity.not_exists_with_id');
});

test('a role for machines is not given to users', async () => {
  const [role, user] = [await createRole(server), await create()];
  refused(await call(server, 'POST', usersOf(role.id), { body: { userIds: [user.id] } }), 422, 'entity.db_constraint_violated');
  assert.deepEqual(await ok(server, 'GET', usersOf(role.id)), []);
});

test('the list of roles counts users and names the first three', async () => {
  const [role, free] = [await userRole(), await userRole()];
  const users = [];
  for (let i = 0; i < 5; i += 1) users.push(await create({ name: `n${i}`, avatar: i ? null : 'https://a.example/x' }));
  for (const user of users) await ok(server, 'POST', usersOf(role.id), { body: { userIds: [user.id] } }, 201);
  const list = await everything(server, '/api/roles');
  const found = list.find(({ id }) => id === role.id);
  assert.equal(found.usersCount, 5);
  assert.equal(found.featuredUsers.length, 3);
  for (const one of found.featuredUsers) {
    const { id, avatar, name } = users.find((user) => user.id === one.id);
    assert.deepEqual(one, { id, avatar, name });
  }
  const none = list.find(({ id }) => id === free.id);
  assert.deepEqual([none.usersCount, none.featuredUsers], [0, []]);
  const others = await everything(server, `/api/roles?excludeUserId=${users[0].id}`);
  assert.ok(!others.some(({ id }) => id === role.id) && others.some(({ id }) => id === free.id));
});

test('check 141: lists that are repeated or endless', async () => {
  const [user, role] = [await create(), await userRole()];
  const endless = Array.from({ length: 10_000 }, (_, i) => `none-${i}`);
  assert.equal((await call(server, 'POST', rolesOf(user.id), { body: { roleIds: Array(10_000).fill(role.id) } })).status, 201);
  refused(await call(server, 'POST', rolesOf(user.id), { body: { roleIds: endless } }), 404, 'entity.not_exists_with_id');
  refused(await call(server, 'POST', usersOf(role.id), { body: { userIds: endless } }), 404, 'entity.not_found');
  refused(await call(server, 'POST', usersOf(role.id), { body: { userIds: Array(10_000).fill(user.id) } }), 422, 'role.user_exists');
});
