// What the hosted pages do: each form takes the steps of the experience API that its data-flow names.
'use strict';

const form = document.querySelector('form[data-flow]');
const alertBox = form.querySelector('[role="alert"]');

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

// What a sign-in lacks at its end is made up for on a page of its own.
const factorPages = {
  'session.mfa.require_mfa_verification': '/mfa-verification',
  'session.mfa.backup_code_required': '/mfa-binding',
  'session.mfa.suggest_additional_mfa': '/mfa-binding',
  'user.missing_mfa': '/mfa-binding',
  'user.suggest_mfa': '/mfa-binding',
  'user.passkey_preferred': '/mfa-binding',
};

async function submit() {
  try {
    return await step('POST', '/submit');
  } catch (error) {
    const page = factorPages[error?.code];
    if (!page) throw error;
    const app = new URLSearchParams(window.location.search).get('app_id') ?? '';
    return { redirectTo: `${page}?${new URLSearchParams({ app_id: app })}` };
  }
}

async function finish(verificationId) {
  await step('POST', '/identification', { verificationId });
  return submit();
}

const flows = {
  async 'sign-in'({ username, password }) {
    await step('PUT', '', { interactionEvent: 'SignIn' });
    const identifier = { type: 'username', value: username };
    const { verificationId } = await step('POST', '/verification/password', { identifier, password });
    return finish(verificationId);
  },
  async register({ username, password }) {
    await step('PUT', '', { interactionEvent: 'Register' });
    const identifier = { type: 'username', value: username };
    const { verificationId } = await step('POST', '/verification/new-password-identity', { identifier, password });
    return finish(verificationId);
  },
  consent: (_, decision) =>
    call('POST', '/api/interaction/consent', {
      reject: decision === 'deny',
      organizationIds: new FormData(form).getAll('organization'),
    }),
  operator: ({ token, username, password }) => call('POST', '/api/operator-invitations/accept', { token, username, password }),
  'operator-password': ({ token, password }) => call('POST', '/api/operator-invitations/password', { token, password }),
};

// The page holds a text for each code it knows; the last one is for all others.
function textOf(code) {
  const texts = [...form.querySelectorAll('[data-code]')];
  return (texts.find((each) => each.dataset.code === code) ?? texts.at(-1)).textContent;
}

function show(error) {
  const codes = error?.code === 'password.rejected' ? error.data.map(({ code }) => code) : [error?.code];
  alertBox.textContent = codes.map(textOf).join(' ');
  form.querySelector('input:not([type="hidden"])')?.focus();
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const decision = event.submitter?.value;
  const buttons = [...form.querySelectorAll('button')];
  alertBox.textContent = '';
  buttons.forEach((button) => (button.disabled = true));
  try {
    const { redirectTo } = await flows[form.dataset.flow](Object.fromEntries(new FormData(form)), decision);
    window.location.assign(redirectTo);
  } catch (error) {
    buttons.forEach((button) => (button.disabled = false));
    show(error);
  }
});
