// Signing in with an account elsewhere, in Chromium: from the button to the provider, and back to the application.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { accessible, enableDark } from '../lib/accessible.js';
import { api, noteNavigations } from '../lib/api.js';
import { authorizeUrl, createClient, createUser, exchange, pkce, userinfo } from '../lib/browser.js';
import { launch } from '../lib/chromium.js';
import { admin, unique } from '../lib/fixtures.js';
import { Provider } from '../lib/provider.js';
import { startServer } from '../lib/server.js';

let server, browser, client, application, callback, provider;
async function manage(method, path, body) {
  const answer = await api(server, method, path, { token: await admin(server), body });
  assert.ok(answer.status < 300, answer.text);
  return answer.json;
}

before(async () => {
  provider = await new Provider().start();
  server = await startServer({ env: { SIGNET_CONNECTOR_PRIVATE_ADDRESSES: 'true' } });
  await enableDark(server);
  application = http.createServer((request, response) => response.setHeader('content-type', 'text/html').end('<title>application</title>'));
  await new Promise((resolve) => application.listen(0, '127.0.0.1', resolve));
  callback = `http://127.0.0.1:${application.address().port}/callback`;
  client = await createClient(server, 'SPA', { oidcClientMetadata: { redirectUris: [callback], postLogoutRedirectUris: [] } });
  await manage('POST', '/api/connectors', {
    connectorId: 'oidc',
    metadata: { target: 'theirs', name: { en: 'Theirs' } },
    config: {
      clientId: 'ours', clientSecret: 'the secret', authorizationEndpoint: `${provider.base}/auth`, tokenEndpoint: `${provider.base}/token`,
      scope: 'openid profile email', idTokenVerificationConfig: { issuer: provider.base, jwksUri: `${provider.base}/keys` },
    },
  });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  application?.close();
  await server.stop();
  await provider.stop();
});

const settings = (automaticAccountLinking) =>
  manage('PATCH', '/api/sign-in-exp', { socialSignInConnectorTargets: ['theirs'], socialSignIn: { skipRequiredIdentifiers: true, automaticAccountLinking } });

// The person at the provider signs in by the page's button; gives what the application learns of them.
async function signInBy(person) {
  provider.user = person;
  const keys = pkce();
  const page = await (await browser.newContext()).newPage();
  noteNavigations(page);
  await page.goto(`${server.base}${authorizeUrl(client, keys, { redirect_uri: callback, scope: 'openid profile email identities' })}`);
  await page.getByRole('link', { name: 'Theirs' }).waitFor();
  await accessible(page, 'social');
  await page.getByRole('link', { name: 'Theirs' }).click();
  await page.waitForURL(`${callback}**`);
  const code = new URL(page.url()).searchParams.get('code');
  const tokens = await exchange(server, client, { code, verifier: keys.verifier }, { redirect_uri: callback });
  assert.equal(tokens.status, 200, tokens.text);
  server.secrets.add(tokens.json.access_token);
  return (await userinfo(server, tokens.json.access_token)).json;
}

test('whoever is not known becomes a user, and is the same user afterwards', async () => {
  await settings(false);
  const person = { sub: unique('person'), name: 'New Person', email: `${unique('new')}@mail.example`, email_verified: true };
  const me = await signInBy(person);
  assert.deepEqual([me.name, me.email, me.identities.theirs.userId], ['New Person', person.email, person.sub]);
  assert.equal((await signInBy(person)).sub, me.sub);
});

test('an account that is there is linked, where the tenant says so', async () => {
  await settings(true);
  const user = await createUser(server, { primaryEmail: `${unique('mine')}@mail.example` });
  const me = await signInBy({ sub: unique('person'), email: user.primaryEmail, email_verified: true });
  assert.equal(me.sub, user.id);
  assert.ok((await manage('GET', `/api/users/${user.id}`)).identities.theirs);
});
