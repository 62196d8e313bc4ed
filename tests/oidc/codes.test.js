// Codes by email and text message: signing in, registering and forgotten passwords.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api } from '../lib/api.js';
import { Browser, PASSWORD, authorizeUrl, createClient, createUser, enterPassword, exchange, pkce, refresh, signIn, userinfo } from '../lib/browser.js';
import { admin, unique } from '../lib/fixtures.js';
import { startHttpMailbox } from '../lib/mailbox.js';
import { startServer } from '../lib/server.js';

let server, spa, mails, texts;
const management = async (method, path, body) => api(server, method, path, { token: await admin(server), body });
const set = async (body) => {
  const answer = await management('PATCH', '/api/sign-in-exp', body);
  assert.equal(answer.status, 200, answer.text);
};
const method = (identifier) => ({ identifier, password: identifier === 'username', verificationCode: identifier !== 'username', isPasswordPrimary: identifier === 'username' });

before(async () => {
  server = await startServer({ env: { SIGNET_CONNECTOR_PRIVATE_ADDRESSES: 'true' } });
  [mails, texts] = [await startHttpMailbox(), await startHttpMailbox()];
  spa = await createClient(server, 'SPA');
  for (const [connectorId, box] of [['http-email', mails], ['http-sms', texts]]) {
    const made = await management('POST', '/api/connectors', { connectorId, config: { endpoint: box.url, authorization: 'Bearer mine' } });
    assert.equal(made.status, 200, made.text);
  }
  await set({ signIn: { methods: ['username', 'email', 'phone'].map(method) }, signUp: { identifiers: ['email'], password: false, verify: true }, forgotPasswordMethods: ['EmailVerificationCode'] });
});
after(async () => {
  mails.close();
  texts.close();
  await server.stop();
});

const address = () => `${unique('user')}@example.com`;
const mail = (value) => ({ type: 'email', value });

async function begun(interactionEvent = 'SignIn', parameters = {}) {
  const tab = new Browser(server);
  tab.keys = pkce();
  tab.event = interactionEvent;
  assert.equal((await tab.page(authorizeUrl(spa, tab.keys, parameters))).status, 303);
  assert.equal((await tab.step('PUT', '', { interactionEvent })).status, 204);
  return tab;
}

const ask = (tab, identifier, interactionEvent = tab.event) => tab.step('POST', '/verification/verification-code', { identifier, interactionEvent });
const show = (tab, identifier, verificationId, code) => tab.step('POST', '/verification/verification-code/verify', { identifier, verificationId, code });
const identify = (tab, verificationId) => tab.step('POST', '/identification', { verificationId });
const box = ({ type }) => (type === 'email' ? mails : texts);

async function sent(tab, identifier) {
  const { verificationId } = (await ask(tab, identifier)).json;
  const message = await box(identifier).take(({ to }) => to === identifier.value);
  server.secrets.add(`"code":"${message.payload.code}"`);
  return { verificationId, message, code: message.payload.code };
}

async function verified(tab, identifier) {
  const { verificationId, code } = await sent(tab, identifier);
  const answer = await show(tab, identifier, verificationId, code);
  assert.equal(answer.status, 200, answer.text);
  return verificationId;
}

function refused(answer, status, code) {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.json.code, code);
}

const other = (code) => (code === '123456' ? '654321' : '123456');

test('registering with a code, then signing in with one', async () => {
  const email = address();
  const tab = await begun('Register');
  const { verificationId, message, code } = await sent(tab, mail(email));
  assert.equal(message.type, 'Register');
  assert.match(code, /^\d{6}$/);
  assert.equal(message.headers.authorization, 'Bearer mine');
  assert.equal(message.payload.application.id, spa.id);
  refused(await identify(tab, verificationId), 400, 'session.verification_failed');
  refused(await show(tab, mail(email), verificationId, other(code)), 400, 'verification_code.code_mismatch');
  assert.equal((await show(tab, mail(email), verificationId, code)).status, 200);
  const made = await identify(tab, verificationId);
  assert.equal(made.status, 201, made.text);
  assert.equal(made.text, 'Created');
  const { redirectTo } = (await tab.step('POST', '/submit')).json;
  const { url } = await tab.follow(await tab.page(redirectTo));
  assert.equal((await exchange(server, spa, { code: url.searchParams.get('code'), verifier: tab.keys.verifier })).status, 200);

  const later = await begun();
  const again = await verified(later, mail(email.toUpperCase()));
  assert.equal((await identify(later, again)).status, 204);
  assert.equal((await later.step('POST', '/submit')).status, 200);
  const state = await begun('Register');
  refused(await identify(state, await verified(state, mail(email))), 422, 'user.email_already_in_use');
});

test('by text message; an unknown recipient', async () => {
  const phone = { type: 'phone', value: '12025550143' };
  const tab = await begun();
  refused(await identify(tab, await verified(tab, phone)), 404, 'user.user_not_exist');
  const user = await createUser(server, { primaryPhone: phone.value });
  const known = await begun();
  assert.equal((await identify(known, await verified(known, phone))).status, 204);
  const state = (await known.step('GET', '/interaction')).json;
  assert.equal(state.userId, user.id);
  assert.deepEqual(state.verificationRecords.map(({ type, identifier, verified: done }) => [type, identifier, done]), [['PhoneVerificationCode', phone, true]]);
  refused(await ask(tab, { type: 'phone', value: 'abc' }), 400, 'guard.invalid_input');
});

test('check 129: a code is good once, in one browser, for one address, five times wrong, and gone when a new one is sent', async () => {
  const email = mail(address());
  const tab = await begun('Register');
  const first = await sent(tab, email);
  const second = await sent(tab, email);
  refused(await show(tab, email, first.verificationId, first.code), 404, 'session.verification_session_not_found');
  refused(await show(tab, mail(address()), second.verificationId, second.code), 400, 'verification_code.email_mismatch');
  const stranger = await begun('Register');
  refused(await show(stranger, email, second.verificationId, second.code), 404, 'session.verification_session_not_found');
  const answers = await Promise.all(Array.from({ length: 20 }, () => show(tab, email, second.verificationId, second.code)));
  assert.equal(answers.filter(({ status }) => status === 200).length, 1, 'of twenty at once one succeeds');
  refused(await show(tab, email, second.verificationId, second.code), 400, 'verification_code.not_found');

  const third = await sent(tab, email);
  const wrong = await Promise.all(Array.from({ length: 8 }, () => show(tab, email, third.verificationId, other(third.code))));
  const count = (code) => wrong.filter(({ json }) => json.code === code).length;
  assert.equal(count('verification_code.code_mismatch'), 5);
  assert.equal(count('verification_code.exceed_max_try'), 3);
  refused(await show(tab, email, third.verificationId, third.code), 400, 'verification_code.exceed_max_try');
});

test('check 129: ten messages to one recipient in ten minutes', async () => {
  const email = mail(address());
  const tab = await begun('Register');
  for (let i = 0; i < 10; i += 1) await sent(tab, email);
  refused(await ask(tab, mail(email.value.toUpperCase())), 429, 'request.message_rate_limited');
  const unknown = await begun('ForgotPassword');
  const nobody = mail(address());
  for (let i = 0; i < 10; i += 1) assert.equal((await ask(unknown, nobody)).status, 200);
  refused(await ask(unknown, nobody), 429, 'request.message_rate_limited');
});

test('checks 129, 135: a forgotten password is set anew; an unknown address is answered alike, but gets nothing', async () => {
  const email = mail(address());
  const user = await createUser(server, { primaryEmail: email.value });
  const before = new Browser(server);
  const tokens = (await exchange(server, spa, await signIn(before, spa, user))).json;
  const tab = await begun('ForgotPassword');
  const unknown = mail(address());
  const nobody = await ask(tab, unknown);
  assert.equal(nobody.status, 200);
  assert.deepEqual(Object.keys(nobody.json), ['verificationId']);
  refused(await show(tab, mail(address()), nobody.json.verificationId, '123456'), 400, 'verification_code.email_mismatch');
  refused(await tab.step('PUT', '/profile/password', { password: PASSWORD }), 404, 'session.identifier_not_found');
  const { verificationId, message, code } = await sent(tab, email);
  assert.equal(message.type, 'ForgotPassword');
  assert.deepEqual(mails.messages.filter(({ to }) => to === unknown.value), []);
  await show(tab, email, verificationId, code);
  assert.equal((await identify(tab, verificationId)).status, 204);
  refused(await tab.step('POST', '/submit'), 422, 'user.new_password_required_in_profile');
  refused(await tab.step('PUT', '/profile/password', { password: '1' }), 422, 'password.rejected');
  refused(await tab.step('PUT', '/profile/password', { password: PASSWORD }), 422, 'user.same_password');
  const password = 'tango uniform 8 kilo';
  assert.equal((await tab.step('PUT', '/profile/password', { password })).status, 204);
  const submitted = await tab.step('POST', '/submit');
  assert.deepEqual([submitted.status, submitted.text, submitted.headers['content-type']], [204, '', undefined]);
  refused(await tab.step('POST', '/submit'), 404, 'session.interaction_not_found');
  const notice = await mails.take(({ type }) => type === 'AccountChanged');
  assert.deepEqual([notice.to, notice.payload], [email.value, { change: 'password' }], 'check 134: the owner hears of it');
  assert.equal((await refresh(server, spa, tokens.refresh_token)).json.error, 'invalid_grant', 'check 134: whoever knew the old one is out');
  assert.equal((await userinfo(server, tokens.access_token)).status, 401);
  const silent = await before.page(authorizeUrl(spa, pkce(), { prompt: 'none' }));
  assert.equal(new URL(silent.headers.location).searchParams.get('error'), 'login_required');
  const login = new Browser(server);
  await login.page(authorizeUrl(spa, pkce()));
  assert.ok(await enterPassword(login, { username: user.username, password }));
  await set({ forgotPasswordMethods: ['PhoneVerificationCode'] });
  const closed = await begun('ForgotPassword');
  refused(await identify(closed, await verified(closed, email)), 422, 'session.not_supported_for_forgot_password');
  await set({ forgotPasswordMethods: ['EmailVerificationCode'] });
});

test('the owner is told of a new password in the language of the sign-in, or else of the browser', async () => {
  for (const [parameters, headers, locale] of [[{ ui_locales: 'de en' }, { 'accept-language': 'fr' }, 'de'], [{}, { 'accept-language': 'fr-CA, en;q=0.5' }, 'fr'], [{}, {}, undefined]]) {
    const email = mail(address());
    await createUser(server, { primaryEmail: email.value });
    const tab = await begun('ForgotPassword', parameters);
    await identify(tab, await verified(tab, email));
    await tab.step('PUT', '/profile/password', { password: 'tango uniform 8 kilo' });
    assert.equal((await tab.step('POST', '/submit', undefined, headers)).status, 204);
    const notice = await mails.take(({ type, to }) => type === 'AccountChanged' && to === email.value);
    assert.equal(notice.payload.locale, locale);
  }
});

test('only ways that are enabled; what an account must have', async () => {
  const email = mail(address());
  await createUser(server, { primaryEmail: email.value });
  const late = await begun();
  const proven = await verified(late, email);
  await set({ signIn: { methods: ['username', 'phone'].map(method) }, signUp: { identifiers: ['username'], password: true, verify: false } });
  refused(await identify(late, proven), 422, 'user.sign_in_method_not_enabled');
  const tab = await begun('Register');
  const answer = await identify(tab, await verified(tab, mail(address())));
  refused(answer, 422, 'user.missing_profile');
  assert.deepEqual(answer.json.data, { missingProfile: ['username', 'password'] });
  const username = unique('name').replaceAll('-', '_');
  refused(await tab.step('POST', '/profile', { type: 'username', value: '1x' }), 400, 'guard.invalid_input');
  assert.equal((await tab.step('POST', '/profile', { type: 'username', value: username })).status, 204);
  assert.equal((await tab.step('POST', '/profile', { type: 'password', value: PASSWORD })).status, 204);
  assert.equal((await tab.step('POST', '/identification', {})).status, 201);
  refused(await tab.step('POST', '/profile', { type: 'username', value: `${username}2` }), 422, 'user.username_exists_in_profile');
  assert.equal((await tab.step('POST', '/submit')).status, 200);

  await set({ signIn: { methods: ['username', 'email', 'phone'].map(method) }, signUp: { identifiers: ['email'], password: false, verify: true } });
  const without = await createUser(server);
  const back = await begun();
  const { verificationId } = (await back.step('POST', '/verification/password', { identifier: { type: 'username', value: without.username }, password: PASSWORD })).json;
  await identify(back, verificationId);
  const missing = await back.step('POST', '/submit');
  refused(missing, 422, 'user.missing_profile');
  assert.deepEqual(missing.json.data, { missingProfile: ['email'] });
  const wanted = mail(address());
  assert.equal((await back.step('POST', '/profile', { type: 'email', verificationId: await verified(back, wanted) })).status, 204);
  assert.equal((await back.step('POST', '/submit')).status, 200);
  const seen = await management('GET', `/api/users/${without.id}`);
  assert.equal(seen.json.primaryEmail, wanted.value);
});

test('addresses that are not wanted', async () => {
  await set({ emailBlocklistPolicy: { blockSubaddressing: true, customBlocklist: ['@*.bad.example', 'someone@example.com'] } });
  const tab = await begun('Register');
  refused(await ask(tab, mail('me@sub.bad.example')), 422, 'session.email_blocklist.email_not_allowed');
  refused(await ask(tab, mail('SomeOne@example.com')), 422, 'session.email_blocklist.email_not_allowed');
  refused(await ask(tab, mail('a+b@example.com')), 422, 'session.email_blocklist.email_subaddressing_not_allowed');
  assert.equal((await ask(tab, mail(address()))).status, 200);
  await set({ emailBlocklistPolicy: {} });
});

test('where registering is closed an unknown address gets no code at sign-in', async () => {
  await set({ signInMode: 'SignIn' });
  mails.messages.length = 0;
  const tab = await begun();
  assert.equal((await ask(tab, mail(address()))).status, 200);
  const known = mail(address());
  await createUser(server, { primaryEmail: known.value });
  await sent(tab, known);
  assert.equal(mails.messages.length, 0);
  await set({ signInMode: 'SignInAndRegister' });
});
