// check 137: what belongs to one owner is not reached by the path of another. The paths are those of the route
// rows, so that none is forgotten.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Browser, PASSWORD, authorizeUrl, createClient, pkce, signIn } from '../lib/browser.js';
import { totp } from '../lib/factors.js';
import { createApp, createResource, createRole, createScope, unique } from '../lib/fixtures.js';
import { signet, startServer } from '../lib/server.js';
import { call, ok } from './support.js';

let server;
before(async () => {
  server = await startServer({ env: { SIGNET_HOOK_PRIVATE_ADDRESSES: 'true' } });
  await ok(server, 'PATCH', '/api/sign-in-exp', { body: { mfa: { factors: ['Totp'], policy: 'NoPrompt' }, trustedDevice: { enabled: true } } });
});
after(() => server.stop());

const NONE = 'nonexistent0000000000';

// A sign-in with the factor, from the end of which on the browser is trusted.
async function trustBrowser(client, { username }, secret) {
  const browser = new Browser(server);
  await browser.page(authorizeUrl(client, pkce()));
  await browser.step('PUT', '', { interactionEvent: 'SignIn' });
  const { verificationId } = (await browser.step('POST', '/verification/password', { identifier: { type: 'username', value: username }, password: PASSWORD })).json;
  await browser.step('POST', '/identification', { verificationId });
  await browser.step('POST', '/verification/totp/verify', { code: totp(secret) });
  assert.equal((await browser.step('POST', '/profile/mfa/trusted-device')).status, 204);
  assert.equal((await browser.step('POST', '/submit')).status, 200);
}

// Keys of SAML are RSA of 4096 bits: seconds each, so they are made where they are asked for.
async function samlOf(make, mark) {
  const saml = await make('saml-applications', { name: mark });
  const { id: secretId } = await make(`saml-applications/${saml.id}/secrets`, { lifeSpanInYears: 1 });
  const speaksSaml = await make('sso-connectors', { providerName: 'SAML', connectorName: `${mark}_saml` }, 200);
  const { id: keyId } = await make(`sso-connectors/${speaksSaml.id}/signing-keys`, {});
  return { saml, secretId, speaksSaml, keyId };
}

// An owner of every kind (without keys of SAML if told so), with one thing of every kind that hangs on it.
async function world({ saml: withKeys = true } = {}) {
  const make = (path, body, status = 201) => ok(server, 'POST', `/api/${path}`, { body }, status);
  const mark = unique('theirs').replaceAll('-', '_');
  const user = await make('users', { username: mark, password: PASSWORD }, 200);
  const [machine, third] = [await createApp(server), await createApp(server, { type: 'Traditional', isThirdParty: true })];
  const resource = await createResource(server);
  const scope = await createScope(server, resource, 'read');
  const scopeIds = [scope.id];
  const [userRole, machineRole] = [await createRole(server, { type: 'User', scopeIds }), await createRole(server, { scopeIds })];
  const organizationScope = await make('organization-scopes', { name: mark });
  const template = (type) => make('organization-roles', { name: unique('role'), type, organizationScopeIds: [organizationScope.id], resourceScopeIds: scopeIds });
  const [forUsers, forMachines] = [await template('User'), await template('MachineToMachine')];
  const organization = await make('organizations', { name: mark });
  const at = `organizations/${organization.id}`;
  await make(`${at}/users`, { userIds: [user.id] });
  await make(`${at}/users/${user.id}/roles`, { organizationRoleIds: [forUsers.id] });
  await make(`${at}/applications`, { applicationIds: [machine.id] });
  await make(`${at}/applications/${machine.id}/roles`, { organizationRoleIds: [forMachines.id] });
  await make(`${at}/jit/email-domains`, { emailDomain: `${mark}.example` });
  await make(`${at}/jit/roles`, { organizationRoleIds: [forUsers.id] });
  const connector = await make('sso-connectors', { providerName: 'OIDC', connectorName: mark }, 200);
  await make(`${at}/jit/sso-connectors`, { ssoConnectorIds: [connector.id] });
  await make(`applications/${machine.id}/roles`, { roleIds: [machineRole.id] });
  await make(`applications/${third.id}/secrets`, { name: mark });
  await make(`applications/${third.id}/user-consent-scopes`, { resourceScopes: scopeIds });
  await make(`applications/${third.id}/users/${user.id}/consent-organizations`, { organizationIds: [organization.id] });
  await make(`users/${user.id}/roles`, { roleIds: [userRole.id] });
  await make(`users/${user.id}/personal-access-tokens`, { name: mark });
  await ok(server, 'PUT', `/api/users/${user.id}/identities/${mark}`, { body: { userId: mark } }, 201);
  const client = await createClient(server);
  assert.ok((await signIn(new Browser(server), client, { ...user, password: PASSWORD })).code);
  const { secret } = await make(`users/${user.id}/mfa-verifications`, { type: 'Totp' }, 200);
  const [{ id: verificationId }] = await ok(server, 'GET', `/api/users/${user.id}/mfa-verifications`);
  await trustBrowser(client, user, secret);
  const [device] = await ok(server, 'GET', `/api/users/${user.id}/trusted-devices`);
  const [{ payload: session }] = (await ok(server, 'GET', `/api/users/${user.id}/sessions`)).sessions;
  const [grant] = (await ok(server, 'GET', `/api/users/${user.id}/grants`)).grants;
  const hook = await make('hooks', { name: mark, events: ['User.Data.Updated'], config: { url: `${server.base}/api/status` } });
  await ok(server, 'PATCH', `/api/users/${user.id}`, { body: { name: mark } });
  const deliveries = async () => (await ok(server, 'GET', `/api/hooks/${hook.id}/recent-logs`)).map(({ id }) => id);
  let [deliveryId] = await deliveries();
  while (!deliveryId) [deliveryId] = await deliveries();
  const { saml, secretId, speaksSaml, keyId } = withKeys ? await samlOf(make, mark) : {};
  const owners = {
    applications: (path) => (path.includes('/roles') ? machine : third), roles: (path) => (path.includes('/applications') ? machineRole : userRole),
    'organization-roles': () => forUsers, organizations: () => organization, resources: () => resource, users: () => user,
    hooks: () => hook, 'saml-applications': () => saml, 'sso-connectors': () => speaksSaml,
  };
  const things = {
    userId: () => user.id, applicationId: () => machine.id, organizationId: () => organization.id, organizationScopeId: () => organizationScope.id,
    roleId: (path) => (path.startsWith('/api/users') ? userRole : machineRole).id, scopeId: () => scope.id, scopeType: () => 'resource-scopes',
    organizationRoleId: (path) => (path.includes('/applications') ? forMachines : forUsers).id,
    name: () => mark, target: () => mark, emailDomain: () => `${mark}.example`, verificationId: () => verificationId,
    ssoConnectorId: () => connector.id, sessionId: () => session.uid, deliveryId: () => deliveryId, secretId: () => secretId, keyId: () => keyId, grantId: () => grant.id,
    trustedDeviceId: () => device.id,
  };
  return { owners, things };
}

const parameters = (path) => (path.match(/:\w+/g) ?? []).map((name) => name.slice(1));

// The path with what is `mine`, and `last` in place of its last parameter.
function filled(path, mine, last) {
  const names = parameters(path);
  const values = names.map((name, i) => {
    if (i === names.length - 1) return last;
    const area = path.split('/')[2];
    const known = i === 0 ? mine.owners[area] : mine.things[name];
    assert.ok(known, `${path}: say in this test what :${name} is, or that it belongs to nobody`);
    return i === 0 ? known(path).id : known(path);
  });
  return path.replace(/:\w+/g, () => values.shift());
}

// What a path names without an owner: a format, a key for something new, a user whose consent is asked about,
// a kind of key, what all clients of a sort have.
const FREE = ['/exports/:format', '/api/cimd/user-consent-scopes/:scopeType/:scopeId', '/configs/oidc/:keyType/:keyId', '/users/:userId/consent-organizations'];

// Only a sign-in at an enterprise makes one (tests/oidc/sso.test.js): here nobody has any.
const MADE_BY_SIGN_IN = '/sso-identities/:ssoConnectorId';

async function ownedRoutes() {
  const routes = JSON.parse((await signet(['routes', '--json'])).stdout);
  return routes.filter(({ method, path, guard, status }) => guard === 'management' && parameters(path).length > 1 &&
    status < 400 && !FREE.some((one) => path.endsWith(one)) && !(method === 'PUT' && path.endsWith('/:target')));
}

test('check 137: what another has is as unknown as what does not exist, and stays', async () => {
  const [mine, theirs] = [await world(), await world()];
  const routes = await ownedRoutes();
  assert.ok(routes.length > 25, `${routes.length} routes`);
  const body = { name: 'renamed', description: 'changed', organizationRoleIds: [mine.things.organizationRoleId('/')], active: true };
  const thing = (whose, path) => {
    const name = parameters(path).at(-1);
    const value = whose.things[name];
    assert.ok(value, `${path}: say in this test what :${name} is, or that it belongs to nobody`);
    return value(path);
  };
  for (const { method, path } of routes) {
    const ask = (last) => call(server, method, filled(path, mine, last), method === 'GET' || method === 'DELETE' ? {} : { body });
    const [unknown, foreign] = [await ask(NONE), await ask(thing(theirs, path))];
    const what = `${method} ${path}: ${foreign.text}`;
    assert.equal(foreign.status, unknown.status, what);
    assert.deepEqual(foreign.json, unknown.json, what);
    assert.ok(foreign.status >= 400 || foreign.text === '[]', what);
  }
  // The same paths lead the owner there, so they were not refused for another reason. What is deleted takes along what
  // hangs on it, so the longest paths come first.
  const asked = (wanted) => routes.filter(({ method }) => method === wanted);
  const reach = async (owner, { method, path, status }) => {
    const answer = await call(server, method, filled(path, owner, thing(owner, path)));
    assert.equal(answer.status, status, `${method} ${path}: ${answer.text}`);
    assert.notEqual(answer.text, '[]', `${method} ${path}`);
  };
  for (const route of asked('GET').filter(({ path }) => !path.endsWith(MADE_BY_SIGN_IN))) await reach(theirs, route);
  const endsTrust = ({ path }) => Number(path.includes('/mfa-verifications/')); // in browsers, that is
  const gone = asked('DELETE').sort((a, b) => endsTrust(a) - endsTrust(b) || b.path.length - a.path.length);
  const area = ({ path }) => path.split('/')[2];
  for (const one of new Set(gone.map(area))) {
    const owner = ['saml-applications', 'sso-connectors'].includes(one) ? theirs : await world({ saml: false });
    for (const route of gone.filter((route) => area(route) === one)) await reach(owner, route);
  }
});
