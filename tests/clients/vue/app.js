// A page with @logto/vue: plugin, composables, callback.
import { UserScope, createLogto, useHandleSignInCallback, useLogto } from '@logto/vue';
import { computed, createApp, h, ref, watch } from 'vue';

const { endpoint, appId, resource, organizationId } = window.settings;

function setup() {
  const logto = useLogto();
  const user = ref();
  useHandleSignInCallback();
  async function load() {
    const { sub } = await logto.getIdTokenClaims();
    const token = await logto.getAccessTokenClaims(resource);
    const organization = await logto.getOrganizationTokenClaims(organizationId);
    user.value = { sub, token, organization, info: await logto.fetchUserInfo(), refreshToken: await logto.getRefreshToken() };
  }
  async function again() {
    await logto.clearAccessToken();
    await load();
  }
  watch(logto.isAuthenticated, (is) => is && load(), { immediate: true });
  const shown = computed(() => {
    if (logto.error.value) return { error: String(logto.error.value) };
    return user.value ?? (logto.isLoading.value ? {} : { signedIn: logto.isAuthenticated.value });
  });
  return () => [
    h('button', { onClick: () => logto.signIn(`${location.origin}/callback`) }, 'Sign in'),
    h('button', { onClick: again }, 'Refresh'),
    h('button', { onClick: () => logto.signOut(location.origin) }, 'Sign out'),
    h('pre', { id: 'state' }, JSON.stringify(shown.value)),
  ];
}

createApp({ setup })
  .use(createLogto, { endpoint, appId, resources: [resource], scopes: [UserScope.Email, UserScope.Organizations, 'read'] })
  .mount('#app');
