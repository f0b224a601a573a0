import { findParts } from "./dom.js";
import { askToPersist } from "./worker-link.js";

/** Browsers inside other apps, by what they call themselves. */
const IN_APP =
  /MicroMessenger|\bM?QQ\/|Weibo|DingTalk|AlipayClient|FBAN|FBAV|Instagram|\bLine\/|ToutiaoMicroApp|NewsArticle|aweme|BytedanceWebview|baiduboxapp|Kwai|Kuaishou|xhsdiscover|discover\/|WhatsApp|Twitter|TikTok|musical_ly|Snapchat|Telegram|; ?wv\)/i;

/** Help with the icon on the home screen: the browser's own prompt on a button, and hints where there is none. */
export function startInstall() {
  const inApp = IN_APP.test(navigator.userAgent);
  for (const notice of findParts(document, "[data-in-app]")) notice.hidden = !inApp;
  const onIOS = "standalone" in navigator && navigator.standalone === true;
  const isInstalled = onIOS || matchMedia("(display-mode: standalone)").matches;
  for (const notice of findParts(document, "[data-standalone]")) notice.hidden = !isInstalled;
  window.addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    for (const box of findParts(document, "[data-install]")) box.hidden = false;
    for (const button of findParts(document, "[data-install-button]")) {
      button.onclick = async () => {
        askToPersist();
        if ("prompt" in event && typeof event.prompt === "function") await event.prompt();
        for (const box of findParts(document, "[data-install]")) box.hidden = true;
      };
    }
  });
  for (const button of findParts(document, "[data-copy-address]")) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(location.href.replace(/install\/.*$/, ""));
      for (const note of findParts(document, "[data-address-copied]")) note.hidden = false;
    });
  }
}
