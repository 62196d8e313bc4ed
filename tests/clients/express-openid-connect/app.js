// An Express server with express-openid-connect: its own routes /login, /callback and /logout.
import express from 'express';
import { auth } from 'express-openid-connect';
import { decodeJwt } from '../../lib/api.js';
import { shownPage } from '../apps.js';

const SCOPE = 'openid profile email offline_access read urn:logto:scope:organizations';

async function stateOf({ oidc }, { resource, organizationId }) {
  if (!oidc.isAuthenticated()) return { signedIn: false };
  const info = await oidc.fetchUserInfo();
  const inOrganization = await oidc.accessToken.refresh({ tokenEndpointParams: { organization_id: organizationId } });
  const forResource = await oidc.accessToken.refresh({ tokenEndpointParams: { resource } });
  const claims = ({ access_token }) => decodeJwt(access_token).claims;
  await oidc.accessToken.refresh();
  return { sub: oidc.user.sub, token: claims(forResource), organization: claims(inOrganization), info, refreshToken: oidc.refreshToken };
}

export default function application(baseURL, settings) {
  const { endpoint, appId, appSecret, resource } = settings;
  const app = express();
  app.use(auth({
    issuerBaseURL: `${endpoint}/oidc`, baseURL, clientID: appId, clientSecret: appSecret, secret: 'of this test, and of no other',
    authRequired: false, idpLogout: true, attemptSilentLogin: false, idTokenSigningAlg: 'ES256',
    authorizationParams: { response_type: 'code', scope: SCOPE, prompt: 'consent', resource },
    routes: { postLogoutRedirect: baseURL },
  }));
  app.get('/', async (request, response) => {
    response.type('html').send(shownPage(await stateOf(request, settings), { 'sign-in': '/login', 'sign-out': '/logout', refresh: '/' }));
  });
  return app;
}
