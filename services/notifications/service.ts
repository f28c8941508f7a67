import { NotificationFailed, NotificationSent } from '#contracts/events/notifications.ts'
import { authRpc } from '#contracts/rpc/auth.ts'
import { ordersRpc } from '#contracts/rpc/orders.ts'
import { reviewsRpc } from '#contracts/rpc/reviews.ts'
import { usersRpc } from '#contracts/rpc/users.ts'
import { grouped } from '#kit/db/grouped.ts'
import { createMailboxTable, isMailbox } from '#kit/mail/mailbox.ts'
import { defineService, type ServiceKit } from '#kit/service/service.ts'
import { suppressionsOf } from './addresses.ts'
import type { Channels } from './channels/channel.ts'
import { mailboxChannel } from './channels/mailbox.ts'
import { createTwilio } from './channels/twilio.ts'
import { type Ending, finishMessages } from './commands/finish-message.ts'
import type { Deps } from './deps.ts'
import { cleanUp } from './jobs/clean-up.ts'
import { sendMessages } from './jobs/send-messages.ts'
import { messageStats } from './queries/messages.ts'
import { overridesOf } from './queries/overrides.ts'
import { onUserDeleted } from './reactions/on-user-deleted.ts'
import { messageReactions } from './reactions/queue-messages.ts'
import { mailboxRoutes } from './routes/mailbox.ts'
import { messageRoutes } from './routes/messages.ts'
import { templateRoutes } from './routes/templates.ts'
import { unsubscribeRoutes } from './routes/unsubscribe.ts'
import { Settings } from './settings.ts'

/** Messages that are at work at the same time share statements. */
const GROUPS = { maxSize: 64, maxInFlight: 1 }

export const notifications = defineService<Deps, typeof Settings>({
  name: 'notifications',
  port: 8089,
  kind: 'script',
  summary: 'Mails, SMS and push: what the shop tells people, once each, in their language, with a log of it.',
  migrations: new URL('./migrations/', import.meta.url),
  settings: Settings,
  create(kit) {
    const { db, outbox, log, settings, environment, mail } = kit
    if (isMailbox(mail)) mail.keepIn(createMailboxTable(db.sql))
    return {
      db,
      outbox,
      log,
      settings,
      environment,
      shop: { name: settings.shopName, url: kit.publicUrl.replace(/\/+$/, '') },
      channels: channelsOf(kit),
      finish: grouped(GROUPS, async (endings: readonly Ending[]) => {
        await finishMessages(db.sql, endings)
        return endings.map(() => undefined)
      }),
      suppression: grouped(GROUPS, (asked: Parameters<typeof suppressionsOf>[1]) => suppressionsOf(db.sql, asked)),
      override: grouped(GROUPS, (asked: Parameters<typeof overridesOf>[1]) => overridesOf(db.sql, asked)),
      users: kit.rpc(usersRpc),
      orders: kit.rpc(ordersRpc),
      auth: kit.rpc(authRpc),
      reviews: kit.rpc(reviewsRpc),
      mailboxOpen: environment !== 'production' && isMailbox(mail),
      addressKey: kit.secret('notifications/addresses'),
      receiptsSecret: settings.receiptsSecret
        ? Buffer.from(settings.receiptsSecret.replace(/^whsec_/, ''), 'base64')
        : kit.secret('notifications/receipts'),
    }
  },
  routes: (deps) => [...messageRoutes(deps), ...templateRoutes(deps), ...unsubscribeRoutes(deps), ...mailboxRoutes(deps)],
  reactions: (deps) => [...messageReactions(deps), onUserDeleted],
  // a mail is not in a hurry
  attention: () => ({ pauseMs: 100 }),
  jobs: (deps) => [sendMessages(deps), cleanUp(deps)],
  publishes: [NotificationSent, NotificationFailed],
  invariants: [
    {
      name: 'N1 no message waits for longer than its next try',
      sql: `select m.id from messages m where m.state = 'queued' and m.next_at < now() - interval '1 hour'`,
    },
  ],
  async health({ db }) {
    const { queued, oldestQueuedSeconds, sent, failed } = await messageStats(db.sql, 1)
    return { queued, oldestQueuedSeconds, sentLastHour: sent, failedLastHour: failed }
  },
})

/** What is not set up stays at home in development, and is missing in production. */
function channelsOf({ db, mail, settings, environment }: ServiceKit<Settings>): Channels {
  const home = environment !== 'production'
  const sms = settings.smsUrl.startsWith('twilio:')
    ? createTwilio(settings.smsUrl)
    : home
      ? mailboxChannel(db.sql, 'sms')
      : undefined
  return { email: mail, sms, push: home ? mailboxChannel(db.sql, 'push') : undefined }
}
