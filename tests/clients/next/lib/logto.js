// @logto/next, with what the environment says of the tenant.
import LogtoClient from '@logto/next';

const { ENDPOINT, BASE, LOGTO_ID, LOGTO_SECRET, RESOURCE } = process.env;

// Without an environment the pages are only built.
export const logto = new LogtoClient({
  endpoint: ENDPOINT ?? 'http://127.0.0.1', appId: LOGTO_ID ?? '', appSecret: LOGTO_SECRET ?? '', baseUrl: BASE ?? 'http://127.0.0.1',
  cookieSecret: 'of this test, and of no other one', cookieSecure: false,
  resources: [RESOURCE], scopes: ['email', 'urn:logto:scope:organizations', 'read'],
});
