// What people prove a second factor with: an authenticator app and a software passkey.
import crypto from 'node:crypto';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The code of a step (30 s) of a base32 secret (RFC 6238). */
export function totp(secret, step = Math.floor(Date.now() / 30_000)) {
  let bits = '';
  for (const letter of secret.replace(/=+$/, '')) bits += BASE32.indexOf(letter).toString(2).padStart(5, '0');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const hash = crypto.createHmac('sha1', key).update(counter).digest();
  const number = hash.readUInt32BE(hash[19] & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}

/** Six digits that are no code of the secret's about now. */
export function wrongTotp(secret) {
  const now = Math.floor(Date.now() / 30_000);
  const near = [-3, -2, -1, 0, 1, 2, 3].map((away) => totp(secret, now + away));
  return ['000000', '000001', '000002', '000003', '000004', '000005', '000006', '000007'].find((code) => !near.includes(code));
}

// ---- CBOR, as much as an authenticator writes ----

function head(major, n) {
  if (n < 24) return Buffer.from([(major << 5) | n]);
  if (n < 0x100) return Buffer.from([(major << 5) | 24, n]);
  return Buffer.from([(major << 5) | 25, n >> 8, n & 255]);
}

function cbor(value) {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === 'string') return Buffer.concat([head(3, value.length), Buffer.from(value)]);
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value]);
  return Buffer.concat([head(5, value.length), ...value.flat().map(cbor)]);
}

const sha256 = (data) => crypto.createHash('sha256').update(data).digest();
const bytes = (text) => Buffer.from(text, 'base64url');

const kinds = {
  ES256: [() => crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' }), ({ x, y }) => [[1, 2], [3, -7], [-1, 1], [-2, bytes(x)], [-3, bytes(y)]], 'sha256'],
  RS256: [() => crypto.generateKeyPairSync('rsa', { modulusLength: 2048 }), ({ n, e }) => [[1, 3], [3, -257], [-1, bytes(n)], [-2, bytes(e)]], 'sha256'],
  EdDSA: [() => crypto.generateKeyPairSync('ed25519'), ({ x }) => [[1, 1], [3, -8], [-1, 6], [-2, bytes(x)]], null],
};

/** A software passkey; `wrong` in its calls changes one thing of the answer. */
export class Passkey {
  counter = 0;

  constructor(server, alg = 'ES256') {
    this.origin = server.base;
    [this.keys, this.cose, this.hash] = [kinds[alg][0](), kinds[alg][1], kinds[alg][2]];
    this.id = crypto.randomBytes(24);
  }

  #clientData(type, challenge, wrong) {
    return Buffer.from(JSON.stringify({ type, challenge, origin: this.origin, crossOrigin: false, ...wrong.client }));
  }

  #data(flags, rpId, wrong) {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(wrong.counter ?? this.counter);
    return Buffer.concat([sha256(wrong.rpId ?? rpId), Buffer.from([wrong.flags ?? flags]), counter]);
  }

  #answer(response) {
    const id = this.id.toString('base64url');
    const texts = Object.fromEntries(Object.entries(response).map(([name, value]) => [name, Buffer.isBuffer(value) ? value.toString('base64url') : value]));
    return { type: 'WebAuthn', id, rawId: id, response: texts, clientExtensionResults: {} };
  }

  /** To the options of a registration. */
  create(options, wrong = {}) {
    this.user = bytes(options.user.id);
    const clientDataJSON = this.#clientData('webauthn.create', options.challenge, wrong);
    const length = Buffer.from([this.id.length >> 8, this.id.length & 255]);
    const key = cbor(this.cose(this.keys.publicKey.export({ format: 'jwk' })));
    const data = Buffer.concat([this.#data(0x45, options.rp.id, wrong), Buffer.alloc(16), length, this.id, key]);
    const attestationObject = cbor([['fmt', wrong.format ?? 'none'], ['attStmt', []], ['authData', data]]);
    return this.#answer({ clientDataJSON, attestationObject, transports: ['internal'] });
  }

  /** To the options of an authentication; its counter goes up. */
  get(options, wrong = {}) {
    this.counter += 1;
    const clientDataJSON = this.#clientData('webauthn.get', options.challenge, wrong);
    const authenticatorData = this.#data(0x05, options.rpId, wrong);
    const signature = crypto.sign(this.hash, Buffer.concat([authenticatorData, sha256(clientDataJSON)]), wrong.key ?? this.keys.privateKey);
    return this.#answer({ clientDataJSON, authenticatorData, signature, userHandle: wrong.user ?? this.user });
  }
}
