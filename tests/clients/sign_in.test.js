// The field's own clients, unchanged: a user signs in, the client refreshes, asks who it is, and signs out.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import LogtoClient from '@logto/node';
import * as oauth from 'oauth4webapi';
import * as oidc from 'openid-client';
import { api, recordingFetch } from '../lib/api.js';
import { Browser, CALLBACK, createClient, createUser, enterPassword } from '../lib/browser.js';
import { admin, createResource } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';

const BYE = 'https://client.example/bye';
let server, user, web, spa, resource;
before(async () => {
  server = await startServer();
  user = await createUser(server, { name: 'Ann' });
  web = await createClient(server, 'Traditional');
  spa = await createClient(server, 'SPA');
  resource = await createResource(server);
});
after(() => server.stop());

// What the browser does with an authorization address; gives the address at the client.
async function visit(browser, url) {
  const first = await browser.follow(await browser.page(url));
  if (first.url) return first.url;
  const { url: reached } = await browser.follow(await browser.page(await enterPassword(browser, user)));
  assert.ok(reached);
  return reached;
}

const gone = async (browser, url) => {
  const answer = await browser.page(url);
  assert.equal(answer.headers.location, BYE);
};

async function openidClient(id, authentication, secret) {
  const options = { execute: [oidc.allowInsecureRequests], [oidc.customFetch]: recordingFetch };
  const config = await oidc.discovery(new URL(`${server.base}/oidc`), id, secret, authentication, options);
  config[oidc.customFetch] = recordingFetch;
  return config;
}

test('openid-client, confidential and public', async () => {
  for (const [client, authentication] of [[web, oidc.ClientSecretBasic(web.secret)], [spa, oidc.None()]]) {
    const config = await openidClient(client.id, authentication, client.secret);
    const browser = new Browser(server);
    const [pkceCodeVerifier, expectedState, expectedNonce] = [oidc.randomPKCECodeVerifier(), oidc.randomState(), oidc.randomNonce()];
    const url = oidc.buildAuthorizationUrl(config, {
      redirect_uri: CALLBACK,
      scope: 'openid profile offline_access',
      prompt: 'consent',
      code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      state: expectedState,
      nonce: expectedNonce,
    });
    const back = await visit(browser, url.href);
    const tokens = await oidc.authorizationCodeGrant(config, back, { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true });
    assert.equal(tokens.claims().sub, user.id);
    const refreshed = await oidc.refreshTokenGrant(config, tokens.refresh_token);
    assert.equal(refreshed.claims().sub, user.id);
    assert.equal((await oidc.fetchUserInfo(config, refreshed.access_token, user.id)).name, 'Ann');
    const end = oidc.buildEndSessionUrl(config, { id_token_hint: refreshed.id_token, post_logout_redirect_uri: BYE });
    await gone(browser, end.href);
    await oidc.tokenRevocation(config, refreshed.refresh_token);
    await assert.rejects(oidc.refreshTokenGrant(config, refreshed.refresh_token), { error: 'invalid_grant' });
  }
});

test('oauth4webapi: every answer strictly checked', async () => {
  const issuer = new URL(`${server.base}/oidc`);
  const insecure = { [oauth.allowInsecureRequests]: true, [oauth.customFetch]: recordingFetch };
  const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure));
  assert.deepEqual(as.code_challenge_methods_supported, ['S256']);
  const client = { client_id: spa.id };
  const verifier = oauth.generateRandomCodeVerifier();
  const nonce = oauth.generateRandomNonce();
  const url = new URL(as.authorization_endpoint);
  for (const [name, value] of Object.entries({
    client_id: spa.id, redirect_uri: CALLBACK, response_type: 'code', scope: 'openid offline_access', prompt: 'consent', nonce, max_age: '100',
    resource: resource.indicator, code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256', state: 'st',
  })) url.searchParams.set(name, value);
  const back = oauth.validateAuthResponse(as, client, await visit(new Browser(server), url.href), 'st');
  const answer = await oauth.authorizationCodeGrantRequest(as, client, oauth.None(), back, CALLBACK, verifier, insecure);
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, answer, { expectedNonce: nonce, maxAge: 100, requireIdToken: true });
  await oauth.validateApplicationLevelSignature(as, answer, insecure);
  const info = await oauth.processUserInfoResponse(as, client, user.id, await oauth.userInfoRequest(as, client, tokens.access_token, insecure));
  assert.equal(info.sub, user.id);
  const again = await oauth.refreshTokenGrantRequest(as, client, oauth.None(), tokens.refresh_token, {
    ...insecure, additionalParameters: new URLSearchParams({ resource: resource.indicator }),
  });
  const refreshed = await oauth.processRefreshTokenResponse(as, client, again);
  assert.equal(refreshed.access_token.split('.').length, 3);
  const wrong = new URL(`${CALLBACK}?code=x&state=st&iss=https://evil.example`);
  assert.throws(() => oauth.validateAuthResponse(as, client, wrong, 'st'));
});

async function joinOrganization() {
  const call = async (path, body) => (await api(server, 'POST', path, { token: await admin(server), body })).json;
  const { id } = await call('/api/organizations', { name: 'Acme' });
  await call(`/api/organizations/${id}/users`, { userIds: [user.id] });
  return id;
}

test('@logto/node: sign-in, tokens for a resource and an organization, refresh, user information, sign-out', async () => {
  const organization = await joinOrganization();
  const kept = new Map();
  const storage = {
    getItem: async (key) => kept.get(key) ?? null,
    setItem: async (key, value) => void kept.set(key, value),
    removeItem: async (key) => void kept.delete(key),
  };
  let address;
  const logto = new LogtoClient(
    { endpoint: server.base, appId: web.id, appSecret: web.secret, resources: [resource.indicator], scopes: ['email', 'custom_data', 'urn:logto:scope:organizations'] },
    { navigate: (url) => (address = url), storage },
  );
  const browser = new Browser(server);
  await logto.signIn(CALLBACK);
  const back = await visit(browser, address);
  await logto.handleSignInCallback(back.href);
  assert.equal(await logto.isAuthenticated(), true);
  assert.equal((await logto.getIdTokenClaims()).sub, user.id);
  assert.equal((await logto.getAccessTokenClaims(resource.indicator)).aud, resource.indicator);
  assert.equal((await logto.getOrganizationTokenClaims(organization)).aud, `urn:logto:organization:${organization}`);
  const first = await logto.getAccessToken(resource.indicator);
  await logto.clearAccessToken();
  assert.notEqual(await logto.getAccessToken(resource.indicator), first);
  const info = await logto.fetchUserInfo();
  assert.deepEqual([info.sub, info.name, info.custom_data], [user.id, 'Ann', {}]);
  await logto.signOut(BYE);
  assert.equal(await logto.isAuthenticated(), false);
  const asked = await browser.page(address);
  assert.ok(asked.text.includes('Do you want to sign out?'), 'this client sends no hint, so the user is asked');
});
