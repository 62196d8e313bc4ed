// /api/organization-roles with what they grant.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createResource, createScope, managementScope, unique } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';
import { ID, call, emptyArray, everything, invalid, limited, links, ok, refused, required, tooLong, tooShort, wrongType } from './support.js';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

const NONE = 'nonexistent0000000000';
const BASE = '/api/organization-roles';
const post = (body, options = {}) => call(server, 'POST', BASE, { body, ...options });
const create = (body) => ok(server, 'POST', BASE, { body: { name: unique('role'), ...body } }, 201);
const createOrganizationScope = () => ok(server, 'POST', '/api/organization-scopes', { body: { name: unique('org:scope') } }, 201);
const find = async (id) => (await everything(server, BASE)).find((role) => role.id === id);

async function resourceScope() {
  const resource = await createResource(server);
  return { resource, scope: await createScope(server, resource, 'read:x') };
}

test('a new role has the defaults of Logto', async () => {
  const name = unique('admin');
  const answer = await post({ name });
  assert.equal(answer.status, 201, answer.text);
  const { id, ...rest } = answer.json;
  assert.match(id, ID);
  assert.deepEqual(Object.keys(answer.json), ['tenantId', 'id', 'name', 'description', 'type']);
  assert.deepEqual(rest, { tenantId: 'default', name, description: null, type: 'User' });
  assert.deepEqual(await ok(server, 'GET', `${BASE}/${id}`), answer.json);
});

test('a new role may start with scopes of both kinds, which the list shows', async () => {
  const [one, { resource, scope }] = [await createOrganizationScope(), await resourceScope()];
  const role = await create({
    description: 'd', type: 'MachineToMachine', organizationScopeIds: [one.id, one.id], resourceScopeIds: [scope.id],
  });
  assert.deepEqual(await find(role.id), {
    ...role,
    scopes: [{ id: one.id, name: one.name }],
    resourceScopes: [{ id: scope.id, name: 'read:x', resource: { id: resource.id, name: resource.name } }],
  });
  const bare = await create({ organizationScopeIds: [], resourceScopeIds: [] });
  assert.deepEqual(await find(bare.id), { ...bare, scopes: [], resourceScopes: [] });
});

test('what is refused leaves no role behind', async () => {
  const { name } = await create();
  refused(await post({ name }), 422, 'entity.unique_integrity_violation');
  const left = unique('left');
  refused(await post({ name: left, organizationScopeIds: [NONE] }), 422, 'entity.relation_foreign_key_not_found');
  refused(await post({ name: left, resourceScopeIds: [''] }), 422, 'entity.relation_foreign_key_not_found');
  assert.deepEqual(await ok(server, 'GET', `${BASE}?q=${left}`), []);
  invalid(await post({}), [required('string', 'name')]);
  invalid(await post({ name: '' }), [tooShort('name')]);
  invalid(await post({ name: 'n'.repeat(129) }), [tooLong(128, 'name')]);
  invalid(await post({ name: left, resourceScopeIds: [1] }), [wrongType('string', 'number', 'resourceScopeIds', 0)]);
  assert.equal((await post({ name: left, type: 'Robot' })).status, 400);
});

test('changes and deletion', async () => {
  const [role, other] = [await create(), await create()];
  const patch = (id, body) => call(server, 'PATCH', `${BASE}/${id}`, { body });
  assert.deepEqual((await patch(role.id, { description: 'new', organizationScopeIds: [NONE] })).json, { ...role, description: 'new' });
  refused(await patch(role.id, { name: other.name }), 422, 'entity.unique_integrity_violation');
  refused(await patch(NONE, { description: 'd' }), 404, 'entity.not_exists');
  refused(await call(server, 'GET', `${BASE}/${NONE}`), 404, 'entity.not_found');
  const gone = await call(server, 'DELETE', `${BASE}/${role.id}`);
  assert.deepEqual([gone.status, gone.text], [204, '']);
  refused(await call(server, 'DELETE', `${BASE}/${role.id}`), 404, 'entity.not_found');
});

test('the list: by name, always in pages, by a part of id, name or description', async () => {
  const mark = unique('listed');
  const roles = [];
  for (const letter of ['b', 'a', 'c']) roles.push(await create({ name: `${letter} ${mark}`, description: `${letter}${letter}` }));
  const first = await call(server, 'GET', `${BASE}?q=${mark}&page_size=2`);
  assert.deepEqual(first.json.map(({ name }) => name[0]), ['a', 'b']);
  assert.equal(first.headers['total-number'], '3');
  assert.deepEqual(Object.keys(links(first)).sort(), ['first', 'last', 'next']);
  assert.deepEqual((await ok(server, 'GET', `${BASE}?q=${roles[0].id.slice(1)}`)).map(({ id }) => id), [roles[0].id]);
  assert.ok((await ok(server, 'GET', `${BASE}?q=BB`)).some(({ id }) => id === roles[0].id));
  assert.equal((await call(server, 'GET', BASE)).headers['total-number'] > 0, true);
});

// The two kinds of scopes have the same routes.
const kinds = {
  scopes: { body: 'organizationScopeIds', make: createOrganizationScope, page: /\/scopes\?page=1&page_size=1$/ },
  'resource-scopes': { body: 'scopeIds', make: async () => (await resourceScope()).scope, page: /\/resource-scopes\?page=1&page_size=1$/ },
};

for (const [path, kind] of Object.entries(kinds)) {
  const of = (role) => `${BASE}/${role.id}/${path}`;
  const held = async (role) => (await ok(server, 'GET', of(role))).map(({ id }) => id).sort();
  const send = (method, role, ids) => call(server, method, of(role), { body: { [kind.body]: ids } });

  test(`${path} of a role: given, listed, replaced, taken away`, async () => {
    const [role, one, two] = [await create(), await kind.make(), await kind.make()];
    const added = await send('POST', role, [one.id, one.id]);
    assert.deepEqual([added.status, added.text], [201, 'Created']);
    assert.match(added.headers['content-type'], /^text\/plain/);
    assert.deepEqual(await ok(server, 'GET', of(role)), [one]);
    assert.equal((await send('POST', role, [one.id, two.id])).status, 201);
    assert.deepEqual(await held(role), [one.id, two.id].sort());
    const page = await call(server, 'GET', `${of(role)}?page=1&page_size=1`);
    assert.equal(page.headers['total-number'], '2');
    assert.match(links(page).first, kind.page);
    const replaced = await send('PUT', role, [two.id, two.id]);
    assert.deepEqual([replaced.status, replaced.text], [204, '']);
    assert.deepEqual(await held(role), [two.id]);
    assert.equal((await call(server, 'DELETE', `${of(role)}/${two.id}`)).status, 204);
    refused(await call(server, 'DELETE', `${of(role)}/${two.id}`), 404, 'entity.not_found');
    assert.equal((await send('PUT', role, [one.id])).status, 204);
    assert.equal((await send('PUT', role, [])).status, 204);
    assert.deepEqual(await held(role), []);
  });

  test(`${path} of a role: unknown ids change nothing`, async () => {
    const [role, one] = [await create(), await kind.make()];
    await send('POST', role, [one.id]);
    for (const method of ['POST', 'PUT']) {
      refused(await send(method, role, [(await kind.make()).id, NONE]), 422, 'entity.relation_foreign_key_not_found');
      refused(await send(method, { id: NONE }, [one.id]), 422, 'entity.relation_foreign_key_not_found');
      invalid(await send(method, role, ['']), [tooShort(kind.body, 0)]);
      invalid(await call(server, method, of(role), { body: {} }), [required('array', kind.body)]);
    }
    invalid(await send('POST', role, []), [emptyArray(kind.body)]);
    assert.deepEqual(await held(role), [one.id]);
    refused(await call(server, 'GET', of({ id: NONE })), 404, 'entity.not_found');
  });

  test(`check 141: lists of ${path} that are repeated or endless`, async () => {
    const [role, one] = [await create(), await kind.make()];
    const endless = Array.from({ length: 10_000 }, (_, i) => `none-${i}`);
    assert.equal((await send('POST', role, Array(10_000).fill(one.id))).status, 201);
    refused(await send('POST', role, [one.id, ...endless]), 422, 'entity.relation_foreign_key_not_found');
    refused(await send('PUT', role, endless), 422, 'entity.relation_foreign_key_not_found');
    assert.deepEqual(await held(role), [one.id]);
  });
}

test('a role loses a scope that is deleted', async () => {
  const [one, { resource, scope }] = [await createOrganizationScope(), await resourceScope()];
  const role = await create({ organizationScopeIds: [one.id], resourceScopeIds: [scope.id] });
  await ok(server, 'DELETE', `/api/organization-scopes/${one.id}`, {}, 204);
  await ok(server, 'DELETE', `/api/resources/${resource.id}`, {}, 204);
  assert.deepEqual(await find(role.id), { ...role, scopes: [], resourceScopes: [] });
});

test('a client hands on only scopes of the Management API that it has', async () => {
  const [role, all, own] = [await create({ type: 'MachineToMachine' }), await managementScope(server, 'all'), await managementScope(server, 'read:logs')];
  const writer = await limited(server, 'write:organization-roles', 'read:logs');
  const as = (method, path, body) => call(server, method, path, { token: writer.token, body });
  refused(await as('POST', BASE, { name: unique('strong'), type: 'MachineToMachine', resourceScopeIds: [all] }), 403, 'auth.forbidden');
  refused(await as('POST', `${BASE}/${role.id}/resource-scopes`, { scopeIds: [all] }), 403, 'auth.forbidden');
  refused(await as('PUT', `${BASE}/${role.id}/resource-scopes`, { scopeIds: [own, all] }), 403, 'auth.forbidden');
  assert.equal((await as('PUT', `${BASE}/${role.id}/resource-scopes`, { scopeIds: [own] })).status, 204);
  refused(await as('GET', BASE), 403, 'auth.forbidden');
});
