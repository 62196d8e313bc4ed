// Every way by which an organization role comes to a user: none of them gives what whoever asks does not hold, none
// gives a role for applications, and no role gives a user scopes of the Management API.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createUser } from '../lib/browser.js';
import { createResource, createScope, managementScope, unique } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';
import { call, limited, ok, refused } from './support.js';

let server, organization, user, writer;
const ROLES = '/api/organization-roles';
const createRole = (body) => ok(server, 'POST', ROLES, { body: { name: unique('role'), ...body } }, 201);

before(async () => {
  server = await startServer();
  organization = await ok(server, 'POST', '/api/organizations', { body: { name: 'Doors' } }, 201);
  user = await createUser(server);
  await ok(server, 'POST', `/api/organizations/${organization.id}/users`, { body: { userIds: [user.id] } }, 201);
  writer = await limited(server, 'write:organizations', 'write:organization-roles', 'write:organization-invitations');
});
after(() => server.stop());

const doors = () => {
  const at = `/api/organizations/${organization.id}`;
  const one = (organizationRoleIds) => ({ organizationRoleIds });
  const invite = (ids) => ({
    organizationId: organization.id, invitee: `${unique('invitee')}@example.com`, expiresAt: Date.now() + 60_000, organizationRoleIds: ids, messagePayload: false,
  });
  return [
    ['POST', `${at}/users/${user.id}/roles`, one],
    ['PUT', `${at}/users/${user.id}/roles`, one],
    ['POST', `${at}/users/roles`, (ids) => ({ userIds: [user.id], ...one(ids) })],
    ['POST', '/api/organization-invitations', invite],
  ];
};
const joining = () => ['POST', 'PUT'].map((method) => [method, `/api/organizations/${organization.id}/jit/roles`, (organizationRoleIds) => ({ organizationRoleIds })]);

test('a role for applications comes to a user by none of them', async () => {
  const machine = await createRole({ type: 'MachineToMachine' });
  for (const [method, path, body] of doors()) {
    refused(await call(server, method, path, { body: body([machine.id]) }), 422, 'entity.db_constraint_violated');
  }
});

test('a role for users holds no scope of the Management API, whichever way it is asked for', async () => {
  const scope = await managementScope(server, 'all');
  const code = 'role.management_api_scopes_not_assignable_to_user_role';
  refused(await call(server, 'POST', ROLES, { body: { name: unique('role'), resourceScopeIds: [scope] } }), 400, code);
  const { id } = await createRole();
  for (const method of ['POST', 'PUT']) refused(await call(server, method, `${ROLES}/${id}/resource-scopes`, { body: { scopeIds: [scope] } }), 400, code);
  const machine = await createRole({ type: 'MachineToMachine', resourceScopeIds: [scope] });
  refused(await call(server, 'PATCH', `${ROLES}/${machine.id}`, { body: { type: 'User' } }), 400, code);
  assert.equal((await ok(server, 'GET', `${ROLES}/${machine.id}`)).type, 'MachineToMachine');
  const own = await createScope(server, await createResource(server), 'read:own');
  await ok(server, 'POST', `${ROLES}/${id}/resource-scopes`, { body: { scopeIds: [own.id] } }, 201);
});

test('what the caller does not hold is in reach by none of them', async () => {
  const scope = await managementScope(server, 'read:users');
  const machine = await createRole({ type: 'MachineToMachine', resourceScopeIds: [scope] });
  for (const [method, path, body] of doors()) {
    const answer = await call(server, method, path, { token: writer.token, body: body([machine.id]) });
    assert.ok([403, 422].includes(answer.status), `${method} ${path}: ${answer.text}`);
  }
  for (const [method, path, body] of joining()) refused(await call(server, method, path, { token: writer.token, body: body([machine.id]) }), 403, 'auth.forbidden');
  refused(await call(server, 'POST', ROLES, { token: writer.token, body: { name: unique('role'), type: 'MachineToMachine', resourceScopeIds: [scope] } }), 403, 'auth.forbidden');
});
