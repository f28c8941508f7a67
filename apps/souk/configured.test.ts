import { expect, test } from 'vitest'
import { asksItself } from './configured.ts'

const backOffice = ['config', 'registry', 'reviews']
const stack = { PORT: '8761', HOST: '127.0.0.1', CONFIG_URL: 'http://127.0.0.1:8761/config/,http://127.0.0.1:9761/config/' }

test.each([
  ['itself, beside other services', true, stack, backOffice],
  ['itself, by the name that others know', true, { PORT: '80', ADVERTISED_HOST: 'back', CONFIG_URL: 'http://back/' }, backOffice],
  ['itself, alone, whatever stands before it', true, { CONFIG_URL: 'http://souk-config:8888/config/' }, ['config']],
  ['a server elsewhere', false, { ...stack, CONFIG_URL: 'http://settings.example:8761/' }, backOffice],
  ['another server on this machine', false, { ...stack, CONFIG_URL: 'http://127.0.0.1:8888/' }, backOffice],
  ['the server of a process in which it does not run', false, stack, ['orders']],
  ['the server of another shop, for all services', false, stack, undefined],
])('a process that starts asks %s for its configuration: %s', (_, itself, environment, only) => {
  expect(asksItself(environment, only)).toBe(itself)
})
