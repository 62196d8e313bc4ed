// The kills of kill.test.js, two hundred times (KILL_CYCLES sets another number).
process.env.KILL_CYCLES ??= '200';
await import('./kill.test.js');
