# Die ersten zwei Personen einer Station.
first-run = Noch ist niemand eingetragen
first-run-why = Bevor die Arbeit beginnen kann, braucht es zwei Sicherheitsadmins: einer fragt, der andere genehmigt. Jeder tippt einen Namen und ein Passwort mit mindestens 12 Zeichen.
first-name = Name der ersten Person
first-password = Passwort der ersten Person
second-name = Name der zweiten Person
second-password = Passwort der zweiten Person
first-run-register = Beide eintragen
