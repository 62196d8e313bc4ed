// Signing in with an account at another provider.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api } from '../lib/api.js';
import { authorizeUrl, Browser, createClient, createUser, exchange, PASSWORD, pkce, signIn, userinfo } from '../lib/browser.js';
import { totp } from '../lib/factors.js';
import { admin, unique } from '../lib/fixtures.js';
import { Provider } from '../lib/provider.js';
import { startServer } from '../lib/server.js';

let server, spa, provider, oidc, oauth2;

async function manage(method, path, body, status = 200) {
  const answer = await api(server, method, path, { token: await admin(server), body });
  assert.equal(answer.status, status, answer.text);
  return answer.json;
}
const social = (socialSignIn) => manage('PATCH', '/api/sign-in-exp', { socialSignIn });

before(async () => {
  provider = await new Provider().start();
  server = await startServer({ env: { SIGNET_CONNECTOR_PRIVATE_ADDRESSES: 'true' } });
  spa = await createClient(server);
  const client = { clientId: 'ours', clientSecret: 'the secret', authorizationEndpoint: `${provider.base}/auth`, tokenEndpoint: `${provider.base}/token` };
  oidc = await manage('POST', '/api/connectors', {
    connectorId: 'oidc',
    metadata: { target: 'theirs' },
    config: { ...client, scope: 'openid profile email', idTokenVerificationConfig: { issuer: provider.base, jwksUri: `${provider.base}/keys` } },
  });
  oauth2 = await manage('POST', '/api/connectors', {
    connectorId: 'oauth2',
    metadata: { target: 'plain' },
    config: { ...client, userInfoEndpoint: `${provider.base}/me`, scope: 'me', profileMap: { id: 'sub' } },
  });
  await social({ skipRequiredIdentifiers: true });
});
after(async () => {
  await server.stop();
  await provider.stop();
});

// A browser on the sign-in page.
async function arrive() {
  const tab = new Browser(server);
  const keys = pkce();
  await tab.follow(await tab.page(authorizeUrl(spa, keys, { scope: 'openid profile email identities' })));
  return { tab, keys };
}

// Through the provider and back, as browsers go.
async function through(connector, { tab, keys }) {
  const sent = await tab.page(`/social/${connector.id}`);
  assert.equal(sent.status, 303, sent.text);
  const back = await tab.page(provider.consent(sent.headers.location));
  if (back.status !== 303) return { back };
  const { url } = await tab.follow(back);
  const tokens = await exchange(server, spa, { code: url.searchParams.get('code'), verifier: keys.verifier });
  assert.equal(tokens.status, 200, tokens.text);
  server.secrets.add(tokens.json.access_token);
  return { back, token: tokens.json.access_token, me: (await userinfo(server, tokens.json.access_token)).json };
}
const person = (body = {}) => Object.assign(provider, { user: { sub: unique('person'), ...body }, claims: {}, forged: undefined }).user;
function refused(answer, status, code) {
  assert.deepEqual([answer.status, answer.json?.code], [status, code], answer.text);
}

for (const kind of ['oidc', 'oauth2'])
  test(`${kind}: whoever is not known becomes a user, and is known from then on`, async () => {
    const connector = kind === 'oidc' ? oidc : oauth2;
    const { sub, email } = person({ email: `${unique('new')}@mail.example`, email_verified: true, name: 'New Person' });
    const { me } = await through(connector, await arrive());
    assert.deepEqual([me.name, me.email], ['New Person', email]);
    assert.equal(me.identities[connector.target ?? (kind === 'oidc' ? 'theirs' : 'plain')].userId, sub);
    assert.equal((await through(connector, await arrive())).me.sub, me.sub);
  });

test('what a connector adds to the request, and a secret that signs instead of being sent', async () => {
  const { config } = await manage('GET', `/api/connectors/${oidc.id}`);
  const changed = {
    ...config, tokenEndpointAuthMethod: 'client_secret_jwt', authRequestOptionalConfig: { prompt: 'select_account', maxAge: '60' },
    customConfig: { hd: 'corp.example', 'a b': 'c&d', state: 'of another', redirect_uri: 'https://evil.example' },
  };
  await manage('PATCH', `/api/connectors/${oidc.id}`, { config: changed });
  try {
    const { tab } = await arrive();
    const asked = new URL((await tab.page(`/social/${oidc.id}`)).headers.location).searchParams;
    assert.deepEqual(['prompt', 'max_age', 'hd', 'a b'].map((name) => asked.get(name)), ['select_account', '60', 'corp.example', 'c&d']);
    assert.deepEqual([asked.getAll('state').length, asked.getAll('redirect_uri').length, asked.get('redirect_uri')], [1, 1, `${server.base}/callback/${oidc.id}`]);
    person({ email: `${unique('jwt')}@mail.example`, email_verified: true });
    await through(oidc, await arrive());
    assert.equal(provider.assertions.size, 1);
  } finally {
    await manage('PATCH', `/api/connectors/${oidc.id}`, { config });
  }
});

test('Google is asked for what its own form has', async () => {
  const google = await manage('POST', '/api/connectors', { connectorId: 'google-universal', config: { clientId: 'ours', clientSecret: 'the secret', prompts: ['consent', 'select_account'], offlineAccess: true } });
  const { tab } = await arrive();
  const asked = new URL((await tab.page(`/social/${google.id}`)).headers.location).searchParams;
  assert.deepEqual([asked.get('prompt'), asked.get('access_type')], ['consent select_account', 'offline']);
  await manage('DELETE', `/api/connectors/${google.id}`, undefined, 204);
});

test('who has to agree to terms does so before the account is made', async () => {
  const path = `/social/register/${oidc.id}`;
  await manage('PATCH', '/api/sign-in-exp', { termsOfUseUrl: 'https://a.example/terms', agreeToTermsPolicy: 'ManualRegistrationOnly' });
  try {
    const { email } = person({ email: `${unique('asked')}@mail.example`, email_verified: true });
    const { tab } = await arrive();
    assert.match((await tab.page(path)).headers.location, /\/unknown-session$/);
    const sent = await tab.page(`/social/${oidc.id}`);
    const back = await tab.page(provider.consent(sent.headers.location));
    assert.equal(new URL(back.headers.location, server.base).pathname, path, back.text);
    assert.deepEqual(await manage('GET', `/api/users?search=${encodeURIComponent(email)}`), []);
    const page = await tab.page(back.headers.location);
    assert.match(page.text, /data-flow="agree".*<input type="checkbox" name="terms" required> I agree to: <a [^>]*href="https:\/\/a\.example\/terms"/s);
    const [, verificationId] = page.text.match(/name="verificationId" value="([^"]+)"/);
    await tab.step('PUT', '/interaction-event', { interactionEvent: 'Register' });
    assert.equal((await tab.step('POST', '/identification', { verificationId })).status, 201);
    assert.equal((await tab.step('POST', '/submit')).status, 200);
    assert.equal((await manage('GET', `/api/users?search=${encodeURIComponent(email)}`)).length, 1);
    assert.ok((await through(oidc, await arrive())).me.sub, 'known from then on');
  } finally {
    await manage('PATCH', '/api/sign-in-exp', { termsOfUseUrl: '', agreeToTermsPolicy: 'Automatic' });
  }
});

test('an address that the provider has not verified is nobody\'s', async () => {
  const user = await createUser(server, { primaryEmail: `${unique('mine')}@mail.example` });
  await social({ skipRequiredIdentifiers: true, automaticAccountLinking: true });
  try {
    person({ email: user.primaryEmail, email_verified: false });
    const { me } = await through(oidc, await arrive());
    assert.notEqual(me.sub, user.id);
    assert.equal(me.email ?? null, null);
  } finally {
    await social({ skipRequiredIdentifiers: true });
  }
});

test('a verified address links the account where the tenant says so', async () => {
  const user = await createUser(server, { primaryEmail: `${unique('mine')}@mail.example` });
  person({ email: user.primaryEmail, email_verified: true });
  await social({ skipRequiredIdentifiers: true, automaticAccountLinking: true });
  try {
    assert.equal((await through(oidc, await arrive())).me.sub, user.id);
  } finally {
    await social({ skipRequiredIdentifiers: true });
  }
  assert.equal((await through(oidc, await arrive())).me.sub, user.id);
});

test('ID tokens: nonce, audience, issuer, time and signature count', async () => {
  const { generateKeyPairSync } = await import('node:crypto');
  for (const claims of [{ nonce: 'another' }, { aud: 'another' }, { iss: 'https://evil.example' }, { exp: 1 }, { azp: 'another' }]) {
    person();
    provider.claims = claims;
    refused((await through(oidc, await arrive())).back, 401, 'connector.social_invalid_id_token');
  }
  person();
  provider.forged = provider.idToken({ client_id: 'ours', nonce: 'n' }, generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
  refused((await through(oidc, await arrive())).back, 401, 'connector.social_invalid_id_token');
});

test('an answer to another browser\'s sign-in, with another state, or a second time is refused', async () => {
  person();
  const [mine, other] = [await arrive(), await arrive()];
  const sent = await mine.tab.page(`/social/${oidc.id}`);
  await other.tab.page(`/social/${oidc.id}`);
  const back = provider.consent(sent.headers.location);
  refused(await other.tab.page(back), 400, 'session.connector_validation_session_not_found');
  refused(await new Browser(server).page(back), 400, 'session.not_found');
  refused(await mine.tab.page(`${back}x`), 400, 'session.connector_validation_session_not_found');
  assert.equal((await mine.tab.page(back)).status, 303);
  refused(await mine.tab.page(back), 400, 'session.connector_validation_session_not_found');
});

test('the experience API: there, back, identified or linked when asked', async () => {
  const user = await createUser(server, { primaryEmail: `${unique('mine')}@mail.example` });
  person({ email: user.primaryEmail, email_verified: true });
  const { tab } = await arrive();
  await tab.step('PUT', '', { interactionEvent: 'SignIn' });
  const path = `/verification/social/${oidc.id}`;
  refused(await tab.step('POST', '/verification/social/nothing/authorization-uri', { state: 's', redirectUri: 'https://a.example/cb' }), 404, 'entity.not_found');
  const mail = await manage('POST', '/api/connectors', { connectorId: 'http-email', config: { endpoint: 'https://a.example', authorization: 'x' } });
  refused(await tab.step('POST', `/verification/social/${mail.id}/authorization-uri`, { state: 's', redirectUri: 'https://a.example/cb' }), 400, 'connector.unexpected_type');
  await manage('DELETE', `/api/connectors/${mail.id}`, undefined, 204);
  const begun = await tab.step('POST', `${path}/authorization-uri`, { state: 's', redirectUri: 'https://a.example/cb' });
  assert.equal(begun.status, 200, begun.text);
  const { verificationId } = begun.json;
  refused(await tab.step('POST', '/identification', { verificationId }), 400, 'session.verification_failed');
  const data = Object.fromEntries(new URL(provider.consent(begun.json.authorizationUri)).searchParams);
  refused(await tab.step('POST', `${path}/verify`, { verificationId: 'nothing', connectorData: data }), 404, 'session.verification_session_not_found');
  const verified = await tab.step('POST', `${path}/verify`, { verificationId, connectorData: data });
  assert.deepEqual([verified.status, verified.json], [200, { verificationId }], verified.text);
  const unknown = await tab.step('POST', '/identification', { verificationId });
  refused(unknown, 404, 'user.identity_not_exist');
  assert.deepEqual(unknown.json.data, { relatedUser: { type: 'email', value: user.primaryEmail } });
  assert.equal((await tab.step('POST', '/identification', { verificationId, linkSocialIdentity: true })).status, 204);
  assert.equal((await tab.step('POST', '/submit')).status, 200);
  assert.ok((await manage('GET', `/api/users/${user.id}`)).identities.theirs);
});

// There and back by the API: a verification that says who came.
async function prove(tab, connector = oidc) {
  const path = `/verification/social/${connector.id}`;
  const { verificationId, authorizationUri } = (await tab.step('POST', `${path}/authorization-uri`, { state: 's', redirectUri: 'https://a.example/cb' })).json;
  const connectorData = Object.fromEntries(new URL(provider.consent(authorizationUri)).searchParams);
  assert.equal((await tab.step('POST', `${path}/verify`, { verificationId, connectorData })).status, 200);
  return verificationId;
}

async function begun(interactionEvent = 'SignIn') {
  const { tab } = await arrive();
  assert.equal((await tab.step('PUT', '', { interactionEvent })).status, 204);
  return tab;
}

// What the audit log tells of the newest sign-ins, oldest first.
async function told(count) {
  const rows = (await manage('GET', '/api/logs?page_size=100')).filter(({ key }) => key.startsWith('Interaction.'));
  return rows.slice(0, count).reverse();
}
const shown = ({ key, payload: { result, error, connectorId } }) => [key, result, error ?? '', connectorId ?? ''].join(' ').trim();

test('a sign-in with another provider is in the audit log, step by step, with what was refused', async () => {
  const tab = await begun();
  person();
  const path = `/verification/social/${oidc.id}`;
  refused(await tab.step('POST', '/verification/social/nothing/authorization-uri', { state: 's', redirectUri: 'https://a.example/cb' }), 404, 'entity.not_found');
  const start = await tab.step('POST', `${path}/authorization-uri`, { state: 'the state of it', redirectUri: 'https://a.example/cb' });
  const { verificationId, authorizationUri } = start.json;
  refused(await tab.step('POST', '/identification', { verificationId }), 400, 'session.verification_failed');
  const { code } = Object.fromEntries(new URL(provider.consent(authorizationUri)).searchParams);
  const verify = (state) => tab.step('POST', `${path}/verify`, { verificationId, connectorData: { code, state } });
  refused(await verify('not the state'), 400, 'session.connector_validation_session_not_found');
  assert.equal((await verify('the state of it')).status, 200);
  refused(await tab.step('POST', '/identification', { verificationId }), 404, 'user.identity_not_exist');
  refused(await tab.step('POST', '/submit'), 404, 'session.identifier_not_found');
  await tab.step('PUT', '/interaction-event', { interactionEvent: 'Register' });
  assert.equal((await tab.step('POST', '/identification', { verificationId })).status, 201);
  assert.equal((await tab.step('POST', '/submit')).status, 200);
  const rows = await told(9);
  assert.deepEqual(rows.map(shown), [
    'Interaction.SignIn.Verification.Social.Create Error entity.not_found nothing',
    `Interaction.SignIn.Verification.Social.Create Success  ${oidc.id}`,
    'Interaction.SignIn.Identifier.Submit Error session.verification_failed',
    `Interaction.SignIn.Verification.Social.Submit Error session.connector_validation_session_not_found ${oidc.id}`,
    `Interaction.SignIn.Verification.Social.Submit Success  ${oidc.id}`,
    'Interaction.SignIn.Identifier.Submit Error user.identity_not_exist',
    'Interaction.SignIn.Submit Error session.identifier_not_found',
    'Interaction.Register.Identifier.Submit Success',
    'Interaction.Register.Submit Success',
  ]);
  assert.equal(rows[7].payload.userId, rows[8].payload.userId);
  assert.ok(rows[7].payload.userId);
  for (const secret of [code, 'the state of it', 'not the state']) assert.ok(!JSON.stringify(rows).includes(secret), secret);
});

test('the pages of a sign-in with another provider are in the audit log, too', async () => {
  const arrived = await arrive();
  person();
  refused(await arrived.tab.page(`/callback/${oidc.id}?code=x&state=y`), 404, 'session.interaction_not_found');
  const sent = await arrived.tab.page(`/social/${oidc.id}`);
  const back = provider.consent(sent.headers.location);
  refused(await arrived.tab.page(`${back}x`), 400, 'session.connector_validation_session_not_found');
  refused(await arrived.tab.page(`/callback/${oauth2.id}?code=x&state=y`), 400, 'session.connector_validation_session_not_found');
  const { me } = await through(oidc, arrived);
  await manage('PATCH', `/api/users/${me.sub}/is-suspended`, { isSuspended: true });
  const again = await arrive();
  refused(await again.tab.page(provider.consent((await again.tab.page(`/social/${oidc.id}`)).headers.location)), 401, 'user.suspended');
  const STATE = 'session.connector_validation_session_not_found';
  assert.deepEqual((await told(7)).map(shown), [
    `Interaction.SignIn.Verification.Social.Create Success  ${oidc.id}`,
    `Interaction.SignIn.Verification.Social.Submit Error ${STATE} ${oidc.id}`,
    `Interaction.SignIn.Verification.Social.Submit Error ${STATE} ${oauth2.id}`,
    `Interaction.SignIn.Verification.Social.Create Success  ${oidc.id}`,
    'Interaction.Register.Submit Success',
    `Interaction.SignIn.Verification.Social.Create Success  ${oidc.id}`,
    'Interaction.SignIn.Identifier.Submit Error user.suspended',
  ]);
});

test('131: an account is linked when the sign-in has ended, second factor and all; not before', async () => {
  const linked = async ({ id }) => (await manage('GET', `/api/users/${id}`)).identities;
  const withFactor = async () => {
    const user = await createUser(server, { primaryEmail: `${unique('mine')}@mail.example` });
    const { secret } = await manage('POST', `/api/users/${user.id}/mfa-verifications`, { type: 'Totp' });
    server.secrets.add(secret);
    person({ email: user.primaryEmail, email_verified: true });
    return { user, secret };
  };
  await manage('PATCH', '/api/sign-in-exp', { mfa: { factors: ['Totp'], policy: 'Mandatory' } });
  try {
    const { user, secret } = await withFactor();
    const tab = await begun();
    const verificationId = await prove(tab);
    assert.equal((await tab.step('POST', '/identification', { verificationId, linkSocialIdentity: true })).status, 204);
    refused(await tab.step('POST', '/submit'), 403, 'session.mfa.require_mfa_verification');
    assert.deepEqual(await linked(user), {});
    assert.equal((await tab.step('POST', '/verification/totp/verify', { code: totp(secret) })).status, 200);
    assert.equal((await tab.step('POST', '/submit')).status, 200);
    assert.equal((await linked(user)).theirs.userId, provider.user.sub);

    await social({ skipRequiredIdentifiers: true, automaticAccountLinking: true });
    const other = await withFactor();
    const arrived = await arrive();
    const sent = await arrived.tab.page(`/social/${oidc.id}`);
    assert.equal((await arrived.tab.page(provider.consent(sent.headers.location))).headers.location, `/mfa-verification?app_id=${spa.id}`);
    assert.deepEqual(await linked(other.user), {});
    assert.equal((await arrived.tab.step('POST', '/verification/totp/verify', { code: totp(other.secret) })).status, 200);
    assert.equal((await arrived.tab.step('POST', '/submit')).status, 200);
    assert.equal((await linked(other.user)).theirs.userId, provider.user.sub);
  } finally {
    await social({ skipRequiredIdentifiers: true });
    await manage('PATCH', '/api/sign-in-exp', { mfa: { factors: [], policy: 'UserControlled' } });
  }
});

test('name and picture are taken over at each sign-in where the connector says so', async () => {
  const seen = async ({ sub }) => {
    const { name, avatar } = await manage('GET', `/api/users/${sub}`);
    return [name, avatar];
  };
  const sync = (syncProfile) => manage('PATCH', `/api/connectors/${oauth2.id}`, { syncProfile });
  const user = person({ name: 'Old Name', picture: 'https://pictures.example/old.png' });
  const { me } = await through(oauth2, await arrive());
  Object.assign(user, { name: 'New Name', picture: 'https://pictures.example/new.png' });
  await through(oauth2, await arrive());
  const before = await seen(me);
  assert.equal(before[0], 'Old Name');
  await sync(true);
  try {
    await through(oauth2, await arrive());
    const after = await seen(me);
    assert.equal(after[0], 'New Name');
    delete user.name;
    await through(oauth2, await arrive());
    assert.deepEqual(await seen(me), after, 'what the provider does not say stays');
  } finally {
    await sync(false);
  }
});

test('addresses that are not wanted are not wanted from a provider either', async () => {
  await manage('PATCH', '/api/sign-in-exp', { emailBlocklistPolicy: { customBlocklist: ['@bad.example'] } });
  try {
    const { email } = person({ email: `${unique('evil')}@bad.example`, email_verified: true });
    refused((await through(oidc, await arrive())).back, 422, 'session.email_blocklist.email_not_allowed');
    const tab = await begun('Register');
    refused(await tab.step('POST', '/identification', { verificationId: await prove(tab) }), 422, 'session.email_blocklist.email_not_allowed');
    refused(await tab.step('POST', '/profile', { type: 'social', verificationId: await prove(tab) }), 422, 'session.email_blocklist.email_not_allowed');
    assert.deepEqual(await manage('GET', `/api/users?search=${encodeURIComponent(email)}`), []);
  } finally {
    await manage('PATCH', '/api/sign-in-exp', { emailBlocklistPolicy: {} });
  }
});

test('who signs in or registers in another way brings an account elsewhere along', async () => {
  const user = await createUser(server, { primaryEmail: `${unique('mine')}@mail.example` });
  const first = await begun();
  const proven = await first.step('POST', '/verification/password', { identifier: { type: 'username', value: user.username }, password: PASSWORD });
  person({ email: `${unique('theirs')}@mail.example`, email_verified: true });
  const verificationId = await prove(first);
  const bring = (tab, id) => tab.step('POST', '/profile', { type: 'social', verificationId: id });
  refused(await bring(first, verificationId), 404, 'session.identifier_not_found');
  assert.equal((await first.step('POST', '/identification', { verificationId: proven.json.verificationId })).status, 204);
  refused(await bring(first, 'nothing'), 404, 'session.verification_session_not_found');
  refused(await bring(first, proven.json.verificationId), 404, 'session.verification_session_not_found');
  assert.equal((await bring(first, verificationId)).status, 204);
  assert.equal((await first.step('POST', '/submit')).status, 200);
  const seen = await manage('GET', `/api/users/${user.id}`);
  assert.deepEqual([seen.identities.theirs.userId, seen.primaryEmail, seen.name], [provider.user.sub, user.primaryEmail, user.name]);

  const second = await begun('Register');
  refused(await bring(second, await prove(second)), 422, 'user.identity_already_in_use');
  const { sub, email } = person({ email: `${unique('new')}@mail.example`, email_verified: true, name: 'New Person' });
  assert.equal((await bring(second, await prove(second))).status, 204);
  assert.equal((await second.step('POST', '/identification', {})).status, 201);
  assert.equal((await second.step('POST', '/submit')).status, 200);
  const [made] = await manage('GET', `/api/users?search.primaryEmail=${encodeURIComponent(email)}`);
  assert.deepEqual([made.identities.theirs.userId, made.name], [sub, 'New Person']);
});

test('the page links to the providers that the tenant shows; an application may choose one', async () => {
  await manage('PATCH', '/api/sign-in-exp', { socialSignInConnectorTargets: ['theirs'] });
  const tab = new Browser(server);
  const { answer } = await tab.follow(await tab.page(authorizeUrl(spa, pkce())));
  assert.match(answer.text, new RegExp(`href="/social/${oidc.id}"`));
  assert.doesNotMatch(answer.text, new RegExp(`href="/social/${oauth2.id}"`));
  const { url } = await tab.follow(await tab.page(authorizeUrl(spa, pkce(), { direct_sign_in: 'social:plain' })));
  assert.equal(url.origin + url.pathname, `${provider.base}/auth`);
});

test('providers at private addresses are refused unless the operator says otherwise', async () => {
  const guarded = await startServer();
  try {
    const answer = await api(guarded, 'POST', '/api/connectors', {
      token: await admin(guarded),
      body: { connectorId: 'oauth2', metadata: { target: 'plain' }, config: oauth2.config },
    });
    assert.equal(answer.status, 200, answer.text);
    const client = await createClient(guarded);
    const tab = new Browser(guarded);
    await tab.follow(await tab.page(authorizeUrl(client, pkce())));
    person();
    const before = provider.requests.length;
    const back = provider.consent((await tab.page(`/social/${answer.json.id}`)).headers.location);
    refused(await tab.page(back), 401, 'connector.social_auth_code_invalid');
    assert.equal(provider.requests.length, before);
  } finally {
    await guarded.stop();
  }
});

test('users link and unlink accounts at other providers by themselves', async () => {
  const fields = { social: 'Edit' };
  await manage('PATCH', '/api/account-center', { enabled: true, fields });
  const enter = async (user) => {
    const tokens = await exchange(server, spa, await signIn(new Browser(server), spa, user, { scope: 'openid profile identities' }));
    server.secrets.add(tokens.json.access_token);
    return (method, path, body, headers) => api(server, method, path, { token: tokens.json.access_token, body, headers });
  };
  const [call, other] = [await enter(await createUser(server)), await enter(await createUser(server))];
  const prove = async (by) => ({ 'logto-verification-id': (await by('POST', '/api/verifications/password', { password: PASSWORD })).json.verificationRecordId });
  const [proof, otherProof] = [await prove(call), await prove(other)];
  const show = async (by) => {
    const begun = await by('POST', '/api/verifications/social', { connectorId: oidc.id, state: 's', redirectUri: 'https://a.example/cb' });
    assert.equal(begun.status, 201, begun.text);
    const { verificationRecordId, authorizationUri } = begun.json;
    const connectorData = Object.fromEntries(new URL(provider.consent(authorizationUri)).searchParams);
    const link = (method, headers, on = by) => on(method, '/api/my-account/identities', { newIdentifierVerificationRecordId: verificationRecordId }, headers);
    refused(await link('POST', await prove(by)), 400, 'verification_record.not_found'); // not shown yet
    refused(await by('POST', '/api/verifications/social/verify', { verificationRecordId, connectorData: { ...connectorData, state: 'x' } }), 400, 'session.connector_validation_session_not_found');
    const verified = await by('POST', '/api/verifications/social/verify', { verificationRecordId, connectorData });
    assert.deepEqual([verified.status, verified.json], [200, { verificationRecordId }], verified.text);
    return link;
  };
  const { sub } = person();
  let link = await show(call);
  refused(await link('POST'), 401, 'verification_record.permission_denied');
  refused(await link('POST', otherProof, other), 400, 'verification_record.not_found'); // another user's record
  assert.equal((await link('POST', proof)).status, 204);
  refused(await link('PUT', proof), 400, 'verification_record.not_found'); // it served once
  assert.equal((await call('GET', '/api/my-account')).json.identities.theirs.userId, sub);
  link = await show(other);
  refused(await link('POST', otherProof), 422, 'user.identity_already_in_use');
  const second = person().sub;
  link = await show(call);
  refused(await link('POST', proof), 400, 'user.identity_already_in_use');
  assert.equal((await link('PUT', proof)).status, 204);
  assert.equal((await call('GET', '/api/my-account')).json.identities.theirs.userId, second);
  refused(await call('DELETE', '/api/my-account/identities/theirs'), 401, 'verification_record.permission_denied');
  assert.equal((await call('DELETE', '/api/my-account/identities/theirs', undefined, proof)).status, 204);
  refused(await call('DELETE', '/api/my-account/identities/theirs', undefined, proof), 404, 'user.identity_not_exist');
  // One who has nothing else keeps it: no other way to sign in would be left.
  person();
  const { me, token } = await through(oidc, await arrive());
  refused(await api(server, 'DELETE', '/api/my-account/identities/theirs', { token }), 400, 'user.last_sign_in_method_required');
  assert.ok((await manage('GET', `/api/users/${me.sub}`)).identities.theirs);
});

test('131: who signs in with another account shows a factor, too, and adds what accounts are to have', async () => {
  const lacking = async () => {
    const arrived = await arrive();
    const sent = await arrived.tab.page(`/social/${oidc.id}`);
    const back = await arrived.tab.page(provider.consent(sent.headers.location));
    assert.equal(back.status, 303, back.text);
    return { ...arrived, location: back.headers.location };
  };
  await manage('PATCH', '/api/sign-in-exp', { mfa: { factors: ['Totp'], policy: 'Mandatory' } });
  try {
    person();
    const { tab, location } = await lacking();
    assert.equal(location, `/mfa-binding?app_id=${spa.id}`);
    assert.match((await tab.page(location)).text, /Make your account safer/);
    refused(await tab.step('POST', '/submit'), 422, 'user.missing_mfa');
  } finally {
    await manage('PATCH', '/api/sign-in-exp', { mfa: { factors: [], policy: 'UserControlled' } });
  }
  await social({ skipRequiredIdentifiers: false });
  try {
    person();
    const { tab, location } = await lacking();
    assert.equal(location, `/continue?app_id=${spa.id}`);
    assert.match((await tab.page(location)).text, /data-flow="add-username"/);
    const value = unique('social').replaceAll('-', '_');
    assert.equal((await tab.step('POST', '/profile', { type: 'username', value })).status, 204);
    assert.equal((await tab.step('POST', '/identification', {})).status, 201);
    assert.equal((await tab.step('POST', '/submit')).status, 200);
    assert.equal((await manage('GET', `/api/users?search.username=${value}`)).length, 1);
  } finally {
    await social({ skipRequiredIdentifiers: true });
  }
});

test('the management API links by a code that the provider has sent back to elsewhere', async () => {
  const user = await createUser(server);
  provider.user = { sub: unique('sub'), name: 'Linked' };
  const redirectUri = 'https://admin.example/back';
  const code = () => new URL(provider.consent(`${provider.base}/auth?${new URLSearchParams({ response_type: 'code', client_id: 'ours', redirect_uri: redirectUri, state: 's' })}`)).searchParams.get('code');
  const link = async (id, connectorData, connectorId = oauth2.id) => api(server, 'POST', `/api/users/${id}/identities`, { token: await admin(server), body: { connectorId, connectorData } });
  const linked = await link(user.id, { code: code(), redirectUri });
  assert.equal(linked.status, 200, linked.text);
  assert.deepEqual(linked.json, { plain: { userId: provider.user.sub, details: { id: provider.user.sub, name: 'Linked', rawData: provider.user } } });
  assert.deepEqual((await manage('GET', `/api/users/${user.id}`)).identities, linked.json);
  const again = code();
  assert.deepEqual([(await link(user.id, { code: again, redirectUri })).status, (await link(user.id, { code: again, redirectUri })).status], [200, 401]);
  const other = await createUser(server);
  assert.equal((await link(other.id, { code: code(), redirectUri })).json.code, 'user.identity_already_in_use');
  assert.equal((await link(user.id, { redirectUri })).status, 401);
  assert.equal((await link(user.id, { code: code(), redirectUri: 'https://evil.example' })).status, 401);
  assert.equal((await link('nonexistent0000000000', { code: code(), redirectUri })).status, 404);
  assert.equal((await link(user.id, { code: code(), redirectUri }, 'nope')).json.code, 'entity.not_found');
});
