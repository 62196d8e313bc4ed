// Tells people from programs: the widget of the tenant's provider gives a token, with which a sign-in begins.
'use strict';

const captcha = document.querySelector('#captcha');
const captchaFailed = { code: 'session.captcha_failed' };

const captchaScript = new Promise((resolve, reject) => {
  const script = Object.assign(document.createElement('script'), { src: captcha.dataset.script, async: true });
  script.addEventListener('load', resolve);
  script.addEventListener('error', () => reject(captchaFailed));
  document.head.append(script);
});
captchaScript.catch(() => {}); // said when the token is asked for

// A token is good once: each attempt has a widget of its own.
function shownCaptcha(library) {
  const place = document.createElement('div');
  captcha.replaceChildren(place);
  return new Promise((resolve, reject) => {
    library.render(place, {
      sitekey: captcha.dataset.siteKey,
      theme: matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light',
      size: captcha.dataset.type === 'Turnstile' ? 'flexible' : 'normal',
      callback: resolve,
      'error-callback': () => reject(captchaFailed),
    });
  });
}

async function captchaToken() {
  const { type, mode, siteKey } = captcha.dataset;
  await captchaScript;
  if (type === 'Turnstile') return shownCaptcha(window.turnstile);
  const library = window.grecaptcha.enterprise;
  await new Promise((resolve) => library.ready(resolve));
  return mode === 'checkbox' ? shownCaptcha(library) : library.execute(siteKey, { action: 'interaction' });
}
