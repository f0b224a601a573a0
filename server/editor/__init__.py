"""The desk where an organisation keeps its region's guidance true: edits, reviews, translation, publishing.

Rooms, and which may import which (`desk` is the door to all below it):

    units ← edits ← packs ← releases, exchange ← desk ← web ← unit_pages ← pages
    units ← forms;  units, edits, packs ← wording;  forms, wording ← web, unit_pages, pages

Words of this room:

| word | meaning |
|---|---|
| unit | what one person edits at a time and what has a history: a text, a topic, an entry of a table, the head of a pack |
| content | what a unit holds, as bytes that stay the same for equal contents |
| edit | the stored document about one unit that somebody has changed |
| revision | one saved version of a unit, numbered from 1 |
| head | the newest revision of an edit; also, of a pack: its `pack.toml` |
| draft | an edit as pages show it: its newest content and where it stands |
| baseline | what lies below an edit: the shipped pack, and for a sub-region its parent |
| publications | which revisions phones have now, and each time that changed |
| release | everything that phones download, under one digest |
| in work | of a language: not whole yet, and neither shipped nor released; it stops no publish |
| slice | the part of a release for one region and locale |
| channel | the pointer to the current release, and the list of recalled topics |
| recall | to withdraw one topic from phones at their next contact, without a new release |
| sent back | returned to its author by a reviewer, with a note, until it is handed in again |
| go back | to make an earlier release current: a rollback |
| taken back | on phones once, and not any more since somebody went back to an earlier release |
| follow | to serve the release that another machine has published |
"""
