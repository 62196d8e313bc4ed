// An enterprise's people in Chromium: from the sign-in page to their own identity provider, npm oidc-provider, and back.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { after, before, test } from 'node:test';
import OidcProvider from 'oidc-provider';
import { accessible, enableDark } from '../lib/accessible.js';
import { api, noteNavigations } from '../lib/api.js';
import { authorizeUrl, createClient, exchange, pkce, userinfo } from '../lib/browser.js';
import { launch } from '../lib/chromium.js';
import { admin } from '../lib/fixtures.js';
import { takePort } from '../lib/ports.js';
import { startServer } from '../lib/server.js';

const SECRET = 'a-secret-with+signs/and%more=0123456789';

let server, browser, client, application, callback, theirs, connector;

async function manage(method, path, body) {
  const answer = await api(server, method, path, { token: await admin(server), body });
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

// The enterprise's provider: whatever name is entered there is a person of acme.example.
function directory(issuer, redirect) {
  const claims = (login) => ({ sub: login, email: `${login}@acme.example`, email_verified: true, name: 'Jo Doe' });
  return new OidcProvider(issuer, {
    clients: [{ client_id: 'signet', client_secret: SECRET, redirect_uris: [redirect], token_endpoint_auth_method: 'client_secret_basic' }],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    findAccount: (context, id) => ({ accountId: id, claims: () => claims(id) }),
    features: { devInteractions: { enabled: true } },
    pkce: { required: () => true },
    cookies: { keys: ['a key'] },
  });
}

before(async () => {
  server = await startServer({ env: { SIGNET_CONNECTOR_PRIVATE_ADDRESSES: 'true' } });
  await enableDark(server);
  application = http.createServer((request, response) => response.setHeader('content-type', 'text/html').end('<title>application</title>'));
  await new Promise((resolve) => application.listen(0, '127.0.0.1', resolve));
  callback = `http://127.0.0.1:${application.address().port}/callback`;
  client = await createClient(server, 'SPA', { oidcClientMetadata: { redirectUris: [callback], postLogoutRedirectUris: [] } });
  const port = await takePort();
  const issuer = `http://localhost:${port}`;
  const config = { clientId: 'signet', clientSecret: SECRET, issuer };
  connector = await manage('POST', '/api/sso-connectors', { providerName: 'Okta', connectorName: 'Acme', domains: ['acme.example'], branding: { displayName: 'Acme' }, config });
  await manage('PATCH', '/api/sign-in-exp', {
    singleSignOnEnabled: true,
    signIn: { methods: [{ identifier: 'email', password: true, verificationCode: false, isPasswordPrimary: true }] },
  });
  theirs = http.createServer(directory(issuer, `${server.base}/callback/${connector.id}`).callback()).listen(port);
  await once(theirs, 'listening');
  browser = await launch();
});
after(async () => {
  await browser?.close();
  application?.close();
  theirs?.closeAllConnections();
  theirs?.close();
  await server.stop();
});

async function open() {
  const page = await (await browser.newContext()).newPage();
  await page.route((url) => !/^(localhost|127\.0\.0\.1)$/.test(url.hostname), (route) => route.abort()); // the other's fonts
  noteNavigations(page);
  page.complaints = [];
  page.on('console', (message) => message.type() === 'error' && message.location().url.startsWith(server.base) && page.complaints.push(message.text()));
  page.on('pageerror', (error) => page.complaints.push(String(error)));
  page.keys = pkce();
  await page.goto(`${server.base}${authorizeUrl(client, page.keys, { redirect_uri: callback, scope: 'openid profile email identities' })}`);
  return page;
}

async function signInThere(page, login) {
  await page.getByPlaceholder('Enter any login').fill(login);
  await page.getByPlaceholder('and password').fill('anything');
  await page.getByRole('button', { name: 'Sign-in' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
}

// Back at the application; gives whom it gets.
async function arrived(page) {
  await page.waitForURL(`${callback}**`);
  const code = new URL(page.url()).searchParams.get('code');
  const tokens = await exchange(server, client, { code, verifier: page.keys.verifier }, { redirect_uri: callback });
  assert.equal(tokens.status, 200, tokens.text);
  server.secrets.add(tokens.json.access_token);
  assert.deepEqual(page.complaints, []);
  return (await userinfo(server, tokens.json.access_token)).json;
}

test('an address of the enterprise leads to its provider, and back with a new account', async () => {
  const page = await open();
  await page.getByLabel('Email address').fill('jo@acme.example');
  await page.getByLabel('Password').fill('none of this');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await signInThere(page, 'jo');
  const me = await arrived(page);
  assert.deepEqual([me.email, me.name, me.sso_identities[0].identityId], ['jo@acme.example', 'Jo Doe', 'jo']);
});

test('the page of single sign-on finds the provider, or says that there is none', async () => {
  const page = await open();
  await page.getByRole('link', { name: 'Single sign-on' }).click();
  await page.getByRole('heading', { name: 'Single sign-on' }).waitFor();
  await page.getByLabel('Email address').fill('jo@elsewhere.example');
  await page.keyboard.press('Enter');
  await page.getByText('There is no single sign-on for this address.').waitFor();
  await accessible(page);
  await page.getByLabel('Email address').fill('ann@acme.example');
  await page.keyboard.press('Enter');
  await signInThere(page, 'ann');
  assert.equal((await arrived(page)).email, 'ann@acme.example');
});
