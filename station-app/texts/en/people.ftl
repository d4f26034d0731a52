# The first two people of a station.
first-run = Nobody is registered yet
first-run-why = Two security admins are needed before work can begin: one asks, the other approves. Register them in a terminal on this station:
check-again = Check again
