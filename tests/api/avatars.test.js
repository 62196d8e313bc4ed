// Pictures that users would upload of themselves: there is no storage for them, which is said to whoever could.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api } from '../lib/api.js';
import { Browser, authorizeUrl, createClient, createUser, exchange, pkce, signIn } from '../lib/browser.js';
import { admin } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';
import { refused } from './support.js';

const PICTURE = '--x\r\ncontent-disposition: form-data; name="file"; filename="me.png"\r\ncontent-type: image/png\r\n\r\nPNG\r\n--x--\r\n';
const MULTIPART = { 'content-type': 'multipart/form-data; boundary=x' };

let server, spa, user;
before(async () => {
  server = await startServer();
  spa = await createClient(server, 'SPA');
  user = await createUser(server);
});
after(() => server.stop());

async function tokenOf(scope) {
  const { json } = await exchange(server, spa, await signIn(new Browser(server), spa, user, { scope }));
  server.secrets.add(json.access_token);
  return json.access_token;
}
const center = async (fields) => {
  const answer = await api(server, 'PATCH', '/api/account-center', { token: await admin(server), body: { enabled: true, fields } });
  assert.equal(answer.status, 200, answer.text);
};

test('of one\'s own account', async () => {
  const upload = (token) => api(server, 'POST', '/api/my-account/user-assets/avatar', { token, body: PICTURE, headers: MULTIPART });
  const token = await tokenOf('openid profile');
  await center({ avatar: 'Edit' });
  refused(await upload(token), 400, 'storage.not_configured');
  assert.equal((await upload()).status, 401);
  assert.equal((await upload(await tokenOf('openid'))).status, 401);
  await center({ avatar: 'ReadOnly' });
  refused(await upload(token), 400, 'account_center.field_not_editable');
});

test('of an account that is being made', async () => {
  const upload = (tab) => tab.request('POST', '/api/experience/user-assets/avatar', { body: PICTURE, headers: { ...MULTIPART, origin: server.base, 'sec-fetch-site': 'same-origin' } });
  const tab = new Browser(server);
  refused(await upload(tab), 400, 'session.not_found');
  await tab.page(authorizeUrl(spa, pkce()));
  for (const [interactionEvent, code] of [['Register', 'storage.not_configured'], ['SignIn', 'session.invalid_interaction_type'], ['ForgotPassword', 'session.not_supported_for_forgot_password']]) {
    assert.equal((await tab.step('PUT', '', { interactionEvent })).status, 204);
    refused(await upload(tab), 400, code);
  }
});
