export default {
  distDir: process.env.NEXT_DIST,
  eslint: { ignoreDuringBuilds: true },
};
