// SDKs that run on an application's server, unchanged, with Chromium as the user's browser: sign in through the hosted page,
// user information, refresh, tokens for a resource and an organization, sign out.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createWorld, listen, open, press, register, signIn, signOut, state } from './apps.js';
import logtoExpress from './express/app.js';
import expressOpenidConnect from './express-openid-connect/app.js';
import passportOpenidconnect from './passport/app.js';

let world;
before(async () => (world = await createWorld()));
after(() => world.close());

async function serve(t, make, callback) {
  const application = await listen(t);
  const client = await register(world, 'Traditional', application.base, { callback });
  const settings = { endpoint: world.server.base, appId: client.id, appSecret: client.secret, resource: world.resource.indicator, organizationId: world.organization.id };
  application.handle = make(application.base, settings);
  return open(world, application.base);
}

function known({ sub, token, organization, info }) {
  assert.equal(sub, world.user.id);
  assert.deepEqual([token.aud, token.scope, token.sub], [world.resource.indicator, 'read', world.user.id]);
  assert.equal(organization.aud, `urn:logto:organization:${world.organization.id}`);
  assert.deepEqual([info.sub, info.name, info.email, info.organizations], [world.user.id, 'Ann', 'ann@example.com', [world.organization.id]]);
}

async function walk(page, { asked }) {
  const first = await signIn(page, world.user);
  known(first);
  await press(page, 'Refresh');
  const second = await state(page, ({ token }) => token && token.jti !== first.token.jti);
  known(second);
  assert.ok(second.refreshToken);
  await signOut(page, { asked });
}

test('@logto/express', async (t) => {
  await walk(await serve(t, logtoExpress, '/logto/sign-in-callback'), { asked: true });
});

test('express-openid-connect', async (t) => {
  await walk(await serve(t, expressOpenidConnect), { asked: false });
});

test('passport-openidconnect: it signs in and reads userinfo', async (t) => {
  const page = await serve(t, passportOpenidconnect);
  const { sub, info, idToken } = await signIn(page, world.user);
  assert.deepEqual([sub, info.displayName, info.emails], [world.user.id, 'Ann', [{ value: 'ann@example.com' }]]);
  assert.equal(idToken.split('.').length, 3);
  await signOut(page, { asked: false });
});
