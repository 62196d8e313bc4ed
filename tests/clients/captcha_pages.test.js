// Captchas on the hosted pages, in Chromium. The providers' own scripts are not there: doubles stand at their addresses, which are
// called as the providers document it, under the policy that the page is sent with.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { accessible, enableDark } from '../lib/accessible.js';
import { api, noteNavigations } from '../lib/api.js';
import { authorizeUrl, createClient, createUser, pkce } from '../lib/browser.js';
import { launch } from '../lib/chromium.js';
import { admin } from '../lib/fixtures.js';
import { Receiver } from '../lib/receiver.js';
import { startServer } from '../lib/server.js';

const KEYS = { siteKey: 'the site', secretKey: 'the secret key of a site' };
// Each gives a token for its site key; a box is ticked when it is there, and shows a frame of the provider's.
const frame = (origin) => `const frame = document.createElement('iframe'); frame.src = '${origin}/frame'; frame.title = 'captcha'; place.append(frame); frame.onload = () => options.callback('shown ' + options.sitekey);`;
const TURNSTILE = `window.turnstile = { render(place, options) { ${frame('https://challenges.cloudflare.com')} } };`;
const RECAPTCHA = `window.grecaptcha = { enterprise: {
  ready: (run) => setTimeout(run), execute: async (key, { action }) => action + ' ' + key,
  render(place, options) { ${frame('https://www.google.com/recaptcha')} } } };`;

let server, browser, client, user, provider, application, callback;
const manage = async (method, path, body) => {
  const answer = await api(server, method, path, { token: await admin(server), body });
  assert.ok(answer.status < 300, answer.text);
};

before(async () => {
  provider = await new Receiver().listen();
  server = await startServer({ env: { SIGNET_CAPTCHA_ENDPOINT: `http://127.0.0.1:${provider.port}`, SIGNET_CONNECTOR_PRIVATE_ADDRESSES: 'true' } });
  await enableDark(server);
  application = http.createServer((request, response) => response.setHeader('content-type', 'text/html').end('<title>application</title>'));
  await new Promise((resolve) => application.listen(0, '127.0.0.1', resolve));
  callback = `http://127.0.0.1:${application.address().port}/callback`;
  client = await createClient(server, 'SPA', { oidcClientMetadata: { redirectUris: [callback], postLogoutRedirectUris: [] } });
  user = await createUser(server);
  await manage('PUT', '/api/captcha-provider', { config: { type: 'Turnstile', ...KEYS } });
  await manage('PATCH', '/api/sign-in-exp', { captchaPolicy: { enabled: true } });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  application?.close();
  await provider.close();
  await server?.stop();
});

// The page to sign in, with the double of the provider's script, or none at all.
async function open(script, scripts) {
  const page = await (await browser.newContext()).newPage();
  noteNavigations(page);
  page.complaints = [];
  page.on('console', (message) => message.type() === 'error' && page.complaints.push(message.text()));
  await page.route(/^https:\/\/(challenges\.cloudflare\.com|www\.google\.com)\//, (route) => {
    const url = route.request().url();
    if (url.endsWith('/frame')) return route.fulfill({ contentType: 'text/html', body: '<title>captcha</title>' });
    scripts.push(url);
    return script ? route.fulfill({ contentType: 'text/javascript', body: script }) : route.abort();
  });
  await page.goto(`${server.base}${authorizeUrl(client, pkce(), { redirect_uri: callback })}`);
  return page;
}

async function enter(page) {
  await page.getByLabel('Username').fill(user.username);
  await page.getByLabel('Password').fill(user.password);
  await page.keyboard.press('Enter');
}

const kinds = [
  { name: 'Turnstile', config: { type: 'Turnstile' }, script: TURNSTILE, at: 'https://challenges.cloudflare.com/turnstile/v0/api.js?render=explicit', token: 'shown the site' },
  { name: 'reCAPTCHA', config: { type: 'RecaptchaEnterprise', projectId: 'one' }, script: RECAPTCHA, at: 'https://www.google.com/recaptcha/enterprise.js?render=the+site', token: 'interaction the site' },
  { name: 'reCAPTCHA with a box', config: { type: 'RecaptchaEnterprise', projectId: 'one', mode: 'checkbox' }, script: RECAPTCHA, at: 'https://www.google.com/recaptcha/enterprise.js?render=explicit', token: 'shown the site' },
];
for (const { name, config, script, at, token } of kinds) {
  test(`${name}: its token goes along`, async () => {
    await manage('PUT', '/api/captcha-provider', { config: { ...config, ...KEYS } });
    provider.got = [];
    provider.answer = JSON.stringify({ success: true, tokenProperties: { valid: true }, riskAnalysis: { score: 0.9 } });
    const scripts = [];
    const page = await open(script, scripts);
    await accessible(page);
    await enter(page);
    await page.waitForURL(`${callback}**`);
    assert.match(page.url(), /[?&]code=/);
    assert.deepEqual(scripts, [at]);
    assert.equal(provider.got.length, 1);
    const { text } = provider.got[0];
    assert.equal(config.type === 'Turnstile' ? new URLSearchParams(text).get('response') : JSON.parse(text).event.token, token);
    assert.deepEqual(page.complaints, []);
  });
}

test('a refused token is told, and the next attempt has a new one; so is a provider that is not there', async () => {
  await manage('PUT', '/api/captcha-provider', { config: { type: 'Turnstile', ...KEYS } });
  provider.answer = JSON.stringify({ success: false });
  const page = await open(TURNSTILE, []);
  await enter(page);
  const alert = page.getByRole('alert').filter({ hasText: 'told from a program' });
  await alert.waitFor();
  provider.answer = JSON.stringify({ success: true });
  await enter(page);
  await page.waitForURL(`${callback}**`);
  const without = await open(undefined, []);
  await enter(without);
  await without.getByRole('alert').filter({ hasText: 'told from a program' }).waitFor();
});

test('pages without a captcha let nothing of the providers in', async () => {
  const policy = async () => (await api(server, 'GET', '/unknown-session')).headers['content-security-policy'];
  assert.doesNotMatch(await policy(), /cloudflare|google|frame-src/);
});
