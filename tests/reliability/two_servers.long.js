// The kills of two_servers.test.js, fifty times (KILL_CYCLES sets another number).
process.env.KILL_CYCLES ??= '50';
await import('./two_servers.test.js');
