// The backups of backups.test.js, sixty of them (BACKUPS sets another number).
process.env.BACKUPS ??= '60';
await import('./backups.test.js');
