import { expect, it } from 'vitest'
import { readS3Url } from './s3-url.ts'

it('takes a bucket alone, and leaves the rest to the variables of AWS', () => {
  expect(readS3Url('s3://shop-files')).toEqual({
    bucket: 'shop-files',
    prefix: '',
    region: undefined,
    endpoint: undefined,
    pathStyle: false,
    links: false,
    create: false,
    credentials: undefined,
  })
})

it('takes everything that can be said', () => {
  const url = 's3://key:se%2Fcret@shop-files/a/b/?endpoint=http://127.0.0.1:9000&region=eu-west-1&links=signed&create=yes'
  expect(readS3Url(url)).toEqual({
    bucket: 'shop-files',
    prefix: 'a/b/',
    region: 'eu-west-1',
    endpoint: 'http://127.0.0.1:9000',
    pathStyle: true,
    links: true,
    create: true,
    credentials: { accessKeyId: 'key', secretAccessKey: 'se/cret' },
  })
})

it('puts the bucket into the host name where that was said', () => {
  expect(readS3Url('s3://shop-files?endpoint=https://storage.example&style=host').pathStyle).toBe(false)
})

it.each([
  ['s3://shop-files?pathstyle=yes', 'knows no "pathstyle"'],
  ['s3://shop-files?style=folder', 'style has to be path or host'],
  ['s3://shop-files?endpoint=127.0.0.1:9000', 'endpoint has to be'],
  ['s3://x', 'no name of a bucket'],
  ['s3://', 'no name of a bucket'],
])('refuses %s', (url, message) => {
  expect(() => readS3Url(url)).toThrow(new RegExp(message))
})
