// Passwords that are good for some days only: an older one is right, but a new one must be set.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, token } from '../lib/api.js';
import { Browser, PASSWORD, authorizeUrl, createClient, createUser, enterPassword, pkce } from '../lib/browser.js';
import { admin, unique } from '../lib/fixtures.js';
import { startHttpMailbox } from '../lib/mailbox.js';
import { Preload } from '../lib/preload.js';
import { startServer } from '../lib/server.js';

const DAY = 86_400_000;
let server, clock, spa, mails;
const management = async (method, path, body) => {
  const answer = await api(server, method, path, { token: await admin(server), body });
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
};
const set = (body) => management('PATCH', '/api/sign-in-exp', body);
const wanted = { passwordExpiration: { enabled: true, validPeriodDays: 3 } };

before(async () => {
  clock = new Preload('clock', 0);
  mails = await startHttpMailbox();
  server = await startServer({ env: { SIGNET_CONNECTOR_PRIVATE_ADDRESSES: 'true' } });
  await server.restart({ SIGNET_CONNECTOR_PRIVATE_ADDRESSES: 'true', ...clock.env });
  spa = await createClient(server, 'SPA');
  await management('POST', '/api/connectors', { connectorId: 'http-email', config: { endpoint: mails.url, authorization: 'Bearer mine' } });
  await set({ forgotPasswordMethods: ['EmailVerificationCode'] });
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

function refused(answer, status, code) {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.json.code, code);
}

async function begun(interactionEvent = 'SignIn') {
  const tab = new Browser(server);
  assert.equal((await tab.page(authorizeUrl(spa, pkce()))).status, 303);
  assert.equal((await tab.step('PUT', '', { interactionEvent })).status, 204);
  return tab;
}

const prove = async ({ username }, password = PASSWORD) =>
  (await begun()).step('POST', '/verification/password', { identifier: { type: 'username', value: username }, password });

async function signsIn(user) {
  const browser = new Browser(server);
  await browser.page(authorizeUrl(spa, pkce()));
  assert.ok(await enterPassword(browser, user));
}

async function setAnew(email, password) {
  const tab = await begun('ForgotPassword');
  const identifier = { type: 'email', value: email };
  const { verificationId } = (await tab.step('POST', '/verification/verification-code', { identifier, interactionEvent: 'ForgotPassword' })).json;
  const { payload: { code } } = await mails.take(({ to }) => to === email);
  server.secrets.add(`"code":"${code}"`);
  for (const [method, path, body, status] of [
    ['POST', '/verification/verification-code/verify', { identifier, verificationId, code }, 200],
    ['POST', '/identification', { verificationId }, 204],
    ['PUT', '/profile/password', { password }, 204],
    ['POST', '/submit', undefined, 204],
  ]) {
    const answer = await tab.step(method, path, body);
    assert.equal(answer.status, status, answer.text);
  }
}

test('a password signs in for three days; then a new one is set by the way of a forgotten one', async () => {
  await days(0);
  const { passwordExpiration } = await set(wanted);
  assert.equal(passwordExpiration.validPeriodDays, 3);
  assert.ok(Math.abs(Date.now() - passwordExpiration.enabledAt) < 60_000);
  const email = `${unique('user')}@example.com`;
  const user = await createUser(server, { primaryEmail: email });
  await days(2.9);
  await signsIn(user);
  await days(3.1);
  refused(await prove(user, 'another'), 422, 'session.invalid_credentials');
  const answer = await prove(user);
  refused(answer, 422, 'password.expired');
  assert.equal(answer.json.data, undefined);
  const renewed = { ...user, password: 'tango uniform 8 kilo' };
  await setAnew(email, renewed.password);
  await signsIn(renewed);
  await days(6.2);
  refused(await prove(renewed, renewed.password), 422, 'password.expired');
  await management('PATCH', `/api/users/${user.id}/password`, { password: PASSWORD });
  await signsIn(user);
  await days(12);
  await set({ passwordExpiration: { enabled: false } });
  await signsIn(user);
  await days(0);
});

test('an operator lets a password expire', async () => {
  await set(wanted);
  const user = await createUser(server);
  const expire = (isExpired) => management('PATCH', `/api/users/${user.id}/password/expiration`, { isExpired });
  assert.equal((await expire(true)).id, user.id);
  refused(await prove(user), 422, 'password.expired');
  await expire(false);
  await signsIn(user);
  await expire(true);
  await management('PATCH', `/api/users/${user.id}/password`, { password: `${PASSWORD}2` });
  await signsIn({ ...user, password: `${PASSWORD}2` });
  await set({ passwordExpiration: { enabled: false } });
});

test('who knows a password that has expired is no stranger: the failures before it are forgotten', async () => {
  await set({ ...wanted, sentinelPolicy: { maxAttempts: 2, lockoutDuration: 10 } });
  const user = await createUser(server);
  await management('PATCH', `/api/users/${user.id}/password/expiration`, { isExpired: true });
  refused(await prove(user, 'another'), 422, 'session.invalid_credentials');
  refused(await prove(user), 422, 'password.expired');
  refused(await prove(user, 'another'), 422, 'session.invalid_credentials');
  await set({ passwordExpiration: { enabled: false }, sentinelPolicy: {} });
});
