// Second factors on the hosted pages: passkeys, codes, and what is shown once.
'use strict';

// The end, before which the browser may be said to be trusted.
const end = async ({ trust }) => {
  if (trust) await step('POST', '/profile/mfa/trusted-device');
  return submit();
};

const bind = async (type, verificationId, fields = {}) => {
  await step('POST', '/profile/mfa', { type, verificationId });
  return end(fields);
};

const skips = { skip: 'mfa-skipped', 'skip-suggestion': 'mfa-suggestion-skipped', 'skip-passkey': 'passkey-skipped' };
const skippable = (go) => async (fields, decision) => {
  if (!skips[decision]) return go(fields);
  await step('POST', `/profile/mfa/${skips[decision]}`);
  return submit();
};

let pending; // the promise of what is shown, or was sent last

const sendFactorCode = (identifierType) => (pending = step('POST', '/verification/mfa-verification-code', { identifierType }));

const checkSentCode = (identifierType) => async ({ code, trust }, decision) => {
  if (decision === 'resend') {
    await sendFactorCode(identifierType);
    sayResent();
    return {};
  }
  const { verificationId } = await pending;
  await step('POST', '/verification/mfa-verification-code/verify', { identifierType, verificationId, code: code.trim() });
  return end({ trust });
};

Object.assign(flows, {
  async 'check-totp'({ code, trust }) {
    await step('POST', '/verification/totp/verify', { code: code.trim() });
    return end({ trust });
  },
  async 'check-backup-code'({ code }) {
    await step('POST', '/verification/backup-code/verify', { code: code.trim() });
    return submit();
  },
  'check-email-code': checkSentCode('email'),
  'check-phone-code': checkSentCode('phone'),
  async 'check-passkey'(fields) {
    const { verificationId, authenticationOptions } = await step('POST', '/verification/web-authn/authentication');
    await step('POST', '/verification/web-authn/authentication/verify', { verificationId, payload: await getPasskey(authenticationOptions) });
    return end(fields);
  },
  'bind-totp': skippable(async ({ code, trust }) => {
    const { verificationId } = await pending;
    await step('POST', '/verification/totp/verify', { verificationId, code: code.trim() });
    return bind('Totp', verificationId, { trust });
  }),
  'bind-passkey': skippable(async (fields) => {
    const { verificationId, registrationOptions } = await step('POST', '/verification/web-authn/registration');
    await step('POST', '/verification/web-authn/registration/verify', { verificationId, payload: await createPasskey(registrationOptions) });
    return bind('WebAuthn', verificationId, fields);
  }),
  'bind-address': skippable((fields) => flows['ask-code'](fields)),
  'bind-backup-codes': async () => bind('BackupCode', (await pending).verificationId),
  end: () => submit(),
  // The sign-in page's button for whoever has a passkey.
  async 'use-passkey'() {
    const { authenticationOptions } = await step('POST', '/preflight/sign-in-passkey/authentication');
    const payload = await getPasskey(authenticationOptions);
    await step('PUT', '', { interactionEvent: 'SignIn' });
    const { verificationId } = await step('POST', '/verification/sign-in-passkey/authentication/verify', { payload });
    return finish(verificationId);
  },
});

const openings = {
  'check-email-code': () => sendFactorCode('email'),
  'check-phone-code': () => sendFactorCode('phone'),
  async 'bind-totp'() {
    pending = step('POST', '/verification/totp/secret');
    const { secret, secretQrCode } = await pending;
    document.querySelector('#secret').textContent = secret;
    const image = document.querySelector('#qr');
    image.src = secretQrCode;
    image.hidden = false;
  },
  async 'bind-backup-codes'() {
    pending = step('POST', '/verification/backup-code/generate');
    const { codes } = await pending;
    const list = document.querySelector('#codes');
    for (const code of codes) list.append(Object.assign(document.createElement('li'), { textContent: code }));
    document.querySelector('#copy').addEventListener('click', async () => {
      await navigator.clipboard.writeText(codes.join('\n'));
      document.querySelector('#copied').hidden = false;
    });
  },
};
openings[form.dataset.flow]?.().catch(show);
