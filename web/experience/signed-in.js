// Our own pages as clients of this server: the authorization code flow with PKCE, tokens in this script's memory alone.
'use strict';

const main = document.querySelector('main');
const { client, path, scope, resource = '', endpoint } = main.dataset;
const redirectUri = endpoint + path;
const pendingKey = `signet ${client}`;

const texts = new Map([...document.querySelectorAll('[data-text]')].map((each) => [each.dataset.text, each.textContent]));
const t = (name) => texts.get(name) ?? name;

const base64url = (bytes) => btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
const randomText = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

// What a token that is a JWT says, for showing alone.
function claimsOf(token) {
  const bytes = Uint8Array.from(atob(token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}

let tokens; // { access_token, refresh_token, id_token, until }

async function tokenRequest(form) {
  const answer = await fetch('/oidc/token', { method: 'POST', body: new URLSearchParams({ client_id: client, ...form }) });
  const data = await answer.json();
  if (!answer.ok) throw data;
  return data;
}

const keep = (data) => (tokens = { ...tokens, ...data, until: Date.now() + data.expires_in * 1000 });

// Goes to the sign-in page; with a session there it comes back at once.
async function signIn() {
  const [state, verifier] = [randomText(), randomText()];
  const challenge = base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))));
  const locales = new URLSearchParams(window.location.search).get('ui_locales');
  // What the answer is checked with, no token: kept by the browser until it comes back.
  sessionStorage.setItem(pendingKey, JSON.stringify({ state, verifier, locales }));
  const query = new URLSearchParams({
    client_id: client,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope,
    prompt: 'consent',
    state,
    code_challenge: challenge,
    code_challenge_method: 'S256',
  });
  if (resource) query.append('resource', resource);
  if (locales) query.append('ui_locales', locales);
  window.location.replace(`/oidc/auth?${query}`);
  return new Promise(() => {});
}

// The server's answer in the address; false: it is no answer to what was begun here.
async function takeAnswer() {
  const answer = new URLSearchParams(window.location.search);
  const pending = JSON.parse(sessionStorage.getItem(pendingKey) ?? 'null');
  if (!pending || answer.get('state') !== pending.state) return false;
  if (pending.locales && !answer.has('ui_locales')) {
    answer.append('ui_locales', pending.locales); // the page speaks the language that it was opened in
    window.location.replace(`${path}?${answer}`);
    return new Promise(() => {});
  }
  sessionStorage.removeItem(pendingKey);
  history.replaceState(null, '', pending.locales ? `${path}?${new URLSearchParams({ ui_locales: pending.locales })}` : path);
  const code = answer.get('code');
  if (!code) throw Object.fromEntries(answer);
  keep(await tokenRequest({ grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: pending.verifier }));
  return true;
}

// There are tokens afterwards.
async function start() {
  if (window.location.origin !== endpoint) {
    window.location.replace(redirectUri + window.location.search);
    return new Promise(() => {});
  }
  return (await takeAnswer()) || signIn();
}

const renew = async () => keep(await tokenRequest({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token }));

async function accessToken() {
  if (tokens.until - 30_000 < Date.now()) await renew().catch(signIn);
  return tokens.access_token;
}

function signOut() {
  tokens = undefined;
  window.location.assign(`/oidc/session/end?${new URLSearchParams({ client_id: client, post_logout_redirect_uri: redirectUri })}`);
}

// ---- What pages are made of ----

function el(tag, properties = {}, ...children) {
  const { attributes = {}, ...rest } = properties;
  const node = Object.assign(document.createElement(tag), rest);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children.filter((child) => child !== undefined && child !== null));
  return node;
}

// The page holds a text for each code of an error; the last one is for all others.
function errorText(error) {
  const known = [...document.querySelectorAll('[data-code]')];
  const textOf = (code) => (known.find((each) => each.dataset.code === code) ?? known.at(-1)).textContent;
  if (error?.error) return error.error_description ?? error.error;
  const codes = error?.code === 'password.rejected' ? error.data.map(({ code }) => code) : [error?.code];
  return codes.map(textOf).join(' ');
}

const say = (id, text) => (document.querySelector(id).textContent = text);

function failed(error) {
  if (error) say('#error', errorText(error));
}

// A button that does something; what goes wrong is said on the page.
function button(text, run, { label = '', className = 'small second' } = {}) {
  const node = el('button', { type: 'button', className, attributes: label ? { 'aria-label': `${text}: ${label}` } : {} }, text);
  node.addEventListener('click', async () => {
    say('#error', '');
    say('#done', '');
    node.disabled = true;
    try {
      await run();
    } catch (error) {
      failed(error);
    }
    node.disabled = false;
  });
  return node;
}

const section = (title, ...children) => el('section', {}, el('h2', {}, title), ...children);
