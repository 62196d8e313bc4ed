// An Express server with @logto/express.
import { handleAuthRoutes, withLogto } from '@logto/express';
import express from 'express';
import session from 'express-session';
import { shownPage } from '../apps.js';
import { decodeJwt } from '../../lib/api.js';

// `fetchUserInfo` and the tokens are asked for by each request, with what the session holds.
export default function application(baseUrl, { endpoint, appId, appSecret, resource, organizationId }) {
  const config = { endpoint, appId, appSecret, baseUrl, resources: [resource], scopes: ['email', 'urn:logto:scope:organizations', 'read'] };
  const app = express();
  app.use(session({ secret: 'of this test', resave: false, saveUninitialized: false }));
  app.use(handleAuthRoutes(config));
  const known = withLogto({ ...config, getAccessToken: true, resource, fetchUserInfo: true, getOrganizationToken: true });
  app.get('/refresh', (request, response) => {
    request.session.accessToken = undefined;
    response.redirect('/');
  });
  app.get('/', known, (request, response) => {
    const { isAuthenticated, claims, accessToken, organizationTokens, userInfo } = request.user;
    const state = isAuthenticated
      ? { sub: claims.sub, token: decodeJwt(accessToken).claims, organization: decodeJwt(organizationTokens[organizationId]).claims, info: userInfo, refreshToken: request.session.refreshToken }
      : { signedIn: false };
    response.type('html').send(shownPage(state, { 'sign-in': '/logto/sign-in', 'sign-out': '/logto/sign-out' }));
  });
  return app;
}
