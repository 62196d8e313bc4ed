// What the workbench holds: the form, the tokens, the request and the history; in memory only.
import { useEffect, useState } from 'preact/hooks';
import { at, call, every, newestSecret, type Application, type Role, type Secret } from './api';
import { scopesOf, scopeText } from './access';
import { CALLBACK, obtain, SUBJECT_TYPES, TokenError, type Device, type Grant } from './grants';
import { reach } from './network';
import { RESOURCE, endpoint } from './session';
import { t } from '../shared/text';

export interface Row {
  key: string;
  value: string;
  place: 'body' | 'url' | 'header';
}
export interface Configuration {
  tokenName: string;
  grant: Grant;
  callback: string;
  authUrl: string;
  deviceUrl: string;
  tokenUrl: string;
  clientId: string;
  clientSecret: string;
  scope: string;
  authentication: 'header' | 'body' | 'none';
  refreshToken: string;
  subjectToken: string;
  subjectType: string;
  refreshUrl: string;
  authRows: Row[];
  tokenRows: Row[];
  refreshRows: Row[];
}
export interface Token {
  id: number;
  name: string;
  value: string;
  type: string;
  refresh?: string;
  idToken?: string;
  scope?: string;
  asked: string;
  until?: number;
  from: Configuration;
}
export interface Sent {
  id: number;
  method: string;
  url: string;
  body?: string;
  status: number;
  ms: number;
  size: number;
  headers: [string, string][];
  text: string;
}

const resourceRow = (): Row => ({ key: 'resource', value: RESOURCE, place: 'body' });

export const bench = {
  form: {
    tokenName: 'Token',
    grant: 'client_credentials',
    callback: CALLBACK,
    authUrl: `${endpoint}/oidc/auth`,
    deviceUrl: `${endpoint}/oidc/device/auth`,
    tokenUrl: `${endpoint}/oidc/token`,
    clientId: '',
    clientSecret: '',
    scope: 'all',
    authentication: 'header',
    refreshToken: '',
    subjectToken: '',
    subjectType: SUBJECT_TYPES[0][0],
    refreshUrl: '',
    authRows: [],
    tokenRows: [resourceRow()],
    refreshRows: [resourceRow()],
  } as Configuration,
  tokens: [] as Token[],
  shown: 0,
  used: 0,
  history: [] as Sent[],
  app: undefined as Application | undefined, // the form was filled in from it
  device: undefined as Device | undefined,
  stopWaiting: undefined as (() => void) | undefined, // while a user signs in in another window
  wanted: '', // a client whose token is to be got when the page opens
  operation: 'ListApplications',
  values: {} as Record<string, string>,
  body: '',
};

let count = 0;
const listeners = new Set<() => void>();

/** Changes the bench and shows it. */
export function update(change: () => void) {
  change();
  listeners.forEach((listener) => listener());
}

export function useBench() {
  const [, again] = useState(0);
  useEffect(() => {
    const listener = () => again((n) => n + 1);
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, []);
  return bench;
}

export const usedToken = () => bench.tokens.find(({ id }) => id === bench.used);

/** What is usual for the client's type: tokens of its own, or those of users who sign in. */
function usualOf(app: Application, secret: string, scopes: string): Partial<Configuration> {
  if (app.type === 'MachineToMachine') return { grant: 'client_credentials', authentication: 'header', scope: scopes || 'all', authRows: [], tokenRows: [resourceRow()], refreshRows: [resourceRow()] };
  const grant = app.customClientMetadata.isDeviceFlow ? 'device_code' : 'authorization_code';
  return { grant, authentication: secret ? 'header' : 'none', scope: 'openid profile offline_access', authRows: [{ key: 'prompt', value: 'consent', place: 'url' }], tokenRows: [], refreshRows: [] };
}

/** Fills the form with what a client has. */
export async function fillFrom(id: string) {
  const app = await call<Application>('GET', `/applications${at(id)}`);
  const machine = app.type === 'MachineToMachine';
  const [secrets, roles] = await Promise.all([
    machine || app.type === 'Traditional' ? call<Secret[]>('GET', `/applications${at(id)}/secrets`) : [],
    machine ? every<Role>(`/applications${at(id)}/roles`) : [],
  ]);
  const scopes = (await Promise.all(roles.map((role) => scopesOf(role.id)))).flat();
  const secret = newestSecret(secrets);
  update(() => {
    const usual = usualOf(app, secret, scopeText(scopes));
    const kept = bench.app?.type === app.type || (!bench.app && machine) ? { scope: usual.scope, grant: usual.grant } : usual;
    bench.app = app;
    bench.form = { ...bench.form, tokenName: app.name, clientId: app.id, clientSecret: secret, ...kept };
  });
}

/** Changes the client that the form was filled in from. */
export async function changeApp(change: object) {
  if (!bench.app) return;
  const app = await call<Application>('PATCH', `/applications${at(bench.app.id)}`, change);
  update(() => (bench.app = app));
}

/* ---- Getting tokens ---- */

const encode = (text: string) => encodeURIComponent(text).replaceAll('%20', '+');

function prepare(form: Configuration, address: string, parameters: Record<string, string>, rows: Row[]) {
  const url = new URL(address);
  const headers: Record<string, string> = {};
  const body = new URLSearchParams(parameters);
  if (form.authentication === 'header') {
    headers.authorization = `Basic ${btoa(`${encode(form.clientId)}:${encode(form.clientSecret)}`)}`;
  } else {
    body.set('client_id', form.clientId);
    if (form.authentication === 'body') body.set('client_secret', form.clientSecret);
  }
  for (const { key, value, place } of rows.filter((row) => row.key)) {
    if (place === 'body') body.append(key, value);
    else if (place === 'url') url.searchParams.append(key, value);
    else headers[key] = value;
  }
  return { url, headers, body };
}

async function post(form: Configuration, address: string, parameters: Record<string, string>, rows: Row[]) {
  const { url, headers, body } = prepare(form, address, parameters, rows);
  const answer = await reach(url.href, { method: 'POST', headers, body }).catch(() => {
    throw new TokenError('no answer', t('{0} was not reached', url.origin));
  });
  const data = await answer.json();
  if (!answer.ok) throw new TokenError(data.error, data.error_description);
  return data;
}

function tokenOf(form: Configuration, data: Record<string, any>): Omit<Token, 'id'> {
  const { access_token: value, token_type: type, refresh_token: refresh, id_token: idToken, expires_in: seconds, scope } = data;
  return { name: form.tokenName, value, type, refresh, idToken, scope, asked: form.scope, until: seconds ? Date.now() + seconds * 1000 : undefined, from: form };
}

const waiting = (stop: (() => void) | undefined, device?: Device) => update(() => {
  bench.stopWaiting = stop;
  bench.device = device;
});

const ask = async (form: Configuration) =>
  tokenOf(form, await obtain(form, waiting, (address, parameters) => post(form, address, parameters, form.tokenRows), (address, parameters) => post(form, address, parameters, [])));

export async function getToken() {
  const form = structuredClone(bench.form);
  const token = await ask(form);
  update(() => {
    const id = ++count;
    bench.tokens = [{ id, ...token }, ...bench.tokens];
    bench.shown = id;
    if (!usedToken()) bench.used = id;
  });
}

/** By its refresh token, else by a new request like its own; the place in the list stays. */
export async function renewToken(old: Token) {
  const { from } = old;
  const next = old.refresh
    ? tokenOf(from, await post(from, from.refreshUrl || from.tokenUrl, { grant_type: 'refresh_token', refresh_token: old.refresh }, from.refreshRows))
    : await ask(from);
  update(() => {
    bench.tokens = bench.tokens.map((token) => (token.id === old.id ? { ...next, refresh: next.refresh ?? old.refresh, idToken: next.idToken ?? old.idToken, id: old.id, name: old.name } : token));
  });
}

/* ---- Sending requests ---- */

export async function sendRequest(method: string, url: string, body: string | undefined) {
  const token = usedToken();
  const headers: Record<string, string> = token ? { authorization: `Bearer ${token.value}` } : {};
  if (body !== undefined) headers['content-type'] = 'application/json';
  const start = performance.now();
  const answer = await reach(url, { method, headers, body, cache: 'no-store' }).catch(() => {
    throw new TokenError('no answer', t('{0} was not reached', new URL(url).origin));
  });
  const bytes = await answer.arrayBuffer();
  const sent: Sent = {
    id: ++count, method, url, body, status: answer.status, ms: Math.round(performance.now() - start), size: bytes.byteLength,
    headers: [...answer.headers], text: new TextDecoder().decode(bytes),
  };
  update(() => (bench.history = [sent, ...bench.history].slice(0, 50)));
  return sent;
}
