// Stand-ins for connectors that only Logto's own tests know: a connector of this server is made
// instead, which sends to a listener here, and answers name the connector that was asked for.
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { MockSocial } from './mock_social.js';

// Their names as the suite knows them; `stands` is the factory that is used here.
const KINDS = {
  'mock-email-service': { stands: 'http-email', target: 'mock-mail', file: 'mock_email_record.txt', to: 'address' },
  'mock-email-service-alternative': { stands: 'sendgrid-email-service', target: 'mock-mail-alternative' },
  'mock-short-message-service': { stands: 'http-sms', target: 'mock-sms', file: 'mock_sms_record.txt', to: 'phone' },
  'mock-social-connector': { stands: 'oauth2', target: 'mock-social' },
};
const CONNECTORS = /^\/api\/connectors(\/|\?|$)/;
const VERIFY = /\/verifications?\/social(\/[^/]+)?\/verify$/;

function parsed(bytes) {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

const filled = (text, payload) =>
  text?.replace(/\{\{\s*([\w.]+)\s*\}\}/g, (_, name) => name.split('.').reduce((at, key) => at?.[key], payload) ?? '');

export class Doubles {
  #made = new Map(); // connector id → {kind, config}
  #asked = new WeakMap(); // request → {kind, config} of a connector being made
  #social = new MockSocial();

  // manage(path): the JSON of a GET to the Management API.
  static async start(folder, manage) {
    const doubles = new Doubles();
    doubles.folder = folder;
    doubles.manage = manage;
    fs.mkdirSync(folder, { recursive: true });
    const listener = http.createServer((incoming, outgoing) => doubles.#receive(incoming, outgoing));
    await new Promise((resolve) => listener.listen(0, '127.0.0.1', resolve));
    doubles.address = `http://127.0.0.1:${listener.address().port}`;
    return doubles;
  }

  // Keeps what a message connector sent where the suite looks for it.
  #receive(incoming, outgoing) {
    const chunks = [];
    incoming.on('data', (chunk) => chunks.push(chunk));
    incoming.on('end', async () => {
      const social = this.#social.receive(incoming, Buffer.concat(chunks).toString());
      if (social) {
        outgoing.setHeader('content-type', 'application/json').end(JSON.stringify(social));
        return;
      }
      const kind = KINDS[incoming.url.slice(1)];
      const message = parsed(Buffer.concat(chunks));
      if (kind?.file && message && message.type !== 'AccountChanged') await this.#keep(kind, message, this.#config(incoming.url.slice(1)));
      outgoing.end('{}');
    });
  }

  #config(name) {
    return [...this.#made.values()].filter(({ kind }) => kind === name).at(-1)?.config;
  }

  // The tenant's own text of a message, in the language that it asks for or the tenant's.
  async #template(templateType, locale) {
    const { languageInfo } = await this.manage('/api/sign-in-exp');
    const all = (await this.manage('/api/email-templates')).filter((one) => one.templateType === templateType);
    const tags = [locale, languageInfo.fallbackLanguage];
    return tags.map((tag) => all.find(({ languageTag }) => languageTag === tag)).find(Boolean)?.details;
  }

  async #keep(kind, { to, type, payload }, config) {
    const record = { [kind.to]: to, code: payload.code, type, payload };
    if (kind.to === 'address') {
      record.template = (await this.#template(type, payload.locale)) ?? config?.templates?.find(({ usageType }) => usageType === type)
        ?? config?.templates?.find(({ usageType }) => usageType === 'Generic');
      record.subject = filled(record.template?.subject, payload);
      record.content = filled(record.template?.content, payload);
    }
    fs.writeFileSync(path.join(this.folder, kind.file), `${JSON.stringify(record)}\n`);
  }

  #standIn(name) {
    const { stands } = KINDS[name];
    const endpoint = `${this.address}/${name}`;
    if (stands === 'oauth2') {
      return {
        clientId: 'x', clientSecret: 'x', authorizationEndpoint: 'http://mock-social/', tokenEndpoint: endpoint,
        userInfoEndpoint: `${endpoint}/user`, profileMap: { id: 'id' }, scope: 'email profile', trustUnverifiedEmail: true,
      };
    }
    if (stands.startsWith('http-')) return { endpoint };
    return undefined;
  }

  // The address to send on to: one that names a factory names the one that stands for it.
  standing(url) {
    const [, name] = /^\/api\/connectors\/([\w-]+)\/test$/.exec(url) ?? [];
    return KINDS[name] ? url.replace(name, KINDS[name].stands) : url;
  }

  // The body to send on in place of the one that came.
  ask(incoming, body) {
    if (VERIFY.test(incoming.url)) return this.#social.ask(body);
    if (!CONNECTORS.test(incoming.url) || !['POST', 'PATCH'].includes(incoming.method)) return body;
    const json = parsed(body);
    if (!json) return body;
    const id = incoming.url.split('?')[0].split('/')[3];
    const kind = json.connectorId ?? this.#made.get(id)?.kind ?? (KINDS[id] ? id : undefined);
    if (!KINDS[kind]) return body;
    if (json.config) this.#asked.set(incoming, { kind, config: json.config });
    if (json.connectorId) json.connectorId = KINDS[kind].stands;
    if (json.config) json.config = this.#standIn(kind) ?? json.config;
    if (KINDS[kind].stands === 'oauth2' && incoming.method === 'POST') json.metadata = { target: KINDS[kind].target, ...json.metadata };
    return Buffer.from(JSON.stringify(json));
  }

  #named(connector) {
    const made = this.#made.get(connector?.id);
    if (!made) return connector;
    const { target } = KINDS[made.kind];
    return { ...connector, connectorId: made.kind, config: made.config, target: connector.metadata?.target ?? target };
  }

  // The body of the answer in place of the one that the server gave.
  answer(incoming, body, { statusCode }) {
    if (incoming.method === 'POST') this.#social.answer(body);
    if (!CONNECTORS.test(incoming.url) || statusCode !== 200) return body;
    const json = parsed(body);
    if (!json) return body;
    const asked = this.#asked.get(incoming);
    if (asked && json.id) this.#made.set(json.id, asked);
    return Buffer.from(JSON.stringify(Array.isArray(json) ? json.map((one) => this.#named(one)) : this.#named(json)));
  }
}
