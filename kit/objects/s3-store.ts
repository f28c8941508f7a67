import { createHash } from 'node:crypto'
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { objectErrors } from './errors.ts'
import { checkKey, isSafeKey } from './object-key.ts'
import type { ObjectStore, StoredObject } from './objects.ts'
import { readS3Url } from './s3-url.ts'

const CONNECT_MS = 2_000
const ANSWER_MS = 15_000
const TRIES = 3
/** Metadata with the etag of the content: S3's own is one of several hashes, by how an object was uploaded and encrypted. */
const ETAG = 'souk-etag'

/**
 * Driver `s3://`: Amazon S3 and what speaks like it (see s3-url.ts). A `put` is whole or not there, the type travels with the object. Storage that
 * does not answer is thrown as kind `unavailable`.
 */
export function createS3Store(url: string, { pageSize = 1000 } = {}): ObjectStore {
  const { bucket: Bucket, prefix, region, endpoint, pathStyle, links, create, credentials } = readS3Url(url)
  const client = new S3Client({
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    forcePathStyle: pathStyle,
    maxAttempts: TRIES,
    // checksums in trailers are new: most storage that is not Amazon's refuses them
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: CONNECT_MS, requestTimeout: ANSWER_MS, throwOnRequestTimeout: true },
  })
  const Key = (key: string) => `${prefix}${checkKey(key)}`

  async function put(key: string, content: Buffer, contentType: string): Promise<StoredObject> {
    const etag = createHash('sha256').update(content).digest('hex').slice(0, 32)
    await client.send(
      new PutObjectCommand({
        Bucket,
        Key: Key(key),
        Body: content,
        ContentLength: content.length,
        ContentType: contentType,
        Metadata: { [ETAG]: etag },
      }),
    )
    return { key, contentType, size: content.length, etag }
  }

  return {
    async put(key, content, contentType) {
      checkKey(key)
      try {
        return await put(key, content, contentType)
      } catch (error) {
        if (!create || nameOf(error) !== 'NoSuchBucket') throw failure(error)
      }
      await makeBucket(client, Bucket)
      return await put(key, content, contentType).catch(fail)
    },
    async get(key) {
      const wanted = new GetObjectCommand({ Bucket, Key: Key(key) })
      const found = await client.send(wanted).catch(unlessMissing)
      if (!found) return undefined
      const content = Buffer.from(await found.Body!.transformToByteArray().catch(fail))
      const { ContentType = 'application/octet-stream', Metadata, ETag = '' } = found
      const etag = Metadata?.[ETAG] ?? ETag.replaceAll('"', '')
      return { content, object: { key, contentType: ContentType, size: content.length, etag } }
    },
    async delete(key) {
      await client.send(new DeleteObjectCommand({ Bucket, Key: Key(key) })).catch(unlessMissing)
    },
    async *list(start) {
      try {
        for await (const { Contents = [] } of paginateListObjectsV2({ client, pageSize }, { Bucket, Prefix: prefix + start })) {
          for (const { Key: full = '' } of Contents) {
            const key = full.slice(prefix.length)
            // what others put there under names that we never give is none of ours
            if (isSafeKey(key)) yield key
          }
        }
      } catch (error) {
        if (nameOf(error) !== 'NoSuchBucket' || !create) throw failure(error)
      }
    },
    ...(links
      ? {
          async link(key, { seconds, disposition }) {
            const there = await client.send(new HeadObjectCommand({ Bucket, Key: Key(key) })).catch(unlessMissing)
            if (!there) return undefined
            const command = new GetObjectCommand({
              Bucket,
              Key: Key(key),
              ...(disposition === undefined ? {} : { ResponseContentDisposition: disposition }),
            })
            return await getSignedUrl(client, command, { expiresIn: seconds }).catch(fail)
          },
        }
      : ({} satisfies Partial<ObjectStore>)),
    async describe() {
      await client.send(new HeadBucketCommand({ Bucket })).catch((error: unknown) => {
        if (!create || !isMissing(error)) throw failure(error)
      })
      return { driver: 's3', bucket: Bucket, ...(prefix === '' ? {} : { prefix }), ...(endpoint ? { endpoint } : {}) }
    },
    async close() {
      client.destroy()
    },
  }
}

async function makeBucket(client: S3Client, Bucket: string): Promise<void> {
  const region = await client.config.region()
  // the oldest region must not be named
  const place = region === 'us-east-1' ? {} : { CreateBucketConfiguration: { LocationConstraint: region as never } }
  await client.send(new CreateBucketCommand({ Bucket, ...place })).catch((error: unknown) => {
    // another process was faster
    if (!['BucketAlreadyOwnedByYou', 'BucketAlreadyExists', 'OperationAborted'].includes(nameOf(error))) throw failure(error)
  })
}

const nameOf = (error: unknown): string => (error as { name?: string } | undefined)?.name ?? ''

/** The object is not there. A missing bucket is something else: a shop that was set up wrongly must not look like one without pictures. */
function isMissing(error: unknown): boolean {
  return ['NoSuchKey', 'NotFound'].includes(nameOf(error))
}

function unlessMissing(error: unknown): undefined {
  if (isMissing(error)) return undefined
  throw failure(error)
}

function fail(error: unknown): never {
  throw failure(error)
}

function failure(error: unknown): Error {
  if (error instanceof RangeError) return error
  const status = error instanceof S3ServiceException ? (error.$metadata.httpStatusCode ?? 500) : 500
  const reason = { reason: nameOf(error) }
  return status >= 400 && status < 500 && status !== 429
    ? objectErrors.refused(reason, { cause: error })
    : objectErrors.unavailable(reason, { cause: error })
}
