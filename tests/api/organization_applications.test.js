// /api/organizations/:id/applications and the roles of those applications.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createApp, managementScope, unique } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';
import { call, emptyArray, invalid, limited, links, ok, refused, required, tooShort } from './support.js';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

const NONE = 'nonexistent0000000000';
const create = () => ok(server, 'POST', '/api/organizations', { body: { name: unique('organization') } }, 201);
const createRole = (body) =>
  ok(server, 'POST', '/api/organization-roles', { body: { name: unique('role'), type: 'MachineToMachine', ...body } }, 201);
const membersOf = ({ id }) => `/api/organizations/${id}/applications`;
const rolesOf = (organization, app) => `${membersOf(organization)}/${app.id}/roles`;
const send = (method, path, body, options = {}) => call(server, method, path, { body, ...options });
const shown = ({ secret, ...app }, organizationRoles = []) => ({ ...app, organizationRoles });
const short = ({ id, name }) => ({ id, name });

async function organizationWith(...apps) {
  const organization = await create();
  await ok(server, 'POST', membersOf(organization), { body: { applicationIds: apps.map(({ id }) => id) } }, 201);
  return organization;
}

test('applications: added, listed, replaced, removed', async () => {
  const [organization, one, two] = [await create(), await createApp(server), await createApp(server)];
  const path = membersOf(organization);
  const added = await send('POST', path, { applicationIds: [one.id, one.id] });
  assert.deepEqual([added.status, added.text], [201, 'Created']);
  assert.equal((await send('POST', path, { applicationIds: [two.id, one.id] })).status, 201);
  const list = await call(server, 'GET', path);
  assert.deepEqual(list.json.map(({ id }) => id).sort(), [one.id, two.id].sort());
  assert.equal(list.headers['total-number'], '2');
  assert.match(links(list).first, /\/organizations\/\w+\/applications\?page=1$/);
  assert.deepEqual(await ok(server, 'GET', `${path}?q=${one.name.toUpperCase()}&page_size=100`), [shown(one)]);
  assert.equal((await send('PUT', path, { applicationIds: [two.id, two.id] })).status, 204);
  assert.deepEqual(await ok(server, 'GET', path), [shown(two)]);
  assert.equal((await call(server, 'DELETE', `${path}/${two.id}`)).status, 204);
  refused(await call(server, 'DELETE', `${path}/${two.id}`), 404, 'entity.not_found');
  assert.equal((await send('PUT', path, { applicationIds: [one.id] })).status, 204);
  assert.equal((await send('PUT', path, { applicationIds: [] })).status, 204);
  assert.deepEqual(await ok(server, 'GET', path), []);
});

test('only machines, only those that exist, in organizations that exist', async () => {
  const [app, spa] = [await createApp(server), await createApp(server, { type: 'SPA' })];
  const organization = await organizationWith(app);
  const path = membersOf(organization);
  for (const method of ['POST', 'PUT']) {
    refused(await send(method, path, { applicationIds: [spa.id] }), 422, 'entity.db_constraint_violated');
    refused(await send(method, path, { applicationIds: [NONE] }), 422, 'entity.relation_foreign_key_not_found');
    refused(await send(method, membersOf({ id: NONE }), { applicationIds: [app.id] }), 422, 'entity.relation_foreign_key_not_found');
    invalid(await send(method, path, { applicationIds: [''] }), [tooShort('applicationIds', 0)]);
    invalid(await send(method, path, {}), [required('array', 'applicationIds')]);
  }
  invalid(await send('POST', path, { applicationIds: [] }), [emptyArray('applicationIds')]);
  assert.deepEqual(await ok(server, 'GET', path), [shown(app)]);
  assert.deepEqual(await ok(server, 'GET', membersOf({ id: NONE })), []);
});

test('roles of an application: given, listed, replaced, taken away', async () => {
  const [app, one, two] = [await createApp(server), await createRole({ name: `a ${unique('role')}` }), await createRole({ name: `b ${unique('role')}` })];
  const organization = await organizationWith(app);
  const path = rolesOf(organization, app);
  const added = await send('POST', path, { organizationRoleIds: [two.id, one.id, one.id] });
  assert.deepEqual([added.status, added.text], [201, 'Created']);
  assert.deepEqual(await ok(server, 'GET', path), [one, two]);
  const page = await call(server, 'GET', `${path}?page=2&page_size=1`);
  assert.deepEqual([page.json, page.headers['total-number']], [[two], '2']);
  assert.deepEqual(await ok(server, 'GET', membersOf(organization)), [shown(app, [short(one), short(two)])]);
  assert.equal((await send('PUT', path, { organizationRoleIds: [two.id] })).status, 204);
  assert.deepEqual(await ok(server, 'GET', path), [two]);
  assert.equal((await call(server, 'DELETE', `${path}/${two.id}`)).status, 204);
  refused(await call(server, 'DELETE', `${path}/${two.id}`), 404, 'entity.not_found');
});

test('roles belong to one organization: another one shows its own', async () => {
  const [app, one, two] = [await createApp(server), await createRole(), await createRole()];
  const [here, there] = [await organizationWith(app), await organizationWith(app)];
  await ok(server, 'POST', rolesOf(here, app), { body: { organizationRoleIds: [one.id] } }, 201);
  await ok(server, 'POST', rolesOf(there, app), { body: { organizationRoleIds: [two.id] } }, 201);
  assert.deepEqual((await ok(server, 'GET', membersOf(here)))[0].organizationRoles, [short(one)]);
  const organizations = await ok(server, 'GET', `/api/applications/${app.id}/organizations`);
  const expected = [{ ...here, organizationRoles: [short(one)] }, { ...there, organizationRoles: [short(two)] }];
  assert.deepEqual(organizations, expected.sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1)));
  const page = await call(server, 'GET', `/api/applications/${app.id}/organizations?page=2&page_size=1`);
  assert.deepEqual([page.json, page.headers['total-number']], [[expected[1]], '2']);
  refused(await call(server, 'GET', `/api/applications/${NONE}/organizations`), 404, 'entity.not_exists_with_id');
});

test('roles: what is refused', async () => {
  const [app, stranger, role, user] = [await createApp(server), await createApp(server), await createRole(), await createRole({ type: 'User' })];
  const organization = await organizationWith(app);
  for (const method of ['POST', 'PUT']) {
    refused(await send(method, rolesOf(organization, app), { organizationRoleIds: [user.id] }), 422, 'entity.db_constraint_violated');
    refused(await send(method, rolesOf(organization, app), { organizationRoleIds: [NONE] }), 422, 'entity.relation_foreign_key_not_found');
    refused(await send(method, rolesOf(organization, stranger), { organizationRoleIds: [role.id] }), 422, 'organization.require_membership');
    invalid(await send(method, rolesOf(organization, app), { organizationRoleIds: [] }), [emptyArray('organizationRoleIds')]);
  }
  refused(await call(server, 'GET', rolesOf(organization, stranger)), 422, 'organization.require_membership');
  refused(await call(server, 'DELETE', `${rolesOf(organization, stranger)}/${role.id}`), 422, 'organization.require_membership');
  refused(await call(server, 'GET', rolesOf({ id: NONE }, app)), 422, 'organization.require_membership');
  assert.deepEqual(await ok(server, 'GET', rolesOf(organization, app)), []);
});

test('roles for several applications at once', async () => {
  const [one, two, stranger, role, user] = [
    await createApp(server), await createApp(server), await createApp(server), await createRole(), await createRole({ type: 'User' }),
  ];
  const organization = await organizationWith(one, two);
  const path = `${membersOf(organization)}/roles`;
  const give = (apps, roles) => send('POST', path, { applicationIds: apps.map(({ id }) => id), organizationRoleIds: roles.map(({ id }) => id) });
  const given = await give([one, two], [role]);
  assert.deepEqual([given.status, given.text], [201, 'Created']);
  assert.equal((await give([one], [role])).status, 201);
  for (const app of [one, two]) assert.deepEqual(await ok(server, 'GET', rolesOf(organization, app)), [role]);
  const other = await createRole();
  refused(await give([one, stranger], [other]), 422, 'entity.relation_foreign_key_not_found');
  refused(await give([one], [other, user]), 422, 'entity.db_constraint_violated');
  assert.deepEqual(await ok(server, 'GET', rolesOf(organization, one)), [role]);
  invalid(await send('POST', path, {}), [required('array', 'applicationIds'), required('array', 'organizationRoleIds')]);
});

test('replacing the applications leaves those that stay their roles', async () => {
  const [stays, goes, comes, role] = [await createApp(server), await createApp(server), await createApp(server), await createRole()];
  const organization = await organizationWith(stays, goes);
  for (const app of [stays, goes]) await ok(server, 'POST', rolesOf(organization, app), { body: { organizationRoleIds: [role.id] } }, 201);
  await ok(server, 'PUT', membersOf(organization), { body: { applicationIds: [stays.id, comes.id] } }, 204);
  assert.deepEqual(await ok(server, 'GET', rolesOf(organization, stays)), [role]);
  assert.deepEqual(await ok(server, 'GET', rolesOf(organization, comes)), []);
  await ok(server, 'POST', membersOf(organization), { body: { applicationIds: [goes.id] } }, 201);
  assert.deepEqual(await ok(server, 'GET', rolesOf(organization, goes)), []);
});

test('the list of applications leaves out those of an organization', async () => {
  const [inside, outside] = [await createApp(server), await createApp(server)];
  const organization = await organizationWith(inside);
  const ids = (await ok(server, 'GET', `/api/applications?excludeOrganizationId=${organization.id}`)).map(({ id }) => id);
  assert.ok(ids.includes(outside.id) && !ids.includes(inside.id));
  const both = await call(server, 'GET', `/api/applications?excludeOrganizationId=${organization.id}&excludeRoleId=x`);
  refused(both, 400, 'request.invalid_input');
});

test('a client hands on only roles whose Management API scopes it has', async () => {
  const strong = await createRole({ resourceScopeIds: [await managementScope(server, 'all')] });
  const [app, weak] = [await createApp(server), await createRole()];
  const organization = await organizationWith(app);
  const writer = await limited(server, 'write:organizations');
  const as = (method, path, body) => send(method, path, body, { token: writer.token });
  for (const method of ['POST', 'PUT']) {
    refused(await as(method, rolesOf(organization, app), { organizationRoleIds: [strong.id] }), 403, 'auth.forbidden');
  }
  refused(await as('POST', `${membersOf(organization)}/roles`, { applicationIds: [app.id], organizationRoleIds: [strong.id] }), 403, 'auth.forbidden');
  assert.equal((await as('POST', rolesOf(organization, app), { organizationRoleIds: [weak.id] })).status, 201);
  // Who holds such a role is out of reach, too: a secret of it would be the role.
  await ok(server, 'POST', rolesOf(organization, app), { body: { organizationRoleIds: [strong.id] } }, 201);
  const apps = await limited(server, 'write:applications');
  const secret = await send('POST', `/api/applications/${app.id}/secrets`, { name: 'mine' }, { token: apps.token });
  refused(secret, 403, 'auth.forbidden');
});

test('check 141: lists of applications that are repeated or endless', async () => {
  const app = await createApp(server);
  const organization = await organizationWith(app);
  const endless = Array.from({ length: 10_000 }, (_, i) => `none-${i}`);
  assert.equal((await send('POST', membersOf(organization), { applicationIds: Array(10_000).fill(app.id) })).status, 201);
  refused(await send('PUT', membersOf(organization), { applicationIds: [app.id, ...endless] }), 422, 'entity.relation_foreign_key_not_found');
  assert.deepEqual(await ok(server, 'GET', membersOf(organization)), [shown(app)]);
});
