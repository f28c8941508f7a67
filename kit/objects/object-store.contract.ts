import { describe, expect, it } from 'vitest'
import type { ObjectStore } from './objects.ts'

/** What every object store must do; `make` returns an empty one. Run it for each driver. */
export function objectStoreContract(driver: string, make: () => Promise<ObjectStore>): void {
  const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 255, 10, 13])
  const keysOf = async (store: ObjectStore, prefix: string) => {
    const keys: string[] = []
    for await (const key of store.list(prefix)) keys.push(key)
    return keys
  }

  describe(`object store ${driver}`, () => {
    it('gives back exactly what was stored, with its type', async () => {
      const store = await make()
      const stored = await store.put('products/mug/front.png', png, 'image/png')
      const found = await store.get('products/mug/front.png')
      expect(found?.content.equals(png)).toBe(true)
      expect(found?.object).toEqual(stored)
      expect(stored).toMatchObject({ key: 'products/mug/front.png', contentType: 'image/png', size: 8 })
    })

    it('keeps the declared type, whatever the content looks like', async () => {
      const store = await make()
      await store.put('labels/a.txt', Buffer.from('<script>alert(1)</script>'), 'text/plain')
      expect((await store.get('labels/a.txt'))?.object.contentType).toBe('text/plain')
    })

    it('replaces an object whole: content, type and etag', async () => {
      const store = await make()
      const first = await store.put('a', Buffer.from('one'), 'text/plain')
      const second = await store.put('a', Buffer.from('two!'), 'text/css')
      expect(second.etag).not.toBe(first.etag)
      expect((await store.get('a'))?.object).toEqual(second)
    })

    it('has the same etag for the same content', async () => {
      const store = await make()
      const first = await store.put('a', png, 'image/png')
      expect((await store.put('b', png, 'image/png')).etag).toBe(first.etag)
    })

    it('knows nothing of an object that was never stored, or was deleted', async () => {
      const store = await make()
      expect(await store.get('nothing/here')).toBeUndefined()
      await store.put('gone', png, 'image/png')
      await store.delete('gone')
      await store.delete('gone')
      expect(await store.get('gone')).toBeUndefined()
      expect(await keysOf(store, '')).toEqual([])
    })

    it('lists keys under a prefix in the order of the whole key', async () => {
      const store = await make()
      for (const key of ['b', 'a/b/c', 'a/b-c', 'a/b.d', 'a-b', 'a.b', 'a/bc']) await store.put(key, png, 'image/png')
      const all = ['a-b', 'a.b', 'a/b-c', 'a/b.d', 'a/b/c', 'a/bc', 'b']
      expect(await keysOf(store, '')).toEqual(all)
      expect(await keysOf(store, 'a')).toEqual(all.slice(0, 6))
      expect(await keysOf(store, 'a/b')).toEqual(all.slice(2, 6))
      expect(await keysOf(store, 'a/b/')).toEqual(['a/b/c'])
      expect(await keysOf(store, 'z/')).toEqual([])
    })

    it('stores an empty object', async () => {
      const store = await make()
      await store.put('empty', Buffer.alloc(0), 'text/plain')
      expect((await store.get('empty'))?.object.size).toBe(0)
    })

    it('lets one of several writers of the same key win, never a mixture', async () => {
      const store = await make()
      const writers = Array.from({ length: 20 }, (_, index) => Buffer.alloc(50_000, index))
      await Promise.all(writers.map((content) => store.put('same', content, 'image/png')))
      const found = await store.get('same')
      expect(found?.object.contentType).toBe('image/png')
      expect(new Set(found?.content).size).toBe(1)
      expect(found?.content.length).toBe(50_000)
    })

    it.each([
      '',
      '/',
      '/etc/passwd',
      '../a',
      'a/../b',
      'a//b',
      'a/',
      './a',
      'a\\b',
      'a\0b',
      'ü',
      '.types/a',
      'a b',
      'CON:',
      'a.',
      'x'.repeat(600),
    ])('refuses the unsafe key %j', async (key) => {
      const store = await make()
      await expect(store.put(key, png, 'image/png')).rejects.toThrow(RangeError)
      await expect(store.get(key)).rejects.toThrow(RangeError)
      await expect(store.delete(key)).rejects.toThrow(RangeError)
    })
  })
}
