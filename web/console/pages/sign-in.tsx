// Sign-in experience: how users sign in, and what the pages look like, with a preview beside the settings.
import { useEffect, useRef, useState } from 'preact/hooks';
import { Link } from '../../shared/router';
import { Settings, type SettingRow } from '../../shared/settings';
import { t } from '../../shared/text';
import { Card, Page, Parts, Problem, type Option } from '../../shared/ui';
import type { Plain } from '../../shared/values';
import { call, useLoad } from '../api';
import { ProfileFields } from './profile-fields';

const PATH = '/sign-in-exp';
const IDENTIFIERS = ['username', 'email', 'phone'];
const NAMES: Record<string, string> = { username: t('Username'), email: t('Email'), phone: t('Phone') };

interface Method {
  identifier: string;
  password: boolean;
  verificationCode: boolean;
  isPasswordPrimary: boolean;
}

/* The form has a switch for each way of signing in; the API has a list of methods. */
const toForm = (value: Plain): Plain => ({
  ...value,
  ways: Object.fromEntries((value.signIn.methods as Method[]).map(({ identifier, ...way }) => [identifier, { on: true, ...way }])),
});

function fromForm({ ways, ...rest }: Plain): Plain {
  if (!ways) return rest;
  const methods = IDENTIFIERS.filter((identifier) => ways[identifier]?.on).map((identifier) => {
    const { password = false, verificationCode = false, isPasswordPrimary = false } = ways[identifier];
    return { identifier, password, verificationCode, isPasswordPrimary };
  });
  return { ...rest, signIn: { methods } };
}

const BRANDING: SettingRow[] = [
  { key: 'color.primaryColor', label: t('Main colour'), kind: 'color' },
  { key: 'color.isDarkModeEnabled', label: t('Dark variant'), kind: 'check' },
  { key: 'color.darkPrimaryColor', label: t('Main colour in the dark'), kind: 'color', when: (draft) => draft.color.isDarkModeEnabled },
  { key: 'branding.logoUrl', label: t('Logo'), type: 'url', nothing: undefined },
  { key: 'branding.darkLogoUrl', label: t('Logo in the dark'), type: 'url', nothing: undefined },
  { key: 'branding.favicon', label: t('Icon of the page'), type: 'url', nothing: undefined },
  { key: 'customCss', label: t('Custom CSS'), kind: 'code', lines: 10, nothing: null, help: t('Comes after the pages\' own style.') },
];

const way = (identifier: string): SettingRow[] => [
  { key: `ways.${identifier}.on`, label: t('{0} signs in', NAMES[identifier]), kind: 'check' },
  { key: `ways.${identifier}.password`, label: t('{0}: with the password', NAMES[identifier]), kind: 'check', when: (draft) => draft.ways[identifier]?.on },
  ...(identifier === 'username' ? [] : [{ key: `ways.${identifier}.verificationCode`, label: t('{0}: with a code', NAMES[identifier]), kind: 'check', when: (draft) => draft.ways[identifier]?.on } as SettingRow]),
];
const methodRows = (social: Option[]): SettingRow[] => [
  { key: 'signInMode', label: t('The pages are for'), kind: 'choice', options: [['SignInAndRegister', t('Signing in and registering')], ['SignIn', t('Signing in')], ['Register', t('Registering')]] },
  { key: 'signUp.identifiers', label: t('Registering asks for'), kind: 'ordered', options: IDENTIFIERS.map((key) => [key, NAMES[key]]) },
  { key: 'signUp.password', label: t('Registering asks for a password'), kind: 'check' },
  { key: 'signUp.verify', label: t('Registering verifies the address or number'), kind: 'check' },
  ...IDENTIFIERS.flatMap(way),
  { key: 'forgotPasswordMethods', label: t('A forgotten password is set anew by'), kind: 'several', options: [['EmailVerificationCode', t('Code by email')], ['PhoneVerificationCode', t('Code by SMS')]], help: <>{t('Each needs its')} <Link to="/connectors">{t('connector')}</Link>.</> },
  { key: 'socialSignInConnectorTargets', label: t('Social buttons, in this order'), kind: 'ordered', options: social, help: social.length ? undefined : <>{t('There is none yet:')} <Link to="/connectors">{t('set up a social connector')}</Link>.</> },
  { key: 'socialSignIn.automaticAccountLinking', label: t('A social account with a known address is linked by itself'), kind: 'check' },
  { key: 'singleSignOnEnabled', label: t('Enterprise single sign-on'), kind: 'check' },
  { key: 'unknownSessionRedirectUrl', label: t('Where to go when the session is unknown'), type: 'url', nothing: null },
];

const CONTENT: SettingRow[] = [
  { key: 'termsOfUseUrl', label: t('Terms of use'), type: 'url', nothing: null },
  { key: 'privacyPolicyUrl', label: t('Privacy policy'), type: 'url', nothing: null },
  { key: 'agreeToTermsPolicy', label: t('Agreeing to them'), kind: 'choice', options: [['Automatic', t('By going on')], ['ManualRegistrationOnly', t('By a box, when registering')], ['Manual', t('By a box, always')]] },
  { key: 'supportEmail', label: t('Support by email'), type: 'email', nothing: null },
  { key: 'supportWebsiteUrl', label: t('Support on the web'), type: 'url', nothing: null },
];

/* ---- Preview ---- */

const STYLE = `
:host { display: block; padding: 1.5rem; border-radius: 0.5rem; background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
.page { max-width: 22rem; margin: 0 auto; padding: 1.5rem; border-radius: 0.75rem; background: var(--sheet); }
h1 { font-size: 1.375rem; } .field, button { display: block; box-sizing: border-box; width: 100%; margin: 0.75rem 0; padding: 0.6rem; border: 1px solid #8a8594; border-radius: 0.5rem; background: none; color: inherit; font: inherit; text-align: left; }
button { border-color: var(--accent); background: var(--accent); color: var(--on); text-align: center; } img { max-height: 3rem; }`;

/** Whether black or white is read better on it (WCAG 2.2, relative luminance). */
function textOn(color: string) {
  const hex = color.replace('#', '');
  const full = hex.length === 3 ? [...hex].map((digit) => digit + digit).join('') : hex;
  const [red, green, blue] = [0, 2, 4].map((at) => {
    const part = parseInt(full.slice(at, at + 2), 16) / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? '#000000' : '#ffffff';
}

function fill(root: ShadowRoot, draft: Plain) {
  const form = fromForm(draft);
  const methods: Method[] = form.signIn?.methods ?? [];
  const main = document.createElement('div');
  main.className = 'page';
  const add = (tag: string, text: string, name = '') => {
    const element = main.appendChild(document.createElement(tag));
    element.textContent = text;
    element.className = name;
  };
  const logo = draft.branding.logoUrl;
  if (logo) {
    const image = main.appendChild(document.createElement('img'));
    image.src = logo;
    image.alt = 'Logo';
  }
  add('h1', draft.signInMode === 'Register' ? 'Create account' : 'Sign in');
  if (methods.length) add('div', methods.map(({ identifier }) => NAMES[identifier]).join(', '), 'field');
  if (methods.some(({ password }) => password)) add('div', 'Password', 'field');
  add('button', draft.signInMode === 'Register' ? 'Create account' : 'Sign in');
  for (const target of draft.socialSignInConnectorTargets) add('div', `Continue with ${target}`, 'field');
  if (draft.termsOfUseUrl) add('p', 'Terms of use');
  main.querySelectorAll('button').forEach((button) => (button.tabIndex = -1));
  root.replaceChildren(main);
}

function Preview({ draft }: { draft: Plain }) {
  const host = useRef<HTMLDivElement>(null);
  const [dark, setDark] = useState(false);
  useEffect(() => {
    const element = host.current!;
    const root = element.shadowRoot ?? element.attachShadow({ mode: 'open' });
    const own = new CSSStyleSheet();
    const custom = new CSSStyleSheet();
    own.replaceSync(STYLE);
    custom.replaceSync(draft.customCss ?? '');
    root.adoptedStyleSheets = [own, custom];
    const accent = (dark ? draft.color.darkPrimaryColor : draft.color.primaryColor) || '#5b34d6';
    const colors = { '--accent': accent, '--on': textOn(accent), '--ground': dark ? '#131217' : '#f4f2f8', '--sheet': dark ? '#1e1c24' : '#ffffff', '--ink': dark ? '#ece9f1' : '#1d1b20' };
    for (const [name, color] of Object.entries(colors)) element.style.setProperty(name, color);
    fill(root, draft);
  }, [draft, dark]);
  return (
    <Card title={t('Preview')} actions={<button type="button" class="small" aria-pressed={dark} onClick={() => setDark(!dark)}>{t('Dark')}</button>}>
      <div ref={host} data-preview />
      <p class="quiet">{t('As it will look, before it is saved; custom CSS included.')}</p>
    </Card>
  );
}

/* ---- Languages ---- */

function Languages({ value, save, reload }: { value: Plain; save: (changed: Plain) => Promise<unknown>; reload: () => void }) {
  const { data, error } = useLoad(() => call<{ languageTag: string; translation: Plain }[]>('GET', '/custom-phrases'), []);
  const [tag, setTag] = useState('');
  const rows: SettingRow[] = [
    { key: 'languageInfo.autoDetect', label: t('Follow the browser\'s language'), kind: 'check' },
    { key: 'languageInfo.fallbackLanguage', label: t('Language when there is none of it'), required: true, help: t('A tag, such as en or pt-BR.') },
  ];
  const phrases = data?.find(({ languageTag }) => languageTag === tag)?.translation ?? {};
  return (
    <>
      <Settings title={t('Languages')} value={value} rows={rows} save={save} fresh={async () => toForm(await call<Plain>('GET', PATH))} reload={reload} />
      <Problem error={error} />
      <Phrases key={tag} tag={tag} tags={(data ?? []).map(({ languageTag }) => languageTag)} setTag={setTag} phrases={phrases} />
    </>
  );
}

function Phrases({ tag, tags, setTag, phrases }: { tag: string; tags: string[]; setTag: (tag: string) => void; phrases: Plain }) {
  const [value, setValue] = useState<Plain>({ tag, phrases });
  const rows: SettingRow[] = [
    { key: 'tag', label: t('Language'), required: true, help: t('A tag, such as de.') },
    { key: 'phrases', label: t('Phrases'), kind: 'json', lines: 12, help: t('By area and name, such as {"action": {"sign_in": "Anmelden"}}. What is not here stays as it comes.') },
  ];
  const save = async (_: Plain, whole: Plain) => {
    await call('PUT', `/custom-phrases/${encodeURIComponent(whole.tag)}`, whole.phrases);
    setValue(whole);
  };
  return (
    <>
      <div class="actions" role="group" aria-label={t('Languages with own phrases')}>
        {tags.map((each) => <button type="button" key={each} class="small" aria-pressed={each === tag} onClick={() => setTag(each)}>{each}</button>)}
        <button type="button" class="small" aria-pressed={tag === ''} onClick={() => setTag('')}>{t('New language')}</button>
      </div>
      <Settings title={t('Phrases of the pages')} value={value} rows={rows} save={save} reload={() => {}} button={t('Save phrases')} />
    </>
  );
}

const PARTS: [string, string][] = [['branding', t('Branding')], ['methods', t('Sign-up and sign-in')], ['profile', t('Collect user profile')], ['content', t('Content')], ['languages', t('Languages')]];
async function readSocial() {
  const connectors = await call<{ type: string; target: string; name: Record<string, string> }[]>('GET', '/connectors');
  return connectors.filter(({ type }) => type === 'Social').map(({ target, name }): Option => [target, name.en ?? target]);
}

export function SignIn({ part = 'branding' }: { part?: string }) {
  const { data, error, reload } = useLoad(async () => toForm(await call<Plain>('GET', PATH)), []);
  const [draft, setDraft] = useState<Plain>();
  const { data: social, error: unread } = useLoad(readSocial, []);
  const save = (changed: Plain) => call('PATCH', PATH, fromForm(changed.ways ? { ...changed, ways: changed.ways } : changed));
  if (!data) return <Page title={t('Sign-in experience')}><Problem error={error} retry={reload} /></Page>;
  const rows = ({ branding: BRANDING, methods: methodRows(social ?? []), content: CONTENT } as Record<string, SettingRow[]>)[part];
  return (
    <Page title={t('Sign-in experience')} lead={t('How users sign in to your applications, and what they see.')}>
      <Parts base="/sign-in-experience" parts={PARTS} current={part} />
      <Problem error={unread} />
      {part === 'profile' && <ProfileFields />}
      {part === 'languages' && <Languages value={data} save={save} reload={reload} />}
      {rows && (
        <div class="pair">
          <Settings key={part} title={PARTS.find(([key]) => key === part)![1]} value={data} rows={rows} save={save} reload={reload} onDraft={setDraft} fresh={async () => toForm(await call<Plain>('GET', PATH))} />
          <Preview draft={draft ?? data} />
        </div>
      )}
    </Page>
  );
}
