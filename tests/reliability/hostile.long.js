// hostile.test.js with eight thousand connections (HOSTILE_CONNECTIONS sets another number).
process.env.HOSTILE_CONNECTIONS ??= '8000';
await import('./hostile.test.js');
