// A page with @logto/browser alone.
import LogtoClient, { UserScope } from '@logto/browser';

const { endpoint, appId, resource, organizationId } = window.settings;
const logto = new LogtoClient({ endpoint, appId, resources: [resource], scopes: [UserScope.Email, UserScope.Organizations, 'read'] });
const element = document.getElementById('app');
element.innerHTML = '<button>Sign in</button><button>Refresh</button><button>Sign out</button><pre id="state"></pre>';
const [signIn, refresh, signOut] = element.querySelectorAll('button');
const show = (state) => (document.getElementById('state').textContent = JSON.stringify(state));
const guarded = (run) => run().catch((error) => show({ error: `${error} ${JSON.stringify(error)}` }));

async function load() {
  if (!(await logto.isAuthenticated())) return show({ signedIn: false });
  const { sub } = await logto.getIdTokenClaims();
  const token = await logto.getAccessTokenClaims(resource);
  const organization = await logto.getOrganizationTokenClaims(organizationId);
  show({ sub, token, organization, info: await logto.fetchUserInfo(), refreshToken: await logto.getRefreshToken() });
}

async function begin() {
  if (await logto.isSignInRedirected(location.href)) await logto.handleSignInCallback(location.href);
  await load();
}

async function again() {
  await logto.clearAccessToken();
  await load();
}

signIn.onclick = () => guarded(() => logto.signIn(`${location.origin}/callback`));
refresh.onclick = () => guarded(again);
signOut.onclick = () => guarded(() => logto.signOut(location.origin));
guarded(begin);
