import { copyText } from "../visit/message.js";
import { findParts } from "./dom.js";
import { askToPersist } from "./worker-link.js";

/** Browsers inside other apps, by what they call themselves; on an iPhone also by not calling themselves Safari. */
const IN_APP =
  /iP(?:hone|ad|od)(?!.*Safari\/)|MicroMessenger|\bM?QQ\/|Weibo|DingTalk|AlipayClient|FBAN|FBAV|Instagram|\bLine\/|ToutiaoMicroApp|NewsArticle|aweme|BytedanceWebview|baiduboxapp|Kwai|Kuaishou|xhsdiscover|discover\/|WhatsApp|Twitter|TikTok|musical_ly|Snapchat|Telegram|; ?wv\)/i;

/** Help with the icon on the home screen: the browser's own prompt on a button, and hints where there is none. */
export function startInstall() {
  const onIOS = "standalone" in navigator && navigator.standalone === true;
  const isInstalled = onIOS || matchMedia("(display-mode: standalone)").matches;
  const inApp = !isInstalled && IN_APP.test(navigator.userAgent);
  show("[data-in-app]", inApp);
  show("[data-standalone]", isInstalled);
  // Only Safari and what is made of it know gestures as events. (An icon's copy is not removed.)
  show("[data-safari-tab]", "GestureEvent" in window && !isInstalled);
  window.addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    show("[data-install]", true);
    for (const button of findParts(document, "[data-install-button]")) {
      button.onclick = async () => {
        askToPersist();
        // Where the browser may not add icons it says nothing, and nothing happens.
        show("[data-install-after]", true);
        if ("prompt" in event && typeof event.prompt === "function") await event.prompt();
        show("[data-install]", false);
      };
    }
  });
  const address = location.href.replace(/install\/.*$/, "");
  for (const place of findParts(document, "[data-address]")) place.textContent = address;
  for (const button of findParts(document, "[data-copy-address]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const isCopied = await copyText(address);
      show("[data-address-copied]", isCopied);
      show("[data-address-not-copied]", !isCopied);
    });
  }
}

/**
 * @param {string} selector
 * @param {boolean} isShown
 */
function show(selector, isShown) {
  for (const part of findParts(document, selector)) part.hidden = !isShown;
}
