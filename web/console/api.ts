// The Management API as the console calls it, and what to do when it refuses.
import { useCallback, useEffect, useState } from 'preact/hooks';
import { t } from '../shared/text';
import { reach } from './network';
import { accessToken, endpoint, home, ownToken } from './session';

const HELP: Record<number, string> = {
  403: t('Your role does not open this. Ask an operator who may change it.'),
  404: t('It may have been deleted. Go back to the list.'),
  409: t('Something like it is there already. Change what the message names.'),
  412: t('Nothing was saved. Note what you wanted to change, load the page again, and look at what is there now.'),
  422: t('Correct what the message names and send it again.'),
  429: t('Too many requests: wait a moment.'),
};

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly help = HELP[status],
  ) {
    super(message);
  }
}

// What each thing looked like when it was read: a change is made only while it still looks like that.
const seen = new Map<string, string>();
const REPLACES = ['PATCH', 'PUT'];

/** Operators are accounts of the admin tenant, whose address is the console's. */
export const OPERATORS = '/operators';

async function send(method: string, path: string, body: unknown, fresh = false): Promise<Response> {
  const headers: Record<string, string> = { authorization: `Bearer ${await accessToken({ fresh })}` };
  if (body !== undefined) headers['content-type'] = 'application/json';
  const tag = seen.get(path);
  if (REPLACES.includes(method) && tag) headers['if-match'] = tag;
  return reach(`${path.startsWith(OPERATORS) ? home : endpoint}/api${path}`, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), cache: 'no-store' });
}

export async function raw(method: string, path: string, body?: unknown) {
  let answer = await send(method, path, body);
  if (answer.status === 401) answer = await send(method, path, body, true);
  const tag = answer.headers.get('etag');
  if (method === 'GET' && tag) seen.set(path, tag);
  if (REPLACES.includes(method) && answer.ok) seen.delete(path);
  if (answer.ok) return answer;
  throw await refusal(answer);
}

async function refusal(answer: Response) {
  const { code, message, details } = await answer.json().catch(() => ({}));
  if (answer.status === 412) return new ApiError(412, code, t('Someone else changed it meanwhile.'));
  return new ApiError(answer.status, code ?? '', [message ?? `The server answered ${answer.status}.`, details].filter(Boolean).join(' '));
}

export async function call<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await raw(method, path, body);
  return (answer.status === 204 || !/json/.test(answer.headers.get('content-type') ?? '') ? undefined : await answer.json()) as T;
}

/** The operator's own account. proof: a record of having shown the password. */
export async function own<T = unknown>(method: string, path: string, body?: unknown, proof?: string): Promise<T> {
  const headers: Record<string, string> = { authorization: `Bearer ${await ownToken()}` };
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (proof) headers['logto-verification-id'] = proof;
  const answer = await reach(`${home}/api${path}`, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), cache: 'no-store' });
  if (!answer.ok) throw await refusal(answer);
  return (answer.status === 204 ? undefined : await answer.json()) as T;
}

export interface Rows<T> {
  rows: T[];
  total: number;
}

/** One page of a list; undefined and empty parameters are left out. */
export async function list<T>(path: string, query: Record<string, string | number | undefined> = {}): Promise<Rows<T>> {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== '') parameters.set(name, String(value));
  const answer = await raw('GET', `${path}?${parameters}`);
  const rows: T[] = await answer.json();
  return { rows, total: Number(answer.headers.get('total-number') ?? rows.length) };
}

/** All rows of a list, page by page. */
export async function every<T>(path: string, query: Record<string, string> = {}): Promise<T[]> {
  const all: T[] = [];
  for (let page = 1; ; page++) {
    const { rows, total } = await list<T>(path, { ...query, page, page_size: 100 });
    all.push(...rows);
    if (all.length >= total || !rows.length) return all;
  }
}

/** What load gives, loaded again when a dependency changes or reload is called. */
export function useLoad<T>(load: () => Promise<T>, dependencies: unknown[]) {
  const [state, setState] = useState<{ data?: T; error?: unknown }>({});
  const [count, setCount] = useState(0);
  useEffect(() => {
    let wanted = true;
    load().then(
      (data) => wanted && setState({ data }),
      (error) => wanted && setState((old) => ({ ...old, error })),
    );
    return () => void (wanted = false);
  }, [...dependencies, count]);
  const reload = useCallback(() => setCount((old) => old + 1), []);
  return { ...state, reload };
}

export const at = (...parts: string[]) => parts.map((part) => `/${encodeURIComponent(part)}`).join('');
export const like = (text: string | null | undefined) => (text ? `%${text}%` : undefined);

/* ---- What the pages show of the API's entities ---- */

export interface Application {
  id: string;
  name: string;
  description: string | null;
  type: string;
  isThirdParty: boolean;
  appLevelAccessControlEnabled?: boolean;
  oidcClientMetadata: { redirectUris: string[]; postLogoutRedirectUris: string[] } & Record<string, unknown>;
  customClientMetadata: Record<string, unknown>;
  customData: Record<string, unknown>;
  createdAt: number;
}
export interface Secret {
  name: string;
  value: string | null;
  createdAt: number;
  expiresAt: number | null;
  lastUsedAt?: number | null;
}
export const isValid = ({ expiresAt }: Secret) => !expiresAt || expiresAt > Date.now();
/** The value to use: of the newest that is valid. */
export const newestSecret = (secrets: Secret[]) => secrets.filter(isValid).sort((a, b) => b.createdAt - a.createdAt)[0]?.value ?? '';

export interface Role {
  id: string;
  name: string;
  description: string;
  type: string;
  isDefault?: boolean;
  usersCount?: number;
  applicationsCount?: number;
}
export interface Scope {
  id: string;
  name: string;
  description: string | null;
  resourceId: string;
  resource?: Resource;
}
export interface Resource {
  id: string;
  name: string;
  indicator: string;
  isDefault: boolean;
  accessTokenTtl: number;
  scopes?: Scope[];
}
export interface User {
  id: string;
  username: string | null;
  primaryEmail: string | null;
  primaryPhone: string | null;
  name: string | null;
  avatar: string | null;
  profile: Record<string, unknown>;
  customData: Record<string, unknown>;
  hasPassword?: boolean;
  lastSignInAt: number | null;
  createdAt: number;
  isSuspended: boolean;
}
export interface Log {
  id: string;
  key: string;
  payload: Record<string, unknown> & { result?: string; applicationId?: string; userId?: string; ip?: string };
  createdAt: number;
}
export interface SigningKey {
  id: string;
  createdAt: number;
  signingKeyAlgorithm?: string;
  status?: string;
}
export interface Explanation {
  scope: string;
  requested: string;
  granted: { scope: string; roleName: string }[];
  dropped: { scope: string; reason: string }[];
}
