"""What each finding means for phones, and what to change: the one place for these words, in English for the catalogues."""

from collections.abc import Mapping

from server.i18n import N_

SENTENCES: Mapping[str, str] = {
    "no-https": N_(
        "This address has no https. Phones save nothing from it, and nobody can sign in to the desk. Put a proxy with a certificate in front."
    ),
    "certificate": N_("Phones refuse the certificate (%(detail)s). Renew it, or send the whole chain for this name."),
    "certificate-ends": N_("The certificate ends on %(day)s. Look why it was not renewed."),
    "redirected": N_(
        "This leads to %(target)s. Phones follow no redirect for what they save. Serve it at this address itself, or give people the other address."
    ),
    "password": N_(
        "This asks for a password (status %(status)s). Phones send none for what they save. Ask for none at the whole address, or exempt /sw.js, /channel.json, /b/ and each manifest.webmanifest."
    ),
    "challenge": N_(
        "Instead of the file, a page comes (status %(status)s): a challenge, a sign-in or an error page. Phones cannot answer it. Exempt this address from bot protection and sign-in."
    ),
    "status": N_("The answer has status %(status)s. Look whether the proxy passes this address on to Doorwise."),
    "media-type": N_("This arrives as “%(found)s” instead of “%(wanted)s”. Let the proxy keep Content-Type."),
    "altered": N_(
        "This arrives altered (%(detail)s): phones refuse it, or run what others wrote. Turn off minifying, script injection, e-mail hiding and image optimising here."
    ),
    "channel": N_("This is not the list of releases. Phones learn of no update and no withdrawal."),
    "cached": N_(
        "A cache on the way answers this (%(detail)s): phones learn late of an update or a withdrawal. Only /b/ may be cached."
    ),
    "caching": N_("Cache-Control arrives as “%(found)s” instead of “%(wanted)s”. Let the proxy and the CDN keep it."),
    "header": N_(
        "The header %(name)s is missing or another one. Let the proxy keep it, and add none of the same name."
    ),
    "cookie": N_(
        "Something on the way sets the cookie “%(name)s”: readers can be recognised. Turn off what sets it on these pages."
    ),
    "missing-is-found": N_(
        "There is no such file, and yet the answer has status %(status)s. Phones that are several releases behind never get an update. Pass status 404 on."
    ),
    "uncompressed": N_(
        "This arrives uncompressed, which costs phones several times the bytes. Let the proxy pass on Accept-Encoding and Content-Encoding."
    ),
    "clock": N_(
        "The clocks of the server and of this machine differ by %(minutes)s minutes. Set both by a time service; one-time links and sign-ins end too early or too late."
    ),
    "too-large": N_("This is larger than %(limit)s MiB, and reading it was ended. It is not what Doorwise serves."),
    "too-slow": N_("This had not arrived after %(seconds)s seconds. Phones give up as well."),
    "broken-off": N_("The connection broke before everything had come (%(detail)s)."),
}
MORE = N_("%(count)s more")
WHOLE = N_("%(address)s: a phone gets release %(release)s whole; %(count)s answers were compared")
TO_CHANGE = N_("%(address)s: %(count)s things to change")
