"""Policies of AWS, judged as AWS does: a deny wins over every allow, wherever each of them stands.

Only the actions of ACTIONS are judged: those that read or change content or give rights; listing names is none of them.
Sources: IAM user guide, "Policy evaluation logic" and "IAM JSON policy elements"; service authorization reference.

    a condition                   makes a right unsure, unless whoever asks can fulfil it (FULFILLED)
    a denied part                 takes the right only where the whole of what was allowed is denied
    trust policies (who may take on a role) are followed in aws_roles.py; boundaries make unsure, and organisations
    are not looked at
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from casemate.core.trust import Trust
from casemate.core.yamltree import Map, Seq
from casemate.evidence.access.aws_actions import ACTIONS, GIVE, IDENTITIES
from casemate.evidence.access.export import Doc, maps, text_of, texts
from casemate.evidence.access.globs import LONGEST, covers, matches, overlaps
from casemate.evidence.access.right import ANYONE, Right

FULFILLED = frozenset({"aws:securetransport", "aws:multifactorauthpresent"})
MFA = "aws:multifactorauthpresent"
SEALED = "s3:x-amz-server-side-encryption"
"""In a deny: whoever asks may encrypt."""


WORK = 250_000
"""Pairs of allowed and denied resources that are judged for one action of one principal; real ones have hundreds."""
ALL_WORK = 1_000_000
"""The same of one export, where many principals hold such policies: a minute at most."""
MAX_POLICY = 64_000  # characters; the largest that AWS takes has 32,768 (a key policy)


@dataclass(frozen=True, slots=True)
class Said:
    """One statement. `holder`: who holds the policy; empty where it names principals itself."""

    allow: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    at: str
    but_actions: bool = False
    but_resources: bool = False
    holder: str = ""
    who: tuple[str, ...] = ()
    but_who: bool = False
    sure: bool = True
    """Of an allow: it holds. Of a deny: whoever is concerned cannot get around it."""
    around: bool = False
    """Of a deny: whoever asks can fulfil its condition, so that it takes nothing away."""
    mfa: bool = False
    bounded: bool = False


def statements(doc: Doc, policy: Map, holder: str = "", bounded: bool = False) -> Iterator[Said]:
    """The statements of a policy document. One without an effect says nothing."""
    for s in maps(policy.get("Statement")):
        if text_of(s, "Effect") in ("Allow", "Deny"):
            yield _said(doc, s, holder, bounded)


def too_large(policy: Map) -> bool:
    """Whether it is no policy that AWS would take, but something to keep us busy."""
    size = 0
    left: list[object] = [policy]
    while left:
        value = left.pop()
        if isinstance(value, str):
            size += len(value) + 1
        elif isinstance(value, Map):
            left += [*value, *value.values()]
        elif isinstance(value, Seq):
            left += value
        if size > MAX_POLICY:
            return True
    return False


def _said(doc: Doc, s: Map, holder: str, bounded: bool) -> Said:
    allow = text_of(s, "Effect") == "Allow"
    named = next((k for k in ("Principal", "NotPrincipal") if k in s), "")
    actions, resources = texts(s.get("Action", s.get("NotAction"))), texts(s.get("Resource", s.get("NotResource")))
    but = "NotResource" in s
    sure, around, mfa = _condition(s.get("Condition"), allow)
    vague = any("${" in r for r in resources) or any(len(x) > LONGEST for x in (*actions, *resources))
    if allow and but:  # what cannot be judged is not kept from anybody
        resources = tuple(r for r in resources if "${" not in r)
    return Said(
        allow, actions, tuple(_unfilled(r) for r in resources), doc.at(s.at), "NotAction" in s, but,
        "" if named else holder, _principals(s.get(named)) if named else (), named == "NotPrincipal",
        sure and not vague, around, mfa, bounded,
    )  # fmt: skip


def _unfilled(resource: str) -> str:
    """Policy variables stand for anything."""
    head, sign, rest = resource.partition("${")
    return f"{head}*{rest.rpartition('}')[2]}" if sign else resource


def _principals(value: object) -> tuple[str, ...]:
    """Names: an ARN, `account:<number>`, `service:<name>`, `anyone`."""
    if value == "*":
        return (ANYONE,)
    if not isinstance(value, Map):
        return ()
    out = []
    for kind, names in value.items():
        for name in texts(names):
            if name == "*":
                out.append(ANYONE)
            elif kind == "AWS":
                out.append(_account(name) or name)
            else:
                out.append(f"{'service' if kind == 'Service' else kind.lower()}:{name}")
    return tuple(out)


def _account(name: str) -> str | None:
    """`account:<number>` where the whole account is meant: by its number or its root."""
    if name.isdigit():
        return f"account:{name}"
    return f"account:{number_of(name)}" if name.startswith("arn:") and name.endswith(":root") else None


def number_of(arn: str) -> str:
    """The account in an ARN."""
    parts = arn.split(":", 5)
    return parts[4] if len(parts) == 6 else ""


def _condition(value: object, allow: bool) -> tuple[bool, bool, bool]:
    """(sure, can be got around, needs a second factor).

    All lines must hold. An allow is sure when whoever asks can fulfil every line; a deny is no bar when they can get
    around one. Whatever else a line asks (addresses, tags, times) we cannot judge.
    """
    if value is None:
        return True, False, False
    if not isinstance(value, Map):
        return False, False, False
    fulfilled, mfa = [], False
    for op, keys in value.items():
        for key, wanted in keys.items() if isinstance(keys, Map) else ():
            word = "true" if allow else "false"
            asked = {v.lower() for v in texts(wanted)} == {word} and op in ("Bool", "BoolIfExists")
            fine = (asked and key.lower() in FULFILLED) or (not allow and key.lower() == SEALED)
            fulfilled.append(fine)
            # An absent key passes an `IfExists`: in an allow that lets long-lived keys in, in a deny it keeps them out.
            mfa |= asked and key.lower() == MFA and op == ("Bool" if allow else "BoolIfExists")
    if allow or not fulfilled:
        return all(fulfilled), False, mfa
    return False, any(fulfilled), mfa and len(fulfilled) == 1


def rights(said: Iterable[Said], arns: Iterable[str]) -> Iterator[Right]:
    """Who may do what to any part of the resources. The order of the statements plays no part."""
    every = list(said)
    allows: dict[str, list[Said]] = {}
    denies: dict[str, list[Said]] = {}
    for s in every:
        if not s.allow:
            denies.setdefault(s.holder, []).append(s)  # those of resources, which name principals, under no name
        for who in concerned(s) if s.allow else ():
            allows.setdefault(who, []).append(s)
    # What a resource gives to the whole account, its identities have only by their own policies, which are here.
    delegated = {f"account:{number_of(s.holder)}" for s in every if s.holder.startswith("arn:")}
    spent = [0]
    for arn in dict.fromkeys(arns):
        for may, actions in ACTIONS.get(service(arn), {}).items():
            asked = [(f"{service(arn)}:{a}", target) for a in actions for target in parts(arn, a)]
            asked += [(f"iam:{a}", IDENTITIES) for a in GIVE if may == "grant"]
            for who, of in sorted(allows.items()):
                if who in delegated:
                    continue
                against = [*denies.get(who, ()), *(d for d in denies.get("", ()) if denied(d, who))]
                found = [r for a, t in asked for r in _asked(of, who, may, a, t, against, spent)]
                if found:
                    first = min(found, key=lambda r: (not r.sure, r.at, r.note))
                    yield replace(first, mfa=all(r.mfa for r in found))


def _asked(
    of: list[Said], who: str, may: str, action: str, target: str, against: list[Said], spent: list[int]
) -> Iterator[Right]:
    """The ways in which one action is allowed. spent: pairs that were judged so far, of all principals."""
    allows = [s for s in of if speaks(s, action)]
    denies = [d for d in against if speaks(d, action) and _touched(d, target)] if allows else []
    work = _weight(allows) * _weight(denies)
    if work > WORK or (work and spent[0] + work > ALL_WORK):
        yield Right(who, may, allows[0].at, target, False, "by more statements than we judge", _crowd(who))
        return
    spent[0] += work
    for s in allows:
        yield from allowed(s, who, may, target, denies)


def _weight(statements: list[Said]) -> int:
    return sum(len(s.resources) for s in statements)


BLOCK = "PublicAccessBlockConfiguration"


def blocked(docs: Iterable[Doc], word: str) -> bool:
    """Whether a public access block is on: `RestrictPublicBuckets` for policies, `IgnorePublicAcls` for lists."""
    blocks = (d.tree.get(BLOCK) for d in docs if isinstance(d.tree, Map))
    return any(text_of(b, word).lower() == "true" for b in blocks)


def service(arn: str) -> str:
    """`s3` of `arn:aws:s3:::b`."""
    return (arn.split(":", 3) + [""] * 3)[2]


def parts(arn: str, action: str) -> tuple[str, ...]:
    """What an action is on. In S3, actions on objects never take a bucket's name, nor the other way round."""
    if service(arn) != "s3":
        return (arn, f"{arn}/*", f"{arn}:*") if not arn.endswith("*") else (arn,)
    bucket, sign, inside = arn.partition("/")
    if "Object" in action:
        return (f"{bucket}/{inside if sign else '*'}",)
    return (bucket,)


def concerned(s: Said) -> tuple[str, ...]:
    """Whom an allow is for."""
    if s.holder:
        return (s.holder,)
    return (ANYONE,) if s.but_who else s.who


def allowed(s: Said, who: str, may: str, target: str, against: list[Said]) -> Iterator[Right]:
    """What an allow gives on a target, as far as the denies leave it."""
    for resource in s.resources:
        if s.but_resources:
            resource = target
            if any(covers(r, target) for r in s.resources):
                return
        elif not overlaps(resource, target):
            continue
        barring = [d for d in against if _barred(d, resource, target)]
        if any(d.sure and not d.around for d in barring):
            continue
        unsure = [d for d in against if not d.around and (d in barring or not d.sure)]
        mfa = s.mfa or any(d.mfa and d.around for d in barring)
        yield Right(who, may, s.at, target, *_judged(s, resource, target, unsure), _crowd(who), mfa)


def _judged(s: Said, resource: str, target: str, against: list[Said]) -> tuple[bool, str]:
    """Whether it is sure, and why not."""
    doubts = {
        "under a condition": not s.sure,
        "within a permissions boundary": s.bounded,
        "by a pattern that is too long": len(resource) > LONGEST,
        "by the policies of some identities": target == IDENTITIES and not covers(resource, IDENTITIES),
        f"unless denied under a condition at {against[0].at}" if against else "": bool(against),
    }
    why = [d for d, there in doubts.items() if there]
    return not why, ", ".join(why)


def _crowd(who: str) -> Trust | None:
    return Trust.PUBLIC if who == ANYONE else None


def speaks(s: Said, action: str) -> bool:
    """Whether the statement is about this action."""
    known = [a for a in s.actions if len(a) <= LONGEST or not s.but_actions]
    hit = any(matches(a.lower(), action.lower()) for a in known)
    return hit is not s.but_actions and bool(s.actions)


def denied(d: Said, who: str) -> bool:
    """Whether a resource's deny is about this principal."""
    named = any(w in (who, ANYONE) or (who.startswith("arn:") and w == f"account:{number_of(who)}") for w in d.who)
    return named is not d.but_who


def _touched(d: Said, target: str) -> bool:
    if d.but_resources:
        return not any(covers(r, target) for r in d.resources)
    return any(overlaps(r, target) for r in d.resources)


def _barred(d: Said, resource: str, target: str) -> bool:
    """Whether all of what the one statement allows is denied by the other."""
    if d.but_resources:
        return not any(overlaps(r, target) for r in d.resources)
    return any(len(r) <= LONGEST and (covers(r, resource) or covers(r, target)) for r in d.resources)
