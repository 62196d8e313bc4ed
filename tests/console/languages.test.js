// The console in other languages: chosen by the browser, complete, one file each.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { api } from '../lib/api.js';
import { startServer } from '../lib/server.js';
import { accessible, heading, launch, screenshot, signedIn, unexpected } from './support.js';

const web = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..', 'web');
const languages = path.join(web, 'console', 'languages');

let server, browser;
before(async () => {
  server = await startServer();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server.stop();
});

// English texts in the sources: arguments of t, and the titles of columns, which tables translate.
function englishTexts() {
  const texts = new Set();
  for (const folder of ['console', 'console/pages', 'shared']) {
    for (const file of fs.readdirSync(path.join(web, folder)).filter((name) => /\.tsx?$/.test(name))) {
      const source = fs.readFileSync(path.join(web, folder, file), 'utf8');
      for (const [, text] of source.matchAll(/\bt\('((?:[^'\\]|\\.)*)'/g)) texts.add(text.replaceAll("\\'", "'"));
      for (const [, text] of source.matchAll(/\['([A-Z][^'\\]*)', (?:\(row\)|[a-z][A-Za-z]*[\],])/g)) texts.add(text);
    }
  }
  return texts;
}

test('each language has every text, none besides, and the same places for values', () => {
  const texts = englishTexts();
  assert.ok(texts.size > 800, `${texts.size} texts`);
  const places = (text) => [...text.matchAll(/\{\d\}/g)].map(([place]) => place).sort().join();
  for (const file of fs.readdirSync(languages)) {
    const other = JSON.parse(fs.readFileSync(path.join(languages, file), 'utf8'));
    assert.deepEqual([...texts].filter((text) => !(text in other)), [], `missing in ${file}`);
    assert.deepEqual(Object.keys(other).filter((text) => !texts.has(text)), [], `not in the console, but in ${file}`);
    for (const [english, text] of Object.entries(other)) assert.equal(places(text), places(english), english);
  }
});

test('the browser\'s first language that there is, is taken; English needs no file of its own', async () => {
  const page = async (languages) => (await api(server, 'GET', `${server.adminBase}/console`, { headers: languages ? { 'accept-language': languages } : {} })).text;
  for (const [wanted, language] of [['de-AT,de;q=0.9,en;q=0.8', 'de'], ['fr,de;q=0.5', 'de'], ['en-GB,de', 'en'], ['fr', 'en'], [undefined, 'en']]) {
    const text = await page(wanted);
    assert.match(text, new RegExp(`<html lang="${language}">`), wanted);
    assert.equal([...text.matchAll(/<script /g)].length, language === 'en' ? 1 : 2, wanted);
  }
  const [, file] = /src="(\/console\/assets\/console-de-[^"]+)"/.exec(await page('de'));
  const texts = await api(server, 'GET', server.adminBase + file);
  assert.equal(texts.headers['cache-control'], 'public, max-age=31536000, immutable');
  assert.match(texts.headers['content-type'], /^text\/javascript/);
});

test('another language, chosen in the console, stays chosen', async () => {
  const page = await signedIn(browser, server, 'polyglot');
  await page.getByLabel('Language').selectOption('Deutsch');
  await heading(page, 'Anwendungen');
  await page.reload();
  await heading(page, 'Anwendungen');
  await accessible(page, 'the choice of a language');
  await page.getByLabel('Sprache').selectOption('English');
  await heading(page, 'Applications');
  assert.deepEqual(unexpected(page), []);
});

test('the console in German: a user made, every page, its shortcuts and its palette', async () => {
  const page = await signedIn(browser, server, 'operator');
  await page.setExtraHTTPHeaders({ 'accept-language': 'de-DE,de;q=0.9,en;q=0.5' });
  await page.goto(`${server.adminBase}/console/users`);
  await heading(page, 'Benutzer');
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'de');
  await page.getByRole('button', { name: 'Neuer Benutzer' }).click();
  await page.getByRole('dialog').getByLabel('Benutzername').fill('ada');
  await accessible(page, 'a new user, in German');
  await page.getByRole('button', { name: 'Benutzer anlegen' }).click();
  await heading(page, 'ada');
  await page.getByRole('link', { name: 'Zweite Faktoren', exact: true }).last().click();
  await page.getByRole('heading', { name: 'Kein zweiter Faktor' }).waitFor();
  await screenshot(page, 'german');
  for (const link of await page.getByRole('navigation', { name: 'Seiten der Konsole' }).getByRole('link').all()) {
    await link.click();
    await page.getByRole('heading', { level: 1, name: await link.textContent(), exact: true }).waitFor();
  }
  await page.locator('h1').press('g');
  await page.keyboard.press('a');
  await heading(page, 'Anwendungen');
  await page.getByRole('link', { name: 'Signet quick start' }).waitFor();
  await accessible(page, 'applications, in German');
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').getByRole('combobox').fill('protok');
  await page.keyboard.press('Enter');
  await heading(page, 'Protokoll');
  assert.deepEqual(unexpected(page).filter((text) => !/ERR_NAME_NOT_RESOLVED/.test(text)), [], 'but the preview\'s logo, which is elsewhere');
});
