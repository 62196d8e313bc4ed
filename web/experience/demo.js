// The demo application: signs in as any application does, and shows what it gets.
'use strict';

const pretty = (value) => el('pre', { tabIndex: 0 }, el('code', {}, typeof value === 'string' ? value : JSON.stringify(value, null, 2)));

async function userinfo() {
  const answer = await fetch('/oidc/me', { headers: { authorization: `Bearer ${await accessToken()}` } });
  const data = await answer.json();
  if (!answer.ok) throw data;
  return data;
}

function organizationRow(id) {
  const shown = el('div', {});
  const get = async () => {
    const data = await tokenRequest({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token, organization_id: id });
    tokens.refresh_token = data.refresh_token ?? tokens.refresh_token;
    shown.replaceChildren(pretty(claimsOf(data.access_token)));
  };
  return el('div', {}, el('div', { className: 'row' }, el('strong', {}, id), el('div', { className: 'does' }, button(t('ORGANIZATION_TOKEN'), get, { label: id }))), shown);
}

async function show() {
  const claims = claimsOf(tokens.id_token);
  const organizations = claims.organizations ?? [];
  const again = async () => {
    await renew();
    await show();
    say('#done', t('SAVED'));
  };
  document.querySelector('#content').replaceChildren(
    el('p', {}, t('DEMO_HELP')),
    section(t('ID_CLAIMS'), pretty(claims)),
    section(t('ACCESS_TOKEN'), pretty(tokens.access_token), button(t('RENEW'), again, { className: 'second' })),
    section(t('USERINFO'), pretty(await userinfo())),
    ...(organizations.length ? [section(t('ORGANIZATION_TOKENS'), ...organizations.map(organizationRow))] : []),
    el('section', {}, button(t('SIGN_OUT'), signOut, { className: 'second' })),
  );
}

start().then(show).catch(failed);
