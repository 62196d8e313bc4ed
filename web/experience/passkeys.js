// Passkeys by the browser: bytes are base64url in the API and buffers in the browser.
'use strict';

const toBytes = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0));
const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
const withIds = (list) => list?.map((each) => ({ ...each, id: toBytes(each.id) }));

// What the API takes of a credential.
function payloadOf(credential, names) {
  const response = {};
  for (const name of names) if (credential.response[name]) response[name] = toText(credential.response[name]);
  const transports = credential.response.getTransports?.();
  if (transports) response.transports = transports;
  return { type: 'WebAuthn', id: credential.id, rawId: toText(credential.rawId), response, clientExtensionResults: {} };
}

async function createPasskey(options) {
  const publicKey = {
    ...options,
    challenge: toBytes(options.challenge),
    user: { ...options.user, id: toBytes(options.user.id) },
    excludeCredentials: withIds(options.excludeCredentials),
  };
  return payloadOf(await navigator.credentials.create({ publicKey }), ['clientDataJSON', 'attestationObject']);
}

async function getPasskey(options) {
  const publicKey = { ...options, challenge: toBytes(options.challenge), allowCredentials: withIds(options.allowCredentials) };
  return payloadOf(await navigator.credentials.get({ publicKey }), ['clientDataJSON', 'authenticatorData', 'signature', 'userHandle']);
}
