// What third-party applications may ask users for, and which of their organizations users let them see.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createApp, createResource, createScope, managementScope, unique } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';
import { call, invalid, ok, refused, tooShort } from './support.js';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

const NONE = 'nonexistent0000000000';
const EMPTY = { organizationScopes: [], resourceScopes: [], organizationResourceScopes: [], userScopes: [] };
const thirdParty = () => createApp(server, { type: 'Traditional', isThirdParty: true });
const scopesOf = (app) => `/api/applications/${app.id}/user-consent-scopes`;
const allow = (app, body) => call(server, 'POST', scopesOf(app), { body });
const short = ({ id, name, description }) => ({ id, name, description });
const organizationScope = () => ok(server, 'POST', '/api/organization-scopes', { body: { name: unique('org:scope') } }, 201);
const createUser = () => ok(server, 'POST', '/api/users', { body: { name: 'u' } });
const notFound = (data) => ({ invalidOrganizationScopes: [], invalidResourceScopes: [], invalidOrganizationResourceScopes: [], ...data });

test('scopes of every kind: allowed, listed, taken back', async () => {
  const app = await thirdParty();
  assert.deepEqual(await ok(server, 'GET', scopesOf(app)), EMPTY);
  const [one, other] = [await createResource(server), await createResource(server)];
  const scopes = [await createScope(server, one, 'b'), await createScope(server, one, 'a'), await createScope(server, other, 'c')];
  const theirs = await organizationScope();
  const answer = await allow(app, {
    organizationScopes: [theirs.id], resourceScopes: scopes.map(({ id }) => id), organizationResourceScopes: [scopes[2].id, scopes[2].id],
    userScopes: ['profile', 'email', 'urn:logto:scope:organizations'],
  });
  assert.deepEqual([answer.status, answer.text], [201, 'Created']);
  assert.equal((await allow(app, { userScopes: ['email'], resourceScopes: [scopes[0].id] })).status, 201);
  assert.equal((await allow(app, {})).status, 201);
  const resource = ({ id, name, indicator }, ...list) => ({ resource: { id, name, indicator }, scopes: list.map(short) });
  const { resourceScopes, ...rest } = await ok(server, 'GET', scopesOf(app));
  assert.deepEqual(rest, {
    organizationScopes: [short(theirs)], organizationResourceScopes: [resource(other, scopes[2])],
    userScopes: ['email', 'profile', 'urn:logto:scope:organizations'],
  });
  const byId = (a, b) => (a.resource.id < b.resource.id ? -1 : 1);
  assert.deepEqual(resourceScopes.sort(byId), [resource(one, scopes[1], scopes[0]), resource(other, scopes[2])].sort(byId));
  for (const gone of [`organization-scopes/${theirs.id}`, `organization-resource-scopes/${scopes[2].id}`, 'user-scopes/profile', `resource-scopes/${scopes[0].id}`]) {
    await ok(server, 'DELETE', `${scopesOf(app)}/${gone}`, {}, 204);
    refused(await call(server, 'DELETE', `${scopesOf(app)}/${gone}`), 404, 'entity.not_found');
  }
  await ok(server, 'DELETE', `/api/resources/${other.id}`, {}, 204);
  assert.deepEqual(await ok(server, 'GET', scopesOf(app)), {
    ...EMPTY, resourceScopes: [resource(one, scopes[1])], userScopes: ['email', 'urn:logto:scope:organizations'],
  });
});

test('scopes: what is refused allows nothing', async () => {
  const [app, own] = [await thirdParty(), await createApp(server)];
  const [management, theirs] = [await managementScope(server, 'all'), await organizationScope()];
  refused(await allow({ id: NONE }, {}), 404, 'entity.not_exists_with_id');
  refused(await call(server, 'GET', scopesOf({ id: NONE })), 404, 'entity.not_exists_with_id');
  refused(await call(server, 'DELETE', `${scopesOf({ id: NONE })}/user-scopes/email`), 404, 'entity.not_exists_with_id');
  refused(await allow(own, { userScopes: ['profile'] }), 422, 'application.third_party_application_only');
  for (const name of ['resourceScopes', 'organizationResourceScopes']) {
    refused(await allow(app, { [name]: [management], userScopes: ['profile'] }), 422, 'application.consent_management_api_scopes_not_allowed');
  }
  const unknown = await allow(app, { organizationScopes: [theirs.id, NONE], resourceScopes: ['x', management], organizationResourceScopes: ['y'], userScopes: ['profile'] });
  refused(unknown, 422, 'application.user_consent_scopes_not_found');
  assert.deepEqual(unknown.json.data, notFound({ invalidOrganizationScopes: [NONE], invalidResourceScopes: ['x'], invalidOrganizationResourceScopes: ['y'] }));
  const invented = await allow(app, { userScopes: ['profile', 'openid'] });
  refused(invented, 400, 'guard.invalid_input');
  assert.deepEqual(invented.json.data.issues[0].path, ['userScopes', 1]);
  assert.deepEqual(await ok(server, 'GET', scopesOf(app)), EMPTY);
});

test('the kind of a scope is a word of the path', async () => {
  const app = await thirdParty();
  const options = ['organization-scopes', 'resource-scopes', 'organization-resource-scopes', 'user-scopes'];
  const list = options.map((one) => `'${one}'`).join(' | ');
  invalid(await call(server, 'DELETE', `${scopesOf(app)}/foo/email`), [{
    received: 'foo', code: 'invalid_enum_value', options, path: ['scopeType'], message: `Invalid enum value. Expected ${list}, received 'foo'`,
  }]);
  const { paths } = await ok(server, 'GET', '/api/swagger.json');
  const { parameters } = paths['/api/applications/{applicationId}/user-consent-scopes/{scopeType}/{scopeId}'].delete;
  assert.deepEqual(parameters.find(({ name }) => name === 'scopeType').schema.enum, options);
});

async function member() {
  const user = await createUser();
  const organizations = [];
  for (const name of ['one', 'two']) organizations.push(await ok(server, 'POST', '/api/organizations', { body: { name } }, 201));
  for (const { id } of organizations) await ok(server, 'POST', `/api/organizations/${id}/users`, { body: { userIds: [user.id] } }, 201);
  return { user, organizations };
}
const consentsOf = (app, user) => `/api/applications/${app.id}/users/${user.id}/consent-organizations`;
const send = (method, path, organizationIds) => call(server, method, path, { body: { organizationIds } });
const listed = async (path) => (await ok(server, 'GET', path)).organizations.map(({ id }) => id).sort();

test('organizations that a user lets an application see: added, listed, replaced, hidden', async () => {
  const [app, { user, organizations: [one, two] }] = [await thirdParty(), await member()];
  const path = consentsOf(app, user);
  assert.deepEqual(await ok(server, 'GET', path), { organizations: [] });
  const added = await send('POST', path, [one.id, one.id]);
  assert.deepEqual([added.status, added.text], [201, 'Created']);
  assert.equal((await send('POST', path, [one.id])).status, 201);
  assert.deepEqual(await ok(server, 'GET', path), { organizations: [one] });
  assert.deepEqual(await listed(consentsOf(await thirdParty(), user)), []);
  assert.equal((await send('PUT', path, [two.id])).status, 204);
  assert.deepEqual(await listed(path), [two.id]);
  assert.equal((await send('PUT', path, [one.id, two.id])).status, 204);
  const page = await call(server, 'GET', `${path}?page_size=1`);
  assert.deepEqual([page.json.organizations.length, page.headers['total-number']], [1, '2']);
  assert.equal((await call(server, 'DELETE', `${path}/${one.id}`)).status, 204);
  refused(await call(server, 'DELETE', `${path}/${one.id}`), 404, 'entity.not_found');
  assert.equal((await send('PUT', path, [])).status, 204);
  assert.deepEqual(await listed(path), []);
});

test('a consent ends with the membership', async () => {
  const [app, { user, organizations: [one, two] }] = [await thirdParty(), await member()];
  const path = consentsOf(app, user);
  await send('POST', path, [one.id, two.id]);
  await ok(server, 'DELETE', `/api/organizations/${one.id}/users/${user.id}`, {}, 204);
  assert.deepEqual(await listed(path), [two.id]);
  await ok(server, 'POST', `/api/organizations/${one.id}/users`, { body: { userIds: [user.id] } }, 201);
  assert.deepEqual(await listed(path), [two.id]);
});

test('consents: what is refused', async () => {
  const [app, own, { user, organizations: [one] }, stranger] = [await thirdParty(), await createApp(server), await member(), await createUser()];
  const everywhere = async (path, status, code) => {
    refused(await call(server, 'GET', path), status, code);
    for (const method of ['POST', 'PUT']) refused(await send(method, path, [one.id]), status, code);
    refused(await call(server, 'DELETE', `${path}/${one.id}`), status, code);
  };
  await everywhere(consentsOf({ id: NONE }, user), 404, 'entity.not_exists_with_id');
  await everywhere(consentsOf(own, user), 422, 'application.third_party_application_only');
  await everywhere(consentsOf(app, { id: NONE }), 404, 'entity.not_found');
  for (const method of ['POST', 'PUT']) {
    refused(await send(method, consentsOf(app, stranger), [one.id]), 422, 'organization.require_membership');
    refused(await send(method, consentsOf(app, user), [one.id, NONE]), 422, 'organization.require_membership');
    invalid(await send(method, consentsOf(app, user), ['']), [tooShort('organizationIds', 0)]);
  }
  refused(await send('POST', consentsOf({ id: NONE }, user), []), 404, 'entity.not_exists_with_id');
  refused(await send('POST', consentsOf(app, { id: NONE }), []), 404, 'entity.not_found');
  assert.equal((await send('POST', consentsOf(app, user), [])).status, 201);
  assert.deepEqual(await listed(consentsOf(app, user)), []);
});

test('domains of protected applications: there are none', async () => {
  const app = await createApp(server);
  const path = (id) => `/api/applications/${id}/protected-app-metadata/custom-domains`;
  for (const [id, status, code] of [[app.id, 422, 'application.protected_application_only'], [NONE, 404, 'entity.not_exists_with_id']]) {
    refused(await call(server, 'GET', path(id)), status, code);
    refused(await call(server, 'POST', path(id), { body: { domain: 'a.example' } }), status, code);
    refused(await call(server, 'DELETE', `${path(id)}/a.example`), status, code);
  }
});

test('clients with metadata documents: the same for all of them', async () => {
  const path = '/api/cimd/user-consent-scopes';
  assert.deepEqual(await ok(server, 'GET', path), EMPTY);
  const resource = await createResource(server);
  const [scope, theirs] = [await createScope(server, resource, 'a'), await organizationScope()];
  const add = (body) => call(server, 'POST', path, { body });
  const made = await add({ organizationScopes: [theirs.id], resourceScopes: [scope.id], organizationResourceScopes: [scope.id], userScopes: ['email'] });
  assert.deepEqual([made.status, made.text], [201, 'Created']);
  const group = [{ resource: { id: resource.id, name: resource.name, indicator: resource.indicator }, scopes: [short(scope)] }];
  const all = { organizationScopes: [short(theirs)], resourceScopes: group, organizationResourceScopes: group, userScopes: ['email'] };
  assert.deepEqual(await ok(server, 'GET', path), all);
  refused(await add({ userScopes: ['profile'], resourceScopes: [NONE] }), 422, 'application.user_consent_scopes_not_found');
  refused(await add({ resourceScopes: [await managementScope(server, 'read:users')] }), 422, 'application.consent_management_api_scopes_not_allowed');
  refused(await add({ userScopes: ['nope'] }), 400, 'guard.invalid_input');
  assert.deepEqual(await ok(server, 'GET', path), all);
  const remove = (kind, id) => call(server, 'DELETE', `${path}/${kind}/${id}`);
  for (const [kind, id] of [['user-scopes', 'email'], ['organization-scopes', theirs.id], ['resource-scopes', scope.id]]) {
    assert.equal((await remove(kind, id)).status, 204);
    refused(await remove(kind, id), 404, 'entity.not_found');
  }
  refused(await remove('scopes', scope.id), 400, 'guard.invalid_input');
  await ok(server, 'DELETE', `/api/resources/${resource.id}`, {}, 204);
  assert.deepEqual(await ok(server, 'GET', path), EMPTY);
});
