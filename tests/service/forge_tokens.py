#!/usr/bin/env python3
"""Forged tokens, by a foreign library (PyJWT): reads what it needs as JSON from standard input, prints {name: token}.
`good` is the one token that must be accepted. With "verify", checks a token of the service instead and prints its claims."""
import base64
import hashlib
import hmac
import json
import sys

import jwt


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def raw(header, claims, key=None):
    """Signed by hand with HMAC-SHA256, whatever the header says, as PyJWT refuses some of these on purpose."""
    text = b64(json.dumps(header).encode()) + "." + b64(json.dumps(claims).encode())
    return text + "." + ("" if key is None else b64(hmac.new(key, text.encode(), hashlib.sha256).digest()))


ask = json.load(sys.stdin)
algorithm, claims = ask["algorithm"], ask["claims"]
signing, public = ask["signing"], ask.get("public", ask["signing"])

if ask.get("verify"):
    header = jwt.get_unverified_header(ask["verify"])
    print(json.dumps({"header": header, "claims": jwt.decode(ask["verify"], public, algorithms=[algorithm])}))
    sys.exit()

good = jwt.encode(claims, signing, algorithm=algorithm)
head, body, signature = good.split(".")
key = signing.encode() if algorithm == "HS256" else public.encode()
other = {"HS256": "HS512", "RS256": "RS512"}[algorithm]
admin = dict(claims, role="admin", sub=ask["admin"])


def with_header(**more):
    return jwt.encode(claims, signing, algorithm=algorithm, headers=more)


tokens = {
    "good": good,
    "alg none": jwt.encode(claims, None, algorithm="none"),
    "alg None": raw({"alg": "None", "typ": "JWT"}, claims),
    "alg nOnE with a signature": raw({"alg": "nOnE", "typ": "JWT"}, claims, key),
    "no alg": raw({"typ": "JWT"}, claims, key),
    "another strength of the same kind": jwt.encode(claims, signing, algorithm=other),
    "HMAC with the public key": raw({"alg": "HS256", "typ": "JWT"}, claims, public.encode()) if algorithm == "RS256" else raw({"alg": "RS256", "typ": "JWT"}, claims, key),
    "without a signature": head + "." + body + ".",
    "with the signature cut": good[:-2],
    "with a changed signature": head + "." + body + "." + signature[:10] + ("A" if signature[10] != "A" else "B") + signature[11:],
    "with changed claims": head + "." + b64(json.dumps(admin).encode()) + "." + signature,
    "with a kid of a file": with_header(kid="/dev/null"),
    "with a kid of a path": with_header(kid="../../../../etc/hostname"),
    "with a kid of SQL": with_header(kid="x' UNION SELECT 'a'--"),
    "with a jku": with_header(jku="http://127.0.0.1/keys.json"),
    "with a jwk": with_header(jwk={"kty": "oct", "k": b64(b"attacker")}),
    "with an x5u": with_header(x5u="http://127.0.0.1/cert.pem"),
    "with crit": with_header(crit=["exp"]),
    "expired": jwt.encode(dict(claims, exp=1_700_000_000), signing, algorithm=algorithm),
    "without exp": jwt.encode({k: v for k, v in claims.items() if k != "exp"}, signing, algorithm=algorithm),
    "with exp as text": raw({"alg": algorithm, "typ": "JWT"}, dict(claims, exp="4000000000"), key),
    "without jti": jwt.encode({k: v for k, v in claims.items() if k != "jti"}, signing, algorithm=algorithm),
    "of another type": jwt.encode(dict(claims, type="refresh"), signing, algorithm=algorithm),
    "of no type": jwt.encode({k: v for k, v in claims.items() if k != "type"}, signing, algorithm=algorithm),
    "of nobody": jwt.encode(dict(claims, sub="u_nobody"), signing, algorithm=algorithm),
    "of a user of the settings": jwt.encode(dict(claims, sub="env_dev"), signing, algorithm=algorithm),
    "with padding": head + "=." + body + "." + signature,
    "with standard base64": good.replace("-", "+").replace("_", "/") + "+",
    "with four parts": good + "." + signature,
    "with a line end": head + "." + body + "\n." + signature,
    "empty parts": "..",
    "too long": head + "." + "A" * 5000 + "." + signature,
}
if algorithm == "HS256":
    tokens["another key"] = jwt.encode(claims, "x" * 40, algorithm="HS256")
    tokens["an empty key"] = raw({"alg": "HS256", "typ": "JWT"}, claims, b"")
else:
    tokens["another key"] = jwt.encode(claims, ask["other_signing"], algorithm="RS256")
print(json.dumps(tokens))
