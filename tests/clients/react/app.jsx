// A page with @logto/react: provider, hooks, callback.
import { LogtoProvider, UserScope, useHandleSignInCallback, useLogto } from '@logto/react';
import { useCallback, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';

const { endpoint, appId, resource, organizationId } = window.settings;
const config = { endpoint, appId, resources: [resource], scopes: [UserScope.Email, UserScope.Organizations, 'read'] };

// What the user has, read through the hook's functions.
function useUser(logto) {
  const [user, setUser] = useState();
  const load = useCallback(async () => {
    const { sub } = await logto.getIdTokenClaims();
    const token = await logto.getAccessTokenClaims(resource);
    const organization = await logto.getOrganizationTokenClaims(organizationId);
    setUser({ sub, token, organization, info: await logto.fetchUserInfo(), refreshToken: await logto.getRefreshToken() });
  }, [logto]);
  return [user, load];
}

function Application() {
  const logto = useLogto();
  const [user, load] = useUser(logto);
  useHandleSignInCallback();
  useEffect(() => {
    if (logto.isAuthenticated && !user) load();
  }, [logto.isAuthenticated, user, load]);
  const again = async () => {
    await logto.clearAccessToken();
    await load();
  };
  const shown = logto.error ? { error: String(logto.error) } : user ?? (logto.isLoading ? {} : { signedIn: logto.isAuthenticated });
  return (
    <>
      <button onClick={() => logto.signIn(`${location.origin}/callback`)}>Sign in</button>
      <button onClick={again}>Refresh</button>
      <button onClick={() => logto.signOut(location.origin)}>Sign out</button>
      <pre id="state">{JSON.stringify(shown)}</pre>
    </>
  );
}

createRoot(document.getElementById('app')).render(<LogtoProvider config={config}><Application /></LogtoProvider>);
