import { copyText } from "../visit/message.js";
import { findParts } from "./dom.js";
import { askToPersist } from "./worker-link.js";

/** Browsers inside other apps, by what they call themselves; on an iPhone also by not calling themselves Safari. */
const IN_APP =
  /iP(?:hone|ad|od)(?!.*Safari\/)|MicroMessenger|\bM?QQ\/|Weibo|DingTalk|AlipayClient|FBAN|FBAV|Instagram|\bLine\/|ToutiaoMicroApp|NewsArticle|aweme|BytedanceWebview|baiduboxapp|Kwai|Kuaishou|xhsdiscover|discover\/|WhatsApp|Twitter|TikTok|musical_ly|Snapchat|Telegram|; ?wv\)/i;

/** Help with the icon on the home screen: the browser's own prompt on a button, and hints where there is none. */
export function startInstallHelp() {
  const onIOS = "standalone" in navigator && navigator.standalone === true;
  const isInstalled = onIOS || matchMedia("(display-mode: standalone)").matches;
  const inApp = !isInstalled && IN_APP.test(navigator.userAgent);
  toggleParts("[data-in-app]", inApp);
  toggleParts("[data-standalone]", isInstalled);
  // Only Safari and what is made of it know gestures as events. (An icon's copy is not removed.)
  toggleParts("[data-safari-tab]", "GestureEvent" in window && !isInstalled);
  window.addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    toggleParts("[data-install]", true);
    for (const button of findParts(document, "[data-install-button]")) {
      button.onclick = async () => {
        askToPersist();
        // Where the browser may not add icons it says nothing, and nothing happens.
        toggleParts("[data-install-after]", true);
        if ("prompt" in event && typeof event.prompt === "function") await event.prompt();
        toggleParts("[data-install]", false);
      };
    }
  });
  const address = location.href.replace(/install\/.*$/, "");
  for (const place of findParts(document, "[data-address]")) place.textContent = address;
  for (const button of findParts(document, "[data-copy-address]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const isCopied = await copyText(address);
      toggleParts("[data-address-copied]", isCopied);
      toggleParts("[data-address-not-copied]", !isCopied);
    });
  }
}

/**
 * Show or hide every part that `selector` finds.
 *
 * @param {string} selector
 * @param {boolean} isShown
 */
function toggleParts(selector, isShown) {
  for (const part of findParts(document, selector)) part.hidden = !isShown;
}
