// The hosted pages in the languages that they have, and in the colours that the settings give them.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import { api } from '../lib/api.js';
import { Browser, authorizeUrl, createClient, pkce } from '../lib/browser.js';
import { admin, unique } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';

let server;
let client;
before(async () => {
  server = await startServer();
  client = await createClient(server);
});
after(() => server.stop());

const SOURCES = new URL('../../src/domain/', import.meta.url);
const rows = (file) => Object.fromEntries([...fs.readFileSync(new URL(file, SOURCES), 'utf8').matchAll(/^PHRASE\((\w+), "((?:[^"\\]|\\.)*)"\)$/gm)].map(([, name, text]) => [name, text]));
const ENGLISH = rows('phrases.def');
const TAGS = ['de', 'es', 'fr', 'ja', 'ko', 'pt-BR', 'zh-CN', 'zh-TW'];
const file = (tag) => `phrases_${tag.toLowerCase().replace('-', '_')}.def`;

const set = async (body) => {
  const answer = await api(server, 'PATCH', '/api/sign-in-exp', { token: await admin(server), body });
  assert.equal(answer.status, 200, answer.text);
};

// [language, heading] of the sign-in page.
async function page({ accept, ...parameters } = {}) {
  const tab = new Browser(server);
  const first = await tab.request('GET', authorizeUrl(client, pkce(), parameters));
  assert.equal(first.status, 303, first.text);
  const headers = { accept: 'text/html', ...(accept ? { 'accept-language': accept } : {}) };
  const { status, text } = await tab.request('GET', first.headers.location, { headers });
  assert.equal(status, 200, text);
  return [text.match(/<html lang="([\w-]+)">/)[1], text.match(/<h1>(.*)<\/h1>/)[1]];
}

test('every language says everything', () => {
  for (const tag of TAGS) {
    const texts = rows(file(tag));
    assert.deepEqual(Object.keys(texts), Object.keys(ENGLISH), tag);
    const same = Object.keys(texts).filter((name) => texts[name] === ENGLISH[name]);
    assert.ok(same.length <= 8, `${tag}: ${same}`);
    for (const [name, text] of Object.entries(texts)) assert.doesNotMatch(text, /^\s*$|[<>]|\s$/, `${tag} ${name}`);
  }
});

test('the browser\'s language, and the one that the application asks for before it', async () => {
  for (const tag of ['en', ...TAGS]) {
    const heading = tag === 'en' ? ENGLISH.SIGN_IN : rows(file(tag)).SIGN_IN;
    assert.deepEqual(await page({ accept: `${tag};q=0.9,en;q=0.5` }), [tag, heading]);
    assert.deepEqual(await page({ accept: 'en', ui_locales: `xx ${tag}` }), [tag, heading]);
  }
});

test('tags that are near: other countries, scripts, letters', async () => {
  const cases = { 'de-AT': 'de', DE: 'de', 'pt-PT,pt;q=0.8': 'pt-BR', 'zh-Hant-HK': 'zh-TW', 'zh-HK': 'zh-TW', 'zh-Hans': 'zh-CN', zh: 'zh-CN', 'es-419,en': 'es', 'xx,yy': 'en', '*': 'en', 'xx, fr;q=0.1': 'fr' };
  for (const [accept, tag] of Object.entries(cases)) assert.equal((await page({ accept }))[0], tag, accept);
});

test('the settings: what to fall back to, and whether to look at the browser', async () => {
  await set({ languageInfo: { autoDetect: true, fallbackLanguage: 'fr' } });
  assert.equal((await page({ accept: 'xx' }))[0], 'fr');
  assert.equal((await page({ accept: 'ja' }))[0], 'ja');
  await set({ languageInfo: { autoDetect: false, fallbackLanguage: 'fr' } });
  assert.equal((await page({ accept: 'ja' }))[0], 'fr');
  assert.equal((await page({ accept: 'ja', ui_locales: 'ko' }))[0], 'ko');
  await set({ languageInfo: { autoDetect: true, fallbackLanguage: 'en' } });
});

test('custom phrases lie over the texts of the pages, in languages of the tenant\'s own, too', async () => {
  const put = async (tag, body) => {
    const answer = await api(server, 'PUT', `/api/custom-phrases/${tag}`, { token: await admin(server), body });
    assert.equal(answer.status, 201, answer.text);
  };
  await put('de', { action: { sign_in: 'Hereinspaziert <b>' }, error: { password_rejected: { pwned: 'Zu bekannt.' } }, description: { password_expired: 'Abgelaufen.' } });
  await put('it', { action: { sign_in: 'Accedi' } });
  await put('pt-PT', { action: { sign_in: 'Entre' } });
  try {
    assert.deepEqual(await page({ accept: 'de-AT' }), ['de', 'Hereinspaziert &lt;b&gt;']);
    assert.deepEqual(await page({ accept: 'it-CH, de;q=0.5' }), ['it', 'Accedi']);
    assert.deepEqual(await page({ accept: 'pt-PT' }), ['pt-PT', 'Entre']);
    assert.deepEqual(await page({ accept: 'pt' }), ['pt-BR', rows('phrases_pt_br.def').SIGN_IN]);
    assert.deepEqual(await page({ accept: 'en' }), ['en', ENGLISH.SIGN_IN]);
    const tab = new Browser(server);
    const first = await tab.request('GET', authorizeUrl(client, pkce()));
    const { text } = await tab.request('GET', first.headers.location, { headers: { accept: 'text/html', 'accept-language': 'it' } });
    assert.match(text, /<label for="identifier">Username<\/label>/); // what the tenant has not said is said in English
    const german = await tab.request('GET', first.headers.location, { headers: { accept: 'text/html', 'accept-language': 'de' } });
    assert.match(german.text, /<li data-code="password_rejected.pwned">Zu bekannt.</);
    assert.match(german.text, /<li data-code="password.expired">Abgelaufen.</);
  } finally {
    for (const tag of ['de', 'it', 'pt-PT']) await api(server, 'DELETE', `/api/custom-phrases/${tag}`, { token: await admin(server) });
  }
});

test('every page of a sign-in speaks the language that the application asked for', async () => {
  const tab = new Browser(server);
  await tab.request('GET', authorizeUrl(client, pkce(), { ui_locales: 'fr' }));
  for (const path of ['/sign-in', '/register']) {
    const { text } = await tab.request('GET', `${path}?app_id=${client.id}`, { headers: { accept: 'text/html', 'accept-language': 'de' } });
    assert.match(text, /<html lang="fr">/, path);
  }
  const other = await new Browser(server).request('GET', '/unknown-session', { headers: { accept: 'text/html', 'accept-language': 'de' } });
  assert.match(other.text, /<html lang="de">/);
});

const theme = async (query = '') => {
  const answer = await api(server, 'GET', `/assets/theme.css${query}`);
  assert.equal(answer.status, 200);
  assert.match(answer.headers['content-type'], /^text\/css/);
  return answer.text;
};

test('colours, with a text on them that can be read', async () => {
  // The colour of links is as much darker as it must be on white, or lighter on the dark card.
  const cases = [['#000', '#fff', '#000000'], ['#ffee00', '#000', '#807700'], ['#5d34f2', '#fff', '#5d34f2'], ['#8ce', '#000', '#527a8f']];
  for (const [color, on, link] of cases) {
    await set({ color: { primaryColor: color, darkPrimaryColor: '#abcdef', isDarkModeEnabled: true } });
    const css = await theme();
    assert.ok(css.startsWith(`:root{--main:${color};--on-main:${on};--link:${link};}`), css);
    assert.match(css, /prefers-color-scheme:dark\)\{\n:root\{--main:#abcdef;--on-main:#000;--link:#abcdef;\}/);
  }
  await set({ color: { primaryColor: '#123456', darkPrimaryColor: '#abcdef', isDarkModeEnabled: false } });
  assert.match(await theme(), /dark\)\{\n:root\{--text:.*color-scheme:light;--main:#123456;--on-main:#fff;--link:#123456;/);
});

test('logo, style of the operator, and what an organization lays over it', async () => {
  assert.doesNotMatch(await theme(), /url\(/);
  await set({ branding: { logoUrl: 'https://img.example/a.svg' }, customCss: 'h1 { color: teal; }' });
  const css = await theme();
  assert.match(css, /url\("https:\/\/img\.example\/a\.svg"\)/);
  assert.ok(css.endsWith('h1 { color: teal; }'));
  await set({ branding: { logoUrl: 'https://img.example/"}body{}' } }).catch(() => {});
  assert.doesNotMatch(await theme(), /body\{\}/);
  const made = await api(server, 'POST', '/api/organizations', { token: await admin(server), body: { name: unique('org'), color: { primaryColor: '#010203' }, branding: { logoUrl: 'https://img.example/o.svg' } } });
  assert.equal(made.status, 201, made.text);
  const own = await theme(`?organization_id=${made.json.id}`);
  assert.match(own, /--main:#010203;[^]*url\("https:\/\/img\.example\/o\.svg"\)/);
  const tab = new Browser(server);
  const first = await tab.request('GET', authorizeUrl(client, pkce(), { organization_id: made.json.id }));
  const { text } = await tab.page(first.headers.location);
  assert.match(text, new RegExp(`href="/assets/theme\\.css\\?app_id=${client.id}&amp;organization_id=${made.json.id}"`));
  assert.ok(text.indexOf('theme.css') > text.indexOf('experience.css'));
});

test('how long a password has to be is said as the settings have it', async () => {
  await set({ passwordPolicy: { length: { min: 13, max: 256 } } });
  const tab = new Browser(server);
  await tab.request('GET', authorizeUrl(client, pkce()));
  for (const [tag, text] of [['en', 'At least 13 characters.'], ['de', 'Mindestens 13 Zeichen.']]) {
    const { text: html } = await tab.request('GET', `/register?app_id=${client.id}`, { headers: { accept: 'text/html', 'accept-language': tag } });
    assert.match(html, new RegExp(`id="password-help">${text}<`));
  }
});
