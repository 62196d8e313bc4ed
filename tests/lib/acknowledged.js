// Kinds of work of which every acknowledged step can be looked up later. Each is {step(server), begin(server)
// before the first one, check(server) after the server came back}; a step throws when the connection breaks.
import assert from 'node:assert/strict';
import { api, token } from './api.js';
import { Browser, createClient, createUser, exchange, signIn } from './browser.js';
import { admin, createApp, patchApp, unique } from './fixtures.js';

const get = async (server, path) => api(server, 'GET', path, { token: await admin(server) });

/** Applications come, each with its secret. */
export class Creations {
  made = [];

  async begin() {
    this.made = [];
  }

  async step(server) {
    const name = unique('kill');
    const answer = await api(server, 'POST', '/api/applications', { token: server.adminToken, body: { name, type: 'MachineToMachine' } });
    assert.equal(answer.status, 200, answer.text);
    this.made.push({ id: answer.json.id, name });
  }

  async check(server) {
    for (const { id, name } of this.made) {
      const answer = await get(server, `/api/applications/${id}`);
      assert.equal(answer.status, 200, `application ${id} is lost`);
      assert.equal(answer.json.name, name);
      const secrets = await get(server, `/api/applications/${id}/secrets`);
      assert.equal(secrets.json.length, 1, 'an application without its secret is half a write');
    }
    return this.made.length;
  }
}

/** One application is changed again and again: its name and its data, which belong together. */
export class Changes {
  async begin(server) {
    this.app ??= await createApp(server);
    this.sent ??= 0;
    await this.step(server);
    this.count = 0;
  }

  async step(server) {
    this.sent += 1;
    await patchApp(server, this.app.id, { name: `change ${this.sent}`, customData: { n: this.sent } });
    this.done = this.sent;
    this.count += 1;
  }

  async check(server) {
    const { json } = await get(server, `/api/applications/${this.app.id}`);
    const kept = json.customData.n;
    assert.ok(kept === this.done || kept === this.sent, `change ${this.done} was acknowledged, ${kept} is there`);
    assert.equal(json.name, `change ${kept}`, 'half a change');
    return this.count;
  }
}

/** Tokens, each with its audit row. */
export class Tokens {
  async begin() {
    this.since = Date.now();
    this.count = 0;
  }

  async step(server) {
    await token(server);
    this.count += 1;
  }

  async check(server, all) {
    const query = { start_time: this.since, logKey: 'ExchangeTokenBy.ClientCredentials', page_size: 1 };
    const { headers } = await api(server, 'GET', '/api/logs', { token: await admin(server), query });
    const issued = all.filter((one) => one instanceof Tokens).reduce((sum, one) => sum + one.count, 0);
    const kept = Number(headers['total-number']);
    assert.ok(kept >= issued, `${issued} tokens were issued, ${kept} audit rows are there`);
    return this.count;
  }
}

/** A refresh token that is exchanged for the next one: each works once, in this life of the server or another. */
export class Refreshes {
  async begin(server) {
    this.app ??= await createApp(server, { customClientMetadata: { refreshTokenForClientCredentials: true } });
    const first = await this.#post(server, { grant_type: 'client_credentials', resource: server.client.resource });
    assert.equal(first.status, 200, first.text);
    Object.assign(this, { token: first.json.refresh_token, used: undefined, asking: false, count: 0 });
    assert.ok(this.token, first.text);
  }

  #post(server, form) {
    const body = new URLSearchParams({ client_id: this.app.id, client_secret: this.app.secret, ...form });
    return api(server, 'POST', '/oidc/token', { body });
  }

  #refresh(server, refreshToken) {
    return this.#post(server, { grant_type: 'refresh_token', refresh_token: refreshToken });
  }

  async step(server) {
    this.asking = true;
    const answer = await this.#refresh(server, this.token);
    assert.equal(answer.status, 200, answer.text);
    Object.assign(this, { used: this.token, token: answer.json.refresh_token, asking: false });
    this.count += 1;
  }

  async check(server) {
    const answer = await this.#refresh(server, this.token);
    if (!this.asking) assert.equal(answer.status, 200, `the newest refresh token is lost: ${answer.text}`);
    else assert.ok([200, 400].includes(answer.status), answer.text);
    for (const spent of [this.token, this.used].filter(Boolean)) {
      const again = await this.#refresh(server, spent);
      assert.equal(again.json.error, 'invalid_grant', 'a refresh token was spent twice');
    }
    return this.count;
  }
}

/** Codes of a user who stays signed in: issued ones can be exchanged later, spent ones never again. */
export class Codes {
  async begin(server) {
    if (!this.browser) {
      this.client = await createClient(server);
      this.browser = new Browser(server);
      this.user = await createUser(server);
      await signIn(this.browser, this.client, this.user);
    }
    this.codes = [];
  }

  async step(server) {
    const code = await signIn(this.browser, this.client, this.user);
    code.state = 'issued';
    this.codes.push(code);
    if (this.codes.length % 3 === 0) return; // for later
    code.state = 'sent';
    const answer = await exchange(server, this.client, code);
    assert.equal(answer.status, 200, answer.text);
    code.state = 'spent';
  }

  async check(server) {
    // A code that comes back ends its grant with all that is left of it: those not spent yet go first.
    for (const code of this.codes.filter(({ state }) => state === 'issued')) {
      const answer = await exchange(server, this.client, code);
      assert.equal(answer.status, 200, `a code is lost: ${answer.text}`);
    }
    for (const code of this.codes.filter(({ state }) => state === 'sent')) await exchange(server, this.client, code);
    for (const code of this.codes) {
      const again = await exchange(server, this.client, code);
      assert.equal(again.json.error, 'invalid_grant', 'a code was spent twice');
    }
    return this.codes.length;
  }
}
