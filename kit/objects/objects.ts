/** A stored file's facts. */
export interface StoredObject {
  key: string
  contentType: string
  size: number
  etag: string
}

/** Object storage port. Drivers: `file:` (a folder) and later `s3://`. Keys are made by the server, never by a client. */
export interface ObjectStore {
  put(key: string, content: Buffer, contentType: string): Promise<StoredObject>
  /** `undefined` when there is no such object */
  get(key: string): Promise<{ content: Buffer; object: StoredObject } | undefined>
  delete(key: string): Promise<void>
  /** keys under a prefix, in order */
  list(prefix: string): AsyncIterable<string>
}
