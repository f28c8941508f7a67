import { randomBytes } from 'node:crypto'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, describe, expect, it } from 'vitest'
import { objectStoreContract } from './object-store.contract.ts'
import { openObjects } from './open-objects.ts'
import type { ObjectStore } from './objects.ts'
import { createS3Store } from './s3-store.ts'

const client = new S3Client({ forcePathStyle: true })
const stores: ObjectStore[] = []
afterAll(async () => {
  await Promise.all(stores.map((store) => store.close()))
  client.destroy()
})

const newName = () => `souk-test-${randomBytes(6).toString('hex')}`
const bucket = newName()
await client.send(new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } }))

function open(url: string): ObjectStore {
  const store = openObjects(url)
  stores.push(store)
  return store
}

// an empty shop each time: a folder of its own in the bucket
objectStoreContract('s3://', async () => open(`s3://${bucket}/${newName()}?style=path`))

describe('S3', () => {
  const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 255, 10, 13])

  it('keeps two shops in one bucket apart', async () => {
    const [one, other] = [open(`s3://${bucket}/one?style=path`), open(`s3://${bucket}/other?style=path`)]
    await one.put('a', png, 'image/png')
    expect(await other.get('a')).toBeUndefined()
    expect((await one.get('a'))?.content.equals(png)).toBe(true)
  })

  it('gives whoever holds a signed address this file, under the name that was said, until its time is over', async () => {
    const store = open(`s3://${bucket}/links?style=path&links=signed`)
    await store.put('labels/one.pdf', Buffer.from('%PDF'), 'application/pdf')
    await store.put('labels/two.pdf', Buffer.from('secret'), 'application/pdf')
    const link = (await store.link!('labels/one.pdf', { seconds: 60, disposition: 'attachment; filename="label.pdf"' }))!
    const answer = await fetch(link)
    expect([answer.status, await answer.text()]).toEqual([200, '%PDF'])
    expect(answer.headers.get('content-type')).toBe('application/pdf')
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="label.pdf"')
    expect(new URL(link).searchParams.get('X-Amz-Expires')).toBe('60')
    expect(new URL(link).searchParams.get('X-Amz-Signature')).toMatch(/^[0-9a-f]{64}$/)
    expect(await store.link!('labels/three.pdf', { seconds: 60 })).toBeUndefined()
  })

  it('gives out no addresses where it was not asked to', () => {
    expect(open(`s3://${bucket}?style=path`).link).toBeUndefined()
  })

  it('makes a bucket that is missing where it was asked to, even if two processes do it at once', async () => {
    const url = `s3://${newName()}?style=path&create=yes`
    const [one, other] = [open(url), open(url)]
    expect(await one.get('a').catch((error: { code: string }) => error.code)).toBe('objects/refused')
    await Promise.all([one.put('a', png, 'image/png'), other.put('b', png, 'image/png')])
    expect([(await one.get('b'))?.object.size, (await other.get('a'))?.object.size]).toEqual([8, 8])
  })

  it('says of a bucket that does not exist that it was set up wrongly, not that there are no pictures', async () => {
    const store = open(`s3://${newName()}?style=path`)
    const refused = { code: 'objects/refused', kind: 'unavailable' }
    await expect(store.get('a')).rejects.toMatchObject(refused)
    await expect(store.put('a', png, 'image/png')).rejects.toMatchObject(refused)
    await expect(store.describe()).rejects.toMatchObject(refused)
  })

  it('calls storage that does not answer worth another try', async () => {
    const store = open(`s3://key:secret@${bucket}?endpoint=http://127.0.0.1:1&region=eu-west-1`)
    await expect(store.get('a')).rejects.toMatchObject({ code: 'objects/unavailable', kind: 'unavailable' })
  })

  it('lists more files than one answer holds, and passes over what others put there', async () => {
    const store = createS3Store(`s3://${bucket}/many?style=path`, { pageSize: 10 })
    stores.push(store)
    const keys = Array.from({ length: 42 }, (_, n) => `p/${String(n).padStart(4, '0')}`)
    await Promise.all(keys.map((key) => store.put(key, png, 'image/png')))
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'many/p/not one of ours', Body: 'x' }))
    const found: string[] = []
    for await (const key of store.list('p/')) found.push(key)
    expect(found).toEqual(keys)
  })

  it('tells health where it stores', async () => {
    expect(await open(`s3://${bucket}/x?style=path`).describe()).toEqual({ driver: 's3', bucket, prefix: 'x/' })
  })
})
