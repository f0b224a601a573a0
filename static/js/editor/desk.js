import { findParts } from "../core/dom.js";
import { startBeside } from "./beside.js";
import { startCeremony } from "./ceremony.js";
import { startFormErrors } from "./form-errors.js";
import { startCopy, startCopyTyped, startPrint } from "./paper.js";
import { startPreview } from "./phone.js";
import { showLocalTimes } from "./times.js";
import { startUnitForm } from "./unit-form.js";

/** @type {Record<string, (root: HTMLElement) => void>} What an element's `data-module` asks for. */
const MODULES = {
  beside: startBeside,
  ceremony: startCeremony,
  print: startPrint,
  copy: startCopy,
  "copy-typed": startCopyTyped,
  "unit-form": startUnitForm,
  phone: startPreview,
  "form-errors": startFormErrors,
};

showLocalTimes();
for (const root of findParts(document, "[data-module]")) MODULES[root.dataset.module || ""](root);
document.documentElement.setAttribute("data-js", "");
