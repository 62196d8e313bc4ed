// The account page: what users see and change of their own account, through the account API.
'use strict';

const controls = JSON.parse(main.dataset.controls);
const factors = main.dataset.factors.split(' ');
const profileFields = JSON.parse(main.dataset.fields || 'null');
const providers = JSON.parse(main.dataset.providers);
const canSee = (field) => ['Edit', 'ReadOnly'].includes(controls[field]);
const canEdit = (field) => controls[field] === 'Edit';

let account;

async function api(method, address, body, headers = {}) {
  const answer = await fetch(`/api${address}`, {
    method,
    headers: { authorization: `Bearer ${await accessToken()}`, ...(body ? { 'content-type': 'application/json' } : {}), ...headers },
    body: body && JSON.stringify(body),
  });
  const isJson = answer.headers.get('content-type')?.startsWith('application/json');
  const data = isJson ? await answer.json() : undefined;
  if (answer.status === 401 && data?.code === 'auth.unauthorized') return signIn();
  if (!answer.ok) throw data ?? {};
  return data;
}

// ---- Dialogs ----

let counter = 0;

function field({ name, label, type = 'text', value = '', autocomplete = 'off', optional = false, maxLength = 2048 }) {
  const id = `field${(counter += 1)}`;
  return [el('label', { htmlFor: id }, label), el('input', { id, name, type, value: value ?? '', autocomplete, required: !optional, maxLength, autocapitalize: 'none', spellcheck: false })];
}

// Asks for something and gives it to submit, which may refuse it; true when that is done, false when it was cancelled. Further
// buttons close the dialog with their value.
function ask({ title, fields = [], content = [], action = t('SAVE'), more = [], submit }) {
  return new Promise((resolve) => {
    const alertBox = el('p', { attributes: { role: 'alert' } });
    const close = (value) => {
      dialog.close();
      dialog.remove();
      resolve(value);
    };
    const plain = (text, value) => el('button', { type: 'button', className: 'second', onclick: () => close(value) }, text);
    const form = el('form', {}, el('h2', { id: 'dialog-title' }, title), ...content, ...fields.flatMap(field), alertBox, el('button', { type: 'submit' }, action), ...more.map(([text, value]) => plain(text, value)), plain(t('CANCEL'), false));
    const dialog = el('dialog', { attributes: { 'aria-labelledby': 'dialog-title' } }, form);
    dialog.addEventListener('cancel', (event) => {
      event.preventDefault();
      close(false);
    });
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      const buttons = [...form.querySelectorAll('button')];
      alertBox.textContent = '';
      buttons.forEach((each) => (each.disabled = true));
      try {
        await submit?.(Object.fromEntries(new FormData(form)));
        close(true);
      } catch (error) {
        buttons.forEach((each) => (each.disabled = false));
        alertBox.textContent = errorText(error);
        form.querySelector('input')?.focus();
      }
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

// ---- Proving who one is ----

const CODE = { name: 'code', autocomplete: 'one-time-code', maxLength: 32 };
const post = (address, body, headers) => api('POST', address, body, headers);

// Sends a code and asks for it; gives the record's id, or nothing when it was cancelled.
async function askCode(type, value) {
  const identifier = { type, value };
  const { verificationRecordId: verificationId } = await post('/verifications/verification-code', { identifier });
  const done = await ask({
    title: t('ENTER_CODE'),
    content: [el('p', {}, `${t('CODE_SENT')} ${value}`)],
    fields: [{ ...CODE, label: t('CODE') }],
    action: t('CONTINUE'),
    submit: ({ code }) => post('/verifications/verification-code/verify', { identifier, verificationId, code: code.trim() }),
  });
  return done && verificationId;
}

let proof; // { id, until }

async function prove() {
  const addresses = [['email', account.primaryEmail], ['phone', account.primaryPhone]].filter(([, value]) => value);
  const hasPassword = account.hasPassword ?? !addresses.length;
  const keepProof = (id) => (proof = { id, until: Date.now() + 9 * 60_000 });
  let way = hasPassword ? undefined : addresses[0];
  if (hasPassword) {
    const done = await ask({
      title: t('MFA_CHECK'),
      content: [el('p', { className: 'quiet' }, t('PROVE_HELP'))],
      fields: [{ name: 'password', label: t('PASSWORD'), type: 'password', autocomplete: 'current-password', maxLength: 256 }],
      action: t('CONTINUE'),
      more: addresses.map((address) => [`${t('SEND_CODE')}: ${address[1]}`, address]),
      submit: async ({ password }) => keepProof((await post('/verifications/password', { password })).verificationRecordId),
    });
    if (done === true) return true;
    way = done || undefined;
  }
  const id = way && (await askCode(...way));
  if (id) keepProof(id);
  return Boolean(id);
}

// Runs it with a fresh proof; nothing happens when that is cancelled.
async function proven(run) {
  if (!account.hasSecurityVerificationMethod) return run({});
  if (!proof || proof.until < Date.now()) {
    proof = undefined;
    if (!(await prove())) return undefined;
  }
  return run({ 'logto-verification-id': proof.id });
}

// ---- Rows ----

const row = (label, value, ...buttons) =>
  el('div', { className: 'row' }, el('div', {}, el('strong', {}, label), el('p', { className: 'quiet' }, value || t('NOT_SET'))), el('div', { className: 'does' }, ...buttons.filter(Boolean)));

const when = (time) => `${t('SINCE')} ${new Date(time).toLocaleString(document.documentElement.lang)}`;

async function saved() {
  await show();
  say('#done', t('SAVED'));
}

// A row of one value that is typed.
function edited(label, value, editable, save, more = {}) {
  const change = async () => {
    const ok = await ask({ title: label, fields: [{ name: 'value', label, value, optional: true, ...more }], submit: (sent) => save(sent.value.trim()) });
    if (ok) await saved();
  };
  return row(label, value, editable && button(t(value ? 'CHANGE' : 'ADD'), change, { label }));
}

// ---- Sections ----

const CLAIMS = [
  ['givenName', 'GIVEN_NAME', { autocomplete: 'given-name' }],
  ['middleName', 'MIDDLE_NAME', { autocomplete: 'additional-name' }],
  ['familyName', 'FAMILY_NAME', { autocomplete: 'family-name' }],
  ['nickname', 'NICKNAME', { autocomplete: 'nickname' }],
  ['website', 'WEBSITE', { type: 'url', autocomplete: 'url' }],
  ['gender', 'GENDER', { autocomplete: 'sex' }],
  ['birthdate', 'BIRTHDATE', { type: 'date', autocomplete: 'bday' }],
  ['zoneinfo', 'ZONEINFO', {}],
  ['locale', 'LOCALE', { autocomplete: 'language' }],
];

function addressRow() {
  const address = account.profile?.address ?? {};
  const text = address.formatted ?? Object.values(address).join(', ');
  const save = (formatted) => api('PATCH', '/my-account/profile', { address: { ...address, formatted } });
  return edited(t('ADDRESS'), text, canEdit('profile'), save, { autocomplete: 'street-address' });
}

function profileSection() {
  const wanted = (name) => canSee('profile') && (!profileFields || profileFields.some((each) => each.name === name));
  const member = (name) => (value) => api('PATCH', '/my-account', { [name]: value || null });
  const rows = [
    canSee('name') && edited(t('NAME'), account.name, canEdit('name'), member('name'), { autocomplete: 'name', maxLength: 128 }),
    canSee('avatar') && edited(t('AVATAR'), account.avatar, canEdit('avatar'), member('avatar'), { type: 'url', autocomplete: 'photo' }),
    ...CLAIMS.filter(([name]) => wanted(name)).map(([name, label, more]) =>
      edited(t(label), account.profile?.[name], canEdit('profile'), (value) => api('PATCH', '/my-account/profile', { [name]: value }), more)),
    wanted('address') && addressRow(),
  ].filter(Boolean);
  return rows.length ? section(t('PROFILE'), ...rows) : undefined;
}

function addressable(type, label, value, more) {
  const member = `primary-${type}`;
  const change = () =>
    proven(async (headers) => {
      let next;
      const named = await ask({ title: label, fields: [{ name: 'value', label, ...more }], action: t('SEND_CODE'), submit: ({ value: typed }) => (next = type === 'phone' ? typed.replace(/[\s()+./-]/g, '') : typed.trim()) });
      const record = named && (await askCode(type, next));
      if (!record) return;
      await post(`/my-account/${member}`, { [type]: next, newIdentifierVerificationRecordId: record }, headers);
      await saved();
    });
  const remove = () =>
    proven(async (headers) => {
      await api('DELETE', `/my-account/${member}`, undefined, headers);
      await saved();
    });
  return row(label, value, canEdit(type) && button(t(value ? 'CHANGE' : 'ADD'), change, { label }), canEdit(type) && value && button(t('REMOVE'), remove, { label }));
}

function usernameRow() {
  const label = t('USERNAME');
  const change = () =>
    proven(async (headers) => {
      const submit = ({ username }) => api('PATCH', '/my-account', { username: username.trim() }, headers);
      const fields = [{ name: 'username', label, value: account.username, autocomplete: 'username', maxLength: 128 }];
      if (await ask({ title: label, content: [el('p', { className: 'quiet' }, t('USERNAME_HELP'))], fields, submit })) await saved();
    });
  return row(label, account.username, canEdit('username') && button(t(account.username ? 'CHANGE' : 'ADD'), change, { label }));
}

function passwordRow() {
  const label = t('PASSWORD');
  const change = () =>
    proven(async (headers) => {
      const fields = [{ name: 'password', label: t('NEW_PASSWORD'), type: 'password', autocomplete: 'new-password', maxLength: 256 }];
      if (await ask({ title: t('RESET_PASSWORD'), fields, submit: (body) => post('/my-account/password', body, headers) })) await saved();
    });
  return row(label, t(account.hasPassword ? 'IS_SET' : 'NOT_SET'), canEdit('password') && button(t(account.hasPassword ? 'CHANGE' : 'ADD'), change, { label }));
}

function signInSection() {
  const rows = [
    canSee('username') && usernameRow(),
    canSee('email') && addressable('email', t('EMAIL'), account.primaryEmail, { type: 'email', autocomplete: 'email', maxLength: 128 }),
    canSee('phone') && addressable('phone', t('PHONE'), account.primaryPhone, { type: 'tel', autocomplete: 'tel', maxLength: 32 }),
    canSee('password') && passwordRow(),
  ].filter(Boolean);
  return rows.length ? section(t('SIGNING_IN'), ...rows) : undefined;
}

// ---- Second factors ----

const FACTORS = '/my-account/mfa-verifications';
const kinds = { Totp: 'TOTP', WebAuthn: 'PASSKEY', BackupCode: 'BACKUP_CODE' };
const control = (type) => (type === 'WebAuthn' ? (controls.passkey ?? controls.mfa) : controls.mfa) === 'Edit';

const adds = {
  async Totp(headers) {
    const { secret, secretQrCode } = await post(`${FACTORS}/totp-secret/generate`);
    return ask({
      title: t('TOTP'),
      content: [el('p', {}, t('TOTP_SCAN')), el('img', { src: secretQrCode, alt: t('QR_CODE'), width: 200, height: 200 }), el('p', {}, el('code', { id: 'secret' }, secret))],
      fields: [{ ...CODE, label: t('CODE') }],
      submit: ({ code }) => post(FACTORS, { type: 'Totp', secret, code: code.trim() }, headers),
    });
  },
  async WebAuthn(headers) {
    return ask({
      title: t('PASSKEY'),
      content: [el('p', {}, t('PASSKEY_NEW'))],
      fields: [{ name: 'name', label: t('PASSKEY_NAME'), optional: true, maxLength: 128 }],
      action: t('CONTINUE'),
      async submit({ name }) {
        const { verificationRecordId, registrationOptions } = await post('/verifications/web-authn/registration');
        await post('/verifications/web-authn/registration/verify', { verificationRecordId, payload: await createPasskey(registrationOptions) });
        const named = name.trim() ? { name: name.trim() } : {};
        await post(FACTORS, { type: 'WebAuthn', newIdentifierVerificationRecordId: verificationRecordId, ...named }, headers);
      },
    });
  },
  async BackupCode(headers, list) {
    const { codes } = await post(`${FACTORS}/backup-codes/generate`);
    return ask({
      title: t('BACKUP_CODES'),
      content: [el('p', {}, t('BACKUP_CODES_HELP')), el('ul', { id: 'codes' }, ...codes.map((code) => el('li', {}, el('code', {}, code))))],
      action: t('CODES_KEPT'),
      async submit() {
        for (const { type, id } of list) if (type === 'BackupCode') await api('DELETE', `${FACTORS}/${id}`, undefined, headers);
        await post(FACTORS, { type: 'BackupCode', codes }, headers);
      },
    });
  },
};

function factorRow(factor) {
  const { id, type, name, createdAt, remainCodes } = factor;
  const label = t(kinds[type] ?? type);
  const remove = () =>
    proven(async (headers) => {
      await api('DELETE', `${FACTORS}/${id}`, undefined, headers);
      await saved();
    });
  const rename = () =>
    proven(async (headers) => {
      const fields = [{ name: 'name', label: t('PASSKEY_NAME'), value: name, maxLength: 128 }];
      if (await ask({ title: label, fields, submit: (body) => api('PATCH', `${FACTORS}/${id}/name`, body, headers) })) await saved();
    });
  const value = [name, remainCodes !== undefined && `${t('CODES_LEFT')} ${remainCodes}`, when(createdAt)].filter(Boolean).join(' · ');
  const called = name ? `${label} ${name}` : label;
  return row(label, value, control(type) && type === 'WebAuthn' && button(t('CHANGE'), rename, { label: called }), control(type) && button(t('REMOVE'), remove, { label: called }));
}

async function factorSection() {
  if (!canSee('mfa')) return undefined;
  const list = await api('GET', FACTORS);
  const has = (type) => list.some((each) => each.type === type);
  const offered = factors.filter((type) => adds[type] && control(type) && !(type === 'Totp' && has(type)) && !(type === 'BackupCode' && !list.some((each) => each.type !== type)));
  const add = (type) => () =>
    proven(async (headers) => {
      if (await adds[type](headers, list)) await saved();
    });
  if (!list.length && !offered.length) return undefined;
  return section(t('FACTORS'), ...list.map(factorRow), ...offered.map((type) => button(`${t('ADD')}: ${t(kinds[type])}`, add(type), { className: 'second' })));
}

// ---- Sessions, applications, linked accounts ----

let opened; // what a proof has opened: { sessions, grants, devices }

async function openSessions(headers) {
  const read = (field, path) => (canSee(field) ? api('GET', path, undefined, headers) : {});
  const [{ sessions }, { grants }, devices] = await Promise.all([
    read('session', '/my-account/sessions'),
    read('session', '/my-account/grants?appType=thirdParty'),
    read('trustedDevice', '/my-account/trusted-devices?page_size=100'),
  ]);
  opened = { sessions, grants, devices };
}

const ending = (address) => () =>
  proven(async (headers) => {
    await api('DELETE', address, undefined, headers);
    await openSessions(headers);
    await saved();
  });

const listed = (rows) => (rows.length ? rows : [el('p', { className: 'quiet' }, t('NOTHING'))]);

function sessionRows() {
  return opened.sessions.map(({ payload, clientId, isCurrent }) => {
    const label = isCurrent ? t('THIS_SESSION') : clientId;
    const end = button(t('END_SESSION'), ending(`/my-account/sessions/${payload.uid}?revokeGrantsTarget=all`), { label: `${label} ${when(payload.loginTs * 1000)}` });
    return row(label, when(payload.loginTs * 1000), canEdit('session') && !isCurrent && end);
  });
}

function grantRows() {
  return opened.grants.map(({ id, payload, application }) =>
    row(application.name, when(payload.iat * 1000), canEdit('session') && button(t('WITHDRAW'), ending(`/my-account/grants/${id}`), { label: application.name })));
}

function deviceRows() {
  return opened.devices.map(({ id, userAgent, lastUsedAt, isCurrent }) => {
    const label = isCurrent ? t('THIS_SESSION') : (userAgent ?? id);
    return row(label, when(lastUsedAt), canEdit('trustedDevice') && button(t('REMOVE'), ending(`/my-account/trusted-devices/${id}`), { label }));
  });
}

function sessionSections() {
  const parts = [['session', 'SESSIONS', sessionRows], ['session', 'GRANTS', grantRows], ['trustedDevice', 'DEVICES', deviceRows]].filter(([field]) => canSee(field));
  if (!parts.length) return [];
  if (opened) return parts.map(([, title, rows]) => section(t(title), ...listed(rows())));
  const open = () =>
    proven(async (headers) => {
      await openSessions(headers);
      await show();
    });
  return [section(parts.map(([, title]) => t(title)).join(' · '), button(t('SHOW'), open, { className: 'second' }))];
}

const linkingKey = `signet ${client} linking`;

// Goes to a provider, which sends the browser back to this page; what the answer is checked with is kept until then.
async function link(connectorId) {
  const state = `account.${randomText()}`;
  const locales = new URLSearchParams(window.location.search).get('ui_locales');
  const { verificationRecordId, authorizationUri } = await post('/verifications/social', { connectorId, state, redirectUri: `${endpoint}/callback/${connectorId}` });
  sessionStorage.setItem(linkingKey, JSON.stringify({ connectorId, state, verificationRecordId, locales }));
  window.location.assign(authorizationUri);
  return new Promise(() => {});
}

// A provider's answer in the address waits until the user is signed in here again.
function keepAnswer() {
  const answer = Object.fromEntries(new URLSearchParams(window.location.hash.slice(1)));
  if (!answer.linked) return;
  const pending = JSON.parse(sessionStorage.getItem(linkingKey) ?? 'null');
  sessionStorage.removeItem(linkingKey);
  history.replaceState(null, '', pending?.locales ? `${path}?${new URLSearchParams({ ui_locales: pending.locales })}` : path);
  if (pending?.state === answer.state && pending.connectorId === answer.linked && answer.code)
    sessionStorage.setItem(linkingKey, JSON.stringify({ ...pending, code: answer.code }));
}

async function finishLink() {
  const { verificationRecordId, state, code } = JSON.parse(sessionStorage.getItem(linkingKey) ?? '{}');
  sessionStorage.removeItem(linkingKey);
  if (!code) return;
  await post('/verifications/social/verify', { verificationRecordId, connectorData: { code, state } });
  await proven(async (headers) => {
    await post('/my-account/identities', { newIdentifierVerificationRecordId: verificationRecordId }, headers);
    await saved();
  });
}

function linkedSection() {
  const has = account.identities ?? {};
  const nameOf = (target) => providers.find((each) => each.target === target)?.name ?? target;
  const offered = canEdit('social') ? providers.filter(({ target }) => !has[target]) : [];
  if (!canSee('social') || !(Object.keys(has).length || offered.length)) return undefined;
  const unlink = (target) => () =>
    proven(async (headers) => {
      await api('DELETE', `/my-account/identities/${encodeURIComponent(target)}`, undefined, headers);
      await saved();
    });
  return section(
    t('LINKED'),
    ...Object.entries(has).map(([target, { userId, details }]) =>
      row(nameOf(target), details?.email ?? details?.name ?? userId, canEdit('social') && button(t('UNLINK'), unlink(target), { label: nameOf(target) }))),
    ...offered.map(({ id, name }) => row(name, '', button(t('LINK'), () => link(id), { label: name }))),
  );
}

function endSection() {
  const { deleteUrl } = main.dataset;
  return el('section', {}, button(t('SIGN_OUT'), signOut, { className: 'second' }), deleteUrl ? el('p', {}, el('a', { href: deleteUrl }, t('DELETE_ACCOUNT'))) : undefined);
}

async function show() {
  account = await api('GET', '/my-account');
  const sections = [profileSection(), signInSection(), await factorSection(), linkedSection(), ...sessionSections(), endSection()];
  document.querySelector('#content').replaceChildren(...sections.filter(Boolean));
}

keepAnswer();
start().then(show).then(finishLink).catch(failed);
