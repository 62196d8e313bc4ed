// Hosted pages on slow machines: what is pressed before the scripts are there, or while something else is under way, is done.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { api } from '../lib/api.js';
import { PASSWORD, authorizeUrl, createClient, createUser, pkce } from '../lib/browser.js';
import { launch } from '../lib/chromium.js';
import { admin, unique } from '../lib/fixtures.js';
import { startHttpMailbox } from '../lib/mailbox.js';
import { startServer } from '../lib/server.js';

let server, browser, client, callback, application, mails;
const manage = async (method, path, body) => {
  const answer = await api(server, method, path, { token: await admin(server), body });
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
};

const byPassword = { identifier: 'username', password: true, verificationCode: false, isPasswordPrimary: true };
const byCode = { identifier: 'email', password: false, verificationCode: true, isPasswordPrimary: false };
const ways = (methods, mfa = { factors: [], policy: 'UserControlled' }) =>
  manage('PATCH', '/api/sign-in-exp', { signIn: { methods }, signUp: { identifiers: ['username'], password: true, verify: false, secondaryIdentifiers: [] }, mfa });

before(async () => {
  server = await startServer({ env: { SIGNET_CONNECTOR_PRIVATE_ADDRESSES: 'true' } });
  mails = await startHttpMailbox();
  await manage('POST', '/api/connectors', { connectorId: 'http-email', config: { endpoint: mails.url, authorization: 'Bearer mine' } });
  await ways([byPassword, byCode]);
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
  await server.stop();
});

async function open() {
  const page = await (await browser.newContext()).newPage();
  page.asked = [];
  page.on('request', (request) => page.asked.push(`${request.method()} ${new URL(request.url()).pathname}`));
  return page;
}

const begin = (page) => page.goto(`${server.base}${authorizeUrl(client, pkce(), { redirect_uri: callback })}`);

async function arrived(page) {
  await page.waitForURL(`${callback}**`);
  assert.ok(new URL(page.url()).searchParams.get('code'));
}

const count = (page, path) => page.asked.filter((each) => each === `POST /api/experience/verification/${path}`).length;

/** Fills and presses in the moment in which a page has the last field and a button, before anything else can happen in it. */
const presses = (page, fields) =>
  page.addInitScript((values) => {
    new MutationObserver((_, observer) => {
      const inputs = Object.keys(values).map((id) => document.getElementById(id));
      const button = document.querySelector('form button');
      if (!button || inputs.includes(null)) return;
      observer.disconnect();
      for (const input of inputs) input.value = values[input.id];
      button.click();
    }).observe(document, { childList: true, subtree: true });
  }, fields);

/** Keeps back answers of a step until release(); holding: there is one. */
async function hold(page, path) {
  let release, arrive;
  const released = new Promise((resolve) => (release = resolve));
  const holding = new Promise((resolve) => (arrive = resolve));
  await page.route(`**/api/experience/verification/${path}`, async (route) => {
    const response = await route.fetch();
    arrive();
    await released;
    await route.fulfill({ response });
  });
  return { release, holding };
}

async function received(recipient) {
  const { payload } = await mails.take(({ to }) => to === recipient);
  server.secrets.add(`"code":"${payload.code}"`);
  return payload.code;
}

test('a button that is pressed before the scripts are there', async () => {
  const user = await createUser(server);
  const page = await open();
  await presses(page, { identifier: user.username, password: PASSWORD });
  await begin(page);
  await arrived(page);

  const email = `${unique('early')}@example.com`;
  await createUser(server, { primaryEmail: email });
  const second = await open();
  await begin(second);
  await presses(second, { identifier: email });
  await second.getByRole('link', { name: 'Sign in with a code' }).click();
  await second.getByRole('heading', { name: 'Enter the code' }).waitFor();
  await second.getByLabel('Code', { exact: true }).fill(await received(email));
  await second.keyboard.press('Enter');
  await arrived(second);
});

test('Enter that is pressed while another code is on its way', async () => {
  const email = `${unique('resent')}@example.com`;
  await createUser(server, { primaryEmail: email });
  const page = await open();
  await begin(page);
  await page.getByRole('link', { name: 'Sign in with a code' }).click();
  await page.getByLabel('Email address').fill(email);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Enter the code' }).waitFor();
  await received(email);
  const { release, holding } = await hold(page, 'verification-code');
  await page.getByRole('button', { name: 'Send another code' }).click();
  await holding;
  await page.getByLabel('Code', { exact: true }).fill(await received(email));
  await page.keyboard.press('Enter');
  release();
  await arrived(page);
});

test('Enter that is pressed while the code of a second factor is on its way', async () => {
  await ways([byPassword], { factors: ['EmailVerificationCode'], policy: 'Mandatory' });
  const email = `${unique('factor')}@example.com`;
  const user = await createUser(server, { primaryEmail: email });
  const page = await open();
  const { release, holding } = await hold(page, 'mfa-verification-code');
  await begin(page);
  await page.getByLabel('Username').fill(user.username);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.keyboard.press('Enter');
  await holding;
  await page.getByLabel('Code', { exact: true }).fill(await received(email));
  await page.keyboard.press('Enter');
  release();
  await arrived(page);
  await ways([byPassword, byCode]);
});

test('Enter that is pressed twice counts once; what was corrected meanwhile counts, and what is typed stays where it is', async () => {
  const user = await createUser(server);
  const page = await open();
  const { release, holding } = await hold(page, 'password');
  await begin(page);
  await page.getByLabel('Username').fill(user.username);
  await page.getByLabel('Password').fill('Wrong-1-wrong');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  await holding;
  release();
  await page.getByRole('alert').filter({ hasText: 'is wrong' }).waitFor();
  assert.equal(count(page, 'password'), 1);
  assert.equal(await page.getByLabel('Password').evaluate((input) => input.matches(':focus')), true);

  await page.unrouteAll();
  const again = await hold(page, 'password');
  await page.getByLabel('Password').fill('Wrong-2-wrong');
  await page.keyboard.press('Enter');
  await again.holding;
  await page.getByLabel('Password').fill(PASSWORD);
  await page.keyboard.press('Enter');
  again.release();
  await arrived(page);
  assert.equal(count(page, 'password'), 3);
});
