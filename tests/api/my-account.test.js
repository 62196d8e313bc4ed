// The account API: what users see and change of their own account, with their own token.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api } from '../lib/api.js';
import { authorizeUrl, Browser, createClient, createUser, exchange, PASSWORD, pkce, refresh, signIn, userinfo } from '../lib/browser.js';
import { admin, unique } from '../lib/fixtures.js';
import { Passkey, totp, wrongTotp } from '../lib/factors.js';
import { startHttpMailbox } from '../lib/mailbox.js';
import { startServer } from '../lib/server.js';

const SCOPE = 'openid profile email phone address custom_data identities urn:logto:scope:sessions offline_access';
const EDIT = Object.fromEntries(
  ['name', 'avatar', 'profile', 'email', 'phone', 'password', 'username', 'social', 'customData', 'mfa', 'session'].map((name) => [name, 'Edit']),
);
let server, spa;

async function manage(method, path, body, status = 200) {
  const answer = await api(server, method, path, { token: await admin(server), body });
  assert.equal(answer.status, status, answer.text);
  return answer.json;
}
const controls = (fields, enabled = true) => manage('PATCH', '/api/account-center', { enabled, fields });

before(async () => {
  server = await startServer({ env: { SIGNET_CONNECTOR_PRIVATE_ADDRESSES: 'true' } });
  spa = await createClient(server, 'SPA', { name: 'One' });
  await controls(EDIT);
});
after(() => server.stop());

// A user with a token of these scopes.
async function enter(user, scope = SCOPE, client = spa) {
  const answer = await exchange(server, client, await signIn(new Browser(server), client, user, { scope }));
  assert.equal(answer.status, 200, answer.text);
  server.secrets.add(answer.json.access_token);
  const token = answer.json.access_token;
  const call = (method, path, body, headers) => api(server, method, path, { token, body, headers });
  const prove = async () => {
    const proof = await call('POST', '/api/verifications/password', { password: user.password });
    assert.equal(proof.status, 201, proof.text);
    return { 'logto-verification-id': proof.json.verificationRecordId };
  };
  return { token, call, prove };
}
const fresh = async (scope) => {
  const user = await createUser(server);
  return { user, ...(await enter(user, scope)) };
};
function refused(answer, status, code) {
  assert.deepEqual([answer.status, answer.json?.code], [status, code], answer.text);
}

test('the account is shown as scopes and settings allow', async () => {
  const user = await createUser(server, { primaryEmail: `${unique('me')}@mail.example`, name: 'Me', profile: { nickname: 'M', address: { country: 'SE' } } });
  const all = (await (await enter(user)).call('GET', '/api/my-account')).json;
  assert.equal(all.username, user.username);
  assert.equal(all.primaryEmail, user.primaryEmail);
  assert.deepEqual(all.profile, { nickname: 'M', address: { country: 'SE' } });
  assert.equal(all.hasPassword, true);
  assert.equal(all.hasSecurityVerificationMethod, true);
  const little = (await (await enter(user, 'openid profile')).call('GET', '/api/my-account')).json;
  assert.deepEqual(little.profile, { nickname: 'M' });
  for (const name of ['primaryEmail', 'primaryPhone', 'customData', 'identities']) assert.ok(!(name in little), name);
  const { call } = await enter(user, 'openid');
  assert.deepEqual(Object.keys((await call('GET', '/api/my-account')).json).sort(), ['hasSecurityVerificationMethod', 'id']);
});

test('what settings hide is not shown, what they fix is not changed', async () => {
  const { call } = await fresh();
  try {
    await controls({ profile: 'ReadOnly' });
    const shown = (await call('GET', '/api/my-account')).json;
    for (const name of ['username', 'name', 'hasPassword', 'identities']) assert.ok(!(name in shown), name);
    assert.deepEqual(shown.profile, {});
    refused(await call('PATCH', '/api/my-account', { name: 'z' }), 400, 'account_center.field_not_editable');
    refused(await call('PATCH', '/api/my-account/profile', { nickname: 'z' }), 400, 'account_center.field_not_editable');
    refused(await call('GET', '/api/my-account/mfa-settings'), 400, 'account_center.field_not_enabled');
    await controls(EDIT, false);
    refused(await call('GET', '/api/my-account'), 400, 'account_center.not_enabled');
    refused(await call('POST', '/api/verifications/password', { password: PASSWORD }), 400, 'account_center.not_enabled');
  } finally {
    await controls(EDIT);
  }
});

test('only a token of a user opens it', async () => {
  refused(await api(server, 'GET', '/api/my-account'), 401, 'auth.authorization_header_missing');
  refused(await api(server, 'GET', '/api/my-account', { token: await admin(server) }), 401, 'auth.unauthorized');
  refused(await api(server, 'GET', '/api/my-account', { token: 'x'.repeat(43) }), 401, 'auth.unauthorized');
  // Not even what the body lacks is told to a stranger.
  refused(await api(server, 'POST', '/api/verifications/password', { token: 'nothing', body: {} }), 401, 'auth.unauthorized');
  const { user, token, call } = await fresh();
  await manage('PATCH', `/api/users/${user.id}/is-suspended`, { isSuspended: true });
  refused(await call('GET', '/api/my-account'), 401, 'auth.unauthorized');
  assert.equal((await userinfo(server, token)).status, 401);
});

test('members are changed one by one, and no others than those declared', async () => {
  const { user, call, prove } = await fresh();
  const body = { name: 'New', customData: { a: 1 }, primaryEmail: 'evil@mail.example', isSuspended: true, id: 'x' };
  const changed = await call('PATCH', '/api/my-account', body);
  assert.equal(changed.status, 200, changed.text);
  assert.deepEqual([changed.json.name, changed.json.customData, changed.json.primaryEmail, changed.json.id], ['New', { a: 1 }, null, user.id]);
  assert.deepEqual((await call('PATCH', '/api/my-account/profile', { nickname: 'N', locale: 'de' })).json, { nickname: 'N', locale: 'de' });
  assert.deepEqual((await call('PATCH', '/api/my-account/profile', { nickname: 'O' })).json, { nickname: 'O', locale: 'de' });
  refused(await call('PATCH', '/api/my-account', { avatar: 'no url' }), 400, 'guard.invalid_input');
  const name = unique('renamed').replaceAll('-', '_');
  refused(await call('PATCH', '/api/my-account', { username: name }), 401, 'verification_record.permission_denied');
  const proof = await prove();
  assert.equal((await call('PATCH', '/api/my-account', { username: name }, proof)).json.username, name);
  refused(await call('PATCH', '/api/my-account', { username: (await createUser(server)).username }, proof), 422, 'user.username_already_in_use');
  refused(await call('PATCH', '/api/my-account', { username: null }, proof), 400, 'user.last_sign_in_method_required');
});

test('scopes bound what is changed', async () => {
  const { call, user } = await fresh('openid profile');
  refused(await call('PATCH', '/api/my-account', { customData: { a: 1 } }), 400, 'auth.unauthorized');
  refused(await call('PATCH', '/api/my-account/profile', { address: { country: 'SE' } }), 400, 'auth.unauthorized');
  refused(await call('GET', '/api/my-account/mfa-settings'), 401, 'auth.unauthorized');
  const bare = await enter(user, 'openid');
  refused(await bare.call('PATCH', '/api/my-account', { name: 'x' }), 400, 'auth.unauthorized');
  refused(await bare.call('GET', '/api/my-account/sessions', undefined, await bare.prove()), 401, 'auth.unauthorized');
});

test('a new password needs a proof, and keeps the rules', async () => {
  const { user, call, prove } = await fresh();
  const next = 'Wm3!kpd8vQzT';
  refused(await call('POST', '/api/my-account/password', { password: next }), 401, 'verification_record.permission_denied');
  const proof = await prove();
  refused(await call('POST', '/api/my-account/password', { password: 'short' }, proof), 422, 'password.rejected');
  refused(await call('POST', '/api/my-account/password', { password: user.password }, proof), 422, 'user.same_password');
  assert.equal((await call('POST', '/api/my-account/password', { password: next }, proof)).status, 204);
  refused(await call('POST', '/api/verifications/password', { password: user.password }), 422, 'session.invalid_credentials');
  await enter({ ...user, password: next });
});

// Security check 134.
test('a new password ends the other sessions with their refresh tokens, not the one that set it', async () => {
  const user = await createUser(server);
  const [mine, thief] = [new Browser(server), new Browser(server)];
  const tokens = async (browser) => (await exchange(server, spa, await signIn(browser, spa, user, { scope: SCOPE }))).json;
  const [own, other] = [await tokens(mine), await tokens(thief)];
  const call = (method, path, body, headers) => api(server, method, path, { token: own.access_token, body, headers });
  const proof = await call('POST', '/api/verifications/password', { password: user.password });
  const headers = { 'logto-verification-id': proof.json.verificationRecordId };
  assert.equal((await call('POST', '/api/my-account/password', { password: 'Wm3!kpd8vQzT' }, headers)).status, 204);
  assert.equal((await refresh(server, spa, other.refresh_token)).json.error, 'invalid_grant');
  assert.equal((await userinfo(server, other.access_token)).status, 401);
  const isSignedIn = async (browser) => !(await browser.page(authorizeUrl(spa, pkce(), { prompt: 'none' }))).headers.location.includes('login_required');
  assert.deepEqual([await isSignedIn(mine), await isSignedIn(thief)], [true, false]);
  const sessions = (await call('GET', '/api/my-account/sessions', undefined, headers)).json.sessions;
  assert.deepEqual(sessions.map(({ isCurrent }) => isCurrent), [true]);
  const { refresh_token: next } = (await refresh(server, spa, own.refresh_token)).json;
  assert.ok(next);
  await manage('PATCH', `/api/users/${user.id}/password`, { password: 'Kq7!mzd2vRtX' });
  assert.equal((await refresh(server, spa, next)).json.error, 'invalid_grant');
  assert.equal(await isSignedIn(mine), false);
});

test('a proof is the user\'s own, and not made by guessing', async () => {
  const [mine, other] = [await fresh(), await fresh()];
  const proof = await mine.prove();
  for (const headers of [proof, { 'logto-verification-id': 'nothing' }])
    refused(await other.call('GET', '/api/my-account/sessions', undefined, headers), 401, 'verification_record.permission_denied');
  await manage('PATCH', '/api/sign-in-exp', { sentinelPolicy: { maxAttempts: 3, lockoutDuration: 10 } });
  try {
    for (let i = 0; i < 2; i += 1) refused(await other.call('POST', '/api/verifications/password', { password: 'wrong' }), 422, 'session.invalid_credentials');
    refused(await other.call('POST', '/api/verifications/password', { password: 'wrong' }), 400, 'session.verification_blocked_too_many_attempts');
    refused(await other.call('POST', '/api/verifications/password', { password: PASSWORD }), 400, 'session.verification_blocked_too_many_attempts');
  } finally {
    await manage('PATCH', '/api/sign-in-exp', { sentinelPolicy: {} });
  }
});

test('sessions and grants are listed and ended', async () => {
  const { user, call, prove, token } = await fresh();
  const second = await enter(user);
  refused(await call('GET', '/api/my-account/sessions'), 401, 'verification_record.permission_denied');
  const proof = await prove();
  const { sessions } = (await call('GET', '/api/my-account/sessions', undefined, proof)).json;
  assert.deepEqual(sessions.map((each) => each.isCurrent), [true, false]);
  const { grants } = (await call('GET', '/api/my-account/grants?appType=firstParty', undefined, proof)).json;
  assert.deepEqual(grants.map((each) => each.application.name), ['One', 'One']);
  assert.deepEqual((await call('GET', '/api/my-account/grants?appType=thirdParty', undefined, proof)).json.grants, []);
  const path = `/api/my-account/sessions/${sessions[1].payload.uid}?revokeGrantsTarget=all`;
  assert.equal((await call('DELETE', path, undefined, proof)).status, 204);
  assert.equal((await userinfo(server, second.token)).status, 401);
  refused(await call('DELETE', path, undefined, proof), 404, 'oidc.session_not_found');
  const stranger = await fresh();
  refused(await stranger.call('DELETE', `/api/my-account/grants/${grants[0].id}`, undefined, await stranger.prove()), 404, 'oidc.invalid_grant');
  assert.equal((await userinfo(server, token)).status, 200);
  assert.equal((await call('DELETE', `/api/my-account/grants/${grants[0].id}`, undefined, proof)).status, 204);
  assert.equal((await userinfo(server, token)).status, 401);
});

test('wishes about factors', async () => {
  const { call, prove } = await fresh();
  assert.deepEqual((await call('GET', '/api/my-account/mfa-settings')).json, { skipMfaOnSignIn: false });
  refused(await call('PATCH', '/api/my-account/mfa-settings', { skipMfaOnSignIn: true }), 401, 'verification_record.permission_denied');
  refused(await call('PATCH', '/api/my-account/logto-configs', {}), 401, 'verification_record.permission_denied');
  const proof = await prove();
  assert.deepEqual((await call('PATCH', '/api/my-account/mfa-settings', { skipMfaOnSignIn: true }, proof)).json, { skipMfaOnSignIn: true });
  const changed = await call('PATCH', '/api/my-account/logto-configs', { passkeySignIn: { skipped: true } }, proof);
  assert.deepEqual(changed.json, { mfa: { skipped: false, skipMfaOnSignIn: true }, passkeySignIn: { skipped: true } });
  assert.deepEqual((await call('GET', '/api/my-account/logto-configs')).json, changed.json);
});

test('applications of others read, and change nothing', async () => {
  const { user } = await fresh();
  const { call, prove } = await enter(user);
  await manage('PATCH', `/api/applications/${spa.id}`, { name: 'One' });
  const third = await createClient(server, 'Traditional', { name: 'Third', isThirdParty: true });
  await manage('POST', `/api/applications/${third.id}/user-consent-scopes`, { userScopes: ['profile'] }, 201);
  const tab = new Browser(server);
  await signIn(tab, spa, user);
  const keys = pkce();
  await tab.follow(await tab.page(authorizeUrl(third, keys, { scope: 'openid profile' })));
  const { redirectTo } = (await tab.request('POST', '/api/interaction/consent', { headers: { origin: server.base }, body: {} })).json;
  const { url } = await tab.follow(await tab.page(redirectTo));
  const { access_token: token } = (await exchange(server, third, { code: url.searchParams.get('code'), verifier: keys.verifier })).json;
  server.secrets.add(token);
  assert.equal((await api(server, 'GET', '/api/my-account', { token })).json.username, user.username);
  refused(await api(server, 'PATCH', '/api/my-account', { token, body: { name: 'x' } }), 403, 'auth.third_party_application_forbidden');
  refused(await api(server, 'POST', '/api/verifications/password', { token, body: { password: user.password } }), 403, 'auth.third_party_application_forbidden');
  // With the proof of another application, too.
  refused(await api(server, 'POST', '/api/my-account/password', { token, body: { password: 'Wm3!kpd8vQzT' }, headers: await prove() }), 403, 'auth.third_party_application_forbidden');
  assert.equal((await call('GET', '/api/my-account')).status, 200);
});

test('changes are kept in the log; pages of any origin may ask', async () => {
  const { user, call } = await fresh();
  const answer = await call('PATCH', '/api/my-account', { name: 'Logged' }, { origin: 'https://spa.example' });
  assert.equal(answer.headers['access-control-allow-origin'], 'https://spa.example');
  const preflight = await api(server, 'OPTIONS', '/api/my-account', {
    headers: { origin: 'https://spa.example', 'access-control-request-method': 'PATCH', 'access-control-request-headers': 'authorization' },
  });
  assert.equal(preflight.headers['access-control-allow-headers'], 'authorization');
  const [entry] = await manage('GET', `/api/logs?userId=${user.id}&logKey=${encodeURIComponent('AccountApi.PATCH /api/my-account')}`);
  assert.equal(entry?.key, 'AccountApi.PATCH /api/my-account');
});

test('an address and a number: proven by a code, then one\'s own; removed again', async () => {
  const { user, call, prove } = await fresh();
  const proof = await prove();
  const other = await fresh();
  const ask = (identifier, who = call) => who('POST', '/api/verifications/verification-code', { identifier });
  const show = (identifier, verificationId, code, who = call) => who('POST', '/api/verifications/verification-code/verify', { identifier, verificationId, code });
  const value = `${unique('me')}@mail.example`;
  refused(await ask({ type: 'email', value }), 501, 'connector.not_found');
  const boxes = { email: await startHttpMailbox(), phone: await startHttpMailbox() };
  try {
    for (const [connectorId, box] of [['http-email', boxes.email], ['http-sms', boxes.phone]]) await manage('POST', '/api/connectors', { connectorId, config: { endpoint: box.url } });
    for (const identifier of [{ type: 'email', value }, { type: 'phone', value: '12025550177' }]) {
      const path = `/api/my-account/primary-${identifier.type}`;
      const sent = await ask(identifier);
      assert.equal(sent.status, 201, sent.text);
      const id = sent.json.verificationRecordId;
      const { type, payload } = await boxes[identifier.type].take(({ to }) => to === identifier.value);
      assert.equal(type, 'BindNewIdentifier');
      server.secrets.add(`"code":"${payload.code}"`);
      const set = (headers = proof, record = id) => call('POST', path, { [identifier.type]: identifier.value, newIdentifierVerificationRecordId: record }, headers);
      refused(await set(), 400, 'verification_record.not_found');
      refused(await show(identifier, id, payload.code === '123456' ? '654321' : '123456'), 400, 'verification_code.code_mismatch');
      refused(await show(identifier, id, payload.code, other.call), 400, 'verification_record.not_found');
      const shown = await show(identifier, id, payload.code);
      assert.deepEqual([shown.status, shown.json], [200, { verificationRecordId: id }], shown.text);
      refused(await set({}), 401, 'verification_record.permission_denied');
      refused(await set({ 'logto-verification-id': id }), 401, 'verification_record.permission_denied');
      refused(await call('POST', path, { [identifier.type]: identifier.type === 'email' ? 'x@mail.example' : '12025550100', newIdentifierVerificationRecordId: id }, proof), 400, 'verification_record.not_found');
      const again = await ask(identifier);
      const second = await boxes[identifier.type].take(({ to }) => to === identifier.value);
      server.secrets.add(`"code":"${second.payload.code}"`);
      await show(identifier, again.json.verificationRecordId, second.payload.code);
      assert.equal((await set(proof, again.json.verificationRecordId)).status, 204);
      refused(await set(proof, again.json.verificationRecordId), 400, 'verification_record.not_found');
      assert.equal((await manage('GET', `/api/users/${user.id}`))[identifier.type === 'email' ? 'primaryEmail' : 'primaryPhone'], identifier.value);

      if (identifier.type === 'email') { // so it does of a factor that is gone
        await manage('POST', `/api/users/${user.id}/mfa-verifications`, { type: 'Totp' });
        const [factor] = await manage('GET', `/api/users/${user.id}/mfa-verifications`);
        assert.equal((await call('DELETE', `/api/my-account/mfa-verifications/${factor.id}`, undefined, proof)).status, 204);
        const notice = await boxes.email.take(({ type: kind }) => kind === 'AccountChanged');
        assert.deepEqual([notice.to, notice.payload], [value, { change: 'mfa' }]);
      }
      const own = await ask(identifier);
      const message = await boxes[identifier.type].take(({ to }) => to === identifier.value);
      assert.equal(message.type, 'UserPermissionValidation');
      server.secrets.add(`"code":"${message.payload.code}"`);
      assert.equal((await show(identifier, own.json.verificationRecordId, message.payload.code)).status, 200);
      const removed = await call('DELETE', path, undefined, { 'logto-verification-id': own.json.verificationRecordId });
      assert.equal(removed.status, 204, removed.text);
      if (identifier.type === 'email') { // check 134: the old address hears of it
        const notice = await boxes.email.take(({ type: kind }) => kind === 'AccountChanged');
        assert.deepEqual([notice.to, notice.payload], [value, { change: 'email' }]);
      }
      refused(await call('DELETE', path), 401, 'verification_record.permission_denied');
    }
    const taken = await createUser(server, { primaryEmail: `${unique('taken')}@mail.example` });
    const identifier = { type: 'email', value: taken.primaryEmail };
    const sent = (await ask(identifier)).json.verificationRecordId;
    const { payload } = await boxes.email.take(({ to }) => to === taken.primaryEmail);
    server.secrets.add(`"code":"${payload.code}"`);
    await show(identifier, sent, payload.code);
    refused(await call('POST', '/api/my-account/primary-email', { email: taken.primaryEmail, newIdentifierVerificationRecordId: sent }, proof), 422, 'user.email_already_in_use');
  } finally {
    Object.values(boxes).forEach((box) => box.close());
  }
});

test('a passkey is made, named, listed, used at sign-in and removed', async () => {
  const { user, call, prove } = await fresh();
  const proof = await prove();
  const BASE = '/api/my-account/mfa-verifications';
  const begin = async (who = call) => {
    const begun = await who('POST', '/api/verifications/web-authn/registration');
    assert.equal(begun.status, 200, begun.text);
    return begun.json;
  };
  const verify = (begun, payload, who = call) => who('POST', '/api/verifications/web-authn/registration/verify', { verificationRecordId: begun.verificationRecordId, payload });
  const add = (record, more = {}, headers = proof) => call('POST', BASE, { type: 'WebAuthn', newIdentifierVerificationRecordId: record, ...more }, headers);
  const begun = await begin();
  assert.ok(new Date(begun.expiresAt) > new Date());
  const [id, key] = [begun.verificationRecordId, new Passkey(server)];
  refused(await add(id), 400, 'session.mfa.mfa_factor_not_enabled');
  await manage('PATCH', '/api/sign-in-exp', { mfa: { factors: ['WebAuthn'], policy: 'NoPrompt' } });
  try {
    refused(await add(id), 400, 'verification_record.not_found');
    refused(await verify(begun, key.create(begun.registrationOptions, { client: { origin: 'https://evil.example' } })), 400, 'session.mfa.webauthn_verification_failed');
    const payload = key.create(begun.registrationOptions);
    refused(await verify(begun, payload, (await fresh()).call), 400, 'verification_record.not_found');
    assert.deepEqual((await verify(begun, payload)).json, { verificationRecordId: id });
    refused(await verify(begun, payload), 400, 'session.mfa.pending_info_not_found');
    refused(await add(id, {}, {}), 401, 'verification_record.permission_denied');
    await controls({ ...EDIT, passkey: 'ReadOnly' });
    refused(await add(id), 400, 'account_center.field_not_editable');
    await controls(EDIT);
    assert.equal((await add(id, { name: 'Laptop' })).status, 204);
    refused(await add(id), 400, 'verification_record.not_found');
    const again = await begin();
    assert.deepEqual(again.registrationOptions.excludeCredentials.map(({ id: known }) => known), [payload.id]);
    const [made] = (await call('GET', BASE)).json;
    assert.deepEqual([made.type, made.name], ['WebAuthn', 'Laptop']);
    const rename = (name, headers = proof, which = made.id) => call('PATCH', `${BASE}/${which}/name`, { name }, headers);
    refused(await rename('Phone', {}), 401, 'verification_record.permission_denied');
    refused(await rename('Phone', proof, 'nothing'), 400, 'verification_record.not_found');
    assert.equal((await rename('Phone')).status, 200);
    assert.equal((await call('GET', BASE)).json[0].name, 'Phone');
    // It is asked for at the next sign-in, and opens it.
    const tab = new Browser(server);
    await tab.page(authorizeUrl(spa, pkce()));
    await tab.step('PUT', '', { interactionEvent: 'SignIn' });
    const identifier = { type: 'username', value: user.username };
    const { verificationId } = (await tab.step('POST', '/verification/password', { identifier, password: user.password })).json;
    await tab.step('POST', '/identification', { verificationId });
    refused(await tab.step('POST', '/submit'), 403, 'session.mfa.require_mfa_verification');
    const asked = (await tab.step('POST', '/verification/web-authn/authentication')).json;
    const shown = await tab.step('POST', '/verification/web-authn/authentication/verify', { verificationId: asked.verificationId, payload: key.get(asked.authenticationOptions) });
    assert.equal(shown.status, 200, shown.text);
    assert.equal((await tab.step('POST', '/submit')).status, 200);
    assert.equal((await call('DELETE', `${BASE}/${made.id}`, undefined, proof)).status, 204);
    assert.deepEqual((await call('GET', BASE)).json, []);
  } finally {
    await controls(EDIT);
    await manage('PATCH', '/api/sign-in-exp', { mfa: { factors: [], policy: 'UserControlled' } });
  }
});

test('factors: an authenticator and backup codes, listed, replaced and removed', async () => {
  const BASE = '/api/my-account/mfa-verifications';
  const { call, prove } = await fresh();
  const proof = await prove();
  const secretOf = async () => {
    const { secret } = (await call('POST', `${BASE}/totp-secret/generate`)).json;
    assert.match(secret, /^[A-Z2-7]{32}$/);
    server.secrets.add(secret);
    return secret;
  };
  const secret = await secretOf();
  const add = (body, headers = proof) => call('POST', BASE, body, headers);
  refused(await add({ type: 'Totp', secret, code: totp(secret) }), 400, 'session.mfa.mfa_factor_not_enabled');
  await manage('PATCH', '/api/sign-in-exp', { mfa: { factors: ['Totp', 'BackupCode'], policy: 'NoPrompt' } });
  try {
    refused(await add({ type: 'Totp', secret: 'no secret' }), 400, 'user.totp_secret_invalid');
    const { codes } = (await call('POST', `${BASE}/backup-codes/generate`)).json;
    assert.equal(codes.length, 10);
    codes.forEach((code) => server.secrets.add(code));
    refused(await add({ type: 'BackupCode', codes }), 422, 'session.mfa.backup_code_can_not_be_alone');
    refused(await add({ type: 'Totp', secret, code: totp(secret) }, {}), 401, 'verification_record.permission_denied');
    refused(await add({ type: 'Totp', secret, code: wrongTotp(secret) }), 400, 'session.mfa.invalid_totp_code');
    assert.equal((await add({ type: 'Totp', secret, code: totp(secret) })).status, 204);
    refused(await add({ type: 'Totp', secret, code: totp(secret) }), 422, 'user.totp_already_in_use');
    assert.equal((await add({ type: 'BackupCode', codes })).status, 204);
    refused(await add({ type: 'BackupCode', codes }), 422, 'user.backup_code_already_in_use');
    const listed = (await call('GET', BASE)).json;
    assert.deepEqual(listed.map(({ type, remainCodes }) => [type, remainCodes]), [['Totp', undefined], ['BackupCode', 10]]);
    const next = await secretOf();
    refused(await call('PUT', `${BASE}/totp`, { secret: next, code: wrongTotp(next) }, proof), 400, 'session.mfa.invalid_totp_code');
    assert.equal((await call('PUT', `${BASE}/totp`, { secret: next, code: totp(next) }, proof)).status, 204);
    assert.equal((await call('GET', BASE)).json.length, 2);
    refused(await call('DELETE', `${BASE}/nope`, undefined, proof), 400, 'verification_record.not_found');
    const strange = await fresh();
    refused(await strange.call('DELETE', `${BASE}/${listed[1].id}`, undefined, await strange.prove()), 400, 'verification_record.not_found');
    for (const { id } of (await call('GET', BASE)).json) assert.equal((await call('DELETE', `${BASE}/${id}`, undefined, proof)).status, 204);
    assert.deepEqual((await call('GET', BASE)).json, []);
  } finally {
    await manage('PATCH', '/api/sign-in-exp', { mfa: { factors: [], policy: 'UserControlled' } });
  }
});
