import json


def model(*layers: dict[str, object]) -> bytes:
    dense = {"module": "keras.layers", "class_name": "Dense", "config": {"units": 1}, "registered_name": None}
    config = {"name": "s", "layers": [dense, *layers]}
    return json.dumps({"module": "keras", "class_name": "Sequential", "config": config}).encode()


HARMLESS = model()
LAMBDA = {"class_name": "Lambda", "config": {"function": {"class_name": "__lambda__"}}}
HOSTILE = model({"module": "keras.layers", **LAMBDA})
