/** A stored file's facts. */
export interface StoredObject {
  key: string
  contentType: string
  size: number
  etag: string
}

export interface LinkOptions {
  /** how long the address is good for */
  readonly seconds: number
  /** what the answer has to say of itself, whatever is stored: `attachment; filename="label.pdf"` */
  readonly disposition?: string
}

/** Object storage port. Drivers: `file:` (a folder) and `s3://` (S3 or what speaks like it). Keys are made by the server, never by a client. */
export interface ObjectStore {
  put(key: string, content: Buffer, contentType: string): Promise<StoredObject>
  /** `undefined` when there is no such object */
  get(key: string): Promise<{ content: Buffer; object: StoredObject } | undefined>
  delete(key: string): Promise<void>
  /** keys under a prefix, in order */
  list(prefix: string): AsyncIterable<string>
  /**
   * A signed address that gives this one object to whoever holds it, for a while: only where the storage can do that and was asked to. Who
   * may have the object is decided before. `undefined` when there is no such object.
   */
  link?(key: string, options: LinkOptions): Promise<string | undefined>
  /** what health tells of the storage; throws when it does not answer */
  describe(): Promise<Record<string, unknown>>
  close(): Promise<void>
}
