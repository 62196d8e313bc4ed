// memory.test.js with every allocation (MEMORY_TRIES overrides it).
process.env.MEMORY_TRIES ??= '400';
await import('./memory.test.js');
