"""Who may use the desk: people, passkeys, sessions, invitations, recovery, roles and the audit log.

No password exists anywhere. The views below /editor/ are the only ones of the application that set cookies.
"""
