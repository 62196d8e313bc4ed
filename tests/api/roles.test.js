// /api/roles with their scopes and holders.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { tokenAnswer } from '../lib/api.js';
import { createApp, createResource, createRole, createScope, managementScope, unique } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';
import { ID, call, emptyArray, everything, invalid, links, ok, refused, required, tooLong, tooShort } from './support.js';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

const NONE = 'nonexistent0000000000';
const post = (body) => call(server, 'POST', '/api/roles', { body });
const patch = (id, body) => call(server, 'PATCH', `/api/roles/${id}`, { body });
const scopesOf = (id) => `/api/roles/${id}/scopes`;
const holdersOf = (id) => `/api/roles/${id}/applications`;

async function resourceWithScopes(...names) {
  const resource = await createResource(server);
  const scopes = [];
  for (const name of names) scopes.push(await createScope(server, resource, name));
  const { scopes: none, ...plain } = resource;
  return { resource: plain, scopes, ids: scopes.map((scope) => scope.id) };
}

test('a fresh tenant has the role that opens the Management API', async () => {
  const role = (await everything(server, '/api/roles')).find((one) => one.name === 'Logto Management API access');
  const { id, applicationsCount, featuredApplications, ...rest } = role;
  assert.match(id, ID);
  assert.deepEqual(rest, {
    tenantId: 'default', name: 'Logto Management API access', type: 'MachineToMachine', isDefault: false,
    description: 'This default role grants access to the Logto management API.', usersCount: 0, featuredUsers: [],
  });
  assert.deepEqual((await ok(server, 'GET', scopesOf(id))).map((scope) => scope.name), ['all']);
});

test('a new role has the defaults of Logto, with status 200', async () => {
  const name = unique('reader');
  const answer = await post({ name, description: 'Reads' });
  assert.equal(answer.status, 200);
  const { id, ...rest } = answer.json;
  assert.deepEqual(Object.keys(answer.json), ['tenantId', 'id', 'name', 'description', 'type', 'isDefault']);
  assert.match(id, ID);
  assert.deepEqual(rest, { tenantId: 'default', name, description: 'Reads', type: 'User', isDefault: false });
  assert.deepEqual(await ok(server, 'GET', `/api/roles/${id}`), answer.json);
  const machine = await createRole(server, { type: 'MachineToMachine', isDefault: true });
  assert.equal(machine.type, 'MachineToMachine');
  assert.equal(machine.isDefault, true);
});

test('a new role may start with scopes, of any resources, each once', async () => {
  const [one, other] = [await resourceWithScopes('read:x', 'write:x'), await resourceWithScopes('read:y')];
  const role = await createRole(server, { type: 'User', scopeIds: [one.ids[0], other.ids[0], one.ids[0]] });
  assert.equal(role.scopeIds, undefined);
  const listed = await ok(server, 'GET', scopesOf(role.id));
  assert.deepEqual(listed.map((scope) => scope.name).sort(), ['read:x', 'read:y']);
});

test('what is refused leaves no role behind', async () => {
  const name = unique('refused');
  const all = await managementScope(server, 'all');
  const { ids } = await resourceWithScopes('read:x');
  invalid(await post({ name }), [required('string', 'description')]);
  invalid(await post({ name: '', description: '' }), [tooShort('name'), tooShort('description')]);
  invalid(await post({ name: 'n'.repeat(129), description: 'd' }), [tooLong(128, 'name')]);
  invalid(await post({ name, description: 'd', scopeIds: [''] }), [tooShort('scopeIds', 0)]);
  assert.equal((await post({ name, description: 'd', type: 'Robot' })).status, 400);
  refused(await post({ name, description: 'd', scopeIds: [ids[0], 'nope'] }), 404, 'entity.not_exists_with_id');
  refused(await post({ name, description: 'd', type: 'User', scopeIds: [all] }), 400, 'role.management_api_scopes_not_assignable_to_user_role');
  refused(await post({ name: '#internal:admin', description: 'd' }), 403, 'role.internal_role_violation');
  assert.equal((await post({ name, description: 'd' })).status, 200);
  const again = await post({ name, description: 'd' });
  refused(again, 422, 'role.name_in_use');
  assert.match(again.json.message, new RegExp(name));
  assert.equal((await everything(server, `/api/roles?search=${name}`)).length, 1);
});

test('check 140: id, tenant and type of a role are not a client’s to change', async () => {
  const role = await createRole(server, { id: 'mine', tenantId: 'admin', usersCount: 7 });
  assert.match(role.id, ID);
  assert.equal(role.tenantId, 'default');
  const answer = await patch(role.id, { id: 'x', tenantId: 'admin', type: 'User', scopeIds: ['x'], description: 'new' });
  assert.deepEqual(answer.json, { ...role, description: 'new' });
  refused(await patch(role.id, { type: 'User' }), 422, 'entity.invalid_input');
});

test('changes and deletion', async () => {
  const [role, other] = [await createRole(server, { type: 'User' }), await createRole(server)];
  assert.deepEqual((await patch(role.id, { name: `${role.name}2`, isDefault: true })).json, { ...role, name: `${role.name}2`, isDefault: true });
  assert.equal((await patch(role.id, { name: `${role.name}2` })).status, 200);
  refused(await patch(role.id, { name: other.name }), 422, 'role.name_in_use');
  refused(await patch(role.id, { name: '#internal:x' }), 403, 'role.internal_role_violation');
  refused(await patch(role.id, {}), 422, 'entity.invalid_input');
  invalid(await patch(role.id, { name: '' }), [tooShort('name')]);
  refused(await patch(NONE, { name: 'q' }), 404, 'entity.not_exists_with_id');
  refused(await call(server, 'GET', `/api/roles/${NONE}`), 404, 'entity.not_exists_with_id');
  const gone = await call(server, 'DELETE', `/api/roles/${role.id}`);
  assert.equal(gone.status, 204);
  assert.equal(gone.text, '');
  refused(await call(server, 'DELETE', `/api/roles/${role.id}`), 404, 'entity.not_exists_with_id');
});

test('the role that opens the Management API is known by itself, not by its name; it can be deleted', async () => {
  const own = await startServer();
  try {
    const app = await createApp(own);
    const role = (await everything(own, '/api/roles')).find((one) => one.name === 'Logto Management API access');
    await ok(own, 'PATCH', `/api/roles/${role.id}`, { body: { name: 'renamed', description: 'q' } });
    await createRole(own, { name: 'Logto Management API access' });
    await ok(own, 'PATCH', `/api/applications/${app.id}`, { body: { isAdmin: true } });
    assert.deepEqual((await ok(own, 'GET', `/api/applications/${app.id}/roles`)).map((one) => one.id), [role.id]);
    assert.equal((await call(own, 'DELETE', `/api/roles/${role.id}`)).status, 204);
    const after = await ok(own, 'GET', `/api/applications/${app.id}`);
    assert.equal(after.isAdmin, false);
    refused(await call(own, 'PATCH', `/api/applications/${app.id}`, { body: { isAdmin: true } }), 404, 'entity.not_exists');
    await own.restart();
    refused(await call(own, 'GET', `/api/roles/${role.id}`), 404, 'entity.not_exists_with_id');
  } finally {
    await own.stop();
  }
});

test('the list: oldest first, in pages, by type, without roles an application has', async () => {
  const mark = unique('listed');
  const roles = [];
  for (let i = 0; i < 5; i += 1) roles.push(await createRole(server, { name: `${mark} ${i}`, type: i % 2 ? 'User' : 'MachineToMachine' }));
  const search = `search=%25${mark}%25`;
  const first = await call(server, 'GET', `/api/roles?${search}`);
  assert.equal(first.headers['total-number'], '5');
  const times = new Map(roles.map((role, i) => [role.id, i]));
  assert.deepEqual(first.json.map((role) => times.get(role.id)).sort(), [0, 1, 2, 3, 4]);
  assert.deepEqual(Object.keys(first.json[0]), [
    'tenantId', 'id', 'name', 'description', 'type', 'isDefault', 'usersCount', 'featuredUsers', 'applicationsCount', 'featuredApplications',
  ]);
  const page = await call(server, 'GET', `/api/roles?${search}&page=2&page_size=2`);
  assert.deepEqual(page.json, first.json.slice(2, 4));
  assert.deepEqual(Object.keys(links(page)).sort(), ['first', 'last', 'next', 'prev']);
  const ids = async (query) => (await ok(server, 'GET', `/api/roles?${search}&${query}`)).map((role) => times.get(role.id)).sort();
  assert.deepEqual(await ids('type=User'), [1, 3]);
  assert.deepEqual(await ids('type=MachineToMachine'), [0, 2, 4]);
  const app = await createApp(server, {}, [roles[0].id, roles[4].id]);
  assert.deepEqual(await ids(`type=MachineToMachine&excludeApplicationId=${app.id}`), [2]);
  assert.deepEqual(await ids('type=User&excludeUserId=nope'), [1, 3]);
  assert.equal((await call(server, 'GET', '/api/roles?type=Robot')).status, 400);
  refused(await call(server, 'GET', '/api/roles?page_size=1000'), 400, 'guard.invalid_pagination');
  assert.deepEqual(await ok(server, 'GET', `/api/roles?search=${mark}`), []);
});

test('the list names up to three holders of each role and counts all', async () => {
  const [held, free] = [await createRole(server), await createRole(server)];
  const apps = [];
  for (let i = 0; i < 4; i += 1) apps.push(await createApp(server, {}, [held.id]));
  const list = await everything(server, '/api/roles');
  const found = list.find((role) => role.id === held.id);
  assert.equal(found.applicationsCount, 4);
  assert.equal(found.featuredApplications.length, 3);
  for (const one of found.featuredApplications) {
    const app = apps.find(({ id }) => id === one.id);
    assert.deepEqual(one, { id: app.id, name: app.name, type: 'MachineToMachine' });
  }
  const none = list.find((role) => role.id === free.id);
  assert.equal(none.applicationsCount, 0);
  assert.deepEqual(none.featuredApplications, []);
});

test('scopes of a role come with their resource', async () => {
  const { resource, scopes, ids } = await resourceWithScopes('read:x', 'write:x');
  const role = await createRole(server, { scopeIds: ids });
  const list = await call(server, 'GET', scopesOf(role.id));
  assert.equal(list.headers['total-number'], undefined);
  const byName = (a, b) => a.name.localeCompare(b.name);
  assert.deepEqual(list.json.sort(byName), scopes.map((scope) => ({ ...scope, resource })).sort(byName));
  assert.deepEqual(Object.keys(list.json[0]), ['tenantId', 'id', 'resourceId', 'name', 'description', 'createdAt', 'resource']);
  const page = await call(server, 'GET', `${scopesOf(role.id)}?page=1&page_size=1`);
  assert.equal(page.json.length, 1);
  assert.equal(page.headers['total-number'], '2');
  assert.match(links(page).next, /\/roles\/\w+\/scopes\?page=2&page_size=1$/);
  assert.deepEqual((await ok(server, 'GET', `${scopesOf(role.id)}?search=read%25`)).map((scope) => scope.name), ['read:x']);
  refused(await call(server, 'GET', scopesOf(NONE)), 404, 'entity.not_exists_with_id');
});

test('scopes are given to a role once, and taken away', async () => {
  const { resource, ids } = await resourceWithScopes('read:x', 'write:x', 'admin:x');
  const role = await createRole(server, { scopeIds: [ids[0]] });
  const app = await createApp(server, {}, [role.id]);
  const granted = async () => (await tokenAnswer(server, { id: app.id, secret: app.secret, resource: resource.indicator, scope: 'read:x write:x' })).json.scope;
  assert.equal(await granted(), 'read:x');
  const give = (scopeIds) => call(server, 'POST', scopesOf(role.id), { body: { scopeIds } });
  const answer = await give([ids[1], ids[1]]);
  assert.equal(answer.status, 201, answer.text);
  assert.deepEqual(answer.json.map((scope) => scope.name).sort(), ['read:x', 'write:x']);
  assert.deepEqual(Object.keys(answer.json[0]), ['tenantId', 'id', 'resourceId', 'name', 'description', 'createdAt']);
  assert.equal(await granted(), 'read:x write:x');
  refused(await give([ids[2], ids[1]]), 422, 'role.scope_exists');
  refused(await give([ids[2], 'nope']), 404, 'entity.not_exists_with_id');
  invalid(await give([]), [emptyArray('scopeIds')]);
  invalid(await call(server, 'POST', scopesOf(role.id), { body: {} }), [required('array', 'scopeIds')]);
  refused(await call(server, 'POST', scopesOf(NONE), { body: { scopeIds: [ids[2]] } }), 404, 'entity.not_exists_with_id');
  const gone = await call(server, 'DELETE', `${scopesOf(role.id)}/${ids[1]}`);
  assert.equal(gone.status, 204);
  refused(await call(server, 'DELETE', `${scopesOf(role.id)}/${ids[1]}`), 404, 'entity.not_found');
  assert.equal(await granted(), 'read:x');
});

test('a role for users gets no scope of the Management API', async () => {
  const role = await createRole(server, { type: 'User' });
  for (const name of ['all', 'read:applications']) {
    const answer = await call(server, 'POST', scopesOf(role.id), { body: { scopeIds: [await managementScope(server, name)] } });
    refused(answer, 400, 'role.management_api_scopes_not_assignable_to_user_role');
  }
  assert.deepEqual(await ok(server, 'GET', scopesOf(role.id)), []);
});

test('applications that hold a role: given, listed, taken away', async () => {
  const role = await createRole(server);
  const [one, other, spa] = [await createApp(server), await createApp(server), await createApp(server, { type: 'SPA' })];
  const give = (applicationIds) => call(server, 'POST', holdersOf(role.id), { body: { applicationIds } });
  const answer = await give([one.id, spa.id, one.id]);
  assert.equal(answer.status, 201, answer.text);
  assert.equal(answer.text, 'Created');
  assert.match(answer.headers['content-type'], /^text\/plain/);
  const list = await call(server, 'GET', holdersOf(role.id));
  const { secret, ...shown } = one;
  assert.deepEqual(list.json, [shown]);
  assert.equal(list.headers['total-number'], '1');
  assert.match(links(list).first, /\/roles\/\w+\/applications\?page=1$/);
  assert.deepEqual(await ok(server, 'GET', `${holdersOf(role.id)}?search=nothing`), []);
  refused(await give([other.id, one.id]), 422, 'role.application_exists');
  refused(await give([other.id, 'nope']), 404, 'entity.not_exists_with_id');
  invalid(await give([]), [emptyArray('applicationIds')]);
  assert.equal((await ok(server, 'GET', holdersOf(role.id))).length, 1);
  assert.equal((await call(server, 'DELETE', `${holdersOf(role.id)}/${one.id}`)).status, 204);
  refused(await call(server, 'DELETE', `${holdersOf(role.id)}/${one.id}`), 404, 'entity.not_found');
  refused(await call(server, 'GET', holdersOf(NONE)), 404, 'entity.not_exists_with_id');
  refused(await call(server, 'POST', holdersOf(NONE), { body: { applicationIds: [one.id] } }), 404, 'entity.not_exists_with_id');
});

test('a role for users is not given to applications', async () => {
  const [role, app] = [await createRole(server, { type: 'User' }), await createApp(server)];
  refused(await call(server, 'POST', holdersOf(role.id), { body: { applicationIds: [app.id] } }), 422, 'entity.db_constraint_violated');
  const list = await call(server, 'GET', holdersOf(role.id));
  assert.deepEqual(list.json, []);
  assert.equal(list.headers['total-number'], '0');
});

test('tokens follow: a role given through it, and its deletion', async () => {
  const { resource, ids } = await resourceWithScopes('read:x');
  const role = await createRole(server, { scopeIds: ids });
  const app = await createApp(server);
  const granted = async () => (await tokenAnswer(server, { id: app.id, secret: app.secret, resource: resource.indicator, scope: 'read:x' })).json.scope;
  await ok(server, 'POST', holdersOf(role.id), { body: { applicationIds: [app.id] } }, 201);
  assert.equal(await granted(), 'read:x');
  await ok(server, 'DELETE', `/api/roles/${role.id}`, {}, 204);
  assert.equal(await granted(), undefined);
});

test('check 141: lists of scopes and applications that are repeated or endless', async () => {
  const { ids } = await resourceWithScopes('read:x');
  const [role, app] = [await createRole(server), await createApp(server)];
  const endless = Array.from({ length: 10_000 }, (_, i) => `none-${i}`);
  const repeated = await call(server, 'POST', scopesOf(role.id), { body: { scopeIds: Array(10_000).fill(ids[0]) } });
  assert.equal(repeated.status, 201, repeated.text.slice(0, 200));
  assert.equal(repeated.json.length, 1);
  refused(await call(server, 'POST', scopesOf(role.id), { body: { scopeIds: endless } }), 404, 'entity.not_exists_with_id');
  refused(await call(server, 'POST', holdersOf(role.id), { body: { applicationIds: [app.id, ...endless] } }), 404, 'entity.not_exists_with_id');
  refused(await post({ name: unique('endless'), description: 'd', scopeIds: endless }), 404, 'entity.not_exists_with_id');
  assert.equal((await call(server, 'POST', holdersOf(role.id), { body: { applicationIds: Array(10_000).fill(app.id) } })).status, 201);
  const empty = await post({ name: unique('empty'), description: 'd', scopeIds: [] });
  assert.equal(empty.status, 200);
});

test('a role with hundreds of scopes is listed whole', async () => {
  const { ids } = await resourceWithScopes(...Array.from({ length: 300 }, (_, i) => `scope:${i}`));
  const role = await createRole(server, { scopeIds: ids });
  const list = await ok(server, 'GET', scopesOf(role.id));
  assert.equal(new Set(list.map((scope) => scope.id)).size, 300);
  assert.equal((await everything(server, `${scopesOf(role.id)}?page_size=100`)).length, 300);
});
