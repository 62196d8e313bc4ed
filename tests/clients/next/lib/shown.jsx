// What the application knows, and its buttons. Nothing is shown before the buttons work.
import { useEffect, useState } from 'react';

export default function Shown({ state, signIn, refresh, signOut }) {
  const [ready, setReady] = useState(false);
  useEffect(() => setReady(true), []);
  return (
    <>
      <button onClick={signIn}>Sign in</button>
      <button onClick={refresh}>Refresh</button>
      <button onClick={signOut}>Sign out</button>
      <pre id="state">{ready ? JSON.stringify(state) : ''}</pre>
    </>
  );
}
