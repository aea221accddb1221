import struct


def text(said: str) -> bytes:
    raw = said.encode()
    return struct.pack("<Q", len(raw)) + raw


def model(template: str) -> bytes:
    entries = text("general.architecture") + struct.pack("<I", 8) + text("llama")
    entries += text("tokenizer.ggml.tokens") + struct.pack("<IIQ", 9, 8, 2) + text("<s>") + text("a")
    entries += text("tokenizer.chat_template") + struct.pack("<I", 8) + text(template)
    tensor = text("w") + struct.pack("<IQQIQ", 2, 4, 2, 0, 0)
    head = b"GGUF" + struct.pack("<IQQ", 3, 1, 3) + entries + tensor
    return head + bytes(-len(head) % 32) + bytes(32)


HARMLESS = model("{% for m in messages %}{{ m['role'] + ': ' + m.content | trim }}{% endfor %} never use __class__")
HOSTILE = model("{{ messages.__class__ }}")
