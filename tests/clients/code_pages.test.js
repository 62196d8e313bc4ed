// The hosted pages of codes in Chromium: signing in and registering by email and text message, forgotten passwords, accounts that lack something.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { accessible, enableDark } from '../lib/accessible.js';
import { api, noteNavigations } from '../lib/api.js';
import { PASSWORD, authorizeUrl, createClient, createUser, pkce } from '../lib/browser.js';
import { launch } from '../lib/chromium.js';
import { admin, createApp, unique } from '../lib/fixtures.js';
import { startHttpMailbox } from '../lib/mailbox.js';
import { startServer } from '../lib/server.js';


let server, browser, client, callback, application, mails, texts;
const manage = async (method, path, body) => api(server, method, path, { token: await admin(server), body });

before(async () => {
  server = await startServer({ env: { SIGNET_CONNECTOR_PRIVATE_ADDRESSES: 'true' } });
  await enableDark(server);
  [mails, texts] = [await startHttpMailbox(), await startHttpMailbox()];
  for (const [connectorId, box] of [['http-email', mails], ['http-sms', texts]]) {
    const made = await manage('POST', '/api/connectors', { connectorId, config: { endpoint: box.url, authorization: 'Bearer mine' } });
    assert.equal(made.status, 200, made.text);
  }
  application = http.createServer((request, response) => response.setHeader('content-type', 'text/html').end('<title>application</title>'));
  await new Promise((resolve) => application.listen(0, '127.0.0.1', resolve));
  callback = `http://127.0.0.1:${application.address().port}/callback`;
  client = await createClient(server, 'SPA', { oidcClientMetadata: { redirectUris: [callback], postLogoutRedirectUris: [] } });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  application?.close();
  mails?.close();
  texts?.close();
  await server.stop();
});

const way = (identifier, { password = false, verificationCode = true } = {}) => ({ identifier, password, verificationCode, isPasswordPrimary: password });
const byPassword = { password: true, verificationCode: false };

async function settings(methods, signUp) {
  const answer = await manage('PATCH', '/api/sign-in-exp', { signIn: { methods }, signUp: { password: false, verify: true, secondaryIdentifiers: [], ...signUp }, forgotPasswordMethods: ['EmailVerificationCode'] });
  assert.equal(answer.status, 200, answer.text);
}

async function open(parameters = {}) {
  const page = await (await browser.newContext()).newPage();
  noteNavigations(page);
  page.complaints = [];
  page.on('console', (message) => message.type() === 'error' && !/status of 4\d\d/.test(message.text()) && page.complaints.push(message.text()));
  page.on('pageerror', (error) => page.complaints.push(String(error)));
  await page.goto(`${server.base}${authorizeUrl(client, pkce(), { redirect_uri: callback, ...parameters })}`);
  return page;
}

async function arrived(page) {
  await page.waitForURL(`${callback}**`);
  assert.ok(new URL(page.url()).searchParams.get('code'));
  assert.deepEqual(page.complaints, []);
}

async function received(box, recipient) {
  const { payload } = await box.take(({ to }) => to === recipient);
  server.secrets.add(`"code":"${payload.code}"`);
  return payload.code;
}

const address = () => `${unique('user')}@example.com`;
const other = (code) => (code === '123456' ? '654321' : '123456');

async function enterCode(page, code) {
  await page.getByRole('heading', { name: 'Enter the code' }).waitFor();
  await page.getByLabel('Code', { exact: true }).fill(code);
  await page.keyboard.press('Enter');
}

test('an account by email with the keyboard alone: a wrong code, another one, then signing in with one', async () => {
  await settings([way('email')], { identifiers: ['email'] });
  const email = address();
  const page = await open({ first_screen: 'register' });
  await accessible(page);
  await page.keyboard.type(email);
  await page.keyboard.press('Enter');
  const first = await received(mails, email);
  await page.getByText(`A code was sent to ${email}`).waitFor();
  await accessible(page, 'code');
  await page.keyboard.type(other(first));
  await page.keyboard.press('Enter');
  await page.getByRole('alert').filter({ hasText: 'This code is wrong.' }).waitFor();
  await page.getByRole('button', { name: 'Send another code' }).click();
  await page.getByRole('status').filter({ hasText: 'A new code is on its way.' }).waitFor();
  await enterCode(page, await received(mails, email));
  await arrived(page);

  const again = await open();
  assert.equal(await again.getByLabel('Password').count(), 0, 'there are no passwords');
  await accessible(again);
  await again.getByLabel('Email address').fill(email);
  await again.keyboard.press('Enter');
  await enterCode(again, await received(mails, email));
  await arrived(again);
});

test('who has no account yet makes one of the same code, and who has one signs in', async () => {
  await settings([way('email'), way('phone')], { identifiers: ['email', 'phone'] });
  const phone = '12025550187';
  const page = await open();
  await page.getByLabel('Email address or phone number').fill('+1 (202) 555-0187');
  await page.keyboard.press('Enter');
  await enterCode(page, await received(texts, phone));
  await page.getByRole('alert').filter({ hasText: 'There is no account for it yet.' }).waitFor();
  await page.getByRole('button', { name: 'Create account' }).click();
  await arrived(page);

  const again = await open({ first_screen: 'register' });
  await again.getByLabel('Email address or phone number').fill(phone);
  await again.keyboard.press('Enter');
  await enterCode(again, await received(texts, phone));
  await again.getByRole('alert').filter({ hasText: 'There is an account with this phone number already.' }).waitFor();
  await again.getByRole('button', { name: 'Sign in' }).click();
  await arrived(again);
});

test('an account of the same code is made once the terms are agreed to', async () => {
  await settings([way('email')], { identifiers: ['email'] });
  const terms = (body) => manage('PATCH', '/api/sign-in-exp', body);
  assert.equal((await terms({ termsOfUseUrl: 'https://shop.example/terms', agreeToTermsPolicy: 'ManualRegistrationOnly' })).status, 200);
  const email = address();
  const page = await open();
  await page.getByLabel('Email address').fill(email);
  await page.keyboard.press('Enter');
  await enterCode(page, await received(mails, email));
  const box = page.getByRole('checkbox');
  await box.waitFor();
  await page.getByRole('button', { name: 'Create account' }).click();
  assert.equal(await box.evaluate((input) => input.validity.valueMissing), true);
  await box.check();
  await accessible(page);
  await page.getByRole('button', { name: 'Create account' }).click();
  await arrived(page);
  assert.equal((await terms({ termsOfUseUrl: '', agreeToTermsPolicy: 'Automatic' })).status, 200);
});

test('a forgotten password: a code, a new password, which then signs in', async () => {
  await settings([way('username', byPassword), way('email', { password: true })], { identifiers: ['username'], password: true, verify: false });
  const email = address();
  const user = await createUser(server, { primaryEmail: email });
  const page = await open();
  await accessible(page);
  await page.getByRole('link', { name: 'Sign in with a code' }).click();
  await page.getByLabel('Email address').waitFor();
  await accessible(page, 'sign-in-code');
  await page.getByRole('link', { name: 'Back to signing in' }).click();
  await page.getByRole('link', { name: 'Forgot your password?' }).click();
  await page.getByRole('heading', { name: 'Forgot your password?' }).waitFor();
  await accessible(page, 'forgot-password');
  await page.getByLabel('Email address').fill(email);
  await page.keyboard.press('Enter');
  await enterCode(page, await received(mails, email));
  await page.getByRole('heading', { name: 'Set a new password' }).waitFor();
  await accessible(page, 'new-password');
  await page.getByLabel('New password').fill('12345678');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').filter({ hasText: 'guessed first' }).waitFor();
  const password = `New-${PASSWORD}`;
  await page.getByLabel('New password').fill(password);
  await page.keyboard.press('Enter');
  await page.getByRole('status').filter({ hasText: 'Your password is changed.' }).waitFor();
  await page.getByLabel('Username or email address').fill(email);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.keyboard.press('Enter');
  await page.getByRole('alert').filter({ hasText: 'is wrong' }).waitFor();
  await page.getByLabel('Username or email address').fill(user.username);
  await page.getByLabel('Password').fill(password);
  await page.keyboard.press('Enter');
  await arrived(page);
});

test('a password that has expired leads to where a new one is set', async () => {
  await settings([way('username', byPassword), way('email', { password: true })], { identifiers: ['username'], password: true, verify: false });
  const expires = async (passwordExpiration) => assert.equal((await manage('PATCH', '/api/sign-in-exp', { passwordExpiration })).status, 200);
  await expires({ enabled: true, validPeriodDays: 3 });
  const user = await createUser(server, { primaryEmail: address() });
  assert.equal((await manage('PATCH', `/api/users/${user.id}/password/expiration`, { isExpired: true })).status, 200);
  const page = await open();
  await page.getByLabel('Username or email address').fill(user.username);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.keyboard.press('Enter');
  await page.getByRole('status').filter({ hasText: 'Your password has expired.' }).waitFor();
  await page.getByRole('heading', { name: 'Forgot your password?' }).waitFor();
  await accessible(page, 'password-expired');
  await expires({ enabled: false });
});

test('what the tenant wants accounts to have is asked for, of new ones and of old ones', async () => {
  await settings([way('username', byPassword), way('email', { password: true })], { identifiers: ['username'], password: true, secondaryIdentifiers: [{ identifier: 'email', verify: true }] });
  const page = await open({ first_screen: 'register' });
  await page.getByLabel('Username').fill(unique('new').replaceAll('-', '_'));
  await page.getByLabel('New password').fill(PASSWORD);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Complete your account' }).waitFor();
  await accessible(page, 'complete');
  const email = address();
  await page.getByLabel('Email address').fill(email);
  await page.keyboard.press('Enter');
  await enterCode(page, await received(mails, email));
  await arrived(page);

  const user = await createUser(server);
  const old = await open();
  await old.getByLabel('Username or email address').fill(user.username);
  await old.getByLabel('Password').fill(PASSWORD);
  await old.keyboard.press('Enter');
  await old.getByRole('heading', { name: 'Complete your account' }).waitFor();
  const own = address();
  await old.getByLabel('Email address').fill(own);
  await old.keyboard.press('Enter');
  await enterCode(old, await received(mails, own));
  await arrived(old);
  assert.equal((await manage('GET', `/api/users/${user.id}`)).json.primaryEmail, own);
});

test('a form asks who registers for profile fields: what is needed, and in the form that each has', async () => {
  await settings([way('username', byPassword)], { identifiers: ['username'], password: true, verify: false });
  const part = (name, required) => ({ name, type: 'Text', required, enabled: true });
  const made = await manage('POST', '/api/custom-profile-fields/batch', [
    { name: 'fullname', type: 'Fullname', required: true, config: { parts: [part('givenName', true), part('familyName', false)] } },
    { name: 'birthdate', type: 'Date', required: true, config: { format: 'dd/MM/yyyy' } },
    { name: 'department', type: 'Select', label: 'Department', required: true, config: { options: [{ value: 'sales', label: 'Sales' }, { value: 'it' }] } },
    { name: 'badge', type: 'Regex', label: 'Badge', description: 'As on your card.', required: true, config: { format: '^[A-Z]{2}[0-9]+$' } },
    { name: 'age', type: 'Number', label: 'Age', required: false, config: { minValue: 16, maxValue: 120 } },
    { name: 'website', type: 'Url', required: false },
    { name: 'address', type: 'Address', required: false, config: { parts: [part('locality', true), part('country', false)] } },
    { name: 'newsletter', type: 'Checkbox', label: 'Send me news', required: false, config: { defaultValue: 'true' } },
  ]);
  assert.equal(made.status, 201, made.text);
  const page = await open({ first_screen: 'register' });
  const username = unique('new').replaceAll('-', '_');
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('New password').fill(PASSWORD);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Complete your account' }).waitFor();
  await accessible(page, 'profile-fields');
  await page.getByLabel('Given name').fill('Ada');
  await page.getByLabel('Date of birth').fill('1815-12-10');
  await page.getByLabel('Department').selectOption('sales');
  await page.getByLabel('Badge').fill('12');
  await page.getByRole('group', { name: 'Address' }).getByLabel('Town or city').fill('London');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('alert').filter({ hasText: 'Check what you have entered.' }).waitFor();
  await page.getByLabel('Badge').fill('AB12');
  await page.keyboard.press('Enter');
  await arrived(page);
  const [{ profile, customData }] = (await manage('GET', `/api/users?search.username=${username}`)).json;
  assert.deepEqual(profile, { givenName: 'Ada', birthdate: '10/12/1815', address: { locality: 'London' } });
  assert.deepEqual(customData, { department: 'sales', badge: 'AB12', newsletter: 'true' });
  for (const { name } of made.json) assert.equal((await manage('DELETE', `/api/custom-profile-fields/${name}`)).status, 204);
});

test('an account by email that is to have a username and a password', async () => {
  await settings([way('username', byPassword), way('email', { password: true })], { identifiers: ['email'], password: true, secondaryIdentifiers: [{ identifier: 'username', verify: true }] });
  const email = address();
  const username = unique('new').replaceAll('-', '_');
  const page = await open({ first_screen: 'register' });
  await page.getByLabel('Email address').fill(email);
  await page.keyboard.press('Enter');
  await enterCode(page, await received(mails, email));
  await page.getByLabel('Username').fill('1 is no username');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').filter({ hasText: 'Check what you have entered.' }).waitFor();
  await page.getByLabel('Username').fill(username);
  await page.keyboard.press('Enter');
  await page.getByLabel('New password').fill(PASSWORD);
  await accessible(page);
  await page.keyboard.press('Enter');
  await arrived(page);
  const [made] = (await manage('GET', `/api/users?search.username=${username}`)).json;
  assert.equal(made.primaryEmail, email);
});

test('pages without a sign-in that has come so far lead to where it begins', async () => {
  const page = await (await browser.newContext()).newPage();
  for (const path of ['/sign-in/code', '/verification-code', '/forgot-password', '/reset-password', '/continue']) {
    await page.goto(`${server.base}${path}`);
    await page.waitForURL(/unknown-session/);
  }
  const begun = await open();
  await begun.evaluate(() => fetch('/api/experience', { method: 'PUT', headers: { 'content-type': 'application/json' }, body: '{"interactionEvent":"SignIn"}' }));
  for (const [path, reached] of [['/verification-code', /sign-in\?/], ['/reset-password', /forgot-password/], ['/continue', /sign-in\?/]]) {
    await begun.goto(`${server.base}${path}?app_id=${client.id}`);
    await begun.waitForURL(reached);
  }
});

test('a device is connected with the keyboard alone', async () => {
  await settings([way('username', byPassword)], { identifiers: ['username'], password: true, verify: false });
  const user = await createUser(server);
  const tv = await createApp(server, { type: 'Native', name: 'Television', customClientMetadata: { isDeviceFlow: true } });
  const begun = (await api(server, 'POST', '/oidc/device/auth', { body: new URLSearchParams({ client_id: tv.id, scope: 'openid' }) })).json;
  const page = await (await browser.newContext()).newPage();
  await page.goto(begun.verification_uri);
  await accessible(page);
  await page.keyboard.type('BBBB BBBB');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').filter({ hasText: 'There is no such code.' }).waitFor();
  await accessible(page);
  await page.getByLabel('Code').fill(begun.user_code);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Is this your device?' }).waitFor();
  await page.getByText('Television').waitFor();
  await accessible(page);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByLabel('Username').fill(user.username);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Your device is connected' }).waitFor();
  await accessible(page);
});

test('a code by email as second factor: the address is given, then codes go there', async () => {
  await settings([way('username', byPassword)], { identifiers: ['username'], password: true, verify: false });
  const mandatory = await manage('PATCH', '/api/sign-in-exp', { mfa: { factors: ['EmailVerificationCode'], policy: 'Mandatory' } });
  assert.equal(mandatory.status, 200, mandatory.text);
  const user = await createUser(server);
  const email = address();
  const signIn = async () => {
    const page = await open();
    await page.getByLabel('Username').fill(user.username);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    return page;
  };
  const page = await signIn();
  await page.getByRole('heading', { name: 'Make your account safer' }).waitFor();
  await accessible(page);
  await page.getByLabel('Email address').fill(email);
  await page.keyboard.press('Enter');
  await enterCode(page, await received(mails, email));
  await arrived(page);

  const again = await signIn();
  await again.getByRole('heading', { name: 'Confirm that it is you' }).waitFor();
  await again.getByText(`${email.slice(0, 4)}****@example.com`).waitFor();
  await received(mails, email);
  await accessible(again);
  await again.getByRole('button', { name: 'Send another code' }).click();
  await again.getByRole('status').filter({ hasText: 'A new code is on its way.' }).waitFor();
  const code = await received(mails, email);
  await again.getByLabel('Code', { exact: true }).fill(other(code));
  await again.keyboard.press('Enter');
  await again.getByRole('alert').filter({ hasText: 'This code is wrong.' }).waitFor();
  await again.getByLabel('Code', { exact: true }).fill(code);
  await again.keyboard.press('Enter');
  await arrived(again);
  await manage('PATCH', '/api/sign-in-exp', { mfa: { factors: [], policy: 'UserControlled' } });
});

test('a magic link to set a new password, of which nothing else says that it is for that', async () => {
  await settings([way('username', byPassword), way('email')], { identifiers: ['username'], password: true, verify: false });
  const email = address();
  const user = await createUser(server, { primaryEmail: email });
  const password = `Newer-${PASSWORD}`;
  for (const parameters of [{ login_hint: email }, { first_screen: 'reset_password' }]) {
    const { token } = (await manage('POST', '/api/one-time-tokens', { email, context: { interactionEvent: 'ForgotPassword' } })).json;
    server.secrets.add(token);
    const page = await open({ one_time_token: token, ...parameters });
    if (!parameters.login_hint) await page.getByLabel('Email address').fill(email);
    await accessible(page);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByLabel('New password').fill(`${password}${Object.keys(parameters)}`);
    await page.keyboard.press('Enter');
    await page.getByRole('status').filter({ hasText: 'Your password is changed.' }).waitFor();
    await page.getByLabel('Username').fill(user.username);
    await page.getByLabel('Password').fill(`${password}${Object.keys(parameters)}`);
    await page.keyboard.press('Enter');
    await arrived(page);
  }
});

test('a magic link: one click makes an account; a second use is refused, with another way', async () => {
  await settings([way('email')], { identifiers: ['email'] });
  const email = address();
  const { token } = (await manage('POST', '/api/one-time-tokens', { email, context: { interactionEvent: 'Register' } })).json;
  server.secrets.add(token);
  const link = { one_time_token: token, login_hint: email };
  const page = await open(link);
  await page.getByText(`You sign in as ${email}`).waitFor();
  await accessible(page, 'magic-link');
  await page.getByRole('button', { name: 'Continue' }).click();
  await arrived(page);
  const again = await open(link);
  await again.getByRole('button', { name: 'Continue' }).click();
  await again.getByRole('alert').filter({ hasText: 'This link is not good any more.' }).waitFor();
  await again.getByRole('link', { name: 'Back to signing in' }).click();
  await again.getByLabel('Email address').waitFor();
});
