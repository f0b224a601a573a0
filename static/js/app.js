import { findParts } from "./core/dom.js";
import { startInstallHelp } from "./core/install.js";
import { fillPrintFoot, markOverdue } from "./core/overdue.js";
import { startOfflineCopy } from "./core/worker-link.js";
import { startAssess } from "./guide/assess.js";
import { startChanges } from "./guide/changes.js";
import { startPractice } from "./guide/practice.js";
import { startRecords } from "./records/list.js";
import { startSettings } from "./settings/form.js";
import { startDiallingHelp } from "./visit/dialling.js";
import { startMessages } from "./visit/message.js";
import { fillOwnWords } from "./visit/own-words.js";
import { startPanels } from "./visit/panels.js";
import { startSpeechButtons } from "./visit/say.js";
import { VisitScreen } from "./visit/screen.js";

/** @type {Record<string, (root: HTMLElement) => Promise<void>>} What an element's `data-module` asks for. */
const MODULES = {
  visit: (root) => new VisitScreen(root).start(),
  settings: startSettings,
  records: startRecords,
  assess: startAssess,
  practice: startPractice,
  changes: startChanges,
};

document.documentElement.setAttribute("data-js", "");
startPanels();
startSpeechButtons();
startMessages();
startDiallingHelp();
markOverdue();
fillPrintFoot();
startInstallHelp();
fillOwnWords();
for (const root of findParts(document, "[data-module]")) MODULES[root.dataset.module || ""](root);
for (const name of findParts(document, "[data-release-name]")) {
  name.textContent = (document.documentElement.dataset.release || "").slice(0, 12);
}
startOfflineCopy();
