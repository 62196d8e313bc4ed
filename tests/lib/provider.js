// A provider of identities as tests need one: OAuth 2 and OpenID Connect code flow over plain HTTP, which
// checks its client, remembers what it was asked, and answers as it is told.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import http from 'node:http';

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

export class Provider {
  codes = new Map();
  requests = [];
  assertions = new Set();
  user = {};
  claims = {}; // over those of ID tokens
  extra = {}; // over the answers with tokens
  document = {}; // over that of discovery; an undefined value leaves a member out

  async start() {
    this.keys = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.server = http.createServer((request, response) => this.#answer(request, response));
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.base = `http://127.0.0.1:${this.server.address().port}`;
    return this;
  }

  stop() {
    return new Promise((resolve) => this.server.close(resolve));
  }

  // What the user's browser would do: the address that it is sent back to.
  consent(url) {
    const asked = Object.fromEntries(new URL(url).searchParams);
    assert.equal(asked.response_type, 'code');
    const code = crypto.randomBytes(8).toString('hex');
    this.codes.set(code, asked);
    return `${asked.redirect_uri}?code=${code}&state=${encodeURIComponent(asked.state)}`;
  }

  idToken(asked, key = this.keys.privateKey) {
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: this.base, aud: asked.client_id, sub: this.user.sub, nonce: asked.nonce, iat: now, exp: now + 60, ...this.user, ...this.claims };
    const input = `${encode({ alg: 'ES256', kid: 'one' })}.${encode(claims)}`;
    return `${input}.${crypto.sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
  }

  // The secret that an assertion is made with (RFC 7523), each good once.
  #asserted(form) {
    assert.equal(form.get('client_assertion_type'), 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
    const [head, body, mac] = form.get('client_assertion').split('.');
    const [{ alg }, claims] = [head, body].map((part) => JSON.parse(Buffer.from(part, 'base64url')));
    const fits = mac === crypto.createHmac('sha256', 'the secret').update(`${head}.${body}`).digest('base64url');
    assert.deepEqual([alg, claims.iss, claims.sub, claims.aud], ['HS256', 'ours', 'ours', `${this.base}/token`]);
    assert.ok(claims.exp > Date.now() / 1000 && claims.exp < Date.now() / 1000 + 300 && !this.assertions.has(claims.jti));
    this.assertions.add(claims.jti);
    return fits ? 'the secret' : undefined;
  }

  #token(form, headers) {
    const asked = this.codes.get(form.get('code'));
    this.codes.delete(form.get('code'));
    const basic = headers.authorization?.replace('Basic ', '');
    const [, secret] = basic ? Buffer.from(basic, 'base64').toString().split(':').map(decodeURIComponent) : [0, form.get('client_secret') ?? this.#asserted(form)];
    if (form.get('grant_type') === 'refresh_token') {
      const known = form.get('refresh_token') === this.extra.refresh_token && secret === 'the secret';
      return known ? [200, { access_token: 'renewed', token_type: 'Bearer', expires_in: 60 }] : [400, { error: 'invalid_grant' }];
    }
    const verifier = form.get('code_verifier');
    const proof = verifier ? crypto.createHash('sha256').update(verifier).digest('base64url') : undefined;
    if (!asked || form.get('redirect_uri') !== asked.redirect_uri || proof !== asked.code_challenge || secret !== 'the secret')
      return [400, { error: 'invalid_grant' }];
    return [200, { access_token: 'theirs', token_type: 'Bearer', id_token: this.forged ?? this.idToken(asked), ...this.extra }];
  }

  #document() {
    const at = (path) => `${this.base}/${path}`;
    return { issuer: this.base, authorization_endpoint: at('auth'), token_endpoint: at('token'), userinfo_endpoint: at('me'), jwks_uri: at('keys'), ...this.document };
  }

  async #answer(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    this.requests.push(request.url);
    if (request.url.startsWith('/auth?')) { // the user is signed in there and agrees
      response.writeHead(303, { location: this.consent(this.base + request.url) }).end();
      return;
    }
    let answer = [404, {}];
    if (request.url === '/token') answer = this.#token(new URLSearchParams(Buffer.concat(chunks).toString()), request.headers);
    if (request.url === '/.well-known/openid-configuration') answer = [200, this.#document()];
    if (request.url === '/keys') answer = [200, { keys: [{ ...this.keys.publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'ES256', use: 'sig' }] }];
    if (request.url === '/me' && request.headers.authorization === 'Bearer theirs') answer = [200, this.user];
    response.writeHead(answer[0], { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer[1]));
  }
}
