// Codes on the hosted pages: asking for one, entering it, a forgotten password, what an account lacks.
'use strict';

const sendCode = (identifier, interactionEvent) => step('POST', '/verification/verification-code', { identifier, interactionEvent });

// An account that is made is made of what its sign-in has gathered.
async function goOn(makes) {
  return onward(async () => {
    if (makes) await step('POST', '/identification', {});
    return step('POST', '/submit');
  });
}

// What a code that was verified is for.
async function useCode({ event, type, verificationId, brings, makes }) {
  if (brings) {
    await step('POST', '/profile', { type, verificationId });
    return goOn(makes);
  }
  if (event !== 'ForgotPassword') return finish(verificationId);
  await step('POST', '/identification', { verificationId });
  return { redirectTo: pageUrl('/reset-password') };
}

// The code was good, but for the other of the two: an account that is there, or that is not.
async function instead(decision, fields) {
  const event = decision === 'register' ? 'Register' : 'SignIn';
  await step('PUT', '/interaction-event', { interactionEvent: event });
  const registers = event === 'Register';
  return useCode({ ...fields, event, brings: registers, makes: registers });
}

// A pattern that is none, of a time when these were not looked at, stops nobody.
function matches(pattern, text) {
  try {
    return new RegExp(pattern).test(text);
  } catch {
    return true;
  }
}

// What is in a field of the profile, as text; a date as its format has it.
function valueOf({ type, checked, value, dataset }) {
  if (type === 'checkbox') return String(checked);
  const text = value.trim();
  if (dataset.pattern && text && !matches(dataset.pattern, text)) throw { code: 'guard.invalid_input' };
  const [year, month, day] = dataset.format ? text.split('-') : [];
  return day ? dataset.format.replace('yyyy', year).replace('MM', month).replace('dd', day) : text;
}

// Those that are left empty are left out; the parts of an address are members of it.
function profileValues() {
  const values = {};
  for (const input of form.querySelectorAll('[data-field]')) {
    const [name, part] = input.dataset.field.split('.');
    const value = valueOf(input);
    if (value && part) (values[name] ??= {})[part] = value;
    else if (value) values[name] = value;
  }
  return values;
}

// Who has no account yet gets one.
async function useLink(event, verificationId) {
  if (event === 'ForgotPassword') return useCode({ event, verificationId });
  try {
    return await finish(verificationId);
  } catch (error) {
    if (event !== 'SignIn' || error?.code !== 'user.user_not_exist') throw error;
    await step('PUT', '/interaction-event', { interactionEvent: 'Register' });
    return finish(verificationId);
  }
}

let verified; // the verification whose code was right

Object.assign(flows, {
  async 'ask-code'({ event, goesOn, kinds, identifier }) {
    const recipient = identifierOf(kinds, identifier);
    const elsewhere = event === 'SignIn' && (await enterprise(recipient));
    if (elsewhere) return elsewhere;
    if (!goesOn) await begin(event);
    await sendCode(recipient, event);
    return { redirectTo: pageUrl('/verification-code', { way: recipient.type }) };
  },
  async 'enter-code'(fields, decision) {
    const { event, type, value, verificationId, code } = fields;
    const identifier = { type, value };
    if (decision === 'resend') {
      form.elements.verificationId.value = (await sendCode(identifier, event)).verificationId;
      for (const offered of form.querySelectorAll('[data-on]')) offered.hidden = offered.disabled = true;
      sayResent();
      return {};
    }
    if (decision !== 'go' && decision) return instead(decision, fields);
    if (verified !== verificationId) {
      await step('POST', '/verification/verification-code/verify', { identifier, verificationId, code: code.trim() });
      verified = verificationId;
    }
    return useCode(fields);
  },
  async 'one-time-token'({ event, identifier: text, token }) {
    const identifier = { type: 'email', value: text.trim() };
    let verificationId;
    for (const interactionEvent of event ? [event] : ['SignIn', 'Register', 'ForgotPassword']) {
      await step('PUT', '', { interactionEvent });
      try {
        ({ verificationId } = await step('POST', '/verification/one-time-token/verify', { identifier, token }));
        return await useLink(interactionEvent, verificationId);
      } catch (error) {
        if (error?.code !== 'one_time_token.interaction_event_mismatch') throw error; // it is for something else
      }
    }
    throw { code: 'one_time_token.token_not_found' };
  },
  async 'reset-password'({ password }) {
    await step('PUT', '/profile/password', { password });
    await step('POST', '/submit');
    return { redirectTo: pageUrl('/sign-in', { done: 'password' }) };
  },
  async 'add-username'({ username, makes }) {
    await step('POST', '/profile', { type: 'username', value: username });
    return goOn(makes);
  },
  async 'add-password'({ password, makes }) {
    await step('POST', '/profile', { type: 'password', value: password });
    return goOn(makes);
  },
  async 'add-profile'({ makes }) {
    await step('POST', '/profile', { type: 'extraProfile', values: profileValues() });
    return goOn(makes);
  },
  'go-on': ({ makes }) => goOn(makes),
});
