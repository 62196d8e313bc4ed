// The hosted pages of second factors in Chromium: setting up, showing, and passkeys of a virtual authenticator.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { accessible, enableDark } from '../lib/accessible.js';
import { api, noteNavigations } from '../lib/api.js';
import { PASSWORD, authorizeUrl, createClient, createUser, pkce } from '../lib/browser.js';
import { launch } from '../lib/chromium.js';
import { totp, wrongTotp } from '../lib/factors.js';
import { admin } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';


let server, browser, client, callback, application;
before(async () => {
  server = await startServer();
  await enableDark(server);
  application = http.createServer((request, response) => response.setHeader('content-type', 'text/html').end('<title>application</title>'));
  await new Promise((resolve) => application.listen(0, '127.0.0.1', resolve));
  callback = `http://127.0.0.1:${application.address().port}/callback`;
  client = await createClient(server, 'SPA', { oidcClientMetadata: { redirectUris: [callback], postLogoutRedirectUris: [] } });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  application?.close();
  await server.stop();
});

const manage = async (method, path, body) => api(server, method, path, { token: await admin(server), body });

async function settings(mfa, passkeySignIn = { enabled: false }) {
  const answer = await manage('PATCH', '/api/sign-in-exp', { mfa, passkeySignIn });
  assert.equal(answer.status, 200, answer.text);
}

async function open(context) {
  const page = await context.newPage();
  noteNavigations(page);
  page.complaints = [];
  page.on('console', (message) => message.type() === 'error' && !/status of 4\d\d/.test(message.text()) && page.complaints.push(message.text()));
  page.on('pageerror', (error) => page.complaints.push(String(error)));
  await page.goto(`${server.base}${authorizeUrl(client, pkce(), { redirect_uri: callback })}`);
  return page;
}

async function enter(page, user) {
  await page.getByLabel('Username').fill(user.username);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

async function arrived(page) {
  await page.waitForURL(`${callback}**`);
  assert.ok(new URL(page.url()).searchParams.get('code'));
  assert.deepEqual(page.complaints, []);
}

test('an authenticator and backup codes: set up because they must be, then shown', async () => {
  await settings({ factors: ['Totp', 'BackupCode'], policy: 'Mandatory' });
  const user = await createUser(server);
  const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] });
  const page = await open(context);
  await enter(page, user);
  await page.getByRole('heading', { name: 'Make your account safer' }).waitFor();
  await page.getByAltText('QR code of the key').waitFor();
  await accessible(page, 'authenticator');
  const secret = await page.locator('#secret').textContent();
  server.secrets.add(secret);
  await page.getByLabel('Code').fill(wrongTotp(secret));
  await page.keyboard.press('Enter');
  await page.getByRole('alert').filter({ hasText: 'This code is wrong' }).waitFor();
  await page.getByLabel('Code').fill(totp(secret));
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Keep your backup codes' }).waitFor();
  await page.locator('#codes li').nth(9).waitFor();
  await accessible(page, 'backup-codes');
  const codes = await page.locator('#codes li').allTextContents();
  assert.equal(codes.length, 10);
  await page.getByRole('button', { name: 'Copy' }).click();
  await page.getByText('Copied.').waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), codes.join('\n'));
  await page.getByRole('button', { name: 'I have kept them' }).click();
  await arrived(page);

  const second = await open(await browser.newContext());
  await enter(second, user);
  await second.getByRole('heading', { name: 'Confirm that it is you' }).waitFor();
  await accessible(second, 'factor');
  await second.getByLabel('Code').fill(wrongTotp(secret));
  await second.keyboard.press('Enter');
  await second.getByRole('alert').filter({ hasText: 'This code is wrong' }).waitFor();
  await second.getByRole('link', { name: 'Backup code' }).click();
  await second.getByText('Each works once.').waitFor();
  await second.getByLabel('Code').fill(codes[0]);
  await second.keyboard.press('Enter');
  await arrived(second);
});

test('a passkey: made at sign-in, then it is all that is needed', async () => {
  await settings({ factors: ['WebAuthn'], policy: 'Mandatory' }, { enabled: true, showPasskeyButton: true });
  const user = await createUser(server);
  const context = await browser.newContext();
  const page = await open(context);
  const device = await context.newCDPSession(page);
  await device.send('WebAuthn.enable');
  await device.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  });
  await enter(page, user);
  await page.getByText('A passkey is kept by your device').waitFor();
  await accessible(page, 'passkey');
  await page.getByRole('button', { name: 'Continue' }).click();
  await arrived(page);

  await context.clearCookies();
  await page.goto(`${server.base}${authorizeUrl(client, pkce(), { redirect_uri: callback })}`);
  await accessible(page);
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await arrived(page);

  await settings({ factors: ['WebAuthn'], policy: 'Mandatory' });
  await context.clearCookies();
  await page.goto(`${server.base}${authorizeUrl(client, pkce(), { redirect_uri: callback })}`);
  assert.equal(await page.getByRole('button', { name: 'Sign in with a passkey' }).count(), 0);
  await enter(page, user);
  await page.getByText('Use the passkey of this device').waitFor();
  await page.getByRole('button', { name: 'Continue' }).click();
  await arrived(page);
});

test('a browser that is trusted by a box on the page is asked for no factor the next time', async () => {
  await settings({ factors: ['Totp', 'BackupCode'], policy: 'NoPrompt' });
  assert.equal((await manage('PATCH', '/api/sign-in-exp', { trustedDevice: { enabled: true, durationDays: 7 } })).status, 200);
  const user = await createUser(server);
  const { secret } = (await manage('POST', `/api/users/${user.id}/mfa-verifications`, { type: 'Totp' })).json;
  server.secrets.add(secret);
  await manage('POST', `/api/users/${user.id}/mfa-verifications`, { type: 'BackupCode' });
  const context = await browser.newContext();
  const page = await open(context);
  await enter(page, user);
  await page.getByRole('heading', { name: 'Confirm that it is you' }).waitFor();
  await accessible(page);
  await page.getByLabel('in this browser for 7 days').check();
  await page.getByLabel('Code').fill(totp(secret));
  await page.keyboard.press('Enter');
  await arrived(page);
  await context.clearCookies({ name: '_session' });
  const again = await open(context);
  await enter(again, user);
  await arrived(again);
  const [device, ...more] = (await manage('GET', `/api/users/${user.id}/trusted-devices`)).json;
  assert.equal(more.length, 0);
  assert.match(device.userAgent, /Mozilla/);
  assert.ok(device.lastUsedAt > device.createdAt);
  assert.equal((await manage('PATCH', '/api/sign-in-exp', { trustedDevice: { enabled: false } })).status, 200);
});

test('who may decline is asked once', async () => {
  await settings({ factors: ['Totp'], policy: 'PromptAtSignInAndSignUp' });
  const user = await createUser(server);
  const page = await open(await browser.newContext());
  await enter(page, user);
  await page.getByRole('button', { name: 'Not now' }).click();
  await arrived(page);
  const again = await open(await browser.newContext());
  await enter(again, user);
  await arrived(again);
});

test('pages of factors without a sign-in lead to the page that says so', async () => {
  const page = await (await browser.newContext()).newPage();
  for (const path of ['/mfa-verification', '/mfa-binding']) {
    await page.goto(`${server.base}${path}`);
    await page.waitForURL(/unknown-session/);
  }
});
