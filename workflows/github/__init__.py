"""Repositories on GitHub, or on a server that speaks like it: asked, read, kept fresh, and heard by webhook.

`names` says what may be asked for; `client` is the only importer of github3 and turns every answer into a typed outcome;
`facts` asks for what a gate wants to know of one repository; `sync` keeps what was seen, in its own short transactions;
`webhooks` hears what happened meanwhile. Nothing here is called within a request from a browser.
"""
