// While the line is down: shows pages of the catalogue again that this browser has seen, and says of all others that the line is down, in the shop's own words.
// Nothing of carts, orders or accounts is kept, and whoever signs out leaves nothing.
const OFFLINE = 'souk-offline-2'
const SEEN = 'souk-seen-1'
const OFFLINE_PAGE = '/offline.html'
const MOST_SEEN = 30
/** Pages, and their data as scripts ask for them. */
const CATALOGUE = /^(\/de)?(\/|\/_\w*|\/products|\/(c|p|pages)\/[^/]+)?(\.data)?$/
const LEAVING = /\/(sign-out|account\/data)(\.data)?$/

self.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(OFFLINE)
      .then((cache) => cache.add(new Request(OFFLINE_PAGE, { cache: 'reload' })))
      .then(() => self.skipWaiting()),
  )
})

self.addEventListener('activate', (event) => {
  const forget = caches
    .keys()
    .then((names) => Promise.all(names.filter((name) => name !== OFFLINE && name !== SEEN).map((name) => caches.delete(name))))
  event.waitUntil(Promise.all([forget, self.registration.navigationPreload?.enable(), self.clients.claim()]))
})

self.addEventListener('fetch', (event) => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (origin !== self.location.origin) return
  if (request.method === 'POST' && LEAVING.test(pathname)) event.waitUntil(caches.delete(SEEN))
  if (request.method !== 'GET') return
  const isCatalogue = CATALOGUE.test(pathname)
  if (request.mode === 'navigate' || (isCatalogue && pathname.endsWith('.data'))) event.respondWith(answer(event, isCatalogue))
})

async function answer(event, isCatalogue) {
  const { request, preloadResponse } = event
  try {
    const response = (await preloadResponse) ?? (await fetch(request))
    if (isCatalogue && response.status === 200 && !response.redirected) event.waitUntil(keep(request, response.clone()))
    return response
  } catch {
    const seen = isCatalogue ? await caches.open(SEEN).then((cache) => cache.match(request, { ignoreVary: true })) : undefined
    if (seen) return seen
    const down = request.mode === 'navigate' ? await caches.match(OFFLINE_PAGE) : undefined
    return down ?? Response.error()
  }
}

/** The latest ones; a page that is seen again becomes the latest. */
async function keep(request, response) {
  const cache = await caches.open(SEEN)
  await cache.delete(request, { ignoreVary: true })
  await cache.put(request, response)
  const all = await cache.keys()
  await Promise.all(all.slice(0, -MOST_SEEN).map((one) => cache.delete(one, { ignoreVary: true })))
}
