// /api/organizations/:id/users and the roles and scopes of those users.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { unique } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';
import { call, emptyArray, everything, invalid, links, ok, refused, required, tooShort } from './support.js';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

const NONE = 'nonexistent0000000000';
let serial = 0;
const createUser = (body) => {
  serial += 1;
  return ok(server, 'POST', '/api/users', { body: { username: `user_${process.pid}_${serial}`, name: `User ${serial}`, ...body } });
};
const create = () => ok(server, 'POST', '/api/organizations', { body: { name: unique('organization') } }, 201);
const createRole = (body) => ok(server, 'POST', '/api/organization-roles', { body: { name: unique('role'), ...body } }, 201);
const createScope = () => ok(server, 'POST', '/api/organization-scopes', { body: { name: unique('org:scope') } }, 201);
const membersOf = ({ id }) => `/api/organizations/${id}/users`;
const rolesOf = (organization, user) => `${membersOf(organization)}/${user.id}/roles`;
const send = (method, path, body, options = {}) => call(server, method, path, { body, ...options });
const ids = (list) => list.map(({ id }) => id);
const short = ({ id, name }) => ({ id, name });

async function organizationWith(...users) {
  const organization = await create();
  await ok(server, 'POST', membersOf(organization), { body: { userIds: ids(users) } }, 201);
  return organization;
}

test('users: added, listed, replaced, removed', async () => {
  const [organization, one, two] = [await create(), await createUser(), await createUser()];
  const path = membersOf(organization);
  const added = await send('POST', path, { userIds: [one.id, one.id] });
  assert.equal(added.status, 201, added.text);
  assert.deepEqual(added.json, { userIds: [one.id, one.id] });
  assert.equal((await send('POST', path, { userIds: [two.id, one.id] })).status, 201);
  const list = await call(server, 'GET', path);
  assert.deepEqual(ids(list.json), [one.id, two.id].sort());
  assert.equal(list.headers['total-number'], '2');
  assert.match(links(list).first, /\/organizations\/\w+\/users\?page=1$/);
  const shown = list.json.find(({ id }) => id === one.id);
  assert.deepEqual([shown.username, shown.name, shown.organizationRoles], [one.username, one.name, []]);
  assert.equal((await send('PUT', path, { userIds: [two.id, two.id] })).status, 204);
  assert.deepEqual(ids(await ok(server, 'GET', path)), [two.id]);
  assert.equal((await call(server, 'DELETE', `${path}/${two.id}`)).status, 204);
  refused(await call(server, 'DELETE', `${path}/${two.id}`), 404, 'entity.not_found');
  assert.equal((await send('PUT', path, { userIds: [one.id] })).status, 204);
  assert.equal((await send('PUT', path, { userIds: [] })).status, 204);
  assert.deepEqual(await ok(server, 'GET', path), []);
});

test('only users who exist, in organizations that exist', async () => {
  const user = await createUser();
  const organization = await organizationWith(user);
  for (const method of ['POST', 'PUT']) {
    refused(await send(method, membersOf(organization), { userIds: [NONE] }), 422, 'entity.relation_foreign_key_not_found');
    refused(await send(method, membersOf({ id: NONE }), { userIds: [user.id] }), 422, 'entity.relation_foreign_key_not_found');
    invalid(await send(method, membersOf(organization), { userIds: [''] }), [tooShort('userIds', 0)]);
    invalid(await send(method, membersOf(organization), {}), [required('array', 'userIds')]);
  }
  invalid(await send('POST', membersOf(organization), { userIds: [] }), [emptyArray('userIds')]);
  assert.deepEqual(ids(await ok(server, 'GET', membersOf(organization))), [user.id]);
  assert.deepEqual(await ok(server, 'GET', membersOf({ id: NONE })), []);
});

test('the list: by a part of who they are, by a role, in pages', async () => {
  const mark = unique('Listed').replace(/\W/g, '_');
  const users = [];
  for (const i of [1, 2, 3]) users.push(await createUser({ username: `${mark}_${i}`, name: `N${i} ${mark}`, primaryEmail: `${mark}.${i}@mail.example` }));
  const [organization, role] = [await organizationWith(...users), await createRole()];
  await ok(server, 'POST', rolesOf(organization, users[1]), { body: { organizationRoleIds: [role.id] } }, 201);
  const path = membersOf(organization);
  for (const q of [`${mark}_2`, `${mark}.2@MAIL`, `n2 ${mark}`, users[1].id]) {
    const found = await ok(server, 'GET', path, { query: { q } });
    assert.deepEqual(ids(found), [users[1].id], q);
    assert.deepEqual(found[0].organizationRoles, [short(role)]);
  }
  assert.deepEqual(ids(await ok(server, 'GET', `${path}?organizationRoleId=${role.id}`)), [users[1].id]);
  assert.deepEqual(await ok(server, 'GET', `${path}?organizationRoleId=${role.id}&q=${mark}_1`), []);
  const page = await call(server, 'GET', `${path}?page_size=2&page=2`);
  assert.deepEqual([page.json.length, page.headers['total-number']], [1, '3']);
  assert.deepEqual(ids(await everything(server, path)), ids(users).sort());
});

test('roles of a user: by id and by name, listed, replaced, taken away', async () => {
  const [user, one, two, three] = [await createUser(), await createRole(), await createRole(), await createRole()];
  const organization = await organizationWith(user);
  const path = rolesOf(organization, user);
  const added = await send('POST', path, { organizationRoleIds: [one.id, one.id], organizationRoleNames: [one.name, two.name] });
  assert.equal(added.status, 201, added.text);
  assert.deepEqual(added.json, { organizationRoleIds: [one.id, two.id] });
  assert.deepEqual((await send('POST', path, {})).json, { organizationRoleIds: [] });
  assert.deepEqual(ids(await ok(server, 'GET', path)).sort(), [one.id, two.id].sort());
  const page = await call(server, 'GET', `${path}?page=1&page_size=1`);
  assert.deepEqual([page.json.length, page.headers['total-number']], [1, '2']);
  assert.equal((await send('PUT', path, { organizationRoleNames: [three.name], organizationRoleIds: [two.id] })).status, 204);
  assert.deepEqual(ids(await ok(server, 'GET', path)).sort(), [two.id, three.id].sort());
  assert.equal((await call(server, 'DELETE', `${path}/${two.id}`)).status, 204);
  refused(await call(server, 'DELETE', `${path}/${two.id}`), 404, 'entity.not_found');
  assert.equal((await send('PUT', path, {})).status, 204);
  assert.deepEqual(await ok(server, 'GET', path), []);
});

test('roles of a user: what is refused', async () => {
  const [user, stranger, role, machine] = [await createUser(), await createUser(), await createRole(), await createRole({ type: 'MachineToMachine' })];
  const organization = await organizationWith(user);
  for (const method of ['POST', 'PUT']) {
    refused(await send(method, rolesOf(organization, user), { organizationRoleIds: [machine.id] }), 422, 'entity.db_constraint_violated');
    refused(await send(method, rolesOf(organization, user), { organizationRoleNames: [machine.name] }), 422, 'entity.db_constraint_violated');
    refused(await send(method, rolesOf(organization, user), { organizationRoleIds: [NONE] }), 422, 'entity.relation_foreign_key_not_found');
    const names = await send(method, rolesOf(organization, user), { organizationRoleNames: [role.name, 'no such role'] });
    refused(names, 422, 'organization.role_names_not_found');
    assert.match(names.json.message, /no such role/);
    refused(await send(method, rolesOf(organization, stranger), { organizationRoleIds: [role.id] }), 422, 'organization.require_membership');
  }
  refused(await call(server, 'GET', rolesOf(organization, stranger)), 422, 'organization.require_membership');
  refused(await call(server, 'DELETE', `${rolesOf(organization, stranger)}/${role.id}`), 422, 'organization.require_membership');
  assert.deepEqual(await ok(server, 'GET', rolesOf(organization, user)), []);
});

test('roles for several users at once', async () => {
  const [one, two, stranger, role, machine] = [
    await createUser(), await createUser(), await createUser(), await createRole(), await createRole({ type: 'MachineToMachine' }),
  ];
  const organization = await organizationWith(one, two);
  const give = (users, roles) => send('POST', `${membersOf(organization)}/roles`, { userIds: ids(users), organizationRoleIds: ids(roles) });
  const given = await give([one, two], [role]);
  assert.deepEqual([given.status, given.text], [201, 'Created']);
  assert.equal((await give([two], [role])).status, 201);
  for (const user of [one, two]) assert.deepEqual(await ok(server, 'GET', rolesOf(organization, user)), [role]);
  refused(await give([one, stranger], [await createRole()]), 422, 'entity.relation_foreign_key_not_found');
  refused(await give([one], [machine]), 422, 'entity.db_constraint_violated');
  assert.deepEqual(await ok(server, 'GET', rolesOf(organization, one)), [role]);
});

test('the scopes of a user are those of the roles, each once, in this organization', async () => {
  const [user, scope, other] = [await createUser(), await createScope(), await createScope()];
  const roles = [await createRole({ organizationScopeIds: [scope.id] }), await createRole({ organizationScopeIds: [scope.id, other.id] })];
  const [here, there] = [await organizationWith(user), await organizationWith(user)];
  await ok(server, 'POST', rolesOf(here, user), { body: { organizationRoleIds: ids(roles) } }, 201);
  const scopes = await ok(server, 'GET', `${membersOf(here)}/${user.id}/scopes`);
  assert.deepEqual(scopes, [scope, other].sort((a, b) => (a.name < b.name ? -1 : 1)));
  assert.deepEqual(await ok(server, 'GET', `${membersOf(there)}/${user.id}/scopes`), []);
  assert.deepEqual(await ok(server, 'GET', `${membersOf(here)}/${NONE}/scopes`), []);
});

test('replacing the users leaves those that stay their roles; who comes back has none', async () => {
  const [stays, goes, comes, role] = [await createUser(), await createUser(), await createUser(), await createRole()];
  const organization = await organizationWith(stays, goes);
  await ok(server, 'POST', `${membersOf(organization)}/roles`, { body: { userIds: ids([stays, goes]), organizationRoleIds: [role.id] } }, 201);
  await ok(server, 'PUT', membersOf(organization), { body: { userIds: ids([stays, comes]) } }, 204);
  assert.deepEqual(await ok(server, 'GET', rolesOf(organization, stays)), [role]);
  assert.deepEqual(await ok(server, 'GET', rolesOf(organization, comes)), []);
  await ok(server, 'POST', membersOf(organization), { body: { userIds: [goes.id] } }, 201);
  assert.deepEqual(await ok(server, 'GET', rolesOf(organization, goes)), []);
});

test('the organizations of a user, each with the roles held there', async () => {
  const [user, role] = [await createUser(), await createRole()];
  const path = `/api/users/${user.id}/organizations`;
  assert.deepEqual(await ok(server, 'GET', path), []);
  const [here, there] = [await organizationWith(user), await organizationWith(user)];
  await ok(server, 'POST', rolesOf(here, user), { body: { organizationRoleIds: [role.id] } }, 201);
  const found = await ok(server, 'GET', path);
  assert.equal(found.length, 2);
  assert.deepEqual(found.find(({ id }) => id === here.id), { ...here, organizationRoles: [short(role)] });
  assert.deepEqual(found.find(({ id }) => id === there.id), { ...there, organizationRoles: [] });
  refused(await call(server, 'GET', `/api/users/${NONE}/organizations`), 404, 'entity.not_found');
});

test('the list of users without the members of an organization', async () => {
  const mark = unique('outside').replace(/\W/g, '_');
  const [inside, outside] = [await createUser({ name: mark }), await createUser({ name: mark })];
  const organization = await organizationWith(inside);
  const find = (query) => call(server, 'GET', `/api/users?search=%25${mark}%25${query}`);
  assert.deepEqual(ids((await find('')).json).sort(), ids([inside, outside]).sort());
  const found = await find(`&excludeOrganizationId=${organization.id}`);
  assert.deepEqual([ids(found.json), found.headers['total-number']], [[outside.id], '1']);
  refused(await find(`&excludeOrganizationId=${organization.id}&excludeRoleId=x`), 400, 'request.invalid_input');
});

test('a user who is deleted is no member any more', async () => {
  const [user, other] = [await createUser(), await createUser()];
  const organization = await organizationWith(user, other);
  await ok(server, 'DELETE', `/api/users/${user.id}`, {}, 204);
  assert.deepEqual(ids(await ok(server, 'GET', membersOf(organization))), [other.id]);
});

test('the list of organizations counts users and names three of each', async () => {
  const users = [];
  for (let i = 0; i < 4; i += 1) users.push(await createUser());
  const [full, empty] = [await organizationWith(...users), await create()];
  const find = async (id, query) => (await ok(server, 'GET', `/api/organizations?q=${id}${query}`))[0];
  const featured = await find(full.id, '&showFeatured=true');
  assert.equal(featured.usersCount, 4);
  assert.equal(featured.featuredUsers.length, 3);
  for (const one of featured.featuredUsers) {
    assert.deepEqual(Object.keys(one), ['id', 'avatar', 'name']);
    assert.equal(one.name, users.find(({ id }) => id === one.id).name);
  }
  const { usersCount, featuredUsers, ...none } = await find(empty.id, '&showFeatured=1');
  assert.deepEqual([usersCount, featuredUsers, none], [0, [], empty]);
  for (const query of ['', '&showFeatured=false', '&showFeatured=']) assert.deepEqual(await find(full.id, query), full);
});

test('check 141: lists of users that are repeated or endless', async () => {
  const user = await createUser();
  const organization = await organizationWith(user);
  const endless = Array.from({ length: 10_000 }, (_, i) => `none-${i}`);
  assert.equal((await send('POST', membersOf(organization), { userIds: Array(10_000).fill(user.id) })).status, 201);
  refused(await send('PUT', membersOf(organization), { userIds: [user.id, ...endless] }), 422, 'entity.relation_foreign_key_not_found');
  refused(await send('POST', rolesOf(organization, user), { organizationRoleNames: endless }), 422, 'organization.role_names_not_found');
  assert.deepEqual(ids(await ok(server, 'GET', membersOf(organization))), [user.id]);
});
