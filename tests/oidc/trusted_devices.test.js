// Browsers that are asked for no second factor for a while, after one was shown there.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, token } from '../lib/api.js';
import { Browser, PASSWORD, authorizeUrl, createClient, createUser, exchange, pkce } from '../lib/browser.js';
import { totp } from '../lib/factors.js';
import { admin } from '../lib/fixtures.js';
import { startHttpMailbox } from '../lib/mailbox.js';
import { Preload } from '../lib/preload.js';
import { startServer } from '../lib/server.js';

const DAY = 86_400_000;
const SCOPE = 'urn:logto:scope:trusted_devices';
let server, clock, spa, mails;
const manage = async (method, path, body, status = 200) => {
  const answer = await api(server, method, path, { token: await admin(server), body });
  assert.equal(answer.status, status, answer.text);
  return answer.json;
};
const set = (trustedDevice) => manage('PATCH', '/api/sign-in-exp', { trustedDevice });

before(async () => {
  clock = new Preload('clock', 0);
  mails = await startHttpMailbox();
  const env = { SIGNET_CONNECTOR_PRIVATE_ADDRESSES: 'true' };
  server = await startServer({ env });
  await server.restart({ ...env, ...clock.env });
  spa = await createClient(server, 'SPA');
  server.secrets.add(PASSWORD);
  await manage('PATCH', '/api/sign-in-exp', { mfa: { factors: ['Totp', 'BackupCode'], policy: 'NoPrompt' } });
  await manage('POST', '/api/connectors', { connectorId: 'http-email', config: { endpoint: mails.url, authorization: 'Bearer mine' } });
  await manage('PATCH', '/api/account-center', { enabled: true, fields: { trustedDevice: 'Edit' } });
});
after(async () => {
  mails.close();
  await server.stop();
  clock.remove();
});

async function days(count) {
  clock.set(count * DAY);
  server.adminToken = await token(server);
}

function done(answer, status = 204) {
  assert.equal(answer.status, status, answer.text);
  return answer.json;
}

function refused(answer, status, code) {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.json.code, code);
}

async function userWithFactors() {
  const user = await createUser(server);
  for (const type of ['Totp', 'BackupCode']) {
    const made = await manage('POST', `/api/users/${user.id}/mfa-verifications`, { type });
    if (made.secret) server.secrets.add((user.secret = made.secret));
    if (made.codes) user.codes = made.codes;
  }
  return user;
}

// A new sign-in in this browser, in which the password has been shown.
async function known(user, tab = new Browser(server)) {
  tab.keys = pkce();
  done(await tab.page(authorizeUrl(spa, tab.keys, { scope: `openid ${SCOPE}`, prompt: 'login consent' })), 303);
  done(await tab.step('PUT', '', { interactionEvent: 'SignIn' }));
  const identifier = { type: 'username', value: user.username };
  const { verificationId } = done(await tab.step('POST', '/verification/password', { identifier, password: PASSWORD }), 200);
  done(await tab.step('POST', '/identification', { verificationId }));
  return tab;
}

const submit = (tab) => tab.step('POST', '/submit');
const trust = (tab) => tab.step('POST', '/profile/mfa/trusted-device');
const MUST = [403, 'session.mfa.require_mfa_verification'];

// A code is good once: the second one of a user is that of the next half minute.
async function showTotp(tab, user, later = 0) {
  done(await tab.step('POST', '/verification/totp/verify', { code: totp(user.secret, Math.floor(Date.now() / 30_000) + later) }), 200);
}

async function finished(tab) {
  const { redirectTo } = done(await submit(tab), 200);
  const { url } = await tab.follow(await tab.page(redirectTo));
  return done(await exchange(server, spa, { code: url.searchParams.get('code'), verifier: tab.keys.verifier }), 200).access_token;
}

async function trusted(user, later) {
  const tab = await known(user);
  await showTotp(tab, user, later);
  done(await trust(tab));
  tab.accessToken = await finished(tab);
  return tab;
}

// The code that was sent to the address is shown.
async function showCode(tab, value, interactionEvent) {
  const identifier = { type: 'email', value };
  const { verificationId } = done(await tab.step('POST', '/verification/verification-code', { identifier, interactionEvent }), 200);
  const { payload: { code } } = await mails.take(({ to }) => to === value);
  server.secrets.add(`"code":"${code}"`);
  done(await tab.step('POST', '/verification/verification-code/verify', { identifier, verificationId, code }), 200);
  return verificationId;
}

const devicesOf = (user) => manage('GET', `/api/users/${user.id}/trusted-devices`);
const trustCookies = (tab) => [...tab.cookies.keys()].filter((name) => name.includes('_trusted_'));

test('where the tenant does not let it be, nothing is offered and nothing made', async () => {
  const user = await userWithFactors();
  const tab = await known(user);
  await showTotp(tab, user);
  assert.equal((await tab.step('GET', '/interaction')).json.trustedDevice, undefined);
  done(await trust(tab));
  await finished(tab);
  assert.deepEqual([await devicesOf(user), trustCookies(tab)], [[], []]);
  refused(await submit(await known(user, tab)), ...MUST);
});

test('a browser that was trusted is asked for no factor for so many days, and no other browser or user is let in by it', async () => {
  await set({ enabled: true, durationDays: 3 });
  const [user, other] = [await userWithFactors(), await userWithFactors()];
  const tab = await known(user);
  refused(await trust(tab), ...MUST);
  await showTotp(tab, user);
  assert.deepEqual((await tab.step('GET', '/interaction')).json.trustedDevice, { canCreate: true, durationDays: 3 });
  done(await trust(tab));
  assert.deepEqual(trustCookies(tab), [], 'only at the end');
  await finished(tab);
  const [device, ...more] = await devicesOf(user);
  assert.deepEqual([more.length, device.userAgent, device.country, device.city, device.expiresAt - device.createdAt], [0, null, null, null, 3 * DAY]);
  await days(2.9);
  await finished(await known(user, tab));
  const [used] = await devicesOf(user);
  assert.ok(used.lastUsedAt - device.lastUsedAt > 2 * DAY);
  refused(await submit(await known(user)), ...MUST);
  refused(await submit(await known(other, tab)), ...MUST);
  const stolen = tab.cookies.get(trustCookies(tab)[0]);
  const thief = await known(other);
  refused(await submit(thief), ...MUST);
  thief.cookies.set(trustCookies(tab)[0], stolen);
  refused(await submit(thief), ...MUST);
  await days(3.1);
  refused(await submit(await known(user, tab)), ...MUST);
  assert.deepEqual(await devicesOf(user), []);
  await days(0);
});

test('a backup code is not worth it; a new factor is', async () => {
  const user = await userWithFactors();
  const tab = await known(user);
  done(await tab.step('POST', '/verification/backup-code/verify', { code: user.codes[0] }), 200);
  refused(await trust(tab), ...MUST);
  await finished(tab);
  const fresh = await createUser(server);
  const first = await known(fresh);
  refused(await trust(first), ...MUST);
  const { verificationId, secret } = done(await first.step('POST', '/verification/totp/secret'), 200);
  server.secrets.add(secret);
  done(await first.step('POST', '/verification/totp/verify', { verificationId, code: totp(secret) }), 200);
  done(await first.step('POST', '/profile/mfa', { type: 'Totp', verificationId }));
  const codes = done(await first.step('POST', '/verification/backup-code/generate'), 200);
  done(await first.step('POST', '/profile/mfa', { type: 'BackupCode', verificationId: codes.verificationId }));
  done(await trust(first));
  await finished(first);
  await finished(await known(fresh, first));
});

test('a trusted browser gets no new factor without one being shown in the same sign-in', async () => {
  const user = await createUser(server);
  const { secret } = await manage('POST', `/api/users/${user.id}/mfa-verifications`, { type: 'Totp' });
  server.secrets.add((user.secret = secret));
  const tab = await trusted(user);
  await known(user, tab);
  const { verificationId } = done(await tab.step('POST', '/verification/backup-code/generate'), 200);
  const bind = () => tab.step('POST', '/profile/mfa', { type: 'BackupCode', verificationId });
  refused(await bind(), ...MUST);
  refused(await tab.step('POST', '/profile/mfa/passkey', { verificationId }), ...MUST);
  await showTotp(tab, user, 1);
  done(await bind());
  await finished(tab);
  assert.deepEqual((await manage('GET', `/api/users/${user.id}/mfa-verifications`)).map(({ type }) => type).sort(), ['BackupCode', 'Totp']);
});

test('an address that codes would be sent to is a new factor too', async () => {
  await manage('PATCH', '/api/sign-in-exp', { mfa: { factors: ['Totp', 'EmailVerificationCode'], policy: 'NoPrompt' } });
  const user = await createUser(server);
  const { secret } = await manage('POST', `/api/users/${user.id}/mfa-verifications`, { type: 'Totp' });
  server.secrets.add((user.secret = secret));
  const tab = await trusted(user);
  await known(user, tab);
  const verificationId = await showCode(tab, `${user.username}@a.example`, 'SignIn');
  done(await tab.step('POST', '/profile', { type: 'email', verificationId }));
  refused(await submit(tab), ...MUST);
  await showTotp(tab, user, 1);
  await finished(tab);
  await manage('PATCH', '/api/sign-in-exp', { mfa: { factors: ['Totp', 'BackupCode'], policy: 'NoPrompt' } });
});

test('a forgotten password that is set anew ends the trust', async () => {
  await manage('PATCH', '/api/sign-in-exp', { forgotPasswordMethods: ['EmailVerificationCode'] });
  const user = await userWithFactors();
  const email = `${user.username}@b.example`;
  await manage('PATCH', `/api/users/${user.id}`, { primaryEmail: email });
  const tab = await trusted(user);
  const other = new Browser(server);
  await other.page(authorizeUrl(spa, pkce()));
  done(await other.step('PUT', '', { interactionEvent: 'ForgotPassword' }));
  const verificationId = await showCode(other, email, 'ForgotPassword');
  done(await other.step('POST', '/identification', { verificationId }));
  done(await other.step('PUT', '/profile/password', { password: `${PASSWORD}new` }));
  done(await submit(other));
  assert.deepEqual(await devicesOf(user), []);
  await manage('PATCH', `/api/users/${user.id}/password`, { password: PASSWORD });
  refused(await submit(await known(user, tab)), ...MUST);
});

test('a password that an operator sets, and a factor that is deleted, end the trust', async () => {
  const user = await userWithFactors();
  const tab = await trusted(user);
  await manage('PATCH', `/api/users/${user.id}/password`, { password: PASSWORD });
  assert.deepEqual(await devicesOf(user), []);
  refused(await submit(await known(user, tab)), ...MUST);
  const again = await trusted(user, 1);
  const factors = await manage('GET', `/api/users/${user.id}/mfa-verifications`);
  await manage('DELETE', `/api/users/${user.id}/mfa-verifications/${factors.find(({ type }) => type === 'BackupCode').id}`, undefined, 204);
  assert.deepEqual(await devicesOf(user), []);
  refused(await submit(await known(user, again)), ...MUST);
});

test('it ends at once when it is forgotten, when the tenant stops it, and for members of an organization that does not want it', async () => {
  const user = await userWithFactors();
  const tab = await trusted(user);
  await finished(await known(user, tab));
  const organization = await manage('POST', '/api/organizations', { name: 'strict', isTrustedDeviceAllowed: false }, 201);
  await manage('POST', `/api/organizations/${organization.id}/users`, { userIds: [user.id] }, 201);
  refused(await submit(await known(user, tab)), ...MUST);
  await manage('PATCH', `/api/organizations/${organization.id}`, { isTrustedDeviceAllowed: true });
  await finished(await known(user, tab));
  await set({ enabled: false });
  refused(await submit(await known(user, tab)), ...MUST);
  await set({ enabled: true });
  await finished(await known(user, tab));
  const [{ id }] = await devicesOf(user);
  await manage('DELETE', `/api/users/${user.id}/trusted-devices/${id}`, undefined, 204);
  await manage('DELETE', `/api/users/${user.id}/trusted-devices/${id}`, undefined, 404);
  refused(await submit(await known(user, tab)), ...MUST);
});

test('users see and forget their own', async () => {
  const [user, other] = [await userWithFactors(), await userWithFactors()];
  const tab = await trusted(user);
  const stranger = await trusted(other);
  const proof = async ({ accessToken }) => {
    const proven = await api(server, 'POST', '/api/verifications/password', { token: accessToken, body: { password: PASSWORD } });
    return { 'logto-verification-id': done(proven, 201).verificationRecordId };
  };
  const ask = (who, method, path, headers) => who.request(method, `/api/my-account/trusted-devices${path}`, { token: who.accessToken, headers });
  refused(await ask(tab, 'GET', '', {}), 401, 'verification_record.permission_denied');
  const headers = await proof(tab);
  const listed = await ask(tab, 'GET', '', headers);
  assert.equal(listed.headers['total-number'], '1');
  const [{ id, isCurrent }] = done(listed, 200);
  assert.equal(isCurrent, true);
  assert.deepEqual(done(await ask(tab, 'GET', '?limit=1', headers), 200).map((one) => one.id), [id]);
  refused(await ask(tab, 'GET', '?after=x', headers), 400, 'guard.invalid_pagination');
  assert.equal((await api(server, 'GET', '/api/my-account/trusted-devices', { token: tab.accessToken, headers })).json[0].isCurrent, false);
  refused(await ask(stranger, 'DELETE', `/${id}`, await proof(stranger)), 404, 'entity.not_found');
  await manage('PATCH', '/api/account-center', { fields: { trustedDevice: 'ReadOnly' } });
  refused(await ask(tab, 'DELETE', `/${id}`, headers), 400, 'account_center.field_not_editable');
  await manage('PATCH', '/api/account-center', { fields: {} });
  refused(await ask(tab, 'GET', '', headers), 400, 'account_center.field_not_enabled');
  await manage('PATCH', '/api/account-center', { fields: { trustedDevice: 'Edit' } });
  done(await ask(tab, 'DELETE', `/${id}`, headers));
  assert.deepEqual([await devicesOf(user), trustCookies(tab)], [[], []]);
  refused(await submit(await known(user, tab)), ...MUST);
});
