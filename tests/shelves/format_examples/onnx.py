from protobytes import message, number


def model(*graph: bytes) -> bytes:
    head = number(1, 10) + message(2, "a test")
    return head + message(7, *graph, message(2, "g")) + message(8, number(2, 21))


ADD = message(1, message(1, "x"), message(1, "w"), message(2, "y"), message(4, "Add"))
WEIGHTS = message(5, number(1, 2), number(2, 1), message(8, "w"), message(9, bytes(8)))
OUTSIDE = message(5, number(1, 2), number(2, 1), message(13, message(1, "location"), message(2, "../../etc/passwd")))
HARMLESS = model(ADD, WEIGHTS)
HOSTILE = model(ADD, OUTSIDE)
HOSTILE_IS = "suspicious"
