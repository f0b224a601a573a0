"""Why a file is not imported, in sentences for people."""

from __future__ import annotations

from collections.abc import Mapping

from server.i18n import N_

# By the code of a reason; `ImportRefused` holds the parameters of the sentence.
REASONS: Mapping[str, str] = {
    "too-large": N_("The file is larger than %(limit)s MiB."),
    "not-a-zip": N_("This zip cannot be read. It may be damaged or incomplete."),
    "too-many-files": N_("The zip contains more than %(limit)s files."),
    "not-one-folder": N_(
        "The zip must contain one folder with the files of a region: the folder that has a pack.toml in it."
    ),
    "unknown-file": N_("%(path)s is not a file of a region."),
    "twice": N_("%(path)s is in the zip twice."),
    "odd-name": N_("%(path)s is not a file name that a region can have."),
    "not-a-file": N_("%(path)s is a link or device, not a file."),
    "packed-otherwise": N_("%(path)s is encrypted, or packed in a way that cannot be read here."),
    "unpacks-too-large": N_("%(path)s is too large when unpacked."),
    "other-region": N_("The file contains the region %(found)s, but this is the page of %(expected)s."),
    "region-is-here": N_("The region %(region)s already exists. Use its own page for files."),
    "not-a-pack": N_("The files of the region have errors: %(count)s."),
    "not-a-po": N_("This PO file cannot be read."),
    "po-line": N_("Line %(line)s is not valid in a PO file."),
    "not-utf-8": N_(
        "Line %(line)s is not in UTF-8. Save the file as UTF-8, or let its head name the encoding that it is written in."
    ),
    "unknown-encoding": N_("The encoding “%(encoding)s” cannot be read here. Save the file as UTF-8."),
    "wrong-encoding": N_("The file should be in %(encoding)s, but line %(line)s is not. Save it as UTF-8."),
    "two-encodings": N_("The head of the file says %(encoding)s, but it looks like UTF-8. Save it as UTF-8."),
    "other-language": N_("The file is in the language %(found)s, but %(expected)s is expected here."),
}
