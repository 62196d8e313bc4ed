// Styles that the bundler takes out of scripts.
declare module '*.css';
