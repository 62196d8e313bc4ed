// What the workbench sends for each grant, and the sign-in of a user in a window of its own.
import { home, pkce, randomText } from './session';
import type { Configuration } from './workbench';
import { t } from '../shared/text';

/** Where that window ends up, which tells this page and nobody else: it is of the same origin. */
export const CALLBACK_PATH = '/console/workbench/callback';
export const CALLBACK = home + CALLBACK_PATH;
const CHANNEL = 'signet-workbench';

export type Grant = 'client_credentials' | 'authorization_code' | 'device_code' | 'refresh_token' | 'token_exchange';
export const GRANTS: [Grant, string][] = [
  ['client_credentials', t('Client Credentials')],
  ['authorization_code', t('Authorization Code (With PKCE)')],
  ['device_code', t('Device Authorization')],
  ['refresh_token', t('Refresh Token')],
  ['token_exchange', t('Token Exchange')],
];
export const SUBJECT_TYPES: [string, string][] = [
  ['urn:logto:token-type:impersonation_token', t('Subject token: acting as a user')],
  ['urn:logto:token-type:personal_access_token', t('Personal access token')],
  ['urn:ietf:params:oauth:token-type:access_token', t('Access token')],
];

const HELP: Record<string, string> = {
  invalid_client: t('Client ID or secret is wrong, or the secret has expired. Compare them with the client\'s page.'),
  invalid_target: t('The resource is not known here. Compare it with the identifier under API resources.'),
  invalid_scope: t('The scope is not one of the resource.'),
  unauthorized_client: t('The client may not use this grant: compare its type and settings.'),
  invalid_grant: t('The code, refresh token or subject token was used already, has expired, or belongs to another client.'),
  access_denied: t('The user did not agree.'),
  expired_token: t('Nobody entered the code in time. Begin anew.'),
  stopped: t('Get New Access Token begins anew. When no window came, let this page open windows.'),
};

/** Why there is no token, and what to do. */
export class TokenError extends Error {
  help: string;
  constructor(readonly error: string, description: string) {
    super(`${error}: ${description}`);
    this.help = HELP[error] ?? t('Correct the form and try again.');
  }
}

/* ---- The sign-in of a user ---- */

/** What the user of a device enters, and where. */
export interface Device {
  code: string;
  address: string;
}
/** Told how to stop waiting, while it waits. */
type Waiting = (stop: (() => void) | undefined, device?: Device) => void;
/** A request by the client; throws a TokenError. */
type Post = (address: string, parameters: Record<string, string>) => Promise<Record<string, any>>;

/** The answer that the window came back with. There is no telling that it was closed: pages of this server let no other see their windows. */
function answerTo(state: string, waiting: Waiting): Promise<URLSearchParams> {
  const channel = new BroadcastChannel(CHANNEL);
  return new Promise<URLSearchParams>((resolve, reject) => {
    channel.onmessage = ({ data }) => {
      const answer = new URLSearchParams(String(data));
      if (answer.get('state') === state) resolve(answer);
    };
    waiting(() => reject(new TokenError('stopped', t('the sign-in in the other window was not waited for'))));
  }).finally(() => {
    channel.close();
    waiting(undefined);
  });
}

/** In that window, when it has come back. */
export function tellAnswer() {
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage(location.search);
  history.replaceState(null, '', CALLBACK_PATH);
  channel.close();
}

async function authorize(form: Configuration, waiting: Waiting): Promise<Record<string, string>> {
  const { verifier, challenge } = await pkce();
  const state = randomText();
  const url = new URL(form.authUrl);
  const parameters = { client_id: form.clientId, redirect_uri: form.callback, response_type: 'code', ...(form.scope ? { scope: form.scope } : {}), state, code_challenge: challenge, code_challenge_method: 'S256' };
  for (const [key, value] of Object.entries(parameters)) url.searchParams.set(key, value);
  for (const { key, value } of form.authRows.filter((row) => row.key)) url.searchParams.append(key, value);
  const answering = answerTo(state, waiting);
  window.open(url, 'signet-authorize', 'popup,width=520,height=760');
  const answer = await answering;
  const code = answer.get('code');
  if (!code) throw new TokenError(answer.get('error') ?? 'no code', answer.get('error_description') ?? t('the sign-in gave none'));
  return { grant_type: 'authorization_code', code, redirect_uri: form.callback, code_verifier: verifier };
}

/* ---- A device. RFC 8628 ---- */

const PENDING = ['authorization_pending', 'slow_down'];

/** Waits; rejects when it is stopped. */
const pause = (seconds: number, device: Device, waiting: Waiting) =>
  new Promise<void>((resolve, reject) => {
    const timer = setTimeout(resolve, seconds * 1000);
    waiting(() => {
      clearTimeout(timer);
      reject(new TokenError('stopped', t('the user of the device was not waited for')));
    }, device);
  });

/** The answer of the token endpoint, once the user has agreed. */
async function ofDevice(form: Configuration, waiting: Waiting, post: Post) {
  const begun = await post(form.deviceUrl, { ...scopeOf(form), ...Object.fromEntries(form.tokenRows.filter(({ key, place }) => key && place === 'body').map(({ key, value }) => [key, value])) });
  const device = { code: begun.user_code, address: begun.verification_uri_complete };
  let interval: number = begun.interval ?? 5;
  try {
    for (;;) {
      await pause(interval, device, waiting);
      try {
        return await post(form.tokenUrl, { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: begun.device_code });
      } catch (error) {
        if (!(error instanceof TokenError) || !PENDING.includes(error.error)) throw error;
        if (error.error === 'slow_down') interval += 5;
      }
    }
  } finally {
    waiting(undefined);
  }
}

/* ---- Each grant ---- */

const scopeOf = (form: Configuration): Record<string, string> => (form.scope ? { scope: form.scope } : {});

const PARAMETERS: Record<Exclude<Grant, 'device_code'>, (form: Configuration, waiting: Waiting) => Record<string, string> | Promise<Record<string, string>>> = {
  client_credentials: (form) => ({ grant_type: 'client_credentials', ...scopeOf(form) }),
  authorization_code: authorize,
  refresh_token: (form) => ({ grant_type: 'refresh_token', refresh_token: form.refreshToken, ...scopeOf(form) }),
  token_exchange: (form) => ({ grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange', subject_token: form.subjectToken, subject_token_type: form.subjectType, ...scopeOf(form) }),
};

/** What the token endpoint answers; where the grant needs the user, the user is asked first. request: with the rows of the form, post: without. */
export async function obtain(form: Configuration, waiting: Waiting, request: Post, post: Post) {
  if (form.grant === 'device_code') return ofDevice(form, waiting, post);
  return request(form.tokenUrl, await PARAMETERS[form.grant](form, waiting));
}
