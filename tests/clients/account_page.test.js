// The account page in Chromium: signing in to it, and each thing that can be changed there. 134 is the number of a security check.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible } from '../lib/accessible.js';
import { api, noteNavigations } from '../lib/api.js';
import { Browser, PASSWORD, authorizeUrl, createClient, createUser, pkce, signIn } from '../lib/browser.js';
import { launch } from '../lib/chromium.js';
import { totp } from '../lib/factors.js';
import { admin, unique } from '../lib/fixtures.js';
import { startHttpMailbox } from '../lib/mailbox.js';
import { Provider } from '../lib/provider.js';
import { startServer } from '../lib/server.js';

const NAMES = ['name', 'avatar', 'profile', 'email', 'phone', 'password', 'username', 'social', 'customData', 'mfa', 'session', 'trustedDevice'];
const all = (control) => Object.fromEntries(NAMES.map((name) => [name, control]));

let server, browser;
const manage = async (method, address, body, status = 200) => {
  const answer = await api(server, method, address, { token: await admin(server), body });
  assert.equal(answer.status, status, answer.text);
  return answer.json;
};
const controls = (fields, more = {}) => manage('PATCH', '/api/account-center', { enabled: true, fields, ...more });
const read = (user) => manage('GET', `/api/users/${user.id}`);

before(async () => {
  server = await startServer({ env: { SIGNET_CONNECTOR_PRIVATE_ADDRESSES: 'true' } });
  server.secrets.add(PASSWORD);
  await controls(all('Edit'));
  const { color } = await manage('GET', '/api/sign-in-exp');
  await manage('PATCH', '/api/sign-in-exp', { color: { ...color, isDarkModeEnabled: true } });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server.stop();
});

async function open(address = '/account', options = {}) {
  const page = await (await browser.newContext(options)).newPage();
  noteNavigations(page);
  page.complaints = [];
  page.on('console', (message) => message.type() === 'error' && !/status of 4\d\d/.test(message.text()) && page.complaints.push(message.text()));
  page.on('pageerror', (error) => page.complaints.push(String(error)));
  await page.goto(server.base + address);
  return page;
}

async function enter(page, user) {
  await page.getByLabel('Username').fill(user.username);
  await page.getByLabel('Password').fill(user.password);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Profile' }).waitFor();
}

async function entered(user, options) {
  const page = await open('/account', options);
  await enter(page, user);
  return page;
}

const press = (page, name) => page.getByRole('button', { name, exact: true }).click();
const saved = (page) => page.getByRole('status').filter({ hasText: 'Saved.' }).waitFor();
const dialog = (page) => page.getByRole('dialog');

async function prove(page, password = PASSWORD) {
  await dialog(page).getByLabel('Password').fill(password);
  await page.keyboard.press('Enter');
}

// Opens what asks for one value, fills it in with the keyboard, and waits until it is kept.
async function change(page, name, value, label = name.split(': ')[1]) {
  await press(page, name);
  await dialog(page).getByLabel(label).fill(value);
  await page.keyboard.press('Enter');
  await saved(page);
}

test('the profile is shown and changed', async () => {
  const user = await createUser(server, { name: 'Ada', profile: { nickname: 'A', address: { country: 'SE' } } });
  const page = await entered(user);
  await accessible(page, 'account');
  assert.equal(await page.title(), 'Your account');
  await change(page, 'Change: Name', 'Ada L.');
  await change(page, 'Add: Date of birth', '1815-12-10');
  await change(page, 'Change: Nickname', '');
  await change(page, 'Add: Website', 'https://ada.example');
  const { name, profile } = await read(user);
  assert.deepEqual([name, profile.birthdate, profile.website, profile.nickname, profile.address.country], ['Ada L.', '1815-12-10', 'https://ada.example', '', 'SE']);
  await press(page, 'Change: Name');
  await accessible(page);
  await page.keyboard.press('Escape');
  await dialog(page).waitFor({ state: 'detached' });
  assert.deepEqual(page.complaints, []);
  // No token is kept where other scripts of this origin would find it; the session of the sign-in lets it in again.
  assert.deepEqual(await page.evaluate(() => [localStorage.length, sessionStorage.length]), [0, 0]);
  await page.reload();
  await page.getByText('Ada L.').waitFor();
  await press(page, 'Sign out');
  await press(page, 'Sign out');
  await page.getByLabel('Username').waitFor();
});

test('134: username and password need a proof; a wrong one is told', async () => {
  const user = await createUser(server);
  const page = await entered(user);
  await press(page, 'Change: Username');
  await prove(page, 'wrong password');
  await dialog(page).getByRole('alert').filter({ hasText: 'is wrong' }).waitFor();
  await prove(page);
  const username = unique('new').replaceAll('-', '_');
  await dialog(page).getByLabel('Username').fill(username);
  await page.keyboard.press('Enter');
  await saved(page);
  // The proof holds for what follows.
  await press(page, 'Change: Password');
  await dialog(page).getByLabel('New password').fill('12345678');
  await page.keyboard.press('Enter');
  await dialog(page).getByRole('alert').filter({ hasText: 'guessed first' }).waitFor();
  const password = 'Wm3!kpd8vQzT';
  server.secrets.add(password);
  await dialog(page).getByLabel('New password').fill(password);
  await page.keyboard.press('Enter');
  await saved(page);
  await entered({ username, password });
  assert.deepEqual(page.complaints, []);
});

test('an address is set, changed and removed with codes', async () => {
  const box = await startHttpMailbox();
  const connector = await manage('POST', '/api/connectors', { connectorId: 'http-email', config: { endpoint: box.url } });
  try {
    const user = await createUser(server);
    const page = await entered(user);
    const email = `${unique('me')}@mail.example`;
    await press(page, 'Add: Email address');
    await prove(page);
    await dialog(page).getByLabel('Email address').fill(email);
    await page.keyboard.press('Enter');
    const { payload } = await box.take(({ to }) => to === email);
    server.secrets.add(`"code":"${payload.code}"`);
    await dialog(page).getByLabel('Code').fill(payload.code === '000000' ? '111111' : '000000');
    await page.keyboard.press('Enter');
    await dialog(page).getByRole('alert').filter({ hasText: 'This code is wrong.' }).waitFor();
    await dialog(page).getByLabel('Code').fill(payload.code);
    await page.keyboard.press('Enter');
    await saved(page);
    assert.equal((await read(user)).primaryEmail, email);
    // A code to the address proves as well as the password does.
    await page.reload();
    await press(page, 'Remove: Email address');
    await press(page, `Send a code: ${email}`);
    const again = await box.take(({ to, type }) => to === email && type === 'UserPermissionValidation');
    server.secrets.add(`"code":"${again.payload.code}"`);
    await dialog(page).getByLabel('Code').fill(again.payload.code);
    await page.keyboard.press('Enter');
    await saved(page);
    assert.equal((await read(user)).primaryEmail, null);
    assert.deepEqual(page.complaints, []);
  } finally {
    await manage('DELETE', `/api/connectors/${connector.id}`, undefined, 204);
    await box.close();
  }
});

test('second factors: an authenticator, backup codes, a passkey', async () => {
  await manage('PATCH', '/api/sign-in-exp', { mfa: { factors: ['Totp', 'WebAuthn', 'BackupCode'], policy: 'NoPrompt' } });
  try {
    const user = await createUser(server);
    const page = await entered(user);
    const device = await page.context().newCDPSession(page);
    await device.send('WebAuthn.enable');
    await device.send('WebAuthn.addVirtualAuthenticator', {
      options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
    });
    await press(page, 'Add: Authenticator app');
    await prove(page);
    await page.getByAltText('QR code of the key').waitFor();
    const secret = await page.locator('#secret').textContent();
    server.secrets.add(secret);
    await dialog(page).getByLabel('Code').fill(totp(secret));
    await page.keyboard.press('Enter');
    await saved(page);
    await press(page, 'Add: Passkey');
    await dialog(page).getByLabel('Name of the passkey').fill('Laptop');
    await page.keyboard.press('Enter');
    await saved(page);
    await change(page, 'Change: Passkey Laptop', 'Phone', 'Name of the passkey');
    await press(page, 'Add: Backup code');
    await page.locator('#codes li').nth(9).waitFor();
    assert.equal(await page.locator('#codes li').count(), 10);
    await press(page, 'I have kept them');
    await saved(page);
    const list = () => manage('GET', `/api/users/${user.id}/mfa-verifications`);
    assert.deepEqual((await list()).map(({ type, name }) => name ?? type).sort(), ['BackupCode', 'Phone', 'Totp']);
    await accessible(page, 'account-factors');
    await press(page, 'Remove: Passkey Phone');
    await saved(page);
    assert.deepEqual((await list()).map(({ type }) => type).sort(), ['BackupCode', 'Totp']);
    assert.deepEqual(page.complaints, []);
  } finally {
    await manage('PATCH', '/api/sign-in-exp', { mfa: { factors: [], policy: 'UserControlled' } });
  }
});

test('sessions and applications are listed and ended, linked accounts unlinked', async () => {
  const user = await createUser(server);
  await manage('PUT', `/api/users/${user.id}/identities/elsewhere`, { userId: unique('there'), details: { name: 'Me there' } }, 201);
  const spa = await createClient(server, 'SPA', { name: 'One' });
  const third = await createClient(server, 'Traditional', { name: 'Third', isThirdParty: true });
  await manage('POST', `/api/applications/${third.id}/user-consent-scopes`, { userScopes: ['profile'] }, 201);
  const tab = new Browser(server);
  await signIn(tab, spa, user);
  await tab.follow(await tab.page(authorizeUrl(third, pkce(), { scope: 'openid profile' })));
  await tab.follow(await tab.page((await tab.request('POST', '/api/interaction/consent', { headers: { origin: server.base }, body: {} })).json.redirectTo));
  const page = await entered(user);
  await press(page, 'Show');
  await prove(page);
  await page.getByRole('heading', { name: 'Where you are signed in' }).waitFor();
  await accessible(page, 'account-sessions');
  await press(page, 'Withdraw: Third');
  await saved(page);
  assert.deepEqual((await manage('GET', `/api/users/${user.id}/grants?appType=thirdParty`)).grants, []);
  await page.getByRole('button', { name: 'Sign out there' }).click();
  await saved(page);
  assert.equal((await manage('GET', `/api/users/${user.id}/sessions`)).sessions.length, 1);
  await page.locator('#content').getByText('This browser').waitFor();
  await page.getByText('Me there').waitFor();
  await press(page, 'Unlink: elsewhere');
  await saved(page);
  assert.deepEqual((await read(user)).identities, {});
  assert.deepEqual(page.complaints, []);
});

test('browsers that are asked for no second factor are listed and forgotten', async () => {
  await manage('PATCH', '/api/sign-in-exp', { mfa: { factors: ['Totp'], policy: 'NoPrompt' }, trustedDevice: { enabled: true } });
  const user = await createUser(server);
  const { secret } = await manage('POST', `/api/users/${user.id}/mfa-verifications`, { type: 'Totp' });
  server.secrets.add(secret);
  const page = await open();
  await page.getByLabel('Username').fill(user.username);
  await page.getByLabel('Password').fill(user.password);
  await page.keyboard.press('Enter');
  await page.getByLabel('in this browser for 30 days').check();
  await page.getByLabel('Code').fill(totp(secret));
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Profile' }).waitFor();
  await press(page, 'Show');
  await prove(page);
  await page.getByRole('heading', { name: 'Browsers that need no second factor' }).waitFor();
  await accessible(page);
  await press(page, 'Remove: This browser');
  await saved(page);
  assert.deepEqual(await manage('GET', `/api/users/${user.id}/trusted-devices`), []);
  assert.deepEqual(page.complaints, []);
  await manage('PATCH', '/api/sign-in-exp', { mfa: { factors: [], policy: 'UserControlled' }, trustedDevice: { enabled: false } });
});

test('an account elsewhere is linked, by way of the provider, and unlinked', async () => {
  const provider = await new Provider().start();
  const config = {
    clientId: 'ours', clientSecret: 'the secret', authorizationEndpoint: `${provider.base}/auth`, tokenEndpoint: `${provider.base}/token`,
    scope: 'openid profile email', idTokenVerificationConfig: { issuer: provider.base, jwksUri: `${provider.base}/keys` },
  };
  const connector = await manage('POST', '/api/connectors', { connectorId: 'oidc', metadata: { target: 'theirs', name: { en: 'Theirs' } }, config });
  await manage('PATCH', '/api/sign-in-exp', { socialSignInConnectorTargets: ['theirs'] });
  try {
    const [user, other] = [await createUser(server), await createUser(server)];
    provider.user = { sub: unique('person'), name: 'Me Theirs', email: `${unique('me')}@mail.example` };
    const page = await entered(user, { locale: 'en' });
    await accessible(page);
    await press(page, 'Link: Theirs');
    await prove(page);
    await saved(page);
    assert.equal((await read(user)).identities.theirs.userId, provider.user.sub);
    await page.getByText(provider.user.email).waitFor();
    await press(page, 'Unlink: Theirs');
    await saved(page);
    assert.deepEqual((await read(user)).identities, {});

    // What another user has is not given away.
    await manage('PUT', `/api/users/${other.id}/identities/theirs`, { userId: provider.user.sub }, 201);
    await press(page, 'Link: Theirs');
    await prove(page);
    await page.getByRole('alert').filter({ hasText: 'linked to another user' }).waitFor();
    assert.deepEqual((await read(user)).identities, {});
    assert.equal(await page.evaluate(() => sessionStorage.length), 0);

    // An answer that this page did not ask for is dropped.
    const asked = provider.requests.filter((each) => each === '/token').length;
    await page.goto(`${server.base}/callback/${connector.id}?code=foreign&state=account.foreign`);
    await page.getByRole('button', { name: 'Link: Theirs' }).waitFor();
    assert.equal(page.url(), `${server.base}/account`);
    assert.equal(provider.requests.filter((each) => each === '/token').length, asked);
    assert.deepEqual(page.complaints, []);
  } finally {
    await manage('PATCH', '/api/sign-in-exp', { socialSignInConnectorTargets: [] });
    await manage('DELETE', `/api/connectors/${connector.id}`, undefined, 204);
    await provider.stop();
  }
});

test('what the settings hide is not there, what they fix has no button', async () => {
  const user = await createUser(server, { name: 'Ada' });
  await manage('POST', '/api/custom-profile-fields', { name: 'nickname', type: 'Text', label: 'Nickname', required: false }, 201);
  try {
    await controls({ name: 'ReadOnly', username: 'Edit', profile: 'Edit' }, { profileFields: [{ name: 'nickname' }], deleteAccountUrl: 'https://bye.example/' });
    const page = await entered(user);
    assert.deepEqual(await page.locator('.row strong').allTextContents(), ['Name', 'Nickname', 'Username']);
    assert.deepEqual((await page.locator('.row button').all()).length, 2);
    assert.equal(await page.getByRole('link', { name: 'Delete your account' }).getAttribute('href'), 'https://bye.example/');
    await manage('PATCH', '/api/account-center', { enabled: false });
    assert.equal((await page.goto(`${server.base}/account`)).status(), 404);
    await page.getByText('Accounts are not shown here.').waitFor();
  } finally {
    await controls(all('Edit'), { profileFields: null, deleteAccountUrl: null });
  }
});

test('it speaks the language that it is asked for, and fits a phone', async () => {
  const user = await createUser(server);
  const page = await open('/account?ui_locales=de');
  await page.getByLabel('Benutzername').fill(user.username);
  await page.getByLabel('Passwort').fill(user.password);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Ihr Konto', exact: true }).waitFor();
  await page.getByRole('button', { name: 'Ändern: Passwort' }).waitFor();
  await page.setViewportSize({ width: 320, height: 560 });
  const [scroll, width] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
  assert.ok(scroll <= width, `${scroll} of ${width}`);
  assert.deepEqual(page.complaints, []);
});
