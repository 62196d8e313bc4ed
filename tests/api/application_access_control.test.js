// /api/applications/:applicationId/access-control, and the flag that makes its rules count.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createApp, createRole, unique } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';
import { call, invalid, ok, refused, required } from './support.js';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

const NONE = 'nonexistent0000000000';
const EMPTY = { userIds: [], userRoleIds: [], organizationIds: [], organizationRoleRules: [] };
const path = (id) => `/api/applications/${id}/access-control`;
const put = (id, body) => call(server, 'PUT', path(id), { body: { ...EMPTY, ...body } });
const app = () => createApp(server, { type: 'SPA', oidcClientMetadata: { redirectUris: [], postLogoutRedirectUris: [] } });
const user = async () => (await ok(server, 'POST', '/api/users', { body: { name: 'u' } })).id;
const role = async (type = 'User') => (await createRole(server, { type })).id;
const organization = async () => (await ok(server, 'POST', '/api/organizations', { body: { name: 'o' } }, 201)).id;
const organizationRole = async (type = 'User') =>
  (await ok(server, 'POST', '/api/organization-roles', { body: { name: unique('role'), type } }, 201)).id;
const tooMany = (maximum, ...at) => ({
  code: 'too_big', maximum, type: 'array', inclusive: true, exact: false, message: `Array must contain at most ${maximum} element(s)`, path: at,
});

test('rules of every kind: none at first, replaced as a whole, each once, listed by their ids', async () => {
  const { id } = await app();
  assert.deepEqual(await ok(server, 'GET', path(id)), EMPTY);
  const users = [await user(), await user()];
  const roles = [await role(), await role()];
  const organizations = [await organization(), await organization()];
  const theirs = [await organizationRole(), await organizationRole()];
  const rule = (organizationId, ...organizationRoleIds) => ({ organizationId, organizationRoleIds });
  const answer = await put(id, {
    userIds: [users[1], users[0], users[1]], userRoleIds: [roles[0], roles[0]], organizationIds: [organizations[1]],
    organizationRoleRules: [rule(organizations[1], theirs[0]), rule(organizations[0], theirs[1]), rule(organizations[1], theirs[1], theirs[0])],
  });
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(answer.json, {
    userIds: [users[1], users[0]], userRoleIds: [roles[0]], organizationIds: [organizations[1]],
    organizationRoleRules: [rule(organizations[1], ...theirs), rule(organizations[0], theirs[1])],
  });
  const byId = (a, b) => (a.organizationId < b.organizationId ? -1 : 1);
  assert.deepEqual(await ok(server, 'GET', path(id)), {
    userIds: [...users].sort(), userRoleIds: [roles[0]], organizationIds: [organizations[1]],
    organizationRoleRules: [rule(organizations[1], ...[...theirs].sort()), rule(organizations[0], theirs[1])].sort(byId),
  });
  assert.equal((await put(id, { userRoleIds: [roles[1]] })).status, 200);
  assert.deepEqual(await ok(server, 'GET', path(id)), { ...EMPTY, userRoleIds: [roles[1]] });
});

test('what is deleted leaves the rules', async () => {
  const { id } = await app();
  const [one, two, its, here, theirs] = [await user(), await user(), await role(), await organization(), await organizationRole()];
  await put(id, { userIds: [one, two], userRoleIds: [its], organizationIds: [here], organizationRoleRules: [{ organizationId: here, organizationRoleIds: [theirs] }] });
  await ok(server, 'DELETE', `/api/users/${one}`, {}, 204);
  await ok(server, 'DELETE', `/api/roles/${its}`, {}, 204);
  await ok(server, 'DELETE', `/api/organizations/${here}`, {}, 204);
  assert.deepEqual(await ok(server, 'GET', path(id)), { ...EMPTY, userIds: [two] });
});

test('what is refused changes nothing', async () => {
  const { id } = await app();
  const rules = { ...EMPTY, userIds: [await user()] };
  const [machine, theirs, here] = [await role('MachineToMachine'), await organizationRole('MachineToMachine'), await organization()];
  assert.equal((await put(id, rules)).status, 200);
  const rule = (organizationId, ...organizationRoleIds) => ({ organizationRoleRules: [{ organizationId, organizationRoleIds }] });
  for (const body of [{ userIds: [NONE] }, { userRoleIds: [NONE] }, { organizationIds: [NONE] }, rule(here, NONE), rule(NONE, await organizationRole())]) {
    refused(await put(id, body), 404, 'entity.relation_foreign_key_not_found');
  }
  refused(await put(id, { userRoleIds: [machine] }), 422, 'entity.db_constraint_violated');
  refused(await put(id, rule(here, theirs)), 422, 'entity.db_constraint_violated');
  refused(await put(id, rule(here)), 422, 'request.invalid_input');
  refused(await put(NONE, {}), 404, 'entity.not_exists_with_id');
  refused(await call(server, 'GET', path(NONE)), 404, 'entity.not_exists_with_id');
  invalid(await call(server, 'PUT', path(id), { body: { userIds: [] } }),
    ['userRoleIds', 'organizationIds', 'organizationRoleRules'].map((name) => required('array', name)));
  const many = (count) => Array.from({ length: count }, (_, i) => `none-${i}`);
  invalid(await put(id, { userIds: many(2001) }), [tooMany(2000, 'userIds')]);
  invalid(await put(id, { userIds: many(1001) }), [tooMany(1000, 'userIds')]);
  invalid(await put(id, { organizationRoleRules: many(1001).map((one) => rule(one, 'r').organizationRoleRules[0]) }), [tooMany(1000, 'organizationRoleRules')]);
  assert.deepEqual(await ok(server, 'GET', path(id)), rules);
});

test('access control can be on only while there is a rule', async () => {
  const { id } = await app();
  const enable = (wanted) => call(server, 'PATCH', `/api/applications/${id}`, { body: { appLevelAccessControlEnabled: wanted } });
  refused(await enable(true), 422, 'request.invalid_input');
  const rules = { userIds: [await user()] };
  await put(id, rules);
  const enabled = await enable(true);
  assert.deepEqual([enabled.status, enabled.json.appLevelAccessControlEnabled], [200, true]);
  refused(await put(id, {}), 422, 'request.invalid_input');
  assert.deepEqual(await ok(server, 'GET', path(id)), { ...EMPTY, ...rules });
  assert.equal((await put(id, { userRoleIds: [await role()] })).status, 200);
  assert.equal((await enable(false)).json.appLevelAccessControlEnabled, false);
  assert.equal((await put(id, {})).status, 200);
});

test('of changes at once each is whole', async () => {
  const { id } = await app();
  const users = [await user(), await user(), await user()];
  const answers = await Promise.all(users.map((one) => put(id, { userIds: [one], organizationRoleRules: [] })));
  assert.deepEqual(answers.map(({ status }) => status), [200, 200, 200]);
  const { userIds } = await ok(server, 'GET', path(id));
  assert.equal(userIds.length, 1);
});
