// A browser for tests: follows redirects, keeps cookies, fills in each form it meets.
// usage: browser.js ADDRESS; ends when a page has no form.
import { pathToFileURL } from 'node:url';
import { request } from '../lib/api.js';

const STEPS = 30;

function fields(page) {
  const values = new URLSearchParams();
  for (const [tag] of page.matchAll(/<input[^>]*>/g)) {
    const name = /name="([^"]*)"/.exec(tag)?.[1];
    if (name) values.set(name, /value="([^"]*)"/.exec(tag)?.[1] ?? '');
  }
  if (values.has('login')) values.set('login', 'ada');
  if (values.has('password')) values.set('password', 'any');
  if (/name="confirm"/.test(page) || /value="yes"/.test(page)) values.set('confirm', 'yes');
  return values;
}

/** Gives the text of the page where it ends. */
export async function browse(address) {
  const cookies = new Map();
  let url = address, options = {};
  for (let step = 0; step < STEPS; step += 1) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await request(url, { ...options, headers: { ...options.headers, cookie, accept: 'text/html' } });
    for (const line of answer.headers['set-cookie'] ?? []) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      if (value) cookies.set(name, value);
      else cookies.delete(name);
    }
    const page = answer.text;
    const { location } = answer.headers;
    const form = /<form[^>]*action="([^"]*)"/.exec(page);
    if (!location && !form) return page;
    url = new URL(location ?? form[1], url).href;
    options = location ? {} : { method: 'POST', body: fields(page).toString(), headers: { 'content-type': 'application/x-www-form-urlencoded' } };
  }
  throw new Error(`no end after ${STEPS} steps, at ${url}`);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await browse(process.argv[2]);
