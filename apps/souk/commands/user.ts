import { text as readAll } from 'node:stream/consumers'
import { authRpc } from '#contracts/rpc/auth.ts'
import { usersRpc } from '#contracts/rpc/users.ts'
import { newSecret } from '#kit/core/ids.ts'
import type { Host } from '#kit/service/host.ts'
import { CommandError, type CommandContext, defineCommand, usageError } from '../command.ts'
import { withPlatform } from '../with-platform.ts'

const options = {
  name: { summary: 'full name of a new administrator', value: 'NAME', default: 'Administrator' },
  'password-stdin': { summary: 'read the password from standard input instead of making one' },
} as const

type Context = CommandContext<typeof options>
type Action = (context: Context, host: Host, email: string, more: readonly string[]) => Promise<void>

export const user = defineCommand({
  name: 'user',
  summary: 'Opens administrator accounts, changes roles, sets passwords.',
  usage: '<create-admin | set-role | reset-password> <e-mail> [role…]',
  description: `create-admin    opens an account that may do everything
    set-role        gives an account exactly these roles
    reset-password  sets a new password; every session of the account ends
    Passwords are never taken from the command line, where others could see them: one is made and shown, or read with --password-stdin.`,
  arguments: [2, 12],
  options,
  async run(context) {
    const [action = '', email = '', ...more] = context.arguments
    const act = actions[action]
    if (!act) throw usageError(`user cannot ${action}.`, `It can ${Object.keys(actions).join(', ')}.`)
    await withPlatform(context, ({ host }) => act(context, host, email, more))
  },
})

const actions: Record<string, Action> = {
  async 'create-admin'(context, host, email) {
    const { password, generated } = await passwordOf(context)
    const fullName = context.options.name ?? 'Administrator'
    const answer = await host.rpc.client(usersRpc, 'souk').register({ email, password, fullName, role: 'ADMIN' })
    if (answer.outcome === 'exists') {
      throw new CommandError(`There is an account for ${email} already.`, {
        mend: `\`npx souk user set-role ${email} ADMIN\` makes it an administrator.`,
      })
    }
    report(context, { email, userId: answer.userId, roles: ['ADMIN'], ...(generated ? { password } : {}) })
  },

  async 'set-role'(context, host, email, roles) {
    if (roles.length === 0) throw usageError('set-role needs at least one role.')
    const userId = await find(host, email)
    await host.rpc.client(authRpc, 'souk').setRoles({ userId, roles: [...roles] })
    report(context, { email, userId, roles })
  },

  async 'reset-password'(context, host, email) {
    const userId = await find(host, email)
    const { password, generated } = await passwordOf(context)
    await host.rpc.client(authRpc, 'souk').setPassword({ userId, password })
    report(context, { email, userId, ...(generated ? { password } : {}) })
  },
}

async function find(host: Host, email: string): Promise<string> {
  const { userId } = await host.rpc.client(authRpc, 'souk').accountByEmail({ email })
  if (userId === null) throw new CommandError(`There is no account for ${email}.`)
  return userId
}

/** 144 bits of chance, or the first line of standard input. */
async function passwordOf({ options }: Context): Promise<{ password: string; generated: boolean }> {
  if (!options['password-stdin']) return { password: newSecret(18), generated: true }
  const password = (await readAll(process.stdin)).split('\n')[0] ?? ''
  if (password === '') throw usageError('Standard input holds no password.')
  return { password, generated: false }
}

function report(
  { terminal }: Context,
  result: { email: string; userId: string; roles?: readonly string[]; password?: string },
): void {
  terminal.data(result)
  terminal.text(`${result.email}  ${result.userId}${result.roles ? `  ${result.roles.join(', ')}` : ''}`)
  if (result.password) terminal.text(`Password: ${result.password}   (shown only now)`)
}
