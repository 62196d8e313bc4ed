// What the hosted pages do: each form takes the steps of the experience API that its data-flow names. This stands in the form
// before its fields, and waits with what is pressed until the other scripts are there.
'use strict';

const form = document.querySelector('form[data-flow]');
const alertBox = form.querySelector('[role="alert"]');
const allThere = new Promise((resolve) => document.addEventListener('DOMContentLoaded', resolve));
const firstInput = () => form.querySelector('input:not([type="hidden"])');

async function call(method, path, body) {
  const answer = await fetch(path, {
    method,
    headers: { 'content-type': 'application/json', interaction: form.dataset.interaction ?? '' },
    body: body && JSON.stringify(body),
    credentials: 'same-origin',
  });
  const isJson = answer.headers.get('content-type')?.startsWith('application/json');
  const data = isJson ? await answer.json() : undefined;
  if (!answer.ok) throw data;
  return data;
}

const step = (method, path, body) => call(method, `/api/experience${path}`, body);

// Where the tenant wants a captcha, the form has a place for its widget (captcha.js).
const begin = async (interactionEvent) =>
  step('PUT', '', { interactionEvent, ...(form.querySelector('#captcha') && { captchaToken: await captchaToken() }) });

// Another page of the same sign-in.
function pageUrl(path, more = {}) {
  const here = new URLSearchParams(window.location.search);
  const kept = Object.fromEntries(['app_id', 'ui_locales'].filter((name) => here.has(name)).map((name) => [name, here.get(name)]));
  return `${path}?${new URLSearchParams({ ...kept, ...more })}`;
}

// What a sign-in lacks at its end is made up for on a page of its own.
const lackingPages = {
  'user.missing_profile': '/continue',
  'session.mfa.require_mfa_verification': '/mfa-verification',
  'session.mfa.backup_code_required': '/mfa-binding',
  'session.mfa.suggest_additional_mfa': '/mfa-binding',
  'user.missing_mfa': '/mfa-binding',
  'user.suggest_mfa': '/mfa-binding',
  'user.passkey_preferred': '/mfa-binding',
};

// Where people with the address sign in: their enterprise's provider. Nothing: here.
async function enterprise({ type, value }) {
  if (type !== 'email' || !form.querySelector('[name="sso"]')) return undefined;
  const { connectorIds } = await step('GET', `/sso-connectors?${new URLSearchParams({ email: value })}`);
  if (connectorIds.length === 1) return { redirectTo: `/sso/${connectorIds[0]}` };
  return connectorIds.length ? { redirectTo: pageUrl('/single-sign-on', { identifier: value }) } : undefined;
}

async function onward(steps) {
  try {
    return await steps();
  } catch (error) {
    if (error?.code === 'session.sso_enabled') return { redirectTo: `/sso/${error.data.ssoConnectors[0].id}` };
    const page = lackingPages[error?.code];
    if (!page) throw error;
    return { redirectTo: pageUrl(page) };
  }
}

const submit = () => onward(() => step('POST', '/submit'));

const finish = (verificationId) =>
  onward(async () => {
    await step('POST', '/identification', { verificationId });
    return step('POST', '/submit');
  });

// What somebody has typed, as one of the kinds that the field takes.
function identifierOf(kinds, text) {
  const list = kinds.split(' ');
  const value = text.trim();
  const digits = value.replace(/[\s()+./-]/g, '');
  const isOnly = (type) => list.length === 1 && list[0] === type;
  if (list.includes('email') && (value.includes('@') || isOnly('email'))) return { type: 'email', value };
  if (list.includes('phone') && (/^\d+$/.test(digits) || isOnly('phone'))) return { type: 'phone', value: digits };
  return { type: list.includes('username') ? 'username' : list[0], value };
}

// In place of an operator's password.
async function operatorPasskey(who) {
  const path = '/api/operator-invitations/passkey';
  const { registrationOptions } = await call('POST', path, who);
  const payload = await createPasskey(registrationOptions).catch(() => {
    throw { code: 'session.mfa.webauthn_verification_failed' };
  });
  return call('POST', `${path}/verify`, { ...who, payload });
}

const flows = {
  async 'sign-in'({ kinds, identifier: text, password }) {
    await begin('SignIn');
    const identifier = identifierOf(kinds, text);
    const elsewhere = await enterprise(identifier);
    if (elsewhere) return elsewhere;
    try {
      const { verificationId } = await step('POST', '/verification/password', { identifier, password });
      return await finish(verificationId);
    } catch (error) {
      if (error?.code !== 'password.expired') throw error;
      return { redirectTo: pageUrl('/forgot-password', { expired: 'yes' }) };
    }
  },
  sso: async ({ identifier: text }) => {
    const value = text.trim();
    return (await enterprise({ type: 'email', value })) ?? { redirectTo: pageUrl('/single-sign-on', { identifier: value }) };
  },
  async register({ username, password }) {
    await begin('Register');
    const identifier = { type: 'username', value: username };
    const { verificationId } = await step('POST', '/verification/new-password-identity', { identifier, password });
    return finish(verificationId);
  },
  async agree({ verificationId }) {
    await step('PUT', '/interaction-event', { interactionEvent: 'Register' });
    return finish(verificationId);
  },
  consent: (_, decision) =>
    call('POST', '/api/interaction/consent', {
      reject: decision === 'deny',
      organizationIds: new FormData(form).getAll('organization'),
    }),
  operator: ({ token, username, password }, decision) =>
    decision === 'passkey' ? operatorPasskey({ token, username }) : call('POST', '/api/operator-invitations/accept', { token, username, password }),
  'operator-password': ({ token, password }, decision) =>
    decision === 'passkey' ? operatorPasskey({ token }) : call('POST', '/api/operator-invitations/password', { token, password }),
};

// The page holds a text for each code it knows; the last one is for all others.
function textOf(code) {
  const texts = [...form.querySelectorAll('[data-code]')];
  return (texts.find((each) => each.dataset.code === code) ?? texts.at(-1)).textContent;
}

function show(error) {
  const codes = error?.code === 'password.rejected' ? error.data.map(({ code }) => code) : [error?.code];
  alertBox.textContent = codes.map(textOf).join(' ');
  const offered = form.querySelector(`[data-on~="${error?.code}"]`);
  if (offered) offered.hidden = offered.disabled = false;
  if (!form.querySelector('input:focus')) firstInput()?.focus();
}

function sayResent() {
  const told = document.querySelector('#resent');
  told.textContent = told.dataset.text;
  const input = firstInput();
  if (input.matches(':focus')) return; // somebody types
  input.focus();
  input.select();
}

let running; // what was pressed, with what the fields held: it is being done
let pressed; // the last that was pressed meanwhile: it is done after it, unless another page comes

// Whether another page comes.
async function run({ flow, decision }) {
  alertBox.textContent = '';
  try {
    await allThere;
    const { redirectTo } = await flows[flow](Object.fromEntries(new FormData(form)), decision);
    if (redirectTo) window.location.assign(redirectTo);
    return Boolean(redirectTo);
  } catch (error) {
    show(error);
    return false;
  }
}

const setBusy = (is) => form.closest('main').setAttribute('aria-busy', is);

function settle() {
  running = pressed = undefined;
  setBusy(false);
}

async function press(flow, decision) {
  const what = { flow, decision, held: JSON.stringify([...new FormData(form)]) };
  if (running) {
    const isTwice = Object.keys(what).every((name) => what[name] === running[name]);
    pressed = isTwice ? undefined : what;
    return;
  }
  setBusy(true);
  for (running = what; running; [running, pressed] = [pressed, undefined]) if (await run(running)) return;
  settle();
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  press(form.dataset.flow, event.submitter?.value);
});
// Buttons that stand outside of the form.
document.addEventListener('click', ({ target }) => {
  const flow = target.closest('button[data-flow]')?.dataset.flow;
  if (flow) press(flow);
});
// The browser may show this page again as it was left.
window.addEventListener('pageshow', ({ persisted }) => persisted && settle());
