// rotation.test.js with twenty rotations of each kind (ROTATIONS sets another number).
process.env.ROTATIONS ??= '20';
await import('./rotation.test.js');
