// The workbench's session as a Postman collection v2.1: its requests, and Configure New Token filled in.
import { endpoint } from './session';
import type { Configuration, Row, Sent, Token } from './workbench';
import { t } from '../shared/text';

const SCHEMA = 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json';
const SENT_AS: Record<Row['place'], string> = { body: 'request_body', url: 'request_url', header: 'request_headers' };
const GRANT: Partial<Record<Configuration['grant'], string>> = { client_credentials: 'client_credentials', authorization_code: 'authorization_code_with_pkce' };

const rows = (list: Row[]) => list.filter(({ key }) => key).map(({ key, value, place }) => ({ key, value, enabled: true, send_as: SENT_AS[place] }));

/** Grants that Postman's form does not have leave the token alone. */
function authorization(form: Configuration) {
  const grant = GRANT[form.grant];
  const fields: Record<string, unknown> = { addTokenTo: 'header', headerPrefix: 'Bearer', tokenType: 'Bearer', accessToken: '{{accessToken}}' };
  if (grant) {
    Object.assign(fields, {
      tokenName: form.tokenName, grant_type: grant, accessTokenUrl: form.tokenUrl, refreshTokenUrl: form.refreshUrl, clientId: form.clientId, clientSecret: '{{clientSecret}}', scope: form.scope,
      client_authentication: form.authentication === 'header' ? 'header' : 'body', tokenRequestParams: rows(form.tokenRows), refreshRequestParams: rows(form.refreshRows), authRequestParams: rows(form.authRows),
    });
  }
  if (form.grant === 'authorization_code') Object.assign(fields, { authUrl: form.authUrl, redirect_uri: form.callback, challengeAlgorithm: 'S256' });
  return { type: 'oauth2', oauth2: Object.entries(fields).map(([key, value]) => ({ key, value, type: typeof value === 'string' ? 'string' : 'any' })) };
}

function address(url: string) {
  const { pathname, searchParams } = new URL(url);
  return {
    raw: url.replace(endpoint, '{{endpoint}}'),
    host: ['{{endpoint}}'],
    path: pathname.slice(1).split('/'),
    query: [...searchParams].map(([key, value]) => ({ key, value })),
  };
}

const item = ({ method, url, body }: Sent) => ({
  name: `${method} ${new URL(url).pathname}`,
  request: {
    method,
    header: body === undefined ? [] : [{ key: 'Content-Type', value: 'application/json' }],
    url: address(url),
    ...(body === undefined ? {} : { body: { mode: 'raw', raw: body, options: { raw: { language: 'json' } } } }),
  },
  response: [],
});

/** The requests in the order they were sent. The token in use and the client's secret are in it only when secret says so. */
export function collectionOf(history: Sent[], form: Configuration, token: Token | undefined, secret: boolean) {
  const variable = (key: string, value: string, type = 'default') => ({ key, value, type });
  return {
    info: { name: `Signet: session of ${new Date().toISOString().slice(0, 16).replace('T', ' ')}`, schema: SCHEMA, description: t('Set accessToken, or get a token under Authorization.') },
    item: [...history].reverse().map(item),
    auth: authorization(token?.from ?? form),
    variable: [
      variable('endpoint', endpoint),
      variable('clientSecret', secret ? (token?.from ?? form).clientSecret : '', 'secret'),
      variable('accessToken', secret ? token?.value ?? '' : '', 'secret'),
    ],
  };
}
