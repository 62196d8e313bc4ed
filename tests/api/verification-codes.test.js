// Messages and codes through the Management API: SMTP and HTTP connectors, templates, what is tried again.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api } from '../lib/api.js';
import { admin, unique } from '../lib/fixtures.js';
import { smtpConfig, startHttpMailbox, startSmtpMailbox } from '../lib/mailbox.js';
import { startServer } from '../lib/server.js';

let server, smtp, service;
const call = async (method, path, body) => api(server, method, path, { token: await admin(server), body });
const connect = async (connectorId, config) => {
  const made = await call('POST', '/api/connectors', { connectorId, config });
  assert.equal(made.status, 200, made.text);
};

before(async () => {
  server = await startServer({ env: { SIGNET_CONNECTOR_PRIVATE_ADDRESSES: 'true' } });
  server.secrets.add('smtp-password');
  [smtp, service] = [await startSmtpMailbox(), await startHttpMailbox()];
});
after(async () => {
  smtp.close();
  service.close();
  await server.stop();
});

function refused(answer, status, code) {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.json.code, code);
}

test('without a connector, and without a recipient', async () => {
  refused(await call('POST', '/api/verification-codes', { email: 'a@b.co' }), 501, 'connector.not_found');
  refused(await call('POST', '/api/verification-codes', { email: 'a' }), 400, 'guard.invalid_input');
  refused(await call('POST', '/api/verification-codes', {}), 400, 'guard.invalid_input');
  refused(await call('POST', '/api/verification-codes/verify', { email: 'a@b.co', verificationCode: 'wrong' }), 400, 'verification_code.code_mismatch');
  refused(await call('POST', '/api/verification-codes/verify', { email: 'b@b.co', verificationCode: '123456' }), 400, 'verification_code.not_found');
});

test('by SMTP: the message, its template, and the code in it', async () => {
  await connect('simple-mail-transfer-protocol', smtpConfig(smtp));
  const email = `${unique('to')}@example.com`;
  assert.equal((await call('POST', '/api/verification-codes', { email })).status, 204);
  const mail = await smtp.take();
  assert.match(mail.from, /^MAIL FROM:<no-reply@signet\.example>/);
  assert.match(mail.to, new RegExp(`^RCPT TO:<${email}>`));
  assert.equal(Buffer.from(mail.auth, 'base64').toString(), '\0signet\0smtp-password');
  assert.equal(mail.headers.from, 'Signet <no-reply@signet.example>');
  assert.equal(mail.headers.subject, `=?UTF-8?B?${Buffer.from('Generic – café').toString('base64')}?=`);
  assert.equal(mail.headers['content-type'], 'text/plain; charset=utf-8');
  const [, code] = /^Your code is (\d{6}) for \{\{ application\.name \}\}\{\{unknown\}\}$/.exec(mail.content) ?? assert.fail(mail.content);
  refused(await call('POST', '/api/verification-codes/verify', { email, verificationCode: code === '000000' ? '1' : '000000' }), 400, 'verification_code.code_mismatch');
  assert.equal((await call('POST', '/api/verification-codes/verify', { email, verificationCode: code })).status, 204);
  refused(await call('POST', '/api/verification-codes/verify', { email, verificationCode: code }), 400, 'verification_code.not_found');
});

test('a text of the tenant goes over the connector’s; values in HTML are escaped (check 119)', async () => {
  const details = { subject: 'Hello', content: '<b>{{code}}</b>', contentType: 'text/html', replyTo: 'help@signet.example' };
  const put = await call('PUT', '/api/email-templates', { templates: [{ languageTag: 'en', templateType: 'Generic', details }] });
  assert.equal(put.status, 200, put.text);
  await call('POST', '/api/verification-codes', { email: `${unique('to')}@example.com` });
  const mail = await smtp.take();
  assert.equal(mail.headers.subject, 'Hello');
  assert.equal(mail.headers['reply-to'], 'help@signet.example');
  assert.equal(mail.headers['content-type'], 'text/html; charset=utf-8');
  assert.match(mail.content, /^<b>\d{6}<\/b>$/);
});

test('a config is tried by sending a message', async () => {
  const path = '/api/connectors/simple-mail-transfer-protocol/test';
  assert.equal((await call('POST', path, { email: 't@example.com', config: smtpConfig(smtp) })).status, 204);
  assert.match((await smtp.take()).content, /000000/);
  const nobody = smtpConfig(smtp, { port: 1 });
  refused(await call('POST', path, { email: 't@example.com', config: nobody }), 400, 'connector.general');
  refused(await call('POST', path, { phone: '12025550143', config: nobody }), 400, 'connector.unexpected_type');
  assert.equal((await call('POST', '/api/connectors/http-sms/test', { phone: '12025550143', config: { endpoint: service.url } })).status, 204);
  const { to, type, payload } = await service.take();
  assert.deepEqual({ to, type, payload }, { to: '12025550143', type: 'Generic', payload: { code: '000000' } });
});

test('what a receiver does not take is sent again, also after a restart', async () => {
  await connect('http-email', { endpoint: service.url });
  service.fail = 1;
  const email = `${unique('to')}@example.com`;
  assert.equal((await call('POST', '/api/verification-codes', { email })).status, 204);
  await server.restart();
  const { payload } = await service.take(({ to }) => to === email);
  server.secrets.add(`"code":"${payload.code}"`);
  assert.equal((await call('POST', '/api/verification-codes/verify', { email, verificationCode: payload.code })).status, 204);
});

test('check 118: private addresses are refused unless they are allowed', async () => {
  await server.restart({ SIGNET_CONNECTOR_PRIVATE_ADDRESSES: 'false' });
  const answer = await call('POST', '/api/connectors/http-email/test', { email: 't@example.com', config: { endpoint: service.url } });
  refused(answer, 400, 'connector.general');
  assert.match(answer.json.message, /public Internet/);
});

test('for development messages can go to the log', async () => {
  await server.restart({ SIGNET_DEVELOPMENT_MESSAGES: 'true' });
  const phone = '12025550199';
  assert.equal((await call('POST', '/api/verification-codes', { phone })).status, 204);
  const [, code] = /development message to 12025550199: Generic (\d{6})/.exec(server.logs()) ?? assert.fail(server.logs());
  assert.equal((await call('POST', '/api/verification-codes/verify', { phone, verificationCode: code })).status, 204);
});
