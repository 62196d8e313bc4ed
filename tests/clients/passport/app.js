// An Express server with passport-openidconnect, which signs in and reads userinfo; it neither refreshes nor signs out at the provider.
import express from 'express';
import session from 'express-session';
import passport from 'passport';
import Strategy from 'passport-openidconnect';
import { shownPage } from '../apps.js';

function strategy(base, { endpoint, appId, appSecret }) {
  const options = {
    issuer: `${endpoint}/oidc`, authorizationURL: `${endpoint}/oidc/auth`, tokenURL: `${endpoint}/oidc/token`, userInfoURL: `${endpoint}/oidc/me`,
    clientID: appId, clientSecret: appSecret, callbackURL: `${base}/callback`, scope: ['profile', 'email'],
  };
  const verify = (issuer, profile, context, idToken, done) => done(null, { sub: profile.id, info: profile, idToken });
  return new Strategy({ ...options, skipUserProfile: false }, verify);
}

export default function application(base, settings) {
  const passports = new passport.Passport();
  passports.use(strategy(base, settings));
  passports.serializeUser((user, done) => done(null, user));
  passports.deserializeUser((user, done) => done(null, user));
  const app = express();
  app.use(session({ secret: 'of this test', resave: false, saveUninitialized: false }), passports.session());
  app.get('/sign-in', passports.authenticate('openidconnect'));
  app.get('/callback', passports.authenticate('openidconnect', { successRedirect: '/', failWithError: true }));
  app.get('/sign-out', (request, response, next) => {
    const query = new URLSearchParams({ id_token_hint: request.user.idToken, post_logout_redirect_uri: base });
    request.logout((error) => (error ? next(error) : response.redirect(`${settings.endpoint}/oidc/session/end?${query}`)));
  });
  app.get('/', (request, response) => response.type('html').send(shownPage(request.user ?? { signedIn: false })));
  return app;
}
