// Tokens for organizations: organization_id at the token endpoint, with and without a resource.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, basic, decodeJwt, tokenAnswer } from '../lib/api.js';
import { admin, createApp, createResource, createRole, createScope, managementScope, patchApp, unique } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

async function manage(method, path, body, status) {
  const answer = await api(server, method, path, { token: await admin(server), body });
  assert.equal(answer.status, status, `${method} ${path}: ${answer.text}`);
  return answer.json;
}

const createOrganizationScope = () => manage('POST', '/api/organization-scopes', { name: unique('org:scope') }, 201);
const createOrganizationRole = (body) =>
  manage('POST', '/api/organization-roles', { name: unique('role'), type: 'MachineToMachine', ...body }, 201);
const createOrganization = () => manage('POST', '/api/organizations', { name: unique('organization') }, 201);
const join = (organization, app) => manage('POST', `/api/organizations/${organization.id}/applications`, { applicationIds: [app.id] }, 201);
const rolesOf = (organization, app) => `/api/organizations/${organization.id}/applications/${app.id}/roles`;
const give = (organization, app, role) => manage('POST', rolesOf(organization, app), { organizationRoleIds: [role.id] }, 201);

// An application whose role in an organization grants one organization scope and one of a resource.
async function world() {
  const [app, organization, resource] = [await createApp(server), await createOrganization(), await createResource(server, { accessTokenTtl: 60 })];
  const [scope, read] = [await createOrganizationScope(), await createScope(server, resource, 'read')];
  const role = await createOrganizationRole({ organizationScopeIds: [scope.id], resourceScopeIds: [read.id] });
  await join(organization, app);
  await give(organization, app, role);
  return { app, organization, resource, scope, read, role };
}

const ask = ({ app, organization }, more = {}) =>
  tokenAnswer(server, { id: app.id, secret: app.secret, resource: undefined, scope: undefined, organization_id: organization.id, ...more });
const granted = async (...args) => (await ask(...args)).json.scope;

function denied(answer) {
  assert.equal(answer.status, 403, answer.text);
  assert.equal(answer.json.code, 'oidc.access_denied');
  assert.equal(answer.json.error, 'access_denied');
  assert.equal(answer.json.error_description, 'app has not associated with the organization');
  assert.equal(answer.json.access_token, undefined);
}

test('an organization alone: it is the audience, its scopes are granted', async () => {
  const all = await world();
  const answer = await ask(all, { scope: all.scope.name });
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(Object.keys(answer.json), ['access_token', 'expires_in', 'token_type', 'scope']);
  assert.equal(answer.json.expires_in, 3600);
  assert.equal(answer.json.scope, all.scope.name);
  const { header, claims } = decodeJwt(answer.json.access_token);
  assert.equal(header.typ, 'at+jwt');
  assert.deepEqual(Object.keys(claims), ['jti', 'sub', 'iat', 'exp', 'scope', 'client_id', 'iss', 'aud']);
  assert.equal(claims.aud, `urn:logto:organization:${all.organization.id}`);
  assert.equal(claims.sub, all.app.id);
  assert.equal(claims.scope, all.scope.name);
  assert.equal(claims.exp - claims.iat, 3600);
});

test('scopes that are unknown, not granted or of a resource are dropped; then the scope is empty', async () => {
  const all = await world();
  const other = await createOrganizationScope();
  assert.equal(await granted(all, { scope: `zzz ${other.name} read ${all.scope.name}` }), all.scope.name);
  for (const scope of ['zzz', other.name, 'read', undefined]) {
    const answer = await ask(all, { scope });
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.json.scope, '');
    assert.equal(decodeJwt(answer.json.access_token).claims.scope, '');
  }
});

test('an organization and a resource: the resource is the audience, organization_id the first claim', async () => {
  const all = await world();
  const answer = await ask(all, { resource: all.resource.indicator, scope: `read ${all.scope.name}` });
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.json.expires_in, 60);
  assert.equal(answer.json.scope, 'read');
  const { claims } = decodeJwt(answer.json.access_token);
  assert.deepEqual(Object.keys(claims), ['organization_id', 'jti', 'sub', 'iat', 'exp', 'scope', 'client_id', 'iss', 'aud']);
  assert.equal(claims.organization_id, all.organization.id);
  assert.equal(claims.aud, all.resource.indicator);
  assert.equal((await ask(all, { resource: all.resource.indicator, scope: 'zzz' })).json.scope, undefined);
});

test('plain roles do not count in an organization, nor organization roles outside of it', async () => {
  const all = await world();
  const write = await createScope(server, all.resource, 'write');
  const plain = await createRole(server, { scopeIds: [write.id] });
  await manage('POST', `/api/applications/${all.app.id}/roles`, { roleIds: [plain.id] }, 201);
  const both = { resource: all.resource.indicator, scope: 'read write' };
  assert.equal(await granted(all, both), 'read');
  assert.equal(await granted(all, { ...both, organization_id: undefined }), 'write');
});

test('who does not belong to the organization gets nothing', async () => {
  const [all, stranger] = [await world(), await createApp(server)];
  denied(await ask({ ...all, app: stranger }));
  denied(await ask({ ...all, app: stranger }, { resource: all.resource.indicator, scope: 'read' }));
  for (const id of ['nope', `${all.organization.id}/`, `${all.organization.id}/${all.app.id}`, 'x'.repeat(1000), '/', ' ']) {
    denied(await ask(all, { organization_id: id }));
  }
  denied(await ask(all, { organization_id: 'nope', resource: 'https://unknown.example' }));
});

test('a member may still name a wrong resource, or the organization as one', async () => {
  const all = await world();
  for (const resource of ['https://unknown.example', `urn:logto:organization:${all.organization.id}`]) {
    const answer = await ask(all, { resource });
    assert.equal(answer.status, 400);
    assert.equal(answer.json.error, 'invalid_target');
  }
  const alone = await ask(all, { organization_id: undefined, resource: `urn:logto:organization:${all.organization.id}` });
  assert.equal(alone.json.error, 'invalid_target');
});

test('defaults: no default resource stands in for the organization, default scopes do', async () => {
  const all = await world();
  await patchApp(server, all.app.id, { customClientMetadata: { defaultResource: all.resource.indicator, defaultScopes: ['read', all.scope.name] } });
  const answer = await ask(all);
  assert.equal(decodeJwt(answer.json.access_token).claims.aud, `urn:logto:organization:${all.organization.id}`);
  assert.equal(answer.json.scope, all.scope.name);
});

test('one organization says nothing about another', async () => {
  const [all, other] = [await world(), await createOrganization()];
  denied(await ask({ ...all, organization: other }));
  await join(other, all.app);
  assert.equal(await granted({ ...all, organization: other }, { scope: all.scope.name }), '');
  assert.equal(await granted(all, { scope: all.scope.name }), all.scope.name);
});

// Each change counts from the next token on.
const changes = {
  'a role is taken away': ['', ({ organization, app, role }) => manage('DELETE', `${rolesOf(organization, app)}/${role.id}`, undefined, 204)],
  'roles are replaced': ['', async ({ organization, app }) =>
    manage('PUT', rolesOf(organization, app), { organizationRoleIds: [(await createOrganizationRole()).id] }, 204)],
  'the role is deleted': ['', ({ role }) => manage('DELETE', `/api/organization-roles/${role.id}`, undefined, 204)],
  'the role becomes one for users': ['', ({ role }) => manage('PATCH', `/api/organization-roles/${role.id}`, { type: 'User' }, 200)],
  'the role loses the scope': ['', ({ role, scope }) => manage('DELETE', `/api/organization-roles/${role.id}/scopes/${scope.id}`, undefined, 204)],
  'the scopes of the role are replaced': ['', ({ role }) => manage('PUT', `/api/organization-roles/${role.id}/scopes`, { organizationScopeIds: [] }, 204)],
  'the scope is deleted': ['', ({ scope }) => manage('DELETE', `/api/organization-scopes/${scope.id}`, undefined, 204)],
  'the scope is renamed': ['', ({ scope }) => manage('PATCH', `/api/organization-scopes/${scope.id}`, { name: unique('renamed') }, 200)],
  'the application leaves': [403, ({ organization, app }) => manage('DELETE', `/api/organizations/${organization.id}/applications/${app.id}`, undefined, 204)],
  'the applications are replaced': [403, ({ organization }) => manage('PUT', `/api/organizations/${organization.id}/applications`, { applicationIds: [] }, 204)],
  'the organization is deleted': [403, ({ organization }) => manage('DELETE', `/api/organizations/${organization.id}`, undefined, 204)],
};

for (const [name, [expected, change]] of Object.entries(changes)) {
  test(`at once: ${name}`, async () => {
    const all = await world();
    assert.equal(await granted(all, { scope: all.scope.name }), all.scope.name);
    await change(all);
    const answer = await ask(all, { scope: all.scope.name });
    if (expected === 403) denied(answer);
    else assert.equal(answer.json.scope, expected);
  });
}

test('an application that is deleted and the rights of the others', async () => {
  const [all, other] = [await world(), await createApp(server)];
  await join(all.organization, other);
  await manage('DELETE', `/api/applications/${all.app.id}`, undefined, 204);
  assert.equal((await ask(all)).json.error, 'invalid_client');
  assert.equal((await ask({ ...all, app: other })).status, 200);
});

test('memberships are there again after a restart', async () => {
  const own = await startServer();
  const before = server;
  server = own;
  try {
    const all = await world();
    await own.restart();
    delete own.adminToken;
    assert.equal(await granted(all, { scope: all.scope.name }), all.scope.name);
    assert.equal(await granted(all, { scope: 'read', resource: all.resource.indicator }), 'read');
  } finally {
    server = before;
    await own.stop();
  }
});

test('the audit log names the organization', async () => {
  const all = await world();
  await ask(all, { scope: all.scope.name });
  denied(await ask(all, { organization_id: 'nope' }));
  const rows = await manage('GET', `/api/logs?applicationId=${all.app.id}`, undefined, 200);
  const [refusal, success] = rows.map(({ payload }) => payload);
  assert.equal(success.organizationId, all.organization.id);
  assert.equal(success.params.organization_id, all.organization.id);
  assert.equal(success.scope, all.scope.name);
  assert.equal(success.resource, undefined);
  assert.equal(refusal.error, 'access_denied');
  assert.equal(refusal.params.organization_id, 'nope');
});

test('introspection names the organization', async () => {
  const all = await world();
  for (const resource of [undefined, all.resource.indicator]) {
    const { access_token: token } = (await ask(all, { resource })).json;
    const headers = { authorization: basic(all.app.id, all.app.secret) };
    const answer = await api(server, 'POST', '/oidc/token/introspection', { headers, body: new URLSearchParams({ token }) });
    assert.equal(answer.json.active, true);
    assert.equal(answer.json.organization_id, all.organization.id);
  }
  const headers = { authorization: basic(server.client.id, server.client.secret) };
  const { access_token: plain } = (await tokenAnswer(server)).json;
  const answer = await api(server, 'POST', '/oidc/token/introspection', { headers, body: new URLSearchParams({ token: plain }) });
  assert.equal('organization_id' in answer.json, false);
});

test('refresh tokens stay with their organization', async () => {
  const all = await world();
  await patchApp(server, all.app.id, { customClientMetadata: { refreshTokenForClientCredentials: true } });
  const refresh = (refresh_token, more = {}) => ask(all, { grant_type: 'refresh_token', organization_id: undefined, refresh_token, ...more });
  for (const resource of [undefined, all.resource.indicator]) {
    const scope = resource ? 'read' : all.scope.name;
    const first = await ask(all, { resource, scope });
    assert.equal(first.status, 200, first.text);
    const second = await refresh(first.json.refresh_token);
    assert.equal(second.json.scope, scope, second.text);
    const [one, two] = [first, second].map((answer) => decodeJwt(answer.json.access_token).claims);
    assert.equal(two.aud, one.aud);
    assert.equal(two.organization_id, one.organization_id);
    const third = await refresh(second.json.refresh_token, { organization_id: all.organization.id });
    assert.equal(third.status, 200, third.text);
    const other = await createOrganization();
    await join(other, all.app);
    const foreign = await refresh(third.json.refresh_token, { organization_id: other.id });
    assert.equal(foreign.status, 403);
    assert.equal(foreign.json.error, 'access_denied');
  }
  const last = await ask(all, { scope: all.scope.name });
  const info = await api(server, 'POST', '/oidc/token/introspection', {
    headers: { authorization: basic(all.app.id, all.app.secret) }, body: new URLSearchParams({ token: last.json.refresh_token }),
  });
  assert.deepEqual([info.json.active, info.json.organization_id], [true, all.organization.id]);
  await manage('DELETE', `/api/organizations/${all.organization.id}/applications/${all.app.id}`, undefined, 204);
  denied(await refresh(last.json.refresh_token));
});

test('a refresh token without an organization gives none', async () => {
  const all = await world();
  const plain = await createRole(server, { scopeIds: [all.read.id] });
  await manage('POST', `/api/applications/${all.app.id}/roles`, { roleIds: [plain.id] }, 201);
  await patchApp(server, all.app.id, { customClientMetadata: { refreshTokenForClientCredentials: true } });
  const { refresh_token } = (await ask(all, { organization_id: undefined, resource: all.resource.indicator, scope: 'read' })).json;
  const answer = await ask(all, { grant_type: 'refresh_token', refresh_token });
  assert.deepEqual([answer.status, answer.json.error], [403, 'access_denied']);
});

test('token-explain decides as the token endpoint does', async () => {
  const all = await world();
  const explain = async (body) => api(server, 'POST', '/api/token-explain', { token: await admin(server), body: { clientId: all.app.id, ...body } });
  const unheld = await createOrganizationScope();
  const alone = (await explain({ organizationId: all.organization.id, scope: `${all.scope.name} ${unheld.name} zzz` })).json;
  assert.equal(alone.organizationId, all.organization.id);
  assert.equal('resource' in alone, false);
  assert.equal(alone.expiresIn, 3600);
  assert.equal(alone.scope, all.scope.name);
  assert.deepEqual(alone.granted, [{ scope: all.scope.name, roleId: all.role.id, roleName: all.role.name }]);
  assert.match(alone.dropped[0].reason, /roles in the organization/);
  assert.match(alone.dropped[1].reason, /no organization scope of this name/);
  const both = (await explain({ organizationId: all.organization.id, resource: all.resource.indicator, scope: 'read' })).json;
  assert.deepEqual([both.resource, both.scope, both.expiresIn], [all.resource.indicator, 'read', 60]);
  const foreign = await explain({ organizationId: 'nope' });
  assert.equal(foreign.status, 400);
  assert.match(foreign.json.message, /does not belong to the organization nope/);
  const bare = await createOrganization();
  await join(bare, all.app);
  assert.match((await explain({ organizationId: bare.id, scope: all.scope.name })).json.dropped[0].reason, /no role in the organization/);
});

test('a role in an organization can open the Management API, as in Logto', async () => {
  const all = await world();
  const role = await createOrganizationRole({ resourceScopeIds: [await managementScope(server, 'read:organizations')] });
  await give(all.organization, all.app, role);
  const answer = await ask(all, { resource: server.client.resource, scope: 'read:organizations all' });
  assert.equal(answer.json.scope, 'read:organizations');
  const asked = await api(server, 'GET', '/api/organizations', { token: answer.json.access_token });
  assert.equal(asked.status, 200);
  const alone = await ask(all, { scope: all.scope.name });
  assert.equal((await api(server, 'GET', '/api/organizations', { token: alone.json.access_token })).status, 401);
});
