// Terms of use and privacy policy on the hosted pages, and where a sign-in that is unknown leads.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api } from '../lib/api.js';
import { Browser, authorizeUrl, createClient, pkce } from '../lib/browser.js';
import { admin } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';

const TERMS = 'https://shop.example/terms?a=1&b="2"';
const PRIVACY = 'https://shop.example/privacy';
const BOX = /<input type="checkbox" name="terms" required>/;

let server, spa, tab;
before(async () => {
  server = await startServer();
  spa = await createClient(server, 'SPA', { name: 'Shop' });
  tab = new Browser(server);
  await tab.page(authorizeUrl(spa, pkce()));
});
after(() => server.stop());

async function set(body) {
  const answer = await api(server, 'PATCH', '/api/sign-in-exp', { token: await admin(server), body });
  assert.equal(answer.status, 200, answer.text);
}
const page = async (path, headers) => (await tab.page(`${path}?app_id=${spa.id}`, headers)).text;

test('without addresses nothing is said of terms', async () => {
  for (const path of ['/sign-in', '/register']) assert.doesNotMatch(await page(path), /name="terms"|agree/);
});

test('each policy: a line, a box to register, a box for both', async () => {
  await set({ termsOfUseUrl: TERMS.replaceAll('"', '%22'), privacyPolicyUrl: PRIVACY });
  const links = /href="https:\/\/shop\.example\/terms\?a=1&amp;b=%222%22">Terms of use<\/a>, <a [^>]*href="https:\/\/shop\.example\/privacy">Privacy policy<\/a>/;
  const expected = {
    Automatic: [/By going on you agree to: <a/, /By going on you agree to: <a/],
    ManualRegistrationOnly: [/<p class="quiet"> <a target/, BOX],
    Manual: [BOX, BOX],
  };
  for (const [agreeToTermsPolicy, patterns] of Object.entries(expected)) {
    await set({ agreeToTermsPolicy });
    for (const [i, path] of ['/sign-in', '/register'].entries()) {
      const text = await page(path);
      assert.match(text, patterns[i], `${agreeToTermsPolicy} ${path}`);
      assert.match(text, links);
      assert.equal(BOX.test(text), patterns[i] === BOX);
    }
  }
  await set({ termsOfUseUrl: '' });
  assert.match(await page('/register'), /required> I agree to: <a [^>]*>Privacy policy<\/a><\/label>/);
  await set({ privacyPolicyUrl: null, agreeToTermsPolicy: 'Automatic' });
});

test('a sign-in that is unknown leads to the address that the tenant has for it', async () => {
  const stranger = new Browser(server);
  const shown = await stranger.page('/unknown-session');
  assert.equal(shown.status, 200);
  await set({ unknownSessionRedirectUrl: 'https://shop.example/start' });
  for (const path of ['/sign-in', '/register', '/sign-in/code', '/consent']) {
    const answer = await stranger.page(path);
    assert.equal(answer.status, 302, path);
    const last = await stranger.page(new URL(answer.headers.location, server.base).pathname);
    assert.equal(last.headers.location, 'https://shop.example/start', path);
  }
  await set({ unknownSessionRedirectUrl: null });
  assert.equal((await stranger.page('/unknown-session')).status, 200);
});
