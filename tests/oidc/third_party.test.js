// Third-party applications: at authorization and at each token they get at most what is set for them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, decodeJwt } from '../lib/api.js';
import { Browser, authorizeUrl, createClient, createUser, enterPassword, exchange, pkce, refresh, userinfo } from '../lib/browser.js';
import { admin, createResource, createRole, createScope, unique } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';

const ORGANIZATIONS = 'urn:logto:scope:organizations';
const RESOURCE = 'urn:logto:resource:organizations';

let server, resource, scopes, user, here, there;
before(async () => {
  server = await startServer();
  resource = await createResource(server);
  scopes = {};
  for (const name of ['read:x', 'write:x', 'org:read', 'org:write']) scopes[name] = (await createScope(server, resource, name)).id;
  for (const name of ['invite', 'bill']) scopes[name] = (await call('POST', '/api/organization-scopes', { name }, 201)).id;
  user = await createUser(server, { primaryEmail: `${unique('u')}@example.com` });
  const role = await createRole(server, { type: 'User', scopeIds: [scopes['read:x'], scopes['write:x']] });
  await call('POST', `/api/users/${user.id}/roles`, { roleIds: [role.id] }, 201);
  const theirs = await call('POST', '/api/organization-roles', { name: unique('role'), organizationScopeIds: [scopes.invite, scopes.bill], resourceScopeIds: [scopes['org:read'], scopes['org:write']] }, 201);
  [here, there] = [await call('POST', '/api/organizations', { name: 'A here' }, 201), await call('POST', '/api/organizations', { name: 'B <there>' }, 201)];
  for (const { id } of [here, there]) {
    await call('POST', `/api/organizations/${id}/users`, { userIds: [user.id] }, 201);
    await call('POST', `/api/organizations/${id}/users/${user.id}/roles`, { organizationRoleIds: [theirs.id] }, 201);
  }
});
after(() => server.stop());

async function call(method, path, body, status = 200) {
  const answer = await api(server, method, path, { token: await admin(server), body });
  assert.equal(answer.status, status, `${method} ${path}: ${answer.text}`);
  return answer.json;
}

const allow = (client, body) => call('POST', `/api/applications/${client.id}/user-consent-scopes`, body, 201);
const takeBack = (client, kind, id) => call('DELETE', `/api/applications/${client.id}/user-consent-scopes/${kind}/${encodeURIComponent(id)}`, undefined, 204);

async function createThirdParty(body) {
  const client = await createClient(server, 'Traditional', { isThirdParty: true });
  if (body) await allow(client, body);
  return client;
}

const SCOPE = 'openid offline_access read:x write:x org:read org:write invite bill';

// Signs in and consents; gives the page, what the pages' API told, and the tokens.
async function enter(client, { scope = SCOPE, organizationIds, form, ...parameters } = {}) {
  const [tab, keys] = [new Browser(server), pkce()];
  const first = await tab.page(authorizeUrl(client, keys, { scope, resource: [resource.indicator, RESOURCE], ...parameters }));
  const asked = await tab.follow(first);
  if (asked.url) return { refused: Object.fromEntries(asked.url.searchParams) };
  const page = (await tab.follow(await tab.page(await enterPassword(tab, user)))).answer;
  assert.equal(page.status, 200, page.text);
  const own = { origin: server.base };
  const info = (await tab.request('GET', '/api/interaction/consent', { headers: own })).json;
  const consented = await tab.request('POST', '/api/interaction/consent', { headers: own, body: { organizationIds } });
  if (consented.status !== 200) return { page, info, consented };
  const { url } = await tab.follow(await tab.page(consented.json.redirectTo));
  const answer = await exchange(server, client, { code: url.searchParams.get('code'), verifier: keys.verifier }, form);
  assert.equal(answer.status, 200, answer.text);
  return { page, info, tokens: answer.json };
}

test('user scopes: one that is not set is refused at authorization', async () => {
  const client = await createThirdParty({ userScopes: ['profile'] });
  const { refused } = await enter(client, { scope: 'openid profile email' });
  assert.deepEqual(refused, { error: 'invalid_scope', error_description: 'requested scope is not allowed', state: 'the state', iss: `${server.base}/oidc` });
  for (const scope of ['roles', 'custom_data', 'identities', 'phone', 'address', ORGANIZATIONS, 'urn:logto:scope:organization_roles', 'urn:logto:scope:sessions']) {
    assert.equal((await enter(client, { scope: `openid ${scope}` })).refused.error, 'invalid_scope', scope);
  }
  const { tokens } = await enter(client, { scope: 'openid profile offline_access' });
  assert.equal(tokens.scope, 'openid profile offline_access');
});

test('check 34: user scopes that are taken back are in no later token and ID token', async () => {
  const client = await createThirdParty({ userScopes: ['profile', 'email'] });
  const { tokens } = await enter(client, { scope: 'openid profile email offline_access' });
  assert.equal((await userinfo(server, tokens.access_token)).json.email, user.primaryEmail);
  await takeBack(client, 'user-scopes', 'email');
  const next = (await refresh(server, client, tokens.refresh_token)).json;
  assert.equal(next.scope, 'openid profile offline_access');
  assert.equal(decodeJwt(next.id_token).claims.email, undefined);
  assert.equal((await userinfo(server, next.access_token)).json.email, undefined);
  assert.equal((await userinfo(server, tokens.access_token)).json.email, undefined, 'nor by a token of before');
});

test('scopes of resources: those that are set and that the roles give', async () => {
  const client = await createThirdParty({ resourceScopes: [scopes['read:x'], scopes['org:read']] });
  const { tokens, info } = await enter(client);
  const asked = info.missingResourceScopes.find((each) => each.resource.indicator === resource.indicator);
  assert.deepEqual(asked.scopes.map(({ name }) => name), ['read:x']);
  const ask = async (form) => (await refresh(server, client, tokens.refresh_token, { resource: resource.indicator, ...form })).json.scope;
  assert.equal(await ask(), 'read:x');
  await allow(client, { resourceScopes: [scopes['write:x']] });
  assert.equal(await ask(), 'read:x', 'the user was not asked about the other');
  const more = await enter(client);
  assert.equal((await refresh(server, client, more.tokens.refresh_token, { resource: resource.indicator })).json.scope, 'read:x write:x');
  await takeBack(client, 'resource-scopes', scopes['read:x']);
  assert.equal(await ask(), '');
  const none = await createThirdParty();
  const empty = await enter(none);
  assert.equal((await refresh(server, none, empty.tokens.refresh_token, { resource: resource.indicator })).json.scope, '');
});

// A browser in which the user is signed in and has consented to the request.
async function consented(client, parameters, organizationIds) {
  const tab = new Browser(server);
  await tab.follow(await tab.page(authorizeUrl(client, pkce(), parameters)));
  await tab.follow(await tab.page(await enterPassword(tab, user)));
  const { redirectTo } = (await tab.request('POST', '/api/interaction/consent', { headers: { origin: server.base }, body: { organizationIds } })).json;
  assert.ok((await tab.follow(await tab.page(redirectTo))).url.searchParams.get('code'));
  return tab;
}
const silent = async (tab, client, parameters) => {
  const keys = pkce();
  const answer = await tab.request('GET', authorizeUrl(client, keys, { prompt: 'none', ...parameters }));
  const { searchParams } = new URL(answer.headers.location);
  return searchParams.get('error') ?? (await exchange(server, client, { code: searchParams.get('code'), verifier: keys.verifier }, { resource: parameters.resource })).json.scope;
};

test('what was allowed of one resource is not allowed of another', async () => {
  const other = await createResource(server);
  const theirs = [(await createScope(server, other, 'read:x')).id, (await createScope(server, other, 'write:x')).id];
  const role = await createRole(server, { type: 'User', scopeIds: theirs });
  await call('POST', `/api/users/${user.id}/roles`, { roleIds: [role.id] }, 201);
  const client = await createThirdParty({ resourceScopes: [scopes['read:x'], scopes['write:x'], ...theirs] });
  const tab = await consented(client, { scope: 'openid read:x', resource: resource.indicator });
  assert.equal(await silent(tab, client, { scope: 'openid read:x', resource: resource.indicator }), 'read:x');
  assert.equal(await silent(tab, client, { scope: 'openid read:x', resource: other.indicator }), 'consent_required');
  const keys = pkce();
  await tab.follow(await tab.page(authorizeUrl(client, keys, { scope: 'openid write:x', resource: other.indicator, prompt: undefined })));
  const { redirectTo } = (await tab.request('POST', '/api/interaction/consent', { headers: { origin: server.base }, body: {} })).json;
  assert.ok((await tab.follow(await tab.page(redirectTo))).url.searchParams.get('code'));
  assert.equal(await silent(tab, client, { scope: 'openid write:x', resource: other.indicator }), 'write:x');
  assert.equal(await silent(tab, client, { scope: 'openid read:x', resource: other.indicator }), 'consent_required');
  assert.equal(await silent(tab, client, { scope: 'openid write:x', resource: resource.indicator }), 'consent_required');
});

test('what a role gives later is asked for first', async () => {
  const late = (await createScope(server, resource, unique('late'))).name;
  const client = await createThirdParty({ resourceScopes: [scopes['read:x'], (await call('GET', `/api/resources/${resource.id}/scopes`)).find(({ name }) => name === late).id] });
  const asked = { scope: `openid offline_access read:x ${late}`, resource: resource.indicator };
  const { page, tokens } = await enter(client, { ...asked, form: { resource: resource.indicator } });
  assert.ok(page.text.includes(`${resource.indicator}: read:x<`), page.text);
  assert.equal(tokens.scope, 'read:x');
  const tab = await consented(client, asked);
  const role = await createRole(server, { type: 'User', scopeIds: [(await call('GET', `/api/resources/${resource.id}/scopes`)).find(({ name }) => name === late).id] });
  await call('POST', `/api/users/${user.id}/roles`, { roleIds: [role.id] }, 201);
  assert.equal((await refresh(server, client, tokens.refresh_token, { resource: resource.indicator })).json.scope, 'read:x');
  assert.equal(await silent(tab, client, asked), 'consent_required');
  assert.equal(await silent(tab, client, { ...asked, scope: 'openid read:x' }), 'read:x');
});

test('what an application wants in organizations is shown with each of them', async () => {
  const client = await createThirdParty({ userScopes: [ORGANIZATIONS], organizationScopes: [scopes.invite], organizationResourceScopes: [scopes['org:read']] });
  const scope = `${SCOPE} ${ORGANIZATIONS}`;
  const { page, info, tokens } = await enter(client, { scope, organizationIds: [here.id] });
  assert.match(page.text, new RegExp(`A here<br><small>${resource.indicator}: org:read</small><br><small>invite</small></label>`));
  const names = (list) => list.map((one) => [one.resource.indicator, one.resource.name, ...one.scopes.map(({ name }) => name)]);
  assert.deepEqual(names(info.missingResourceScopes), [[RESOURCE, RESOURCE, 'invite']]);
  for (const one of info.organizations) assert.deepEqual(names(one.missingResourceScopes), [[resource.indicator, resource.name, 'org:read'], [RESOURCE, RESOURCE, 'invite']]);
  const at = (form) => refresh(server, client, tokens.refresh_token, { organization_id: here.id, ...form });
  assert.equal((await at()).json.scope, 'invite');
  await allow(client, { organizationScopes: [scopes.bill], organizationResourceScopes: [scopes['org:write']] });
  assert.equal((await at()).json.scope, 'invite', 'what is added later was not shown');
  assert.equal((await at({ resource: resource.indicator })).json.scope, 'org:read');
  const again = await enter(client, { scope });
  assert.match(again.page.text, new RegExp(`value="${here.id}" checked disabled> A here<br>`), 'it is seen already');
  assert.match(again.page.text, new RegExp(`value="${there.id}"> B`));
  assert.equal((await refresh(server, client, again.tokens.refresh_token, { organization_id: here.id })).json.scope, 'invite bill');
});

test('organizations: the user chooses, on the page or by the API; the others stay hidden', async () => {
  const client = await createThirdParty({ userScopes: [ORGANIZATIONS], organizationScopes: [scopes.invite] });
  const scope = `${SCOPE} ${ORGANIZATIONS}`;
  const { page, info, tokens } = await enter(client, { scope, organizationIds: [here.id] });
  assert.ok(page.text.includes(`value="${here.id}"`) && page.text.includes('B &lt;there&gt;'), page.text);
  const { description = null } = info.organizations[0].missingResourceScopes[0].scopes[0];
  const invite = { resource: { id: RESOURCE, name: RESOURCE, indicator: RESOURCE }, scopes: [{ id: scopes.invite, name: 'invite', description }] };
  assert.deepEqual(info.organizations, [here, there].map(({ id, name }) => ({ name, id, missingResourceScopes: [invite] })));
  const token = await refresh(server, client, tokens.refresh_token, { organization_id: here.id });
  assert.equal(token.json.scope, 'invite', token.text);
  assert.equal(decodeJwt(token.json.access_token).claims.aud, `urn:logto:organization:${here.id}`);
  const hidden = await refresh(server, client, tokens.refresh_token, { organization_id: there.id });
  assert.equal(hidden.status, 403);
  assert.equal(hidden.json.error_description, 'organization access is not granted to the application');

  await takeBack(client, 'organization-scopes', scopes.invite);
  assert.equal((await refresh(server, client, tokens.refresh_token, { organization_id: here.id })).json.scope, '');
  await takeBack(client, 'user-scopes', ORGANIZATIONS);
  const less = await refresh(server, client, tokens.refresh_token, { organization_id: here.id });
  assert.deepEqual([less.status, less.json.error], [403, 'insufficient_scope']);
  await allow(client, { userScopes: [ORGANIZATIONS] });
  await call('DELETE', `/api/applications/${client.id}/users/${user.id}/consent-organizations/${here.id}`, undefined, 204);
  const gone = await refresh(server, client, tokens.refresh_token, { organization_id: here.id });
  assert.equal(gone.json.error_description, 'organization access is not granted to the application');
});

test('userinfo and ID tokens tell of the organizations that the user has chosen, and of no other', async () => {
  const ROLES = 'urn:logto:scope:organization_roles';
  await call('PUT', '/api/configs/id-token', { enabledExtendedClaims: ['organizations', 'organization_data', 'organization_roles'] });
  const client = await createThirdParty({ userScopes: [ORGANIZATIONS, ROLES] });
  const { tokens } = await enter(client, { scope: `openid offline_access ${ORGANIZATIONS} ${ROLES}`, organizationIds: [here.id] });
  const told = (await userinfo(server, tokens.access_token)).json;
  for (const claims of [told, decodeJwt(tokens.id_token).claims]) {
    assert.deepEqual(claims.organizations, [here.id]);
    assert.deepEqual(claims.organization_data.map(({ id }) => id), [here.id]);
    assert.deepEqual(claims.organization_roles.map((role) => role.split(':')[0]), [here.id]);
  }
});

test('an organization that the user is not in cannot be chosen', async () => {
  const client = await createThirdParty({ userScopes: [ORGANIZATIONS] });
  const foreign = await call('POST', '/api/organizations', { name: 'foreign' }, 201);
  for (const id of [foreign.id, 'nope']) {
    const { consented } = await enter(client, { scope: `${SCOPE} ${ORGANIZATIONS}`, organizationIds: [id] });
    assert.deepEqual([consented.status, consented.json.code], [422, 'organization.require_membership']);
  }
  const { tokens } = await enter(client, { scope: `${SCOPE} ${ORGANIZATIONS}` });
  assert.equal((await refresh(server, client, tokens.refresh_token, { organization_id: here.id })).status, 403);
});

test('scopes of resources in organizations: those that are set for organizations', async () => {
  const client = await createThirdParty({ userScopes: [ORGANIZATIONS], organizationResourceScopes: [scopes['org:read'], scopes['read:x']] });
  const { tokens } = await enter(client, { scope: `${SCOPE} ${ORGANIZATIONS}`, organizationIds: [here.id] });
  const token = await refresh(server, client, tokens.refresh_token, { organization_id: here.id, resource: resource.indicator });
  assert.equal(token.json.scope, 'org:read', token.text);
  assert.equal(decodeJwt(token.json.access_token).claims.organization_id, here.id);
  await takeBack(client, 'organization-resource-scopes', scopes['org:read']);
  const less = await refresh(server, client, tokens.refresh_token, { organization_id: here.id, resource: resource.indicator });
  assert.equal(less.json.scope, '');
});
