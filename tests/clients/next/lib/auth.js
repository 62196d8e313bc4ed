// next-auth with the provider as its documentation has it for any that speaks OpenID Connect. It does not refresh by itself:
// its callback for the session's token does, as its documentation has it, here whenever the page is shown.
import { claims } from './claims.js';

const { ENDPOINT, AUTH_ID, AUTH_SECRET, RESOURCE, ORGANIZATION } = process.env;
const SCOPE = 'openid profile email offline_access read urn:logto:scope:organizations';

const provider = {
  id: 'signet', name: 'Signet', type: 'oauth', idToken: true, checks: ['pkce', 'state', 'nonce'],
  wellKnown: `${ENDPOINT}/oidc/.well-known/openid-configuration`,
  clientId: AUTH_ID, clientSecret: AUTH_SECRET, client: { id_token_signed_response_alg: 'ES256' },
  authorization: { params: { scope: SCOPE, prompt: 'consent', resource: RESOURCE } },
  userinfo: { request: ({ client, tokens }) => client.userinfo(tokens) },
  profile: ({ sub, name, email }) => ({ id: sub, name, email }),
};

async function tokens(refreshToken, wanted) {
  const body = new URLSearchParams({ grant_type: 'refresh_token', client_id: AUTH_ID, client_secret: AUTH_SECRET, refresh_token: refreshToken, ...wanted });
  const answer = await fetch(`${ENDPOINT}/oidc/token`, { method: 'POST', body });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}

async function renewed({ refreshToken, ...session }) {
  const forResource = await tokens(refreshToken, { resource: RESOURCE });
  const inOrganization = await tokens(forResource.refresh_token, { organization_id: ORGANIZATION });
  return { ...session, token: claims(forResource.access_token), organization: claims(inOrganization.access_token), refreshToken: inOrganization.refresh_token };
}

export const options = {
  providers: [provider],
  secret: 'of this test, and of no other',
  callbacks: {
    jwt: ({ token, account, profile }) => (account ? { sub: profile.sub, info: profile, idToken: account.id_token, refreshToken: account.refresh_token } : renewed(token)),
    session: ({ token: { sub, info, idToken, token, organization, refreshToken } }) => ({ sub, info, idToken, token, organization, refreshToken }),
  },
};
