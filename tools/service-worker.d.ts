// The library's `self` is any kind of worker; ours is always a service worker. Declared here once, so that
// the scripts stay the plain ones that the browser runs.
interface WorkerGlobalScope {
  readonly clients: Clients;
  readonly registration: ServiceWorkerRegistration;
  skipWaiting(): Promise<void>;
  addEventListener<K extends keyof ServiceWorkerGlobalScopeEventMap>(
    type: K,
    listener: (event: ServiceWorkerGlobalScopeEventMap[K]) => void,
  ): void;
}

// What server/pwa/views.py puts before the worker's modules.
declare const SECURITY: Record<string, string>;
declare const BLANK: string;
