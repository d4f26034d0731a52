# The first two people of a station.
first-run = Nobody is registered yet
first-run-why = Two security admins are needed before work can begin: one asks, the other approves. Each types a name and a password of at least 12 characters.
first-name = Name of the first person
first-password = Password of the first person
second-name = Name of the second person
second-password = Password of the second person
first-run-register = Register both
