import Type from 'typebox'
import { choice, setting } from './setting.ts'

/** How changes of rows are published. */
export const rowSettings = {
  rowChanges: setting('ROW_CHANGES', choice('off', 'on', 'debezium'), {
    default: 'off',
    summary:
      'Changes of rows (`orders.orders`, `orders.order_items`) in Debezium’s envelope: `on` publishes them from the write-ahead log, `debezium` leaves that to a Debezium of yours and only prepares the database.',
  }),
  rowChangesPublication: setting(
    'ROW_CHANGES_PUBLICATION',
    Type.String({ pattern: '^[a-z_][a-z0-9_]{0,62}$', description: 'a plain name' }),
    {
      default: 'debezium_publication',
      summary: 'Publication of these tables in PostgreSQL.',
    },
  ),
  rowChangesSlot: setting('ROW_CHANGES_SLOT', Type.String({ pattern: '^[a-z_][a-z0-9_]{0,53}$', description: 'a plain name' }), {
    default: 'debezium_orders',
    summary: 'Replication slot that reads them; also the one a Debezium should use.',
  }),
  rowChangesAlarmMb: setting('ROW_CHANGES_ALARM_MB', Type.Integer({ minimum: 1, maximum: 1_000_000 }), {
    default: 512,
    summary:
      'Write-ahead log held back for them beyond which an error is logged. What is lost at last is `max_slot_wal_keep_size` of the server.',
  }),
} as const
