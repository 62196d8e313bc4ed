// The browser of a replay: cookies, what a redirect leads to, and the steps of a sign-in that the
// recording leaves out because an earlier step of its kind stands for them.
import { Browser, pkce } from '../lib/browser.js';
import { totp } from '../lib/factors.js';
import { api } from '../lib/api.js';

const EXPERIENCE = '/api/experience';
// Bodies sent where recorded ones are left out, by the number of the row behind them.
const BOUND = { 1243: ['/profile/mfa', { type: 'Totp', verificationId: '${tvid}' }] };

// What is left out of the recording before a row, by its number: changes through the Management API.
const CHANGES = {
  1144: [['/api/sign-in-exp', { passwordPolicy: { length: { min: 8, max: 256 }, characterTypes: { min: 1 }, rejects: { pwned: false, repetitionAndSequence: true, userInfo: true, words: [] } }, signUp: { identifiers: ['username'], password: true, verify: false } }]],
  1153: [['/api/users/${u1}/password', { password: 'Another#pass1' }], ['/api/users/${u1}/profile', { profile: { nickname: 'Al' } }]],
  1314: [['/api/sign-in-exp', { signInMode: 'SignInAndRegister', sentinelPolicy: { maxAttempts: 3 } }]],
  1331: [['/api/sign-in-exp', { mfa: { factors: [], policy: 'UserControlled' } }]],
  1397: [['/api/sign-in-exp', { mfa: { factors: [], policy: 'UserControlled' } }]],
  1426: [['/api/sign-in-exp', {
    signIn: { methods: ['username', 'email', 'phone'].map((identifier) => ({ identifier, password: true, verificationCode: identifier !== 'username', isPasswordPrimary: true })) },
    forgotPasswordMethods: ['EmailVerificationCode', 'PhoneVerificationCode'],
  }], ['/api/sign-in-exp', { signUp: { identifiers: ['email'], password: false, verify: true } }]],
};

export class Flow {
  keys = pkce();

  constructor(server, variables, rows) {
    this.server = server;
    this.variables = variables;
    this.present = new Set(rows.map(({ seq }) => seq));
    this.reset();
    variables.set('challenge', this.keys.challenge);
    variables.set('verifier', this.keys.verifier);
  }

  reset() {
    this.browser = new Browser(this.server);
    Object.assign(this, { open: false, begun: false, verified: null, identified: false });
  }

  /** Whether a row is one of the browser's: those without a token, at the pages and their API. */
  takes(row) {
    return row.auth === 'none' && row.base !== 'admin' && /^\/(oidc\/(auth|session)|api\/(experience|interaction)|sign-in|\$\{hop\})|^\$\{hop\}/.test(row.path);
  }

  /** What stands before a row, and values that no answer held: codes of an authenticator. */
  async prepare(row) {
    for (const [path, body] of CHANGES[row.seq] ?? []) {
      const answer = await api(this.server, 'PATCH', this.variables.fill(path), { token: this.variables.values.get('mgmt'), body });
      if (answer.status !== 200) throw new Error(answer.text);
    }
    const text = JSON.stringify(row.body ?? '');
    if (text.includes('${tcode}')) {
      // A code is good once: each time the next one, which a server takes a step early.
      // One that sets an authenticator up is not used by it.
      const now = Math.floor(Date.now() / 30_000);
      const signsIn = row.auth === 'none';
      if (signsIn) this.step = Math.max(now - 1, (this.step ?? 0) + 1);
      this.variables.set('tcode', totp(this.variables.values.get('tsecret'), signsIn ? this.step : now));
    }
  }

  async #authorize() {
    const client = this.variables.fill('${appSPA}');
    const query = new URLSearchParams({
      client_id: client, redirect_uri: 'https://spa.example/cb', response_type: 'code', prompt: 'consent', state: 'st1', nonce: 'n1',
      scope: 'openid offline_access profile email phone custom_data identities roles urn:logto:scope:organizations urn:logto:scope:organization_roles urn:logto:scope:sessions address read:x',
      resource: 'https://api1.example', code_challenge: this.keys.challenge, code_challenge_method: 'S256',
    });
    const answer = await this.browser.page(`/oidc/auth?${query}`);
    if (answer.status !== 303) throw new Error(`no sign-in: ${answer.text}`);
    Object.assign(this, { open: true, begun: false, verified: null, identified: false });
  }

  #step(method, path, body) {
    return this.browser.step(method, path, this.variables.fillDeep(body));
  }

  // What was left out before this row.
  async #fill(row) {
    const within = row.path.slice(EXPERIENCE.length);
    const left = !this.present.has(row.seq - 1);
    if (!/^\/(api\/experience|sign-in)/.test(row.path) || row.status === 302 || row.answer?.code === 'session.not_found') return;
    if (!this.open) {
      this.reset();
      await this.#authorize();
    }
    if (!row.path.startsWith(EXPERIENCE) || row.answer?.code === 'session.interaction_not_found') return;
    if (!this.begun && !(row.method === 'PUT' && within === '')) {
      await this.#step('PUT', '', { interactionEvent: 'SignIn' });
      this.begun = true;
    }
    const usesUser = /^\/(submit|interaction$|profile|identification)/.test(within);
    if (left && usesUser && this.verified && !this.identified) {
      const answer = await this.#step('POST', '/identification', { verificationId: this.verified });
      this.identified = answer.status < 300;
    }
    if (left && BOUND[row.seq]) await this.#step('POST', ...BOUND[row.seq]);
    if (/identify (as )?register$/.test(row.name)) await this.#step('PUT', '/interaction-event', { interactionEvent: 'Register' });
    if (row.name === 'lockout attempt 3') for (let i = 0; i < 3; i += 1) await this.#step('POST', '/verification/password', row.body);
    if (row.name === 'submit backup login') await this.#step('POST', '/verification/backup-code/verify', { code: '${bcode}' });
  }

  // What the answer changes.
  #note(row, answer) {
    const within = row.path.slice(EXPERIENCE.length);
    if (row.path.startsWith(EXPERIENCE) && answer.status < 300) {
      if (row.method === 'PUT' && within === '') Object.assign(this, { begun: true, verified: null, identified: false });
      if (/^\/verification\/(password|new-password-identity|verification-code\/verify)$/.test(within)) this.verified = answer.json.verificationId;
      if (within === '/identification') this.identified = true;
      if (within === '/submit') this.open = false;
    }
    const next = answer.headers.location ?? answer.json?.redirectTo;
    if (!next) return;
    const url = new URL(next, this.server.base);
    this.variables.set('hop', url.origin === this.server.base ? url.pathname + url.search : next);
    const code = url.searchParams.get('code');
    for (const name of code ? ['code', 'code3'] : []) this.variables.set(name, code);
  }

  async send(row, options) {
    const path = this.variables.fill(row.path);
    if (path.startsWith('https:')) throw new Error('not here');
    if (/^authorize/.test(row.name) && row.status === 303 && !/\(session alive\)/.test(row.name)) this.reset();
    await this.#fill(row);
    const own = row.method === 'GET' && !path.startsWith('/api') ? {} : { origin: this.server.base, 'sec-fetch-site': 'same-origin' };
    const answer = await this.browser.request(row.method, path, { ...options, headers: { ...own, ...options.headers } });
    if (/^authorize/.test(row.name) && answer.headers.location?.startsWith('/')) Object.assign(this, { open: true, begun: false, verified: null, identified: false });
    this.#note(row, answer);
    return answer;
  }
}

/** Connectors that bring messages to the mailbox, in place of those that exist for tests alone. */
export async function sendTo(server, mailbox, token) {
  for (const connectorId of ['http-email', 'http-sms']) {
    const answer = await api(server, 'POST', '/api/connectors', { token, body: { connectorId, config: { endpoint: mailbox.url } } });
    if (answer.status !== 200) throw new Error(answer.text);
  }
}
