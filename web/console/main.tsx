// The console: signs the operator in, then shows the page that the address names.
import { render } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Link, navigate, useLocation } from '../shared/router';
import { t } from '../shared/text';
import { Dialog, Empty, Notice, Page, Problem, Toasts, setReadOnly } from '../shared/ui';
import './console.css';
import { CALLBACK_PATH, tellAnswer } from './grants';
import { Language } from './language';
import { Palette } from './palette';
import { ApplicationPage } from './pages/application';
import { Applications } from './pages/applications';
import { ConnectorPage, Connectors, NewConnector } from './pages/connectors';
import { CustomJwt } from './pages/custom-jwt';
import { Dashboard } from './pages/dashboard';
import { EmailTemplatePage, EmailTemplates } from './pages/email-templates';
import { Enterprise, EnterprisePage, NewEnterprise } from './pages/enterprise';
import { HookPage, Hooks } from './pages/hooks';
import { SigningKeys } from './pages/keys';
import { LogPage, Logs } from './pages/logs';
import { NewClient } from './pages/new-client';
import { OrganizationRolePage, OrganizationTemplate } from './pages/organization-roles';
import { OrganizationPage, Organizations } from './pages/organizations';
import { ResourcePage, Resources } from './pages/resources';
import { RolePage, Roles } from './pages/roles';
import { Operators } from './pages/operators';
import { Mfa, Security } from './pages/security';
import { SignIn } from './pages/sign-in';
import { Tenant } from './pages/tenant';
import { UserPage, Users } from './pages/users';
import { Workbench } from './pages/workbench';
import { onRequests } from './network';
import { access, onAccess, onEnd, openSignIn, operator, signIn, signOut, start, type Access } from './session';

// In the order of their groups; the letter follows a g.
const GROUPS: [title: string, pages: [key: string, text: string, letter: string][]][] = [
  [t('Overview'), [['dashboard', t('Dashboard'), 'd']]],
  [t('Authentication'), [['applications', t('Applications'), 'a'], ['sign-in-experience', t('Sign-in experience'), 's'], ['mfa', t('Multi-factor auth'), 'm'], ['connectors', t('Connectors'), 'c'], ['email-templates', t('Email templates'), 'i'], ['enterprise-sso', t('Enterprise SSO'), 'n'], ['security', t('Security'), 'y']]],
  [t('Authorization'), [['resources', t('API resources'), 'r'], ['roles', t('Roles'), 'o'], ['organization-template', t('Organization template'), 'e']]],
  [t('Users'), [['organizations', t('Organizations'), 'g'], ['users', t('Users'), 'u']]],
  [t('Developer'), [['workbench', t('Workbench'), 'w'], ['custom-jwt', t('Custom JWT'), 'j'], ['hooks', t('Webhooks'), 'h'], ['logs', t('Audit log'), 'l']]],
  [t('Tenant'), [['keys', t('Signing keys'), 'k'], ['tenant', t('Tenant settings'), 't'], ['operators', t('Operators'), 'p']]],
];
const PAGES = GROUPS.flatMap(([, pages]) => pages);

type Route = (id: string | undefined, part: string | undefined) => preact.JSX.Element;
const ROUTES: Record<string, Route> = {
  applications: (id, part) => (id === 'new' ? <NewClient /> : id ? <ApplicationPage key={id} id={id} part={part} /> : <Applications />),
  dashboard: () => <Dashboard />,
  'sign-in-experience': (part) => <SignIn part={part} />,
  mfa: () => <Mfa />,
  connectors: (id, part) => (id === 'new' && part ? <NewConnector key={part} factory={part} /> : id ? <ConnectorPage key={id} id={id} /> : <Connectors />),
  'email-templates': (id) => (id ? <EmailTemplatePage key={id} id={id} /> : <EmailTemplates />),
  'enterprise-sso': (id, part) => (id === 'new' && part ? <NewEnterprise key={part} provider={part} /> : id ? <EnterprisePage key={id} id={id} /> : <Enterprise />),
  security: () => <Security />,
  workbench: () => <Workbench />,
  'custom-jwt': (part) => <CustomJwt kind={part} />,
  hooks: (id, part) => (id ? <HookPage key={id} id={id} part={part} /> : <Hooks />),
  tenant: (part) => <Tenant part={part} />,
  operators: () => <Operators />,
  resources: (id) => (id ? <ResourcePage key={id} id={id} /> : <Resources />),
  roles: (id, part) => (id ? <RolePage key={id} id={id} part={part} /> : <Roles />),
  'organization-template': (id) => (id ? <OrganizationRolePage key={id} id={id} /> : <OrganizationTemplate />),
  organizations: (id, part) => (id ? <OrganizationPage key={id} id={id} part={part} /> : <Organizations />),
  users: (id, part) => (id ? <UserPage key={id} id={id} part={part} /> : <Users />),
  logs: (id) => (id ? <LogPage key={id} id={id} /> : <Logs />),
  keys: () => <SigningKeys />,
};

function Current() {
  const { segments: [page = 'applications', id, part] } = useLocation();
  return ROUTES[page]?.(id, part)
    ?? <Page title={t('No such page')}><Empty title={t('Nothing is at this address')}><Link to="/applications">{t('To the applications')}</Link></Empty></Page>;
}

/** Ctrl+K opens the palette; g and a letter go to a page, / into the search, but not while one types. */
function useShortcuts(openPalette: () => void) {
  useEffect(() => {
    let before = '';
    const key = (event: KeyboardEvent) => {
      const { target } = event;
      if (event.key === 'k' && (event.ctrlKey || event.metaKey) && !document.querySelector('dialog')) {
        event.preventDefault();
        openPalette();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || (target instanceof HTMLElement && target.closest('input, textarea, select, dialog'))) return;
      const page = before === 'g' && PAGES.find(([, , letter]) => letter === event.key);
      before = page ? '' : event.key;
      if (page) navigate(`/${page[0]}`);
      else if (event.key === '/') document.querySelector<HTMLInputElement>('[data-search]')?.focus();
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', key);
    return () => removeEventListener('keydown', key);
  }, []);
}

/** A new page begins at its first field, or at its heading, also for those who do not see it; before a key goes to it. */
function useFocus() {
  const { segments } = useLocation();
  const path = segments.join('/');
  const before = useRef(path);
  useLayoutEffect(() => {
    if (before.current !== path) (document.querySelector<HTMLElement>('main [autofocus]') ?? document.querySelector<HTMLElement>('main h1'))?.focus();
    before.current = path;
  }, [path]);
}

/** What was asked for waits until the sign-in that it needs is there again. */
function SignedOut({ close }: { close: () => void }) {
  return (
    <Dialog title={t('Sign in again')} close={close}>
      <p>{t('Your sign-in has ended. Sign in again in a window of its own: what you typed here stays, and what you asked for is done then.')}</p>
      <div class="actions">
        <button type="button" class="main" onClick={openSignIn}>{t('Sign in')}</button>
        <button type="button" onClick={close}>{t('Not now')}</button>
      </div>
    </Dialog>
  );
}

/** Who may sign in, and no more: as an operator whose role was taken away. */
const NoAccess = () => (
  <Notice kind="warn">
    <p><strong>{t('Your account has no access to this console.')}</strong> {t('Every page is refused, and nothing can be changed. Ask an operator with full access for it, then sign in again.')}</p>
    <div class="actions"><button type="button" onClick={signOut}>{t('Sign in again')}</button></div>
  </Notice>
);

const SOON_MS = 400;
const LONG_MS = 8000;

/** What is said while the server is waited for; nothing when it answers at once. */
function Waiting() {
  const [text, setText] = useState('');
  useEffect(() => {
    let timers: number[] = [];
    onRequests((open) => {
      if (open && timers.length) return;
      timers.forEach(clearTimeout);
      timers = open ? [window.setTimeout(() => setText(t('Loading…')), SOON_MS), window.setTimeout(() => setText(t('The server takes long to answer. Still waiting…')), LONG_MS)] : [];
      if (!open) setText('');
    });
  }, []);
  return <div class="waiting" role="status">{text}</div>;
}

/** Shown from the start; what pages load waits for the sign-in. */
function Shell({ ready }: { ready: boolean }) {
  const { segments: [page = 'applications'] } = useLocation();
  const [finding, setFinding] = useState(false);
  const [ended, setEnded] = useState<{ close: () => void }>();
  useEffect(() => onEnd((close) => {
    setEnded({ close });
    return () => setEnded(undefined);
  }), []);
  const side = useRef<HTMLElement>(null);
  useLayoutEffect(() => side.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' }), [page]);
  useShortcuts(() => setFinding(true));
  useFocus();
  return (
    <>
      <a class="skip" href="#main">{t('To the content')}</a>
      <header class="top">
        <span class="brand">Signet</span>
        <button type="button" class="small" onClick={() => setFinding(true)}>{t('Go to…')} <kbd>Ctrl K</kbd></button>
        <span class="who"><Language /> <span class="quiet" role="status">{ready ? t('Signed in as') : t('Signing in…')}</span> {operator} <button type="button" class="small" onClick={signOut}>{t('Sign out')}</button></span>
      </header>
      <nav class="side" ref={side} aria-label={t('Pages of the console')}>
        {GROUPS.map(([title, pages]) => (
          <div key={title} role="group" aria-label={title}>
            <p class="quiet" aria-hidden="true">{title}</p>
            {pages.map(([key, text, letter]) => <Link key={key} to={`/${key}`} title={`g ${letter}`} aria-current={key === page ? 'page' : undefined}>{text}</Link>)}
          </div>
        ))}
      </nav>
      <main id="main" tabIndex={-1}>
        {ready && access() === 'read' && <Notice><p>{t('Your role lets you look at everything but secrets; what changes something is switched off.')}</p></Notice>}
        {ready && access() === 'none' && <NoAccess />}
        <Current />
      </main>
      <Waiting />
      <Toasts />
      {ended && <SignedOut close={ended.close} />}
      {finding && <Palette pages={PAGES} close={() => setFinding(false)} />}
    </>
  );
}

/** Where a user's sign-in for the workbench ends: in a window of its own. */
function Returned() {
  useEffect(() => {
    tellAnswer();
    close();
  }, []);
  return <main class="alone"><h1>{t('Workbench')}</h1><p role="status">{t('The workbench goes on in its own window. You can close this one.')}</p></main>;
}

const WHY_NOT: Record<Access, string> = {
  all: '',
  read: t('You may look, not change: ask an operator with full access.'),
  none: t('Your account has no access to this console.'),
};

function App() {
  const [state, setState] = useState<{ ready?: boolean; error?: unknown }>({});
  useEffect(() => {
    const begun = () => {
      setReadOnly(WHY_NOT[access()]);
      setState({ ready: true });
    };
    start().then(() => { begun(); onAccess(begun); }, (error) => setState({ error }));
  }, []);
  if (!state.error) return <Shell ready={!!state.ready} />;
  return (
    <main class="alone">
      <h1>{t('Console')}</h1>
      <Problem error={state.error} />
      <button type="button" class="main" onClick={() => signIn()}>{t('Sign in')}</button>
    </main>
  );
}

const returned = location.pathname === CALLBACK_PATH;
if (!returned) void start().catch(() => {}); // what went wrong is shown by App
render(returned ? <Returned /> : <App />, document.getElementById('app')!);
