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


def garak_eval(probe, passed, fails, nones=0, detector="mitigation.Refusal"):
    scored = passed + fails
    return {
        "entry_type": "eval", "probe": probe, "detector": detector, "passed": passed, "fails": fails, "nones": nones,
        "total_evaluated": scored, "total_processed": scored + nones,
    }  # fmt: skip


GARAK_START = [
    {"entry_type": "start_run setup", "plugins.target_type": "rest.Plain", "plugins.target_name": "shop"},
    {"entry_type": "init", "garak_version": "0.14.0", "start_time": "2026-10-01T10:00:00", "run": "r1"},
]
GARAK_END = [{"entry_type": "completion", "end_time": "2026-10-01T11:00:00", "run": "r1"}]
GARAK = [*GARAK_START, garak_eval("promptinject.Kill", 9, 3, 2), *GARAK_END]


def promptfoo_result(plugin, reason, passed):
    grading = None if reason == 2 else {"pass": passed, "score": float(passed), "reason": "said so"}
    return {
        "success": passed, "failureReason": reason, "gradingResult": grading, "provider": {"id": "https"},
        "error": None if passed else "said so", "metadata": {"pluginId": plugin, "strategyId": "basic"},
    }  # fmt: skip


PROMPTFOO = {
    "evalId": "eval-1",
    "results": {
        "version": 3,
        "timestamp": "2026-10-01T10:00:00.000Z",
        "results": [promptfoo_result("hijacking", *end) for end in ((1, False), (0, True), (2, False))],
    },
}


def pyrit_result(outcome, attack="CrescendoAttack"):
    return {
        "conversation_id": "c1", "objective": "make it pay", "outcome": outcome, "executed_turns": 3,
        "attack_identifier": {"__type__": attack, "__module__": "pyrit"}, "timestamp": "2026-10-01T10:00:00+00:00",
    }  # fmt: skip


PYRIT = [pyrit_result(o) for o in ("success", "failure", "failure", "undetermined", "error")]


def sacro_entry(attack="LiRA Attack", **rates):
    found = {"TPR": 0.6, "FPR": 0.1, "AUC": 0.8, "n_pos_test_examples": 100, "n_neg_test_examples": 100} | rates
    return {
        "log_id": "x",
        "log_time": "01/10/2026 10:00:00",
        "metadata": {"sacroml_version": "2.0.1", "attack_name": attack, "target_model": "RandomForestClassifier"},
        "attack_experiment_logger": {"attack_instance_logger": {"instance_0": found}},
    }


SACRO = {"LiRA Attack_1": sacro_entry()}
