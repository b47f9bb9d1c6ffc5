"""Users, groups, roles and what they are granted: PostgreSQL's roles, so that they are enforced.

https://docs.aws.amazon.com/redshift/latest/dg/r_GRANT.html
"""

from __future__ import annotations

import re

from ..errors import StatementError
from .tokens import Reader, identifier, literal, names, table

_PRIVILEGES = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "USAGE", "CREATE", "TEMPORARY", "TEMP", "ALL")
_RESERVED = re.compile(r"api:|pg_|lake$|public$", re.IGNORECASE)


def _role(reader: Reader) -> str:
    name = reader.name()
    if _RESERVED.match(name):
        raise StatementError(f'the name "{name}" is reserved')
    return name


def create_user(reader: Reader) -> list[str]:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_USER.html"""
    name = _role(reader)
    reader.take("WITH")
    reader.expect("PASSWORD")
    options, groups = [_password(reader)], []
    while not reader.is_done:
        if reader.take("CREATEDB") or reader.take("NOCREATEDB"):
            options.append(reader.tokens[reader.place - 1].word)
        elif reader.take("CREATEUSER"):
            raise StatementError("CREATEUSER, a superuser, is not supported here: the admin is the only one")
        elif reader.take("IN", "GROUP"):
            groups = names(reader, lambda: _role(reader))
        elif reader.take("NOCREATEUSER") or reader.take("SYSLOG", "ACCESS", "RESTRICTED"):
            pass
        else:
            raise reader.fail("this option of a user is not supported here")
    return [f"CREATE ROLE {identifier(name)} LOGIN {' '.join(options)}", *(_member(group, name) for group in groups)]


def _password(reader: Reader) -> str:
    if reader.take("DISABLE"):
        return "PASSWORD NULL"
    given = reader.text()
    if re.fullmatch(r"md5[0-9a-f]{32}", given):
        return f"PASSWORD {literal(given)}"
    if not 8 <= len(given) <= 64 or not all(re.search(one, given) for one in ("[A-Z]", "[a-z]", "[0-9]")):
        raise StatementError("password must have 8 to 64 characters, among them an upper-case and a lower-case letter and a digit")
    return f"PASSWORD {literal(given)}"


def _member(group: str, user: str) -> str:
    return f"GRANT {identifier(group)} TO {identifier(user)}"


def alter_user(reader: Reader) -> list[str]:
    """ALTER USER, behind those words."""
    name = _role(reader)
    reader.take("WITH")
    reader.expect("PASSWORD")
    done = [f"ALTER ROLE {identifier(name)} {_password(reader)}"]
    reader.end()
    return done


def create_group(reader: Reader) -> list[str]:
    """CREATE GROUP, behind those words."""
    name = _role(reader)
    users = []
    if reader.take("WITH", "USER") or reader.take("WITH"):
        users = names(reader, lambda: _role(reader))
    reader.end()
    return [f"CREATE ROLE {identifier(name)}", *(_member(name, user) for user in users)]


def create_role(reader: Reader) -> list[str]:
    """CREATE ROLE, behind those words."""
    name = _role(reader)
    reader.end()
    return [f"CREATE ROLE {identifier(name)}"]


def alter_group(reader: Reader) -> list[str]:
    """ALTER GROUP, behind those words."""
    name = _role(reader)
    adds = reader.take("ADD", "USER")
    if not adds:
        reader.expect("DROP", "USER")
    users = names(reader, lambda: _role(reader))
    reader.end()
    return [_member(name, user) if adds else f"REVOKE {identifier(name)} FROM {identifier(user)}" for user in users]


def drop(reader: Reader) -> list[str]:
    """DROP USER, GROUP or ROLE, behind those words."""
    exists = "IF EXISTS " if reader.take("IF", "EXISTS") else ""
    listed = names(reader, lambda: identifier(_role(reader)))
    reader.take("RESTRICT")
    reader.end()
    return [f"DROP ROLE {exists}{', '.join(listed)}"]


def grant(reader: Reader, verb: str) -> list[str]:
    """GRANT or REVOKE, behind that word."""
    option = "GRANT OPTION FOR " if verb == "REVOKE" and reader.take("GRANT", "OPTION", "FOR") else ""
    to = "TO" if verb == "GRANT" else "FROM"
    if reader.take("ROLE"):
        roles = names(reader, lambda: identifier(_role(reader)))
        reader.expect(to)
        grantees = names(reader, lambda: _grantee(reader))
        reader.end()
        return [f"{verb} {', '.join(roles)} {to} {', '.join(grantees)}"]
    privileges = ", ".join(names(reader, lambda: _privilege(reader)))
    reader.expect("ON")
    target = _target(reader)
    reader.expect(to)
    grantees = names(reader, lambda: _grantee(reader))
    ending = " WITH GRANT OPTION" if verb == "GRANT" and reader.take("WITH", "GRANT", "OPTION") else ""
    if verb == "REVOKE" and (reader.take("CASCADE") or reader.take("RESTRICT")):
        ending = f" {reader.tokens[reader.place - 1].word}"
    reader.end()
    return [f"{verb} {option}{privileges} ON {target} {to} {', '.join(grantees)}{ending}"]


def _privilege(reader: Reader) -> str:
    word = reader.next().word
    if word not in _PRIVILEGES:
        raise StatementError(f"the privilege {word} is not supported here")
    if word == "ALL":
        reader.take("PRIVILEGES")
        return "ALL"
    if reader.peek().text != "(":
        return word
    inner = Reader(reader.parenthesized(), reader.source)
    return f"{word} ({', '.join(names(inner, lambda: identifier(inner.name())))})"


def _target(reader: Reader) -> str:
    if reader.take("ALL", "TABLES", "IN", "SCHEMA"):
        return f"ALL TABLES IN SCHEMA {', '.join(names(reader, lambda: identifier(reader.name())))}"
    for kind in ("SCHEMA", "DATABASE"):
        if reader.take(kind):
            return f"{kind} {', '.join(names(reader, lambda: identifier(reader.name())))}"
    if reader.peek().word in ("FUNCTION", "PROCEDURE", "LANGUAGE", "EXTERNAL", "DATASHARE", "MODEL", "ASSUMEROLE"):
        raise reader.fail("this target of a grant is not supported here")
    reader.take("TABLE")
    return f"TABLE {', '.join(names(reader, lambda: table(reader.qualified())))}"


def _grantee(reader: Reader) -> str:
    if reader.take("PUBLIC"):
        return "PUBLIC"
    is_of_a_kind = reader.peek(1).kind in ("word", "name") and reader.peek(1).word not in ("WITH", "CASCADE", "RESTRICT")
    if is_of_a_kind and not (reader.take("GROUP") or reader.take("ROLE")):
        raise reader.fail("expected GROUP or ROLE")
    return identifier(_role(reader))


def default_privileges(reader: Reader) -> list[str]:
    """ALTER DEFAULT PRIVILEGES, behind those words."""
    owner = f"FOR ROLE {identifier(_role(reader))} " if reader.take("FOR", "USER") else ""
    schema = f"IN SCHEMA {identifier(reader.name())} " if reader.take("IN", "SCHEMA") else ""
    verb = "GRANT" if reader.take("GRANT") else "REVOKE"
    if verb == "REVOKE":
        reader.expect("REVOKE")
    privileges = ", ".join(names(reader, lambda: _privilege(reader)))
    reader.expect("ON", "TABLES")
    to = "TO" if verb == "GRANT" else "FROM"
    reader.expect(to)
    grantees = names(reader, lambda: _grantee(reader))
    reader.end()
    return [f"ALTER DEFAULT PRIVILEGES {owner}{schema}{verb} {privileges} ON TABLES {to} {', '.join(grantees)}"]
