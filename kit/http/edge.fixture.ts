import Type from 'typebox'
import { anyone, get, post, signedIn } from './route.ts'
import { closed } from '#kit/messaging/event.ts'

export const routes = [
  get('/api/things', { access: anyone, summary: 'Things' }, async () => undefined),
  get('/api/mine', { access: signedIn, summary: 'Mine' }, async () => undefined),
  get('/api/where', { access: anyone, summary: 'Where', response: closed({ ip: Type.String() }) }, async ({ ip }) => ({ ip })),
  post(
    '/api/login',
    { access: anyone, summary: 'Login', rateLimit: { max: 2, windowSeconds: 60 }, body: closed({ email: Type.String() }) },
    async () => undefined,
  ),
]

export const opened: { close(): Promise<unknown> }[] = []
/** For afterEach. */
export async function closeAll(): Promise<void> {
  for (const app of opened.splice(0)) await app.close()
}
