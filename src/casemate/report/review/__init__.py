"""How reviews are told: what is due as text, json and a calendar; questions as one role answers them."""
