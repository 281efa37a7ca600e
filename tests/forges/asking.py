import requests, re
from workflows.github.outcomes import *
class Plain:
    def __init__(s, base, token): s.base=base; s.s=requests.Session(); s.s.headers["Authorization"]="token "+token; s.n=0
    def get(s, path, params=None, *, etag=None, raw=False):
        s.n+=1
        r=s.s.get(s.base+path, params=params, headers={"If-None-Match":etag} if etag else {}, timeout=5)
        if r.status_code==304: return Unchanged()
        if r.status_code in (404,410): return Gone(r.status_code)
        if r.status_code in (204,409): return Fresh(None)
        if r.status_code==403 and r.headers.get("x-ratelimit-remaining")=="0":
            import datetime
            return Limited(datetime.datetime.fromtimestamp(int(r.headers["x-ratelimit-reset"]), datetime.UTC))
        if r.status_code!=200: return Forbidden(str(r.status_code))
        m=re.search(r'[?&]page=(\d+)[^>]*>; rel="last"', r.headers.get("Link",""))
        return Fresh(r.json(), r.headers.get("ETag"), int(m[1]) if m else 1)


def asking(forge, now=None):
    return Plain(forge.url, getattr(forge, "token", "t"))
