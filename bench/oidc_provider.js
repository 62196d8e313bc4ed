// npm oidc-provider with its adapter in memory and one machine client, told by the environment: a process of its own, to be measured.
import { generateKeyPairSync } from 'node:crypto';
import { createRequire } from 'node:module';

const { default: Provider } = await import(createRequire(new URL('../tests/package.json', import.meta.url)).resolve('oidc-provider'));
const { PORT, CLIENT_ID, CLIENT_SECRET, RESOURCE } = process.env;
const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
const provider = new Provider(`http://localhost:${PORT}`, {
  clients: [{ client_id: CLIENT_ID, client_secret: CLIENT_SECRET, grant_types: ['client_credentials'], redirect_uris: [], response_types: [], id_token_signed_response_alg: 'ES256' }],
  jwks: { keys: [{ ...key, alg: 'ES256', use: 'sig' }] },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: () => ({ scope: 'all', accessTokenFormat: 'jwt', accessTokenTTL: 3600, jwt: { sign: { alg: 'ES256' } } }),
    },
  },
});
provider.listen(Number(PORT), '127.0.0.1', () => console.log('ready'));
