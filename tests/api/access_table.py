"""`python -m tests.api.access_table`: the rows of the second table of docs/access.md: read them before."""

from tests.api.test_access import PUBLIC, rights_asked, routes


def rows() -> list[str]:
    """Rows in order of address."""
    found = []
    for route in routes():
        for method in sorted(route.methods - {"HEAD"}):
            if route.path not in PUBLIC and not route.path.startswith("/sign-in/"):
                rights = " ".join(sorted({right.value for right in rights_asked(route)}))
                found.append((route.path, method, rights))
    return [f"| {method} | `{path}` | {rights} |" for path, method, rights in sorted(found)]


if __name__ == "__main__":
    print("\n".join(rows()))
