// Says that the line is down, in the shop's own words. Nothing else is kept: pages are made for one visitor and belong to nobody else.
const KEPT = 'souk-offline-1'
const OFFLINE = '/offline.html'

self.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(KEPT)
      .then((cache) => cache.add(new Request(OFFLINE, { cache: 'reload' })))
      .then(() => self.skipWaiting()),
  )
})

self.addEventListener('activate', (event) => {
  const forget = caches
    .keys()
    .then((names) => Promise.all(names.filter((name) => name !== KEPT).map((name) => caches.delete(name))))
  event.waitUntil(Promise.all([forget, self.registration.navigationPreload?.enable(), self.clients.claim()]))
})

self.addEventListener('fetch', (event) => {
  const { request } = event
  if (request.mode !== 'navigate' || request.method !== 'GET') return
  const answer = Promise.resolve(event.preloadResponse).then((early) => early ?? fetch(request))
  event.respondWith(answer.catch(async () => (await caches.match(OFFLINE)) ?? Response.error()))
})
