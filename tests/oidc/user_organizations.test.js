// Users in organizations: tokens of an organization, tokens of an API in one, and the claims.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, decodeJwt } from '../lib/api.js';
import { Browser, createClient, createUser, exchange, refresh, signIn, userinfo } from '../lib/browser.js';
import { admin, createResource, createRole, createScope, unique } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';

const ORGANIZATIONS = 'urn:logto:scope:organizations';
const ORGANIZATION_ROLES = 'urn:logto:scope:organization_roles';
const RESOURCE = 'urn:logto:resource:organizations';

let server, spa, api1, own, orgScopes;
before(async () => {
  server = await startServer();
  spa = await createClient(server, 'SPA');
  api1 = await createResource(server, { accessTokenTtl: 1800 });
  const scopes = {};
  for (const name of ['read:x', 'write:x', 'mine:x', 'never:x']) scopes[name] = (await createScope(server, api1, name)).id;
  orgScopes = {};
  for (const name of ['invite', 'bill', 'close']) orgScopes[name] = (await call('POST', '/api/organization-scopes', { name }, 201)).id;
  own = { scopes, role: await createRole(server, { type: 'User', scopeIds: [scopes['mine:x']] }) };
});
after(() => server.stop());

async function call(method, path, body, status = 200) {
  const answer = await api(server, method, path, { token: await admin(server), body });
  assert.equal(answer.status, status, `${method} ${path}: ${answer.text}`);
  return answer.json;
}

const createOrganization = (body = {}) => call('POST', '/api/organizations', { name: unique('organization'), ...body }, 201);

async function createOrganizationRole(scopeNames, resourceScopeNames = []) {
  const body = {
    name: unique('role'),
    organizationScopeIds: scopeNames.map((name) => orgScopes[name]),
    resourceScopeIds: resourceScopeNames.map((name) => own.scopes[name]),
  };
  return call('POST', '/api/organization-roles', body, 201);
}

async function join(organization, user, role) {
  await call('POST', `/api/organizations/${organization.id}/users`, { userIds: [user.id] }, 201);
  if (role) await call('POST', `/api/organizations/${organization.id}/users/${user.id}/roles`, { organizationRoleIds: [role.id] }, 201);
}

// A member of two organizations with a role of its own in each, and a plain role.
async function createMember() {
  const user = await createUser(server);
  const [here, there] = [await createOrganization({ description: 'the first' }), await createOrganization()];
  const [first, second] = [await createOrganizationRole(['invite', 'bill'], ['read:x']), await createOrganizationRole(['close'], ['write:x'])];
  await join(here, user, first);
  await join(there, user, second);
  await call('POST', `/api/users/${user.id}/roles`, { roleIds: [own.role.id] }, 201);
  return { user, here, there, roles: [first, second] };
}

const ALL = `openid offline_access profile ${ORGANIZATIONS} ${ORGANIZATION_ROLES} invite bill close read:x write:x mine:x never:x`;

async function tokens(user, parameters = {}, form = {}) {
  const signed = await signIn(new Browser(server), spa, user, { scope: ALL, resource: [api1.indicator, RESOURCE], ...parameters });
  assert.ok(signed.code, String(signed.url));
  const answer = await exchange(server, spa, signed, form);
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

function denied(answer, description) {
  assert.equal(answer.status, 403, answer.text);
  assert.equal(answer.json.error, 'access_denied');
  assert.equal(answer.json.code, 'oidc.access_denied');
  assert.equal(answer.json.error_description, description);
}

test('an organization without a resource: the audience is the organization, the scopes are its roles\'', async () => {
  const { user, here, there } = await createMember();
  const first = await tokens(user);
  const token = await refresh(server, spa, first.refresh_token, { organization_id: here.id });
  assert.equal(token.status, 200, token.text);
  assert.equal(token.json.scope, 'invite bill');
  assert.equal(token.json.expires_in, 3600);
  assert.ok(token.json.id_token);
  const { claims, header } = decodeJwt(token.json.access_token);
  assert.equal(header.typ, 'at+jwt');
  assert.deepEqual(Object.keys(claims), ['jti', 'sub', 'iat', 'exp', 'scope', 'client_id', 'iss', 'aud']);
  assert.deepEqual([claims.aud, claims.scope, claims.sub, claims.client_id], [`urn:logto:organization:${here.id}`, 'invite bill', user.id, spa.id]);
  const other = await refresh(server, spa, token.json.refresh_token, { organization_id: there.id });
  assert.equal(other.json.scope, 'close');
  const narrow = await refresh(server, spa, other.json.refresh_token, { organization_id: here.id, scope: 'bill' });
  assert.equal(narrow.json.scope, 'bill');
  assert.equal(narrow.json.id_token, undefined, 'openid was not asked for');
});

test('the code gives a token of an organization, too', async () => {
  const { user, here } = await createMember();
  const { claims } = decodeJwt((await tokens(user, {}, { organization_id: here.id })).access_token);
  assert.deepEqual([claims.aud, claims.scope], [`urn:logto:organization:${here.id}`, 'invite bill']);
});

test('an API in an organization: the roles there and the plain ones, and the claim', async () => {
  const { user, here, there } = await createMember();
  const first = await tokens(user);
  const inHere = await refresh(server, spa, first.refresh_token, { organization_id: here.id, resource: api1.indicator });
  assert.equal(inHere.json.scope, 'read:x mine:x');
  assert.equal(inHere.json.expires_in, 1800);
  const { claims } = decodeJwt(inHere.json.access_token);
  assert.deepEqual(Object.keys(claims), ['organization_id', 'jti', 'sub', 'iat', 'exp', 'scope', 'client_id', 'iss', 'aud']);
  assert.deepEqual([claims.organization_id, claims.aud, claims.scope], [here.id, api1.indicator, 'read:x mine:x']);
  const inThere = await refresh(server, spa, inHere.json.refresh_token, { organization_id: there.id, resource: api1.indicator });
  assert.equal(inThere.json.scope, 'write:x mine:x');
  const anywhere = await refresh(server, spa, inThere.json.refresh_token, { resource: api1.indicator });
  assert.equal(anywhere.json.scope, 'read:x write:x mine:x', 'without an organization the roles in all of them count');
  assert.equal(decodeJwt(anywhere.json.access_token).claims.organization_id, undefined);
});

test('scopes of organizations are those of their resource alone', async () => {
  const { user, here } = await createMember();
  const without = await tokens(user, { resource: api1.indicator });
  const token = await refresh(server, spa, without.refresh_token, { organization_id: here.id });
  assert.equal(token.json.scope, '');
  const asked = await refresh(server, spa, token.json.refresh_token, { resource: RESOURCE });
  assert.equal(asked.json.error, 'invalid_target');
});

test('a role that has become one for applications gives a user nothing', async () => {
  const { user, here, roles } = await createMember();
  const { refresh_token: token } = await tokens(user);
  const before = await refresh(server, spa, token, { organization_id: here.id });
  assert.equal(before.json.scope, 'invite bill');
  await call('PATCH', `/api/organization-roles/${roles[0].id}`, { type: 'MachineToMachine' });
  const after = await refresh(server, spa, before.json.refresh_token ?? token, { organization_id: here.id });
  assert.equal(after.json.scope, '');
  const inApi = await refresh(server, spa, after.json.refresh_token ?? token, { organization_id: here.id, resource: api1.indicator });
  assert.doesNotMatch(inApi.json.scope, /read:x/);
});

test('check 34: whoever is not, or no longer, a member is refused; the refresh token stays good', async () => {
  const { user, here, roles } = await createMember();
  const [foreign, outsider] = [await createOrganization(), await createUser(server)];
  const { refresh_token: theirs } = await tokens(outsider);
  denied(await refresh(server, spa, theirs, { organization_id: here.id }), 'user is not a member of the organization');
  const { refresh_token: token } = await tokens(user);
  for (const id of [foreign.id, 'nope']) denied(await refresh(server, spa, token, { organization_id: id }), 'user is not a member of the organization');
  denied(await refresh(server, spa, token, { organization_id: foreign.id, resource: api1.indicator }), 'user is not a member of the organization');
  await call('DELETE', `/api/organizations/${here.id}/users/${user.id}/roles/${roles[0].id}`, undefined, 204);
  const less = await refresh(server, spa, token, { organization_id: here.id });
  assert.equal(less.json.scope, '');
  await call('DELETE', `/api/organizations/${here.id}/users/${user.id}`, undefined, 204);
  denied(await refresh(server, spa, less.json.refresh_token, { organization_id: here.id }), 'user is not a member of the organization');
  denied(await exchange(server, spa, await signIn(new Browser(server), spa, user, { scope: ALL }), { organization_id: here.id }), 'user is not a member of the organization');
  await call('PATCH', `/api/users/${user.id}/is-suspended`, { isSuspended: true });
  assert.equal((await refresh(server, spa, less.json.refresh_token, { organization_id: here.id })).json.error, 'invalid_grant');
});

test('the scope for organizations must have been granted', async () => {
  const { user, here } = await createMember();
  const { refresh_token: token } = await tokens(user, { scope: 'openid offline_access invite' });
  const answer = await refresh(server, spa, token, { organization_id: here.id });
  assert.equal(answer.status, 403, answer.text);
  assert.equal(answer.json.error, 'insufficient_scope');
  assert.equal(answer.json.error_description, 'refresh token missing required scope');
  assert.equal(answer.json.scope, ORGANIZATIONS);
});

test('check 131: an organization that requires a second factor', async () => {
  const { user, here, there } = await createMember();
  const { refresh_token: token } = await tokens(user);
  await call('PATCH', `/api/organizations/${here.id}`, { isMfaRequired: true });
  for (const more of [{}, { resource: api1.indicator }]) {
    denied(await refresh(server, spa, token, { organization_id: here.id, ...more }), 'organization requires MFA but user has no MFA configured');
  }
  const other = await refresh(server, spa, token, { organization_id: there.id });
  assert.equal(other.status, 200, other.text);
  await call('POST', `/api/users/${user.id}/mfa-verifications`, { type: 'Totp' });
  const now = await refresh(server, spa, other.json.refresh_token, { organization_id: here.id });
  assert.equal(now.status, 200, now.text);
});

test('claims: at userinfo all, in ID tokens those that the tenant wants', async () => {
  const { user, here, there, roles } = await createMember();
  const claims = {
    organizations: [here.id, there.id].sort(),
    organization_data: [here, there].map(({ id, name, description }) => ({ id, name, description })).sort((a, b) => (a.id < b.id ? -1 : 1)),
    organization_roles: [`${here.id}:${roles[0].name}`, `${there.id}:${roles[1].name}`].sort(),
  };
  const first = await tokens(user, { scope: `openid roles custom_data ${ORGANIZATIONS} ${ORGANIZATION_ROLES}` });
  const info = (await userinfo(server, first.access_token)).json;
  for (const [name, value] of Object.entries(claims)) assert.deepEqual(info[name], value, name);
  const idToken = decodeJwt(first.id_token).claims;
  assert.deepEqual(idToken.organizations, claims.organizations);
  assert.deepEqual(idToken.organization_roles, claims.organization_roles);
  assert.deepEqual(idToken.roles, [own.role.name]);
  for (const name of ['organization_data', 'custom_data']) assert.equal(name in idToken, false, name);

  const few = await tokens(user, { scope: `openid ${ORGANIZATION_ROLES}` });
  const less = (await userinfo(server, few.access_token)).json;
  assert.deepEqual(Object.keys(less), ['sub', 'organization_roles']);

  await call('PUT', '/api/configs/id-token', { enabledExtendedClaims: ['organization_data'] });
  const changed = decodeJwt((await tokens(user, { scope: `openid roles ${ORGANIZATIONS} ${ORGANIZATION_ROLES}` })).id_token).claims;
  assert.deepEqual(changed.organization_data, claims.organization_data);
  for (const name of ['organizations', 'organization_roles', 'roles']) assert.equal(name in changed, false, name);
  await call('PUT', '/api/configs/id-token', { enabledExtendedClaims: ['roles', 'organizations', 'organization_roles'] });
});
