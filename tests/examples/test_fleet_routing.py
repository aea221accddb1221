"""The fleet-routing example: what an attacker of a smaller city gets, and how that moves the threat model.

The README shows a run of the full size. It is repeated where FLEET=full is set (`make fleet`); what the threat model
makes of its numbers is repeated here every time.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from casemate.assess import assess
from casemate.catalog import load
from casemate.cli import assess as assess_command
from casemate.cli import check
from casemate.core.errors import CasemateError, Problems
from casemate.define.build import from_text
from casemate.evidence import store
from casemate.evidence.sign.keys import new_pair
from casemate.validate.policy import read_policy

pytest.importorskip("sklearn")

HERE = Path(__file__).resolve().parents[2] / "examples" / "fleet-routing"
TODAY = date(2026, 11, 23)
THREAT = "adversarial-input@traffic-model"
NAMES = ("city", "service", "attacker", "redteam", "record")
SMALL = {"campaigns": 6, "reports": 60, "size": 7, "drivers": 120, "vehicles": 120}
ONE = {**SMALL, "campaigns": 1, "size": 6}


@pytest.fixture(scope="module")
def code():
    """The example's modules by name; nobody else sees them."""
    before = {name: sys.modules.pop(name) for name in NAMES if name in sys.modules}
    sys.path.insert(0, str(HERE))
    found = {name: importlib.import_module(name) for name in NAMES}
    yield found
    sys.path.remove(str(HERE))
    for name in NAMES:
        del sys.modules[name]
    sys.modules.update(before)


@pytest.fixture(scope="module")
def found(code):
    """What the red team finds in the smaller city."""
    return code["redteam"].results(code["redteam"].Plan(**SMALL))


@pytest.fixture
def folder(tmp_path, found):
    """The example's files, a key and what was found."""
    for name in ("casemate.yaml", "policy.yaml", "service.py"):
        shutil.copy(HERE / name, tmp_path)
    for name in ("keys", "out"):
        (tmp_path / name).mkdir()
    new_pair(tmp_path / "keys" / "red-team", "ed25519", None)
    (tmp_path / "out" / "results.json").write_text(json.dumps(found), encoding="utf-8")
    return tmp_path


def assessed(folder):
    fines, _ = load.fines()
    policy = read_policy(folder / "policy.yaml")
    system = from_text((folder / "casemate.yaml").read_text("utf-8"), "casemate.yaml", {"fines": tuple(fines)})
    return assess(system, store.load(system, folder, keys=policy.keys), load.catalog(), policy, TODAY)


def after(code, folder, stage):
    """The threat once this stage was recorded."""
    code["record"].save(folder, stage, TODAY)
    return next(r for r in assessed(folder).threats if r.id == THREAT)


def test_an_attacker_leads_the_fleet_into_the_area_when_nothing_stops_him(found):
    assert found["led"]["none"]["knows"][1] > 0.05


def test_the_gate_catches_nearly_all_reports_of_somebody_who_does_not_know_it(found):
    assert found["gate"]["caught naive"][1] > 0.95
    assert found["led"]["gate"]["naive"][2] < 0.01


def test_somebody_who_stays_inside_the_gate_is_hardly_caught_and_still_gains(found):
    assert found["gate"]["caught knows"][2] < 0.1
    assert 0.02 < found["led"]["gate"]["knows"][1] < found["led"]["none"]["knows"][0]


def test_false_alarms_are_at_the_agreed_level_within_their_interval(code, found):
    _, low, high = found["gate"]["false alarms"]
    assert low <= code["service"].FALSE_ALARMS
    assert high > 0.002  # it is a gate and no open door


def test_a_limit_for_each_account_falls_to_many_accounts(found):
    votes = found["led"]["votes"]
    assert votes["naive"][0] < found["led"]["none"]["naive"][0] / 2
    assert votes["knows"][1] > votes["naive"][2]


def test_what_the_own_vehicles_bound_survives_somebody_who_knows_it(found):
    assert found["led"]["own"]["knows"][2] < found["led"]["none"]["knows"][1]
    assert found["led"]["own"]["knows"][0] < found["led"]["gate"]["knows"][0]


def test_knowing_a_countermeasure_never_makes_an_attacker_weaker(found):
    assert all(cell["knows"][0] >= cell["naive"][0] for cell in found["led"].values())


@pytest.fixture(scope="module")
def one(code):
    """What a single campaign finds."""
    return code["redteam"].results(code["redteam"].Plan(**ONE))


def test_another_process_with_other_hashes_and_threads_gives_the_same_bytes(code, one, tmp_path):
    given = [x for k, v in ONE.items() for x in (f"--{k}", str(v))]
    env = {**os.environ, "OMP_NUM_THREADS": "2", "PYTHONHASHSEED": "1"}
    command = [sys.executable, str(HERE / "redteam.py"), *given, "--out", str(tmp_path / "r.json")]
    said = subprocess.run(command, cwd="/", env=env, capture_output=True, text=True, check=True)
    assert (tmp_path / "r.json").read_text() == json.dumps(one, indent=1, sort_keys=True) + "\n"
    assert said.stdout == code["redteam"].table(one)


def test_another_seed_is_another_city(code, one):
    other = code["redteam"].campaign(code["redteam"].Plan(**ONE, seed=1), 0)
    assert other["none knows"] != pytest.approx(one["led"]["none"]["knows"][0], abs=1e-6)


def test_the_table_fits_on_a_terminal(code, found):
    assert max(map(len, code["redteam"].table(found).splitlines())) <= 80


def test_the_shortest_way_on_equal_streets_is_as_long_as_the_blocks_between(code):
    city = code["city"]
    c = city.city(5, np.random.default_rng(0))
    row, column = np.divmod(np.arange(25), 5)
    far = city.distances(c, np.full(len(c.free), 2.0))
    assert far == pytest.approx(2.0 * (np.abs(row[:, None] - row) + np.abs(column[:, None] - column)))


def test_a_way_is_as_long_as_the_streets_it_takes(code):
    city = code["city"]
    rng = np.random.default_rng(0)
    c = city.city(6, rng)
    far, trips = city.distances(c, c.free), city.trips(c, 50, rng)
    assert city.driven(c, c.free, far, trips) @ c.free == pytest.approx(far[tuple(trips.T)])


@pytest.fixture
def small(code):
    city, service = code["city"], code["service"]
    c = city.city(3, np.random.default_rng(0))
    return service.Service(c, np.full(len(c.free), 4.0))


def reports(code, *of):
    street, minutes, account = zip(*of, strict=True)
    return code["city"].Reports(np.array(street), np.array(minutes, dtype=float), np.array(account))


def test_without_a_countermeasure_the_mean_with_the_usual_time_counts(code, small):
    r = reports(code, (0, 10, 1), (0, 10, 1))
    assert code["service"].estimate(small, r, np.full(24, np.nan))[:2] == pytest.approx([8.0, 4.0])


def test_a_hundred_reports_of_one_account_are_one_vote(code, small):
    r = reports(code, *[(0, 100, 1)] * 100, (0, 5, 2))
    voting = replace(small, votes=True)
    assert code["service"].estimate(voting, r, np.full(24, np.nan))[0] == 5.0  # the median of 4, 5 and 100


def test_one_account_speaks_of_so_many_streets_and_no_more(code, small):
    r = reports(code, *[(i, 100, 1) for i in range(24)])
    said = code["service"].estimate(replace(small, votes=True), r, np.full(24, np.nan))
    assert (said > 4.0).sum() == code["service"].STREETS


def test_however_many_lie_the_time_stays_near_what_our_own_vehicles_saw(code, small):
    service = code["service"]
    r = reports(code, *[(0, 1000, i) for i in range(500)], *[(1, 0.001, i) for i in range(500)])
    before = np.r_[6.0, np.full(23, np.nan)]
    said = service.estimate(replace(small, own=True), r, before)
    assert said[:3] == pytest.approx([6.0 * service.APART, 4.0 / service.APART, 4.0])


def test_no_account_of_an_attacker_says_a_street_twice_if_it_can(code):
    city, attacker = code["city"], code["attacker"]
    nobody = city.Morning(np.zeros(0), np.zeros(0), reports(code, (0, 1, 6)), np.zeros((0, 2)))
    street = np.repeat([3, 1, 2], 4)
    account = attacker._accounts(nobody, street, 3)
    assert len(set(zip(street.tolist(), account.tolist(), strict=True))) == 12
    assert sorted(np.bincount(account)[7:]) == [3, 3, 3, 3]


def test_a_naive_result_moves_no_risk_and_an_adaptive_one_does(code, folder):
    none, naive, gate, both = (after(code, folder, s) for s in ("none", "naive", "gate", "all"))
    assert none.danger == naive.danger > gate.danger >= both.danger


def test_a_countermeasure_is_proven_by_its_adaptive_result_alone(code, folder):
    def effective(stage):
        held = after(code, folder, stage).views["current"].effects
        return sorted(e.control for e in held if e.level == "effective")

    gate = ["input-anomaly-detection"]
    assert [effective(s) for s in ("none", "naive", "gate")] == [[], [], gate]
    assert effective("all") == [*gate, "query-quota", "redundant-sensors"]


def test_a_record_without_the_red_teams_signature_lowers_nothing(code, folder):
    signed = after(code, folder, "all").danger
    line = json.loads((folder / "evidence" / "redteam.jsonl").read_text())
    new_pair(folder / "keys" / "stranger", "ed25519", None)
    policy = (folder / "policy.yaml").read_text().replace("keys/red-team.pub", "keys/stranger.pub")
    (folder / "policy.yaml").write_text(policy)
    assert line["payloadType"] == "application/vnd.in-toto+json"
    assert next(r for r in assessed(folder).threats if r.id == THREAT).danger > signed


def test_a_changed_service_voids_what_was_measured(code, folder):
    code["record"].save(folder, "all", TODAY)
    with (folder / "service.py").open("a") as f:
        f.write("# another line\n")
    assert {r.state for r in assessed(folder).risks.parts.records["traffic-model"]} == {"void"}
    with pytest.raises(CasemateError, match=r"is about another service\.py; run python redteam\.py again"):
        code["record"].save(folder, "all", TODAY)


def test_people_who_are_hurt_are_in_no_sum_of_money(code, folder):
    risk = after(code, folder, "none")
    assert risk.danger > 1
    assert {e.mean for e in risk.estimates.values()} == {0.0}


def test_a_price_for_people_is_refused(folder):
    priced = (HERE / "casemate.yaml").read_text("utf-8").replace("    hurts:", "    loss: 1M to 2M\n    hurts:")
    with pytest.raises((CasemateError, Problems), match="harm ambush prices people"):
        from_text(priced, "casemate.yaml", {"fines": ()})


def test_check_has_nothing_to_say(folder):
    answer = CliRunner().invoke(check.command, [str(folder / "casemate.yaml"), "--policy", str(folder / "policy.yaml")])
    assert (answer.exit_code, "no errors" in answer.output, "Hint" in answer.output) == (0, True, False)


@pytest.fixture(scope="module")
def shown():
    """What the README says that fleet.sh prints."""
    return (HERE / "README.md").read_text("utf-8").split("```\n")[3]


def test_the_threat_model_makes_of_the_readmes_numbers_what_the_readme_says(code, folder, shown):
    counts = [int(n) for n in re.findall(r"(\d+) of 30 ", shown)]
    naive, plan = {name: [0, 30] for name in code["redteam"].NAMES}, {"seed": 0}
    led = {n: {"naive worked": naive[n], "knows worked": [k, 30]} for n, k in zip(naive, counts, strict=True)}
    found = {"led": led, "plan": plan, "service": store.digest_of(folder / "service.py")}
    (folder / "out" / "results.json").write_text(json.dumps(found), encoding="utf-8")
    said = []
    for stage in code["record"].TRIED:
        code["record"].save(folder, stage, TODAY)
        given = [str(folder / "casemate.yaml"), "--policy", str(folder / "policy.yaml"), "--today", str(TODAY)]
        lines = CliRunner().invoke(assess_command.command, given).stdout.splitlines()
        kept = [x for x in lines if f"{THREAT}  " in x or x.startswith("Gate: ")]
        said.append("\n".join([f"wrote evidence/redteam.jsonl: {stage}", *kept]))
    assert "\n\n".join(said) + "\n" == shown[shown.index("wrote ") :]


@pytest.mark.skipif(os.environ.get("FLEET") != "full", reason="25 seconds; `make fleet` runs it")
def test_the_readme_shows_what_a_full_run_prints(shown):
    env = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    ran = subprocess.run([str(HERE / "fleet.sh"), str(TODAY)], env=env, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr, ran.stdout) == (0, "", shown)
