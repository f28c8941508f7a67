import type { TSchema } from 'typebox'
import { describe, expect, it } from 'vitest'
import { loadServices } from '../../apps/souk/load.ts'
import type { Setting } from '../../apps/souk/setting.ts'
import { isSecret, serviceVariable } from '../../apps/souk/settings.ts'
import { settingsTable } from '../../apps/souk/settings-table.ts'

const root = new URL('../../', import.meta.url)
/** A name that says so, or an address with room for a password in it. */
const looksSecret = (name: string, text: string): boolean =>
  /SECRET|TOKEN|PASSWORD|CREDENTIAL|PRIVATE_KEY|_KEYS?$/.test(name) || /:(<?(password|secret|token)>?)@/.test(text)

describe('settings', async () => {
  const services = await loadServices({ root })
  const platform = Object.values(settingsTable as Record<string, Setting>).map(({ env, schema, summary, secret = false }) => ({
    name: env,
    secret,
    text: `${summary} ${(schema as { description?: string }).description ?? ''}`,
  }))
  const own = services.flatMap(({ service }) =>
    Object.entries((service.settings?.properties ?? {}) as Record<string, TSchema & { description?: string }>).map(
      ([key, one]) => ({ name: serviceVariable(service.name, key), secret: isSecret(one), text: one.description ?? '' }),
    ),
  )

  it('whose value is a secret, or holds one, are marked so: staff never see them', () => {
    const suspects = [...platform, ...own].filter(({ name, text }) => looksSecret(name, text))
    expect(suspects.map(({ name }) => name)).toContain('PAYMENTS_SIMULATED_WEBHOOK_SECRET')
    expect(suspects.filter(({ secret }) => !secret).map(({ name }) => name)).toEqual([])
  })
})
