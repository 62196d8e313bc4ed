// The routes of next-auth.
import NextAuth from 'next-auth';
import { options } from '../../../lib/auth.js';

export default NextAuth(options);
