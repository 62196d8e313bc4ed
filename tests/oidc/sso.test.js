// Signing in with an enterprise's identity provider.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, before, test } from 'node:test';
import { api } from '../lib/api.js';
import { authorizeUrl, Browser, createClient, createUser, exchange, PASSWORD, pkce, userinfo } from '../lib/browser.js';
import { admin, unique } from '../lib/fixtures.js';
import { Provider } from '../lib/provider.js';
import { startServer } from '../lib/server.js';

const DOMAIN = 'acme.example';
const BACK = 'https://a.example/cb';
let server, spa, provider, connector;

async function manage(method, path, body, status = 200) {
  const answer = await api(server, method, path, { token: await admin(server), body });
  assert.equal(answer.status, status, answer.text);
  return answer.json;
}
const experience = (body) => manage('PATCH', '/api/sign-in-exp', body);
const change = (body) => manage('PATCH', `/api/sso-connectors/${connector.id}`, body);
const address = (name = unique('someone'), domain = DOMAIN) => `${name}@${domain}`;
function refused(answer, status, code) {
  assert.deepEqual([answer.status, answer.json?.code], [status, code], answer.text);
}

before(async () => {
  provider = await new Provider().start();
  server = await startServer({ env: { SIGNET_CONNECTOR_PRIVATE_ADDRESSES: 'true' } });
  spa = await createClient(server);
  const config = { clientId: 'ours', clientSecret: 'the secret', issuer: provider.base };
  connector = await manage('POST', '/api/sso-connectors', { providerName: 'OIDC', connectorName: 'Acme', domains: [DOMAIN], config });
  const methods = [
    { identifier: 'username', password: true, verificationCode: false, isPasswordPrimary: true },
    { identifier: 'email', password: true, verificationCode: false, isPasswordPrimary: true },
  ];
  await experience({ singleSignOnEnabled: true, signIn: { methods } });
});
after(async () => {
  await server.stop();
  await provider.stop();
});

// Who the provider says comes next.
const person = (body = {}) => Object.assign(provider, { user: { sub: unique('person'), ...body }, claims: {}, document: {}, forged: undefined }).user;
const colleague = (body = {}) => person({ email: address(), email_verified: true, name: 'A Colleague', given_name: 'A', ...body });

async function arrive() {
  const tab = new Browser(server);
  const keys = pkce();
  await tab.follow(await tab.page(authorizeUrl(spa, keys, { scope: 'openid profile email identities urn:logto:scope:organizations' })));
  assert.equal((await tab.step('PUT', '', { interactionEvent: 'SignIn' })).status, 204);
  return { tab, keys };
}

// To the provider and back to whoever has begun.
async function leave(tab, id = connector.id) {
  const begun = await tab.step('POST', `/verification/sso/${id}/authorization-uri`, { state: 'the state', redirectUri: BACK });
  if (begun.status !== 200) return { answer: begun };
  const data = Object.fromEntries(new URL(provider.consent(begun.json.authorizationUri)).searchParams);
  const { verificationId } = begun.json;
  const verify = (more = {}) => tab.step('POST', `/verification/sso/${id}/verify`, { verificationId, connectorData: { ...data, ...more } });
  return { begun, verificationId, verify };
}

async function prove(tab) {
  const { verify, verificationId } = await leave(tab);
  const verified = await verify();
  assert.deepEqual([verified.status, verified.json], [200, { verificationId }], verified.text);
  return verificationId;
}

// Through the provider, as the API has it: known, or a new user; gives whom the client gets.
async function enter() {
  const { tab, keys } = await arrive();
  const verificationId = await prove(tab);
  let identified = await tab.step('POST', '/identification', { verificationId });
  if (identified.json?.code === 'user.sso_identity_not_exist') {
    assert.equal((await tab.step('PUT', '/interaction-event', { interactionEvent: 'Register' })).status, 204);
    identified = await tab.step('POST', '/identification', { verificationId });
  }
  if (identified.status >= 300) return { tab, identified };
  const submitted = await tab.step('POST', '/submit');
  if (submitted.status !== 200) return { tab, submitted };
  const { url } = await tab.follow(await tab.page(submitted.json.redirectTo));
  const tokens = await exchange(server, spa, { code: url.searchParams.get('code'), verifier: keys.verifier });
  assert.equal(tokens.status, 200, tokens.text);
  server.secrets.add(tokens.json.access_token);
  return { me: (await userinfo(server, tokens.json.access_token)).json, token: tokens.json.access_token };
}

test('an address leads to the connectors of its domain, where single sign-on is on', async () => {
  const ask = async (email) => (await new Browser(server).step('GET', `/sso-connectors?email=${encodeURIComponent(email)}`)).json.connectorIds;
  assert.deepEqual(await ask('a@acme.example'), [connector.id]);
  assert.deepEqual(await ask('a@ACME.example'), [connector.id]);
  for (const other of ['a@sub.acme.example', 'a@acme.example.org']) assert.deepEqual(await ask(other), [], other);
  refused(await new Browser(server).step('GET', '/sso-connectors?email=nothing'), 400, 'guard.invalid_input');
  await experience({ singleSignOnEnabled: false });
  assert.deepEqual(await ask('a@acme.example'), []);
  await experience({ singleSignOnEnabled: true });
  const saml = await manage('POST', '/api/sso-connectors', { providerName: 'SAML', connectorName: 'By SAML', domains: ['saml.example'], config: {} });
  assert.deepEqual(await ask('a@saml.example'), [], 'what cannot be signed in with is not offered');
  refused((await leave((await arrive()).tab, saml.id)).answer, 501, 'connector.not_implemented');
  refused((await leave((await arrive()).tab, 'nothing')).answer, 404, 'entity.not_exists_with_id');
});

test('whoever is not known becomes a user with the enterprise account, and is known from then on', async () => {
  const { sub, email } = colleague();
  const { me } = await enter();
  assert.deepEqual([me.name, me.email], ['A Colleague', email]);
  const detail = { id: sub, name: 'A Colleague', email, givenName: 'A' };
  assert.deepEqual(me.sso_identities, [{ issuer: provider.base, identityId: sub, detail }]);
  provider.user.name = 'Another Name';
  const again = await enter();
  assert.deepEqual([again.me.sub, again.me.name], [me.sub, 'A Colleague']);
  assert.equal(again.me.sso_identities[0].detail.name, 'Another Name');
  await change({ syncProfile: true });
  assert.equal((await enter()).me.name, 'Another Name');
  await change({ syncProfile: false });
});

test('the management API shows the account', async () => {
  const { sub } = colleague();
  const { me } = await enter();
  const { ssoIdentity } = await manage('GET', `/api/users/${me.sub}/sso-identities/${connector.id}`);
  const { id, createdAt, updatedAt, ...rest } = ssoIdentity;
  assert.deepEqual([rest.ssoConnectorId, rest.identityId, rest.userId, rest.tenantId], [connector.id, sub, me.sub, 'default']);
  assert.ok(id && createdAt <= updatedAt);
  assert.deepEqual((await manage('GET', `/api/users/${me.sub}/all-identities`)).ssoIdentities, [{ ssoConnectorId: connector.id, ssoIdentity }]);
  assert.deepEqual((await manage('GET', `/api/users/${me.sub}?includeSsoIdentities=true`)).ssoIdentities, [ssoIdentity]);
  await manage('GET', `/api/users/${me.sub}/sso-identities/nothing`, undefined, 404);
});

test('132: a verified address of the domain links the account to its user; no other does', async () => {
  const { email } = colleague();
  const user = await createUser(server, { primaryEmail: email });
  assert.equal((await enter()).me.sub, user.id);
  assert.equal((await enter()).me.sub, user.id);
  const other = await createUser(server, { primaryEmail: address() });
  colleague({ email: other.primaryEmail, email_verified: false });
  const { me } = await enter();
  assert.notEqual(me.sub, other.id);
  assert.equal(me.email ?? null, null);
  assert.equal(me.sso_identities[0].detail.unverifiedEmail, other.primaryEmail);
  const foreign = await createUser(server, { primaryEmail: address(undefined, 'elsewhere.example') });
  colleague({ email: foreign.primaryEmail });
  const stranger = (await enter()).me;
  assert.notEqual(stranger.sub, foreign.id);
  assert.equal(stranger.email ?? null, null);
  await change({ config: { ...connector.config, trustUnverifiedEmail: true } });
  const trusted = await createUser(server, { primaryEmail: address() });
  colleague({ email: trusted.primaryEmail, email_verified: undefined });
  assert.equal((await enter()).me.sub, trusted.id);
  await change({ config: connector.config });
});

test('132: ID tokens: nonce, audience, issuer, time and signature count', async () => {
  const { privateKey } = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
  for (const claims of [{ nonce: 'another' }, { nonce: undefined }, { aud: 'another' }, { iss: 'https://evil.example' }, { exp: 1 }, { azp: 'another' }]) {
    colleague();
    provider.claims = claims;
    refused(await (await leave((await arrive()).tab)).verify(), 401, 'connector.social_invalid_id_token');
  }
  colleague();
  provider.forged = provider.idToken({ client_id: 'ours', nonce: 'n' }, privateKey);
  refused(await (await leave((await arrive()).tab)).verify(), 401, 'connector.social_invalid_id_token');
});

test('132: a discovery document of another issuer, or none, ends the sign-in before it begins', async () => {
  for (const document of [{ issuer: 'https://evil.example' }, { issuer: undefined }, { token_endpoint: undefined }, { jwks_uri: undefined }]) {
    colleague();
    provider.document = document;
    refused((await leave((await arrive()).tab)).answer, 400, 'connector.invalid_config');
  }
});

test('132: answers with another state, of another provider, of another verification or a second time are refused', async () => {
  colleague();
  const { tab } = await arrive();
  const { verify, verificationId } = await leave(tab);
  const STATE = 'session.connector_validation_session_not_found';
  refused(await tab.step('POST', '/identification', { verificationId }), 400, 'session.verification_failed');
  refused(await verify({ state: 'another' }), 400, STATE);
  refused(await verify({ iss: 'https://evil.example' }), 400, STATE);
  refused(await verify({ code: '' }), 401, 'connector.social_auth_code_invalid');
  const stranger = (await arrive()).tab;
  refused(await stranger.step('POST', `/verification/sso/${connector.id}/verify`, { verificationId, connectorData: { code: 'x' } }), 404, 'session.verification_session_not_found');
  assert.equal((await verify()).status, 200);
  refused(await verify(), 400, STATE);
  colleague();
  provider.document = { authorization_response_iss_parameter_supported: true };
  const named = await leave((await arrive()).tab);
  refused(await named.verify(), 400, STATE);
  assert.equal((await named.verify({ iss: provider.base })).status, 200);
});

test('a sign-in with an enterprise\'s provider is in the audit log, step by step, with what was refused', async () => {
  colleague();
  const { tab } = await arrive();
  const { verify, verificationId } = await leave(tab);
  refused((await leave(tab, 'nothing')).answer, 404, 'entity.not_exists_with_id');
  refused(await verify({ state: 'another' }), 400, 'session.connector_validation_session_not_found');
  assert.equal((await verify()).status, 200);
  refused(await tab.step('POST', '/identification', { verificationId }), 404, 'user.sso_identity_not_exist');
  const rows = (await manage('GET', '/api/logs?page_size=100')).filter(({ key }) => key.startsWith('Interaction.')).slice(0, 5).reverse();
  assert.deepEqual(rows.map(({ key, payload: { result, error, connectorId } }) => [key, result, error, connectorId]), [
    ['Interaction.SignIn.Verification.EnterpriseSso.Create', 'Success', undefined, connector.id],
    ['Interaction.SignIn.Verification.EnterpriseSso.Create', 'Error', 'entity.not_exists_with_id', 'nothing'],
    ['Interaction.SignIn.Verification.EnterpriseSso.Submit', 'Error', 'session.connector_validation_session_not_found', connector.id],
    ['Interaction.SignIn.Verification.EnterpriseSso.Submit', 'Success', undefined, connector.id],
    ['Interaction.SignIn.Identifier.Submit', 'Error', 'user.sso_identity_not_exist', undefined],
  ]);
});

test('where single sign-on is off nobody gets in by it', async () => {
  colleague();
  const { tab } = await arrive();
  const verificationId = await prove(tab);
  await experience({ singleSignOnEnabled: false });
  try {
    refused(await tab.step('POST', '/identification', { verificationId }), 422, 'user.sign_in_method_not_enabled');
    await tab.step('PUT', '/interaction-event', { interactionEvent: 'Register' });
    refused(await tab.step('POST', '/identification', { verificationId }), 422, 'user.sign_in_method_not_enabled');
  } finally {
    await experience({ singleSignOnEnabled: true });
  }
});

test('people of the domain do not sign in with a password', async () => {
  const user = await createUser(server, { primaryEmail: address() });
  const wide = user.primaryEmail.replace('acme', '\uff41cme');
  const other = (await arrive()).tab;
  const odd = await other.step('POST', '/verification/password', { identifier: { type: 'email', value: wide }, password: PASSWORD });
  refused(await other.step('POST', '/identification', { verificationId: odd.json.verificationId }), 422, 'session.sso_enabled');
  const { tab } = await arrive();
  const verified = await tab.step('POST', '/verification/password', { identifier: { type: 'email', value: user.primaryEmail }, password: PASSWORD });
  assert.equal(verified.status, 200, verified.text);
  const answer = await tab.step('POST', '/identification', { verificationId: verified.json.verificationId });
  refused(answer, 422, 'session.sso_enabled');
  assert.deepEqual(answer.json.data.ssoConnectors.map(({ id, connectorName }) => [id, connectorName]), [[connector.id, 'OIDC']]);
  assert.doesNotMatch(answer.text, /the secret/);
});

test('131: a factor is asked for after the provider as well', async () => {
  await experience({ mfa: { factors: ['Totp'], policy: 'Mandatory' } });
  try {
    colleague();
    refused((await enter()).submitted, 422, 'user.missing_mfa');
  } finally {
    await experience({ mfa: { factors: [], policy: 'UserControlled' } });
  }
});

test('addresses that are not wanted are not wanted from an enterprise either', async () => {
  const { email } = colleague();
  await experience({ emailBlocklistPolicy: { customBlocklist: [email] } });
  try {
    refused((await enter()).identified, 422, 'session.email_blocklist.email_not_allowed');
  } finally {
    await experience({ emailBlocklistPolicy: {} });
  }
});

test('newcomers join the organizations of the connector, others those of their address', async () => {
  const organization = await manage('POST', '/api/organizations', { name: unique('org') }, 201);
  const role = await manage('POST', '/api/organization-roles', { name: unique('role') }, 201);
  await manage('POST', `/api/organizations/${organization.id}/jit/sso-connectors`, { ssoConnectorIds: [connector.id] }, 201);
  await manage('POST', `/api/organizations/${organization.id}/jit/roles`, { organizationRoleIds: [role.id] }, 201);
  colleague();
  const { me } = await enter();
  assert.deepEqual(me.organizations, [organization.id]);
  const roles = await manage('GET', `/api/organizations/${organization.id}/users/${me.sub}/roles`);
  assert.deepEqual(roles.map(({ id }) => id), [role.id]);
  await manage('DELETE', `/api/organizations/${organization.id}/users/${me.sub}`, undefined, 204);
  assert.deepEqual((await enter()).me.organizations, [], 'who is known does not join again');
  const { email } = colleague();
  await createUser(server, { primaryEmail: email });
  assert.deepEqual((await enter()).me.organizations, [organization.id]);
});

test('users see their enterprise accounts', async () => {
  const { sub } = colleague();
  await manage('PATCH', '/api/account-center', { enabled: true, fields: { social: 'ReadOnly' } });
  const { token } = await enter();
  const mine = await api(server, 'GET', '/api/my-account', { token });
  assert.equal(mine.status, 200, mine.text);
  assert.deepEqual(mine.json.ssoIdentities.map(({ identityId, ssoConnectorId }) => [identityId, ssoConnectorId]), [[sub, connector.id]]);
});

test('132: the account API leaves addresses of the domain to the provider', async () => {
  await manage('PATCH', '/api/account-center', { enabled: true, fields: { social: 'ReadOnly', email: 'Edit' } });
  const user = await createUser(server);
  const { tab, keys } = await arrive();
  const { verificationId } = (await tab.step('POST', '/verification/password', { identifier: { type: 'username', value: user.username }, password: PASSWORD })).json;
  assert.equal((await tab.step('POST', '/identification', { verificationId })).status, 204);
  const { url } = await tab.follow(await tab.page((await tab.step('POST', '/submit')).json.redirectTo));
  const { access_token: token } = (await exchange(server, spa, { code: url.searchParams.get('code'), verifier: keys.verifier })).json;
  server.secrets.add(token);
  const proof = (await api(server, 'POST', '/api/verifications/password', { token, body: { password: PASSWORD } })).json.verificationRecordId;
  const body = { email: address(), newIdentifierVerificationRecordId: 'none' };
  refused(await api(server, 'POST', '/api/my-account/primary-email', { token, body, headers: { 'logto-verification-id': proof } }), 422, 'session.sso_enabled');
});

test('132: of an issuer for many directories only accounts of the domain get in', async () => {
  const config = { clientId: 'ours', clientSecret: 'the secret', issuer: `${provider.base}` };
  const many = await manage('POST', '/api/sso-connectors', { providerName: 'AzureAdOidc', connectorName: 'Many', domains: ['many.example'], config });
  const from = (body) => {
    person({ email_verified: true, ...body });
    provider.document = { issuer: `${provider.base}/{tenantid}/v2.0` };
    provider.claims = { iss: `${provider.base}/directory/v2.0`, tid: 'directory' };
  };
  const verified = async (body) => {
    from(body);
    return (await leave((await arrive()).tab, many.id)).verify();
  };
  for (const body of [{}, { email: 'outsider@other.example' }, { email: address('one', 'many.example'), email_verified: false }])
    refused(await verified(body), 400, 'session.verification_failed');
  const inside = await verified({ email: address('one', 'many.example') });
  assert.equal(inside.status, 200, inside.text);
  await manage('DELETE', `/api/sso-connectors/${many.id}`, undefined, 204);
});

test('the public sign-in experience names the connectors', async () => {
  const ask = async () => (await api(server, 'GET', '/api/.well-known/sign-in-exp')).json.ssoConnectors;
  await change({ branding: { displayName: 'Acme Inc.', logo: 'https://acme.example/logo.png' } });
  const [shown, ...none] = await ask();
  assert.deepEqual([shown.id, shown.connectorName, shown.logo, none.length], [connector.id, 'Acme Inc.', 'https://acme.example/logo.png', 0]);
  await change({ branding: {} });
  await experience({ singleSignOnEnabled: false });
  assert.deepEqual(await ask(), []);
  await experience({ singleSignOnEnabled: true });
});

// The sign-in page as a browser gets it.
async function openPage(parameters = {}) {
  const tab = new Browser(server);
  const keys = pkce();
  return { tab, keys, ...(await tab.follow(await tab.page(authorizeUrl(spa, keys, { scope: 'openid email', ...parameters })))) };
}

test('the pages: a link, the address, the provider and back', async () => {
  const { tab, keys, answer } = await openPage();
  const link = answer.text.match(/href="(\/single-sign-on\?app_id=[^"]+)"/)[1];
  const asked = await tab.page(link);
  assert.match(asked.text, /<h1>Single sign-on<\/h1>/);
  assert.doesNotMatch(asked.text, /class="provider"|<p role="alert">/);
  assert.match((await tab.page(`${link}&identifier=a%40elsewhere.example`)).text, /<p role="alert">There is no single sign-on/);
  const found = await tab.page(`${link}&identifier=a%40${DOMAIN}`);
  assert.match(found.text, new RegExp(`href="/sso/${connector.id}">Continue with OIDC<`));
  const { email } = colleague();
  const sent = await tab.page(`/sso/${connector.id}`);
  assert.equal(sent.status, 303, sent.text);
  const there = new URL(sent.headers.location);
  assert.deepEqual([there.origin + there.pathname, there.searchParams.get('redirect_uri')], [`${provider.base}/auth`, `${server.base}/callback/${connector.id}`]);
  const back = provider.consent(sent.headers.location);
  refused(await tab.page(back.replace('state=', 'state=x')), 400, 'session.connector_validation_session_not_found');
  refused(await (await arrive()).tab.page(back), 400, 'session.connector_validation_session_not_found');
  const { url } = await tab.follow(await tab.page(back));
  const tokens = await exchange(server, spa, { code: url.searchParams.get('code'), verifier: keys.verifier });
  assert.equal(tokens.status, 200, tokens.text);
  server.secrets.add(tokens.json.access_token);
  assert.equal((await userinfo(server, tokens.json.access_token)).json.email, email);
  refused(await tab.page(back), 400, 'session.not_found');
});

test('an application may choose the connector; where single sign-on is off there is no link', async () => {
  const { url } = await openPage({ direct_sign_in: `sso:${connector.id}` });
  assert.equal(url.origin + url.pathname, `${provider.base}/auth`);
  assert.match((await openPage({ direct_sign_in: 'sso:nothing' })).answer.text, /<h1>Sign in<\/h1>/);
  await experience({ singleSignOnEnabled: false });
  try {
    const { tab, answer } = await openPage({ direct_sign_in: `sso:${connector.id}` });
    assert.doesNotMatch(answer.text, /single-sign-on|name="sso"/);
    refused(await tab.page(`/sso/${connector.id}`), 422, 'user.sign_in_method_not_enabled');
  } finally {
    await experience({ singleSignOnEnabled: true });
  }
});
