// The provider behind the suite's social connector: whoever the suite says has signed in there. What it
// says travels inside the code, as all that this server hands on is a code and then an access token.
import { randomUUID } from 'node:crypto';

const AUTHORIZATION = 'http://mock-social/';

function parsed(bytes) {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

export class MockSocial {
  #states = new Map(); // id of a verification → the state that its sign-in began with
  #people = new Map(); // access token → what the suite said

  // The body of a verification to send on in place of the one that came.
  ask(body) {
    const json = parsed(body);
    if (!json?.connectorData?.code) return body;
    const state = this.#states.get(json.verificationId ?? json.verificationRecordId);
    const code = Buffer.from(JSON.stringify(json.connectorData)).toString('base64url');
    return Buffer.from(JSON.stringify({ ...json, connectorData: { state, ...json.connectorData, code } }));
  }

  // Remembers the sign-in that an answer begins.
  answer(body) {
    const json = parsed(body);
    if (!json?.authorizationUri?.startsWith(AUTHORIZATION)) return;
    this.#states.set(json.verificationId ?? json.verificationRecordId, new URL(json.authorizationUri).searchParams.get('state'));
  }

  // What the provider answers; undefined when it is not the one that was asked.
  receive({ url, headers }, body) {
    if (url === '/mock-social-connector') {
      const said = parsed(Buffer.from(new URLSearchParams(body).get('code') ?? '', 'base64url')) ?? {};
      const tokens = { access_token: randomUUID(), token_type: 'Bearer', ...said.tokenResponse };
      this.#people.set(tokens.access_token, said);
      return tokens;
    }
    if (url !== '/mock-social-connector/user') return undefined;
    const { userId, code, tokenResponse, ...rest } = this.#people.get(headers.authorization?.replace('Bearer ', '')) ?? {};
    return { id: userId ?? `mock-social-sub-${randomUUID()}`, ...rest };
  }
}
