import json


def schema(module: str, name: str) -> bytes:
    inner = {"__class__": name, "__module__": module, "__loader__": "TypeNode"}
    top = {"__class__": "list", "__module__": "builtins", "__loader__": "ListNode", "content": [inner]}
    return json.dumps({**top, "protocol": 2, "_skops_version": "0.16.0"}).encode()


HARMLESS = schema("sklearn.linear_model._base", "LinearRegression")
HOSTILE = schema("os", "system")
