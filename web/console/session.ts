// The operator's sign-in: authorization code with PKCE; tokens live in this module's memory alone.
import { t } from '../shared/text';
import { reach } from './network';

const meta = (name: string) => document.querySelector<HTMLMetaElement>(`meta[name="signet-${name}"]`)!.content;

/** Addresses of the tenant that is managed, and of the console. */
export const endpoint = meta('endpoint');
export const home = meta('console');
export const RESOURCE = 'https://default.logto.app/api';

const CLIENT = 'admin-console';
const CALLBACK = `${home}/console/callback`;
const PENDING = 'signet-sign-in';
const EARLY_MS = 30_000;

interface Tokens {
  access_token: string;
  refresh_token?: string;
  id_token?: string;
  scope?: string;
  expires_in: number;
}
let tokens: (Tokens & { until: number }) | undefined;
let renewal: Promise<void> | undefined;
export let operator = '';
export let operatorId = '';
/** What the operator's role opens: everything, looking alone, or nothing. */
export type Access = 'all' | 'read' | 'none';
export function access(): Access {
  const scopes = (tokens?.scope ?? '').split(' ');
  return scopes.includes('all') ? 'all' : scopes.includes('read') ? 'read' : 'none';
}
let accessChanged: (access: Access) => void = () => {};
/** Is told when a new token opens something else than the one before. */
export const onAccess = (listener: typeof accessChanged) => void (accessChanged = listener);

const base64url = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
export const randomText = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

async function ask(form: Record<string, string>): Promise<Tokens> {
  const answer = await reach(`${home}/oidc/token`, { method: 'POST', body: new URLSearchParams({ client_id: CLIENT, ...form }) });
  const data = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(data.error_description ?? data.error), { ended: data.error === 'invalid_grant' });
  return data;
}

function keep(data: Tokens) {
  const before = access();
  tokens = { refresh_token: tokens?.refresh_token, ...data, until: Date.now() + data.expires_in * 1000 };
  if (access() !== before) accessChanged(access());
}

function readOperator(idToken: string) {
  const bytes = Uint8Array.from(atob(idToken.split('.')[1].replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
  const claims = JSON.parse(new TextDecoder().decode(bytes));
  operatorId = claims.sub;
  operator = claims.username ?? claims.name ?? claims.sub;
}

/** A verifier and its challenge, S256. */
export async function pkce() {
  const verifier = randomText();
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  return { verifier, challenge: base64url(new Uint8Array(digest)) };
}

async function authorization() {
  const state = randomText();
  const { verifier, challenge } = await pkce();
  const query = new URLSearchParams({
    client_id: CLIENT,
    redirect_uri: CALLBACK,
    response_type: 'code',
    scope: 'openid profile offline_access identities all read',
    resource: RESOURCE,
    prompt: 'consent',
    state,
    code_challenge: challenge,
    code_challenge_method: 'S256',
  });
  return { state, verifier, address: `${home}/oidc/auth?${query}` };
}

/** Goes to the sign-in page; with a session there it comes back at once. Never returns. */
export async function signIn(): Promise<never> {
  const { state, verifier, address } = await authorization();
  // What the answer is checked with, no token: kept by the browser until it comes back.
  sessionStorage.setItem(PENDING, JSON.stringify({ state, verifier, at: location.pathname + location.search }));
  location.replace(address);
  return new Promise(() => {});
}

async function redeem(code: string, verifier: string) {
  keep(await ask({ resource: RESOURCE, grant_type: 'authorization_code', code, redirect_uri: CALLBACK, code_verifier: verifier }));
  if (tokens?.id_token) readOperator(tokens.id_token);
}

/** Signs in without leaving the page; false: there is no session, so that somebody has to be asked. */
async function signInSilently() {
  const { state, verifier, address } = await authorization();
  const answer = new URL((await reach(address, { cache: 'no-store' })).url);
  const code = answer.searchParams.get('code');
  if (answer.origin + answer.pathname !== CALLBACK || answer.searchParams.get('state') !== state || !code) return false;
  await redeem(code, verifier);
  return true;
}

async function finish() {
  const answer = new URLSearchParams(location.search);
  const pending = JSON.parse(sessionStorage.getItem(PENDING) ?? 'null');
  sessionStorage.removeItem(PENDING);
  history.replaceState(null, '', pending?.at ?? '/console');
  if (!pending || answer.get('state') !== pending.state) throw new Error(t('This sign-in was not begun here, or twice.'));
  const code = answer.get('code');
  if (!code) throw new Error(answer.get('error_description') ?? answer.get('error') ?? t('The sign-in gave no code.'));
  await redeem(code, pending.verifier);
}

async function begin() {
  if (location.origin !== home) {
    location.replace(home + location.pathname + location.search);
    return new Promise<never>(() => {});
  }
  if (!crypto.subtle) throw new Error(t('Browsers sign in safely only over HTTPS or on localhost: open the console at such an address (ADMIN_ENDPOINT).'));
  if (`${home}${location.pathname}` === CALLBACK) await finish();
  else if (!(await signInSilently())) return signIn();
  windows.postMessage('');
  if (window.name === WINDOW) window.close();
}

let started: Promise<void> | undefined;

/** When the page is loaded: there is a session afterwards, or it throws why there is none. */
export const start = () => (started ??= begin());

// A refresh token is good once, so whoever uses it waits for the one before.
let before: Promise<unknown> = Promise.resolve();
function oneByOne<T>(run: () => Promise<T>): Promise<T> {
  const next = before.then(run);
  before = next.catch(() => {});
  return next;
}

/* ---- When the sign-in has ended ---- */

const WINDOW = 'signet-sign-in';
const windows = new BroadcastChannel(WINDOW); // told of each sign-in in this browser

let askAgain: (close: () => void) => () => void;
/** How somebody is asked to sign in again: shows the question, and gives what takes it away. */
export const onEnd = (show: typeof askAgain) => void (askAgain = show);

/** In a window of its own, so that what is on the page stays. */
export const openSignIn = () => void open(`${home}/console`, WINDOW, 'popup,width=520,height=760');

const ENDED = { help: t('Nothing was saved. Do it again to be asked to sign in.') };

/** Waits until somebody has signed in again; throws when they do not want to. */
async function signInAgain() {
  const who = operatorId;
  if (await signInSilently()) return sameOperator(who);
  await new Promise<void>((resolve, reject) => {
    const listen = () => void signInSilently().then((done) => done && settle(resolve), (error) => settle(() => reject(error)));
    const settle = (how: () => void) => {
      windows.removeEventListener('message', listen);
      hide();
      how();
    };
    windows.addEventListener('message', listen);
    const hide = askAgain(() => settle(() => reject(Object.assign(new Error(t('Your sign-in has ended.')), ENDED))));
  });
  return sameOperator(who);
}

// What is on the page is another operator's; the page is read anew.
function sameOperator(who: string) {
  if (operatorId === who) return;
  location.reload();
  return new Promise<never>(() => {});
}

/** Tokens by the refresh token; by a new sign-in when that has ended. */
async function refreshed(form: Record<string, string>) {
  const by = () => ask({ grant_type: 'refresh_token', refresh_token: tokens?.refresh_token ?? '', ...form });
  try {
    return await by();
  } catch (error) {
    if (tokens?.refresh_token && !(error as { ended?: boolean }).ended) throw error;
    await signInAgain();
    return by();
  }
}

const renew = async () => keep(await refreshed({ resource: RESOURCE }));

export async function accessToken({ fresh = false } = {}) {
  await start();
  if (fresh || !tokens || tokens.until - EARLY_MS < Date.now()) {
    renewal ??= oneByOne(renew).finally(() => (renewal = undefined));
    await renewal;
  }
  return tokens!.access_token;
}

let own: { token: string; until: number } | undefined;

/** A token for the operator's own account: its API takes none that is for another. */
export async function ownToken() {
  await accessToken();
  return oneByOne(async () => {
    if (!own || own.until - EARLY_MS < Date.now()) {
      const data = await refreshed({});
      tokens = { ...tokens!, refresh_token: data.refresh_token ?? tokens?.refresh_token };
      own = { token: data.access_token, until: Date.now() + data.expires_in * 1000 };
    }
    return own.token;
  });
}

const END = `${home}/oidc/session/end`;
const end = { client_id: CLIENT, post_logout_redirect_uri: `${home}/console` };

// All tabs are signed out together. One that is told before the session has ended is asked by the server's own page.
const tabs = new BroadcastChannel('signet-sign-out');
tabs.onmessage = () => {
  tokens = own = undefined;
  location.replace(`${END}?${new URLSearchParams(end)}`);
};

/** The ID token shows whose session ends, so nobody is asked again; by a form, as it has no place in an address. */
export function signOut() {
  const form = Object.assign(document.createElement('form'), { method: 'post', action: END, hidden: true });
  for (const [name, value] of Object.entries({ ...end, id_token_hint: tokens?.id_token ?? '' })) {
    if (value) form.append(Object.assign(document.createElement('input'), { name, value }));
  }
  tokens = own = undefined;
  document.body.append(form);
  form.submit();
  tabs.postMessage('');
}
