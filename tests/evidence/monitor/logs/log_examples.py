"""One log for each reader, written as their writers write them: two predictions, the second less sure."""

import base64
import json


def lines(*records) -> bytes:
    return b"".join(json.dumps(r).encode() + b"\n" for r in records)


def _b64(tree) -> str:
    return base64.b64encode(json.dumps(tree).encode()).decode()


def _capture(event, asked, answered):
    return {
        "captureData": {"endpointInput": asked, "endpointOutput": answered},
        "eventMetadata": {"eventId": event, "inferenceTime": "2026-11-02T10:00:00Z"},
        "eventVersion": "0",
    }


def _event(kind, identity, data):
    return {
        "specversion": "1.0",
        "type": f"org.kubeflow.serving.inference.{kind}",
        "id": identity,
        "time": "2026-11-02T10:00:00Z",
        "inferenceservicename": "scorer",
        "datacontenttype": "application/json",
        "data": data,
    }


def _span(identity, user, reason):
    said = {"gen_ai.request.model": "m", "gen_ai.response.id": identity, "user.id": user}
    attributes = [{"key": k, "value": {"stringValue": v}} for k, v in said.items()]
    attributes += [
        {"key": "gen_ai.usage.input_tokens", "value": {"intValue": "12"}},
        {"key": "gen_ai.response.finish_reasons", "value": {"arrayValue": {"values": [{"stringValue": reason}]}}},
    ]
    times = {"startTimeUnixNano": "1793613600000000000", "endTimeUnixNano": "1793613600250000000"}
    return {"spanId": "s", "attributes": attributes, **times}


EXAMPLES = {
    "prediction-log": lines(
        *(
            {
                "time": "2026-11-02T10:00:00Z", "request_id": f"r{i}", "model": "scorer", "model_version": "3",
                "client": f"c{i}", "prediction": i, "confidence": 0.9 - i / 4, "confidence_kind": "max_prob",
                "f.age": 40 + i, "f.job": "clerk", "status": 200, "latency_ms": 3.5, "artifact_digest": "ab12",
            }
            for i in range(2)
        )
    ),
    "columns": b"client,answer\nann,yes\nbob,no\n",
    "sagemaker-capture": lines(
        _capture("e1", {"observedContentType": "text/csv", "data": "40,1.5", "encoding": "CSV"},
                 {"observedContentType": "application/json", "data": '{"predictions":[1],"probabilities":[0.85]}',
                  "encoding": "JSON"}),
        _capture("e2", {"observedContentType": "application/json", "data": _b64({"instances": [[41, 2.5]]}),
                        "encoding": "BASE64"},
                 {"observedContentType": "text/csv", "data": "0.3,0.7", "encoding": "CSV"}),
    ),
    "kserve-events": lines(
        _event("request", "k1", {"instances": [[6.8, 2.8], [6.0, 3.4]]}),
        _event("response", "k1", {"predictions": [[0.9, 0.1], [0.4, 0.6]]}),
    ),
    "bentoml-monitor": lines(
        {"meta_data": {"bento_name": "scorer", "bento_version": "v1"},
         "columns": [{"name": "age", "role": "feature", "type": "numerical"},
                     {"name": "answer", "role": "prediction", "type": "categorical"},
                     {"name": "note", "role": "original_text", "type": "text"}]},
        *({"age": 40 + i, "answer": "yes", "note": "n", "timestamp": "2026-11-02T10:00:00", "request_id": f"b{i}",
           "trace_id": "t"} for i in range(2)),
    ),
    "inference-table": lines(
        *({"databricks_request_id": f"d{i}", "timestamp_ms": 1793613600000, "status_code": 200,
           "sampling_fraction": 0.5, "execution_time_ms": 7, "requester": "ann",
           "request": json.dumps({"dataframe_split": {"columns": ["age"], "data": [[40 + i]]}}),
           "response": json.dumps({"predictions": ["yes"]}),
           "request_metadata": {"model_name": "scorer", "model_version": "3"}} for i in range(2)),
    ),
    "otlp": lines({"resourceSpans": [{"scopeSpans": [{"spans": [_span("o1", "u1", "stop"),
                                                                   _span("o2", "u2", "length")]}]}]}),
}  # fmt: skip
