import { expect, it } from 'vitest'
import { groupPause } from './group-pause.ts'

it('collects events for longer while the machine is short of time, and for as long as it was told otherwise', () => {
  let busy = false
  const pause = groupPause(50, () => busy)!
  expect(pause()).toBe(50)
  busy = true
  expect(pause()).toBe(200)
})

it('never makes an event wait for longer than a quarter of a second because the machine is busy', () => {
  expect(groupPause(100, () => true)!()).toBe(250)
  expect(groupPause(400, () => true)!()).toBe(400)
})

it('leaves groups alone whose effects somebody waits for', () => {
  expect(groupPause(undefined, () => true)).toBeUndefined()
})
