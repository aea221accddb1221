"""Results of other tools as these wrote them, shortened: each has one finding."""

FLAW = {"id": "GHSA-aaaa-bbbb-cccc", "aliases": ["CVE-2026-1"], "fix_versions": ["9.0"], "summary": "bad thing"}
PIP = {"dependencies": [{"name": "jinja2", "version": "3.1.6", "vulns": [FLAW | {"description": "bad"}]}], "fixes": []}
UV = {
    "schema": {"version": "preview"},
    "summary": {"audited_packages": 4, "vulnerabilities": 1, "adverse_statuses": 0},
    "vulnerabilities": [{"dependency": {"name": "jinja2", "version": "3.1.6"}, "display_id": "CVE-2026-1", **FLAW}],
    "adverse_statuses": [],
}
OSV_FLAW = FLAW | {"affected": [{"ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "9.0"}]}]}]}
OSV = {
    "results": [
        {
            "source": {"path": "uv.lock", "type": "lockfile"},
            "packages": [
                {
                    "package": {"name": "jinja2", "version": "3.1.6", "ecosystem": "PyPI"},
                    "vulnerabilities": [OSV_FLAW],
                    "groups": [{"ids": [FLAW["id"]], "max_severity": "9.8"}],
                }
            ],
        }
    ]
}
SARIF = {
    "version": "2.1.0",
    "runs": [
        {
            "tool": {"driver": {"name": "zizmor", "rules": [{"id": "zizmor/unpinned-uses"}]}},
            "invocations": [{"executionSuccessful": True, "endTimeUtc": "2026-10-01T10:00:00Z"}],
            "results": [
                {
                    "ruleId": "zizmor/unpinned-uses",
                    "level": "error",
                    "message": {"text": "action is not pinned to a hash"},
                    "locations": [
                        {
                            "physicalLocation": {
                                "artifactLocation": {"uri": ".github/workflows/ci.yml"},
                                "region": {"startLine": 12},
                            }
                        }
                    ],
                }
            ],
        }
    ],
}
